/** One thing that was measured. */
export interface Figure {
  readonly group: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value may not be above this. */
  readonly bar?: number;
  readonly note?: string;
}

export const passes = ({ value, bar }: Figure): boolean => bar === undefined || value <= bar;

/** A table for people: one line a figure, with its share of the bar where there is one. */
export function table(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const lines: string[] = [];
  let group = '';
  for (const figure of figures) {
    if (figure.group !== group) lines.push('', figure.group);
    group = figure.group;
    const { name, value, unit, bar, note = '' } = figure;
    const share = bar === undefined ? '' : `${passes(figure) ? 'PASS' : 'FAIL'}, ${shareOf(value, bar)}`;
    const remark = [share, note].filter((text) => text !== '').join('; ');
    lines.push(
      `  ${name.padEnd(width)}  ${number(value).padStart(9)} ${unit.padEnd(5)}  ${remark}`.trimEnd(),
    );
  }
  return lines.join('\n');
}

const shareOf = (value: number, bar: number): string =>
  bar === 0 ? 'none allowed' : `${Math.round((value / bar) * 100)} % of ${number(bar)}`;

const number = (value: number): string => {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return value.toFixed(Math.abs(value) < 100 ? 2 : 0);
};

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
