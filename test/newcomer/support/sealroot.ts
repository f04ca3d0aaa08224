import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { GuestAgent } from '../../../local/vm/qemu/agent.ts';
import { FILES } from '../../../local/vm/qemu/argv.ts';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in the clone, without a terminal. */
export function run(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Ran {
  const [program = '', ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10 * 60_000,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** `sealroot ...`, as the documents have it. */
export const sealroot = (...words: string[]): Ran => run([process.execPath, 'bin/sealroot.js', ...words]);

/** The instance that `npm start` launched. */
export interface Demo {
  readonly id: string;
  readonly state: string;
}

export function demo(): Demo {
  const { status, stdout, stderr } = sealroot('--local', '--json', 'instances');
  if (status !== 0) throw new Error(`There is no local cloud: run npm start first.\n${stderr}`);
  const { instances } = JSON.parse(stdout) as { instances: (Demo & { readonly name: string | null })[] };
  const found = instances.find(({ name, state }) => name === 'demo' && state !== 'terminated');
  if (found === undefined) throw new Error(`no instance is called demo:\n${stdout}`);
  return found;
}

/** The instance's own words about its root, on the inside; undefined while it does not answer. */
export async function rootOf({ id }: Demo): Promise<string | undefined> {
  const agent = new GuestAgent(path.resolve('.sealroot/instances', id), FILES.agent);
  if (!(await agent.ping())) return undefined;
  const { stdout } = await agent.run(
    'findmnt -no SOURCE / && dmsetup table --target crypt | cut -d " " -f 1,4,5',
  );
  return stdout;
}
