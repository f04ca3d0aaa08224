import { plain } from './text.ts';

export interface Column {
  readonly title: string;
  /** May be cut when the terminal is narrow. Ids never are: people copy them. */
  readonly flexible?: boolean;
}

const GAP = '  ';
const NARROWEST = 6;

/**
 * Aligns rows under their titles. On a terminal the flexible columns are cut, widest first, until a row fits;
 * in a pipe (`width` undefined) nothing is cut.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width?: number,
): string[] {
  const cells = [columns.map((column) => column.title), ...rows.map((row) => row.map(plain))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  if (width !== undefined) shrink(columns, widths, width);
  return cells.map((row) =>
    row
      .map((cell, index) => cut(cell, widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

function shrink(columns: readonly Column[], widths: number[], available: number): void {
  const total = () => widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
  while (total() > available) {
    const flexible = widths.map((width, index) => (columns[index]?.flexible ? width : 0));
    const widest = Math.max(...flexible);
    if (widest <= NARROWEST) return;
    widths[flexible.indexOf(widest)] = widest - 1;
  }
}

function cut(cell: string, width: number): string {
  return cell.length <= width ? cell.padEnd(width) : `${cell.slice(0, width - 1)}…`;
}

/** Label and value, one a line, the values aligned; members without a value are left out. */
export function facts(members: readonly (readonly [label: string, value: string | undefined])[]): string[] {
  const present = members.filter((member): member is readonly [string, string] => member[1] !== undefined);
  const width = Math.max(0, ...present.map(([label]) => label.length));
  return present.map(([label, value]) => `${label.padEnd(width)}${GAP}${plain(value)}`);
}
