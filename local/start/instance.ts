import { setTimeout as delay } from 'node:timers/promises';
import { ConsoleLog } from '../vm/console-log.ts';
import { Instances, REASON, type InstanceRecord } from '../services/ec2/service.ts';
import { GuestAgent } from '../vm/qemu/agent.ts';
import { FILES } from '../vm/qemu/argv.ts';
import { lastMessages } from '../vm/qemu/process.ts';
import { sealroot } from './programs.ts';

/** The agent's line on the console when the system is up. */
const UP = /sealroot: \/ is on .*/;
const POLL_MS = 200;
/** Time for a boot: without KVM and on a busy machine a first one can take some minutes. */
const BOOT_TIMEOUT_MS = 15 * 60_000;
const AGENT_TIMEOUT_MS = 120_000;

/** Name tag of the instance that `npm start` shows. */
const NAME = 'demo';

/** The instance that the newcomer watches: launched by the first `npm start`, rebooted by the next. */
export class DemoInstance {
  readonly id: string;
  readonly directory: string;
  /** Whether this is its first boot. */
  readonly isNew: boolean;
  private readonly state: string;
  private readonly from: number;

  private constructor(state: string, id: string, isNew: boolean, from: number) {
    this.state = state;
    this.id = id;
    this.directory = new Instances(state).directory(id);
    this.isNew = isNew;
    this.from = from;
  }

  /**
   * Launches an instance of an image, or boots the one that there is once more.
   * One of an older image is stopped and kept: its owner may have put something on it.
   */
  static async boot(state: string, imageId: string): Promise<DemoInstance> {
    const instances = new Instances(state);
    const live = instances.all().filter(({ tags, state: now }) => isDemo(tags) && now !== 'terminated');
    for (const old of live.filter((each) => each.imageId !== imageId && each.state === 'running')) {
      await sealroot('--local', 'stop', old.id);
    }
    const mine = live.find((each) => each.imageId === imageId);
    if (mine === undefined) {
      const name = live.length === 0 ? NAME : `${NAME}-${String(live.length + 1)}`;
      const answer = await sealroot('--local', '--json', 'launch', '--name', name);
      const id = /"(i-[0-9a-f]{17})"/.exec(answer)?.[1];
      if (id === undefined) throw new Error(`sealroot launch answered no instance id:\n${answer}`);
      return new DemoInstance(state, id, true, 0);
    }
    const from = new ConsoleLog(instances.directory(mine.id)).size();
    const command = mine.state === 'running' ? 'reboot' : 'start';
    const demo = new DemoInstance(state, mine.id, false, from);
    await sealroot('--local', command, mine.id);
    return demo;
  }

  get record(): InstanceRecord {
    // Another process writes it.
    return new Instances(this.state).get(this.id);
  }

  /**
   * Passes every line of this boot's console on as it comes, until the system says that it is up.
   *
   * @returns that line.
   * @throws Error when the instance ends or takes too long.
   */
  async follow(print: (line: string) => void): Promise<string> {
    const log = new ConsoleLog(this.directory);
    const deadline = Date.now() + BOOT_TIMEOUT_MS;
    let offset = this.from;
    for (;;) {
      const state = this.record.state;
      const text = log.read(offset);
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      offset += Buffer.byteLength(whole);
      for (const line of whole.split('\n').slice(0, -1)) print(printable(line));
      const up = UP.exec(printable(whole));
      if (up !== null) return up[0];
      if (state === 'stopped' || state === 'terminated') throw new Error(this.ending());
      if (Date.now() > deadline)
        throw new Error(`${this.id} is not up after ${String(BOOT_TIMEOUT_MS / 60_000)} minutes`);
      await delay(POLL_MS);
    }
  }

  /** Says why it does not run: as EC2 has it, and what QEMU printed when there was no machine. */
  private ending(): string {
    const { state, stateReason } = this.record;
    if (stateReason === undefined) return `${this.id} is ${state}`;
    const messages = stateReason.code === REASON.failure.code ? lastMessages(this.directory) : [];
    return [`${this.id} is ${state}: ${stateReason.message}`, ...messages].join('\n  ');
  }

  /** Runs commands on it, as the SSM agent would on AWS. */
  async agent(): Promise<GuestAgent> {
    const agent = new GuestAgent(this.directory, FILES.agent);
    const deadline = Date.now() + AGENT_TIMEOUT_MS;
    while (!(await agent.ping())) {
      if (Date.now() > deadline) throw new Error(`the guest agent of ${this.id} does not answer`);
      await delay(POLL_MS);
    }
    return agent;
  }
}

const isDemo = (tags: Readonly<Record<string, string>>): boolean => /^demo(-\d+)?$/.test(tags['Name'] ?? '');

/** Text without carriage returns and escape sequences: a guest's console may not move the reader's cursor. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]|\u001b./g, '').replace(/[^\P{Cc}\n\t]/gu, '');
}
