import { spawn } from 'node:child_process';
import { createReadStream, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HeldError, holderOf } from './lock.ts';
import { privateDirectory } from './state.ts';

const START_TIMEOUT_MS = 60_000;
/** Machines get time to power down; see `stopAll`. */
const STOP_TIMEOUT_MS = 90_000;
const NOT_RUNNING = 3;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The cloud that a daemon runs. */
export interface Runnable {
  readonly account: string;
  readonly region: string;
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Runs a cloud until SIGINT or SIGTERM. */
export async function runUntilSignalled(
  start: (log: (line: string) => void) => Promise<Runnable>,
): Promise<number> {
  const log = (line: string): void => say(`${new Date().toISOString()} ${line}`);
  const cloud = await start(log);
  say(`local cloud of account ${cloud.account} in ${cloud.region} at ${cloud.endpoint}`);
  const signal = await new Promise<string>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
  });
  log(`${signal}: stopping`);
  await cloud.stop();
  return 0;
}

/**
 * Starts a background process that runs a cloud, and returns when it answers.
 *
 * @param argv program and arguments, for this very node.
 * @throws HeldError; Error with what the process logged when it does not start.
 */
export async function startInBackground(stateDirectory: string, argv: readonly string[]): Promise<number> {
  const state = privateDirectory(path.resolve(stateDirectory));
  const held = holderOf(state);
  if (held !== undefined) throw new HeldError(state, held);
  const logFile = path.join(privateDirectory(path.join(state, 'logs')), 'cloud.log');
  const before = existsSync(logFile) ? readFileSync(logFile).length : 0;
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [...process.execArgv, ...argv], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && Date.now() < deadline) {
    const holder = holderOf(state);
    if (holder?.pid === child.pid && holder?.endpoint) {
      child.unref();
      say(`local cloud at ${holder.endpoint}, process ${String(holder.pid)}, log ${logFile}`);
      return 0;
    }
    await delay(100);
  }
  child.kill('SIGKILL');
  throw new Error(
    `the local cloud did not start:\n${readFileSync(logFile).subarray(before).toString('utf8')}`,
  );
}

/** @param stopOrphans stops the instances that a local cloud left running which was killed, and gives their ids. */
export async function down(state: string, stopOrphans: () => Promise<readonly string[]>): Promise<number> {
  const held = holderOf(state);
  if (held === undefined) {
    const orphans = await stopOrphans();
    say(
      orphans.length === 0
        ? 'the local cloud is not running'
        : `the local cloud was not running; what it had left running is stopped: ${orphans.join(', ')}`,
    );
    return 0;
  }
  process.kill(held.pid, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (holderOf(state)?.pid === held.pid) {
    if (Date.now() > deadline) throw new Error(`process ${String(held.pid)} does not stop`);
    await delay(100);
  }
  say('the local cloud is stopped');
  return 0;
}

/** @param orphans ids of instances that run without a local cloud. */
export function status(state: string, orphans: () => readonly string[]): number {
  const held = holderOf(state);
  if (held === undefined) {
    say('the local cloud is not running');
    const left = orphans();
    if (left.length > 0) say(`it was killed and has left running: ${left.join(', ')}; local down stops them`);
    return NOT_RUNNING;
  }
  say(
    `the local cloud ${held.endpoint === undefined ? 'is starting' : `answers at ${held.endpoint}`}, process ${String(held.pid)}`,
  );
  return 0;
}

/** @param name a Lambda function, or part of its name; without it the cloud's own log. */
export async function logs(state: string, name = 'cloud'): Promise<number> {
  const directory = path.join(state, 'logs');
  const files = existsSync(directory) ? readdirSync(directory) : [];
  const file = files.find((each) => each === `${name}.log`) ?? files.find((each) => each.includes(name));
  if (file === undefined)
    throw new Error(`no log of ${name}; there is: ${files.join(', ') || 'nothing yet'}`);
  for await (const chunk of createReadStream(path.join(directory, file)))
    process.stdout.write(chunk as Buffer);
  return 0;
}
