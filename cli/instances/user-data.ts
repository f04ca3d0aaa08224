/** Position of a line that only says which server this is, and changes nothing else. */

const GZIP = [0x1f, 0x8b];
const LF = 0x0a;
/** The form that the agent on the instance looks for (docs/operate/preseed.md). */
const MARK = '# sealroot-server:';

export type Marked = { readonly content: Buffer } | { readonly problem: string };

/**
 * Adds the line `# sealroot-server: SERVER` to user data, as a comment that cloud-init passes over: behind the first
 * line of a cloud-config or script, in the preamble of a MIME multipart (RFC 2046 section 5.1.1). Without user data of
 * one's own it is an empty cloud-config.
 *
 * @returns `problem` when there is no place in it that is a comment for certain.
 */
export function markUserData(own: Buffer | undefined, server: string): Marked {
  const line = Buffer.from(`${MARK} ${server}\n`);
  if (own === undefined || own.length === 0) {
    return { content: Buffer.concat([Buffer.from('#cloud-config\n'), line, Buffer.from('{}\n')]) };
  }
  if (own[0] === GZIP[0] && own[1] === GZIP[1]) {
    return { problem: 'It is compressed with gzip, where no line can be added: give it uncompressed.' };
  }
  const text = own.toString('latin1');
  if (new RegExp(`^${MARK}`, 'm').test(text)) {
    return { problem: `It has a line "${MARK} ..." already: leave that to --server-id.` };
  }
  const at = placeIn(text);
  if (at === undefined) {
    return {
      problem:
        'It is none of: a #cloud-config, a script that begins with #!, a MIME multipart. Make it one of these.',
    };
  }
  // A file of one line without an end would swallow ours.
  const gap = own[at - 1] === LF ? [] : [Buffer.from('\n')];
  return { content: Buffer.concat([own.subarray(0, at), ...gap, line, own.subarray(at)]) };
}

/** Offset behind the line after which a comment may stand. */
function placeIn(text: string): number | undefined {
  if (/^(content-type:[ \t]*multipart\/|mime-version:)/i.test(text)) {
    const headers = /\r?\n\r?\n/.exec(text);
    return headers === null ? undefined : headers.index + headers[0].length;
  }
  // A template is named on the first line, and what it is a template of on the second.
  const head = /^(## template: ?jinja[^\n]*\n)?(#!|#cloud-config(?=\s))[^\n]*(\n|$)/.exec(`${text}\n`);
  return head === null ? undefined : Math.min(head[0].length, text.length);
}
