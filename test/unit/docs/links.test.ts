import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOMS = ['docs', 'protocol', 'image-builder'];
const PAGES = [
  ...readdirSync('.'),
  ...ROOMS.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' }).map((it) => `${room}/${it}`),
  ),
].filter((page) => page.endsWith('.md'));

/** Anchors as forges make them of headings: lower case, blanks as dashes, without punctuation. */
function anchorsOf(page: string): readonly string[] {
  return [...withoutFences(page).matchAll(/^#+ +(.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const withoutFences = (page: string): string => readFileSync(page, 'utf8').replace(/^```.*?^```/gms, '');

function brokenLinks(page: string): string[] {
  return [...withoutFences(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? page : path.join(path.dirname(page), file);
    if (!existsSync(target)) return [`${page}: ${link} is not there`];
    if (anchor === undefined || anchorsOf(target).includes(anchor)) return [];
    return [`${page}: ${target} has no heading #${anchor}`];
  });
}

describe('the documents', () => {
  it('are found', () => expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'protocol/SPEC.md'])));

  it.each(PAGES)('%s links to what is there', (page) => expect(brokenLinks(page)).toEqual([]));

  it('give each decision a status', () => {
    for (const page of PAGES.filter((each) => each.startsWith('docs/adr/0'))) {
      expect([page, readFileSync(page, 'utf8').split('\n')[2]]).toEqual([
        page,
        expect.stringMatching(/^Status: (proposed|accepted|superseded by [0-9]{4}), \d{4}-\d\d-\d\d\.$/),
      ]);
    }
  });
});
