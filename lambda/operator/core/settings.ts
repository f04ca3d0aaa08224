/**
 * Reads the setting that keeps the person who launched an instance from approving for it.
 *
 * @throws Error for what is neither: a rule that was misspelt must not be off.
 */
export function parseSeparation(text: string): boolean {
  if (text !== 'required' && text !== 'none') throw new Error(`not a separation of duties: ${text}`);
  return text === 'required';
}
