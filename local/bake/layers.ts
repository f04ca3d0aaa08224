import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { must } from './process.ts';

/** The script that builds the stand-in parent image. */
export const PARENT_SCRIPT = path.join(import.meta.dirname, 'parent.sh');
/** The script that adds cloud-init to it. */
export const CLOUD_INIT_SCRIPT = path.join(import.meta.dirname, 'cloud-init.sh');

/** Key of the parent image: its recipe, the release of this machine, and where its packages come from. */
export async function parentKey(): Promise<string> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const sources = await must(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages']);
  return chainKey(
    'parent',
    readFileSync(PARENT_SCRIPT, 'utf8'),
    readFileSync('/etc/os-release', 'utf8'),
    sources,
  );
}

/** Key of what has the key `parent`, with cloud-init added. */
export const cloudInitKey = (parent: string): string =>
  chainKey(parent, 'cloud-init', readFileSync(CLOUD_INIT_SCRIPT, 'utf8'));

/** Key of what comes of applying `inputs` to what has the key `parent`. */
export const chainKey = (parent: string, ...inputs: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([parent, ...inputs]))
    .digest('hex')
    .slice(0, 16);

/** Trees kept as archives, one for each name: a newer key takes the place of the older. */
export class Layers {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  has(name: string, key: string): boolean {
    return existsSync(this.file(name, key));
  }

  /** Unpacks a layer into a new tree. */
  async restore(name: string, key: string, tree: string): Promise<void> {
    mkdirSync(tree, { recursive: true });
    await must(['tar', '--zstd', ...ATTRIBUTES, '-xpf', this.file(name, key), '-C', tree]);
  }

  async save(name: string, key: string, tree: string): Promise<void> {
    const file = this.file(name, key);
    await must([
      'tar',
      '-I',
      'zstd -1 -T0',
      ...ATTRIBUTES,
      '--one-file-system',
      '-cpf',
      `${file}.new`,
      '-C',
      tree,
      '.',
    ]);
    for (const other of readdirSync(this.directory)) {
      if (other.startsWith(`${name}-`) && !other.endsWith('.new')) rmSync(path.join(this.directory, other));
    }
    renameSync(`${file}.new`, file);
  }

  private file(name: string, key: string): string {
    return path.join(this.directory, `${name}-${key}.tar.zst`);
  }
}

/** File capabilities are extended attributes. */
const ATTRIBUTES = ['--numeric-owner', '--xattrs', '--xattrs-include=*', '--acls'];
