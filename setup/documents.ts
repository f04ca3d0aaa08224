import { readdirSync } from 'node:fs';
import path from 'node:path';

/** Directories of things that are installed or made here. */
const NOT_OURS = /^(\.git|\.sealroot|node_modules|coverage|dist|cdk\.out.*)$/;

/** Every Markdown document of the repository; README first, as its reader has it. */
export function documents(directory = '.'): string[] {
  const found = readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    if (NOT_OURS.test(entry.name)) return [];
    if (entry.isDirectory()) return documents(file);
    return entry.name.endsWith('.md') ? [file] : [];
  });
  const rank = (file: string): string => (file === 'README.md' ? '' : file);
  return found.sort((a, b) => rank(a).localeCompare(rank(b), 'en'));
}
