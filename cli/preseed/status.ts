import type { HookResult } from '../../protocol/report.ts';
import type { MessageStatus, Server } from '../../protocol/server.ts';
import { connectOperator } from '../operator/connect.ts';
import type { Session } from '../session.ts';
import { facts, table } from '../terminal/table.ts';
import { age, until } from '../terminal/text.ts';
import { findServer } from './find.ts';
import { stateOf } from './list.ts';

const MEANING: Record<Server['state'], string> = {
  created: 'waits for its instance',
  registered: 'an instance has it and takes messages',
  configuring: 'the instance configures itself: nothing more can be sent',
  finished: 'configured; everything that was secret is gone',
  withdrawn: 'called off',
};

/** Said of a contested server, whatever state it is in. */
const CONTESTED = 'nothing goes to it or from it until a custodian decides';

export async function showServer(session: Session, word: string): Promise<void> {
  const operator = await connectOperator(session);
  const server = await operator.showServer(await findServer(session, operator, word));
  const now = session.context.now();
  const width = session.context.stdout.columns;
  session.result(server, () => [
    ...contestedLines(server),
    ...facts([
      ['Server', server.server],
      ['For', server.for],
      ['State', `${stateOf(server)}: ${server.contested ? CONTESTED : MEANING[server.state]}`],
      ['Instance', server.instance],
      ['Created', `${server.created} (${age(server.created, now)}) by ${server.by}`],
      ['Registered', server.registered],
      ['Finished', server.finished],
    ]),
    ...section('Messages', messageLines(server.messages ?? [], now, width)),
    ...section('Hooks', hookLines(server.hooks, width)),
    ...section('Host keys', hostKeyLines(server)),
  ]);
  nextSteps(session, server);
}

/** First, and in capitals: until somebody decides, no message goes anywhere. */
function contestedLines({ contested, instance }: Server): string[] {
  if (!contested) return [];
  return [
    'CONTESTED: a second registration was tried, with another key or from another instance. Messages are withheld.',
    instance === undefined
      ? 'Find the attempt in the audit log of the preseed Lambda ("alarm": true) before you decide.'
      : `Registered is ${instance}. If it is the one that you launched, keep it; if not, reset, and what it was told is known to it.`,
    '',
  ];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...lines];

function messageLines(messages: readonly MessageStatus[], now: number, width?: number): string[] {
  if (messages.length === 0) return ['none sent yet'];
  const rows = messages.map((message) => [
    String(message.seq),
    message.type,
    message.reason === undefined ? message.state : `${message.state}: ${message.reason}`,
    String(message.bytes),
    age(message.sent, now),
    isOpen(message) ? until(message.expires, now) : '-',
    String(message.deliveries),
    whoOf(message.by),
  ]);
  const columns = ['NO', 'TYPE', 'STATE', 'BYTES', 'SENT', 'EXPIRES', 'HANDED OUT', 'BY'].map((title) => ({
    title,
    flexible: title === 'BY',
  }));
  return table(columns, rows, width);
}

const isOpen = ({ state }: MessageStatus): boolean => state === 'published' || state === 'delivered';

/** The last part of an ARN: the name of a user or of a session. The whole of it is in the JSON. */
const whoOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

function hookLines(hooks: readonly HookResult[], width?: number): string[] {
  if (hooks.length === 0) return [];
  const rows = hooks.map(({ stage, name, status }) => [
    stage,
    name,
    status === 0 ? 'ok' : `FAILED with status ${status}`,
  ]);
  return table([{ title: 'STAGE' }, { title: 'HOOK', flexible: true }, { title: 'RESULT' }], rows, width);
}

/** Host keys as the instance reported them, sealed under its registration's secret. */
function hostKeyLines({ hostKeys }: Server): string[] {
  if (hostKeys.length === 0) return [];
  return [
    ...facts(hostKeys.map(({ type, fingerprint }) => [type, fingerprint])),
    'At the first connection answer ssh with the fingerprint instead of yes: it then compares by itself.',
  ];
}

function nextSteps(session: Session, server: Server): void {
  const id = server.server;
  const say = (what: string, words: string): void => {
    session.note(`${what}  ${session.suggest(words)}`);
  };
  if (server.contested || server.state === 'created') session.note('');
  if (server.contested) {
    say('The registered instance is yours:     ', `preseed resolve ${id} --keep --reason "..."`);
    say('It is not; let the right one register:', `preseed resolve ${id} --reset --reason "..."`);
    say('Call everything off:                  ', `preseed withdraw ${id}`);
  } else if (server.state === 'created') {
    say('Launch it:', `launch --server-id ${id}`);
  }
}
