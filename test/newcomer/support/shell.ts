import { spawn, type ChildProcess } from 'node:child_process';
import { delimiter } from 'node:path';

/** Result of a block of commands. */
export interface Ran {
  /** 0 when all of its commands succeeded. */
  readonly status: number;
  /** stdout and stderr, as they came. */
  readonly output: string;
}

const DONE = '--- the block is done ---';

/**
 * A reader's shell: blocks of one document are typed into it one after the other, so that a variable of an earlier one
 * is there in the next. Any command that fails ends it.
 */
export class Shell {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #output = '';

  constructor() {
    // npm puts the packages' own commands on the PATH, and a reader does not have them.
    const PATH = (process.env['PATH'] ?? '')
      .split(delimiter)
      .filter((each) => !each.includes('node_modules'));
    const env = { ...process.env, PATH: PATH.join(delimiter) };
    this.#child = spawn('sh', ['-eu'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject).once('close', (status) => resolve(status ?? 128));
    });
  }

  /** @param commands as they stand in the document. */
  async run(commands: string): Promise<Ran> {
    this.#output = '';
    // Closes stdin: nobody is at the terminal, and a command that reads it would take the next block.
    this.#child.stdin?.write(`{\n${commands}\n} </dev/null\necho '${DONE}'\n`);
    const ended = this.#ended.then((status) => ({ status: status === 0 ? 1 : status }));
    const result = await Promise.race([ended, this.#done()]);
    return { ...result, output: this.#output.replace(`${DONE}\n`, '') };
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  #done(): Promise<{ status: number }> {
    return new Promise((resolve) => {
      this.#child.stdout?.on('data', () => {
        if (this.#output.includes(`${DONE}\n`)) resolve({ status: 0 });
      });
    });
  }
}
