/** The local cloud as a process of its own. `sealroot local ...` starts it; so can anybody. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { LocalCloud } from './cloud.ts';
import { down, logs, runUntilSignalled, startInBackground, status } from './engine/daemon.ts';
import { runningInstances } from './services/ec2/service.ts';

const USAGE = `usage: main.ts COMMAND [--assembly DIR] [--state DIR] [--port N]
  up [--detach]   start it, in the foreground unless told otherwise
  down            stop it and its virtual machines
  status          say whether it runs; exit status 0 when it does, 3 when not
  logs [NAME]     print the log of the cloud, or of one Lambda function
`;

const { values, positionals } = parse();
const options = {
  assembly: values.assembly,
  state: values.state,
  ...(values.port !== undefined && { port: Number(values.port) }),
};

const commands: Record<string, () => number | Promise<number>> = {
  up: () =>
    values.detach
      ? startInBackground(options.state, foreground())
      : runUntilSignalled((log) => cloud({ log })),
  down: () => down(options.state, stopOrphans),
  status: () => status(options.state, () => runningInstances(options.state)),
  logs: () => logs(options.state, positionals[1]),
};

const command = commands[positionals[0] ?? ''];
if (command === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await command();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** Loads the cloud, which takes longer than what most of these commands do, and starts it. */
async function cloud(more: { log: (line: string) => void; port?: number }): Promise<LocalCloud> {
  const { LocalCloud } = await import('./cloud.ts');
  return LocalCloud.start({ ...options, ...more });
}

/** Stops what a local cloud left running that was killed, by taking it up again: its records are true then. */
async function stopOrphans(): Promise<readonly string[]> {
  const orphans = runningInstances(options.state);
  if (orphans.length === 0) return [];
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  await (await cloud({ port: 0, log })).stop();
  const left = runningInstances(options.state);
  if (left.length > 0) throw new Error(`these instances are still running: ${left.join(', ')}`);
  return orphans;
}

/** This command once more, in the foreground and with absolute paths. */
function foreground(): string[] {
  const port = values.port === undefined ? [] : ['--port', values.port];
  const [assembly, state] = [path.resolve(values.assembly), path.resolve(values.state)];
  return [import.meta.filename, 'up', '--foreground', '--assembly', assembly, '--state', state, ...port];
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        assembly: { type: 'string', default: 'cdk.out' },
        state: { type: 'string', default: '.sealroot' },
        port: { type: 'string' },
        detach: { type: 'boolean', default: false },
        foreground: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}
