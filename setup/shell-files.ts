import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** `shellcheck -s` and `shfmt -ln` name the dialects differently. */
export type Dialect = 'sh' | 'bash' | 'bats';

export interface ShellFile {
  readonly path: string;
  readonly dialect: Dialect;
}

const ROOTS = ['.ci', 'image-builder', 'local', 'protocol', 'setup', 'test'];

/** Every shell script of the repository: by its first line, or by its name for what is only sourced. */
export function shellFiles(): ShellFile[] {
  return ROOTS.flatMap(filesBelow).flatMap((path) => {
    const dialect = dialectOf(path);
    return dialect === undefined ? [] : [{ path, dialect }];
  });
}

function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

function dialectOf(path: string): Dialect | undefined {
  if (path.endsWith('.bats')) return 'bats';
  const firstLine = readFileSync(path, 'utf8').slice(0, 80).split('\n', 1)[0] ?? '';
  if (/^#!.*\bbash\b/.test(firstLine) || path.endsWith('.bash')) return 'bash';
  if (/^#!.*\b(sh|dash)\b/.test(firstLine) || path.endsWith('.sh')) return 'sh';
  return undefined;
}

/** The part of an Image Builder component document that says which commands run. */
interface Component {
  readonly phases?: readonly {
    readonly steps?: readonly {
      readonly name: string;
      readonly action: string;
      readonly inputs?: { readonly commands?: readonly string[] };
    }[];
  }[];
}

/** The scripts inside Image Builder documents. `{{ parameters }}` are replaced by a word, as Image Builder would. */
export function componentScripts(): { readonly name: string; readonly script: string }[] {
  return filesBelow('image-builder/components')
    .filter((path) => /\.ya?ml$/.test(path))
    .flatMap((path) => {
      const document = parse(readFileSync(path, 'utf8')) as Component;
      const steps = (document.phases ?? []).flatMap((phase) => phase.steps ?? []);
      return steps
        .filter((step) => step.action === 'ExecuteBash')
        .map((step) => ({
          name: `${path} (step ${step.name})`,
          script: `${(step.inputs?.commands ?? []).join('\n')}\n`.replace(/\{\{.*?\}\}/g, 'PARAMETER'),
        }));
    });
}
