/**
 * Whether any text matches both patterns, in which `*` stands for any number of characters and `?` for one, as in
 * IAM. Case is told apart.
 */
export function overlap(left: string, right: string): boolean {
  const width = right.length + 1;
  const seen = new Map<number, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = i * width + j;
    const known = seen.get(key);
    if (known !== undefined) return known;
    const result = decide(i, j);
    seen.set(key, result);
    return result;
  };
  const decide = (i: number, j: number): boolean => {
    if (left[i] === '*') return from(i + 1, j) || (j < right.length && from(i, j + 1));
    if (right[j] === '*') return from(i, j + 1) || (i < left.length && from(i + 1, j));
    if (i === left.length || j === right.length) return i === left.length && j === right.length;
    const same = left[i] === right[j] || left[i] === '?' || right[j] === '?';
    return same && from(i + 1, j + 1);
  };
  return from(0, 0);
}

/** Parts of an ARN before the resource: `arn`, partition, service, region, account. */
const PREFIX_PARTS = 5;

/**
 * Whether any resource has an ARN that matches both patterns. Each of the first five parts is compared with its
 * counterpart, so that a `*` in one does not reach into the next.
 */
export function arnsOverlap(left: string, right: string): boolean {
  if (left === '*' || right === '*') return true;
  const [a, b] = [partsOf(left), partsOf(right)];
  return a.length === b.length && a.every((part, index) => overlap(part, b[index] ?? ''));
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, PREFIX_PARTS), parts.slice(PREFIX_PARTS).join(':')];
}
