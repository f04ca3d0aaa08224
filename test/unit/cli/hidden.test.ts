import { describe, expect, it } from '@jest/globals';
import { HiddenLine } from '../../../cli/terminal/hidden.ts';

/** Result of the keys, each given on its own, as a terminal in raw mode gives them. */
function type(...keys: (string | Buffer)[]): { ended: string; text: string } {
  const line = new HiddenLine();
  let ended = 'typing';
  for (const key of keys) if (ended === 'typing') ended = line.feed(Buffer.from(key as string, 'utf8'));
  return { ended, text: line.text };
}

describe('a line that is typed unseen', () => {
  it('ends with Enter', () => {
    expect(type('s', 'e', 'c', 'ret', '\r')).toEqual({ ended: 'done', text: 'secret' });
  });

  it('is edited as on any terminal: erase, and erase all', () => {
    expect(type('ab\u007fc\b', 'd\n').text).toBe('ad');
    expect(type('wrong\u0015right\r').text).toBe('right');
    expect(type('\u007f\u007fa\r').text).toBe('a');
  });

  it('takes letters that come in pieces, and erases them whole', () => {
    const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)];
    expect(type(first, second, '\r').text).toBe('ü');
    expect(type('a🔑\u007f\r').text).toBe('a');
  });

  it('ends without a result on Ctrl-C, and on Ctrl-D when nothing was typed', () => {
    expect(type('abc\u0003').ended).toBe('interrupted');
    expect(type('\u0004').ended).toBe('closed');
    expect(type('abc\u0004')).toEqual({ ended: 'done', text: 'abc' });
  });

  it('has no keys in it that move a cursor', () => {
    expect(type('a\u001b\u0000b\r').text).toBe('ab');
  });
});
