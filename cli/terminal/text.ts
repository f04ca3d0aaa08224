/**
 * Makes text that somebody else wrote safe to print on a terminal: no control characters, so that a name, a reason
 * or a server's message can neither move the cursor nor hide anything.
 */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ');
}

/** Time since then, in the largest unit that says something: `42s`, `5m`, `3h`, `12d`. */
export function age(iso: string | Date | undefined, now: number): string {
  const then = iso === undefined ? Number.NaN : new Date(iso).getTime();
  if (Number.isNaN(then)) return '-';
  return `${duration(Math.max(0, now - then))} ago`;
}

/** Time until, in the same units; `over` when it is past. */
export function until(iso: string, now: number): string {
  const left = new Date(iso).getTime() - now;
  return left > 0 ? `in ${duration(left)}` : 'over';
}

function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
