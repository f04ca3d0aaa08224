import type { Reply } from './world.ts';

export interface FakeInstance {
  id: string;
  state: string;
  tags: Record<string, string>;
  launched: string;
  /** Code and message of StateReason. */
  reason?: readonly [code: string, message: string];
}

interface FakeKeyPair {
  name: string;
  fingerprint: string;
  publicKey?: string;
}

const CODES: Record<string, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export const IMAGE = 'ami-00000000000000001';
/** Pins of the stage and its image. */
export const PINS = 'signing-key preseed-signing-key a1b2c3d4e5 keyserver.dev.sealroot.internal';

/** The part of EC2's Query API that the CLI uses. */
export class FakeEc2 {
  instances: FakeInstance[] = [];
  keyPairs: FakeKeyPair[] = [];
  /** Tags by id. */
  images: Record<string, Record<string, string>> = { [IMAGE]: { 'sealroot:pins': PINS } };
  /** Every request's parameters, in order. */
  readonly calls: Record<string, string>[] = [];
  /** Answers of GetConsoleOutput, one a call; the last one is repeated. */
  consoles: string[] = [''];
  /** Next answer by action: an error code instead of a result. */
  readonly errors = new Map<string, string[]>();
  /** Answers to actions that are not simulated, as XML. */
  readonly canned = new Map<string, string>();
  /** Called before every DescribeInstances. */
  beforeDescribe: () => void = () => undefined;

  add(id: string, state = 'running', tags: Record<string, string> = {}): FakeInstance {
    const instance = {
      id,
      state,
      tags: { 'sealroot:stage': 'dev', ...tags },
      launched: '2026-01-01T00:00:00.000Z',
    };
    this.instances.push(instance);
    return instance;
  }

  actions(): string[] {
    return this.calls.map((call) => call['Action'] ?? '');
  }

  call(action: string): Record<string, string> | undefined {
    return this.calls.find((call) => call['Action'] === action);
  }

  handle(body: string): Reply {
    const parameters = Object.fromEntries(new URLSearchParams(body));
    this.calls.push(parameters);
    const action = parameters['Action'] ?? '';
    const error = this.errors.get(action)?.shift();
    if (error !== undefined) return failure(error);
    switch (action) {
      case 'DescribeInstances':
        this.beforeDescribe();
        return this.#describe(parameters);
      case 'RunInstances':
        return this.#launch(parameters);
      case 'DescribeImages':
        return this.#describeImages(parameters);
      case 'GetConsoleOutput':
        return this.#console(parameters);
      case 'DescribeKeyPairs':
        return answer(action, `<keySet>${this.keyPairs.map(keyPair).join('')}</keySet>`);
      case 'RebootInstances':
        return answer(action, '<return>true</return>');
      case 'StopInstances':
        return this.#change(action, parameters, 'stopping', 'stopped');
      case 'StartInstances':
        return this.#change(action, parameters, 'pending', 'running');
      case 'TerminateInstances':
        return this.#change(action, parameters, 'shutting-down', 'terminated');
      default: {
        const canned = this.canned.get(action);
        return canned === undefined ? failure('InvalidAction') : answer(action, canned);
      }
    }
  }

  #describe(parameters: Record<string, string>): Reply {
    const tag = /^tag:(.+)$/.exec(parameters['Filter.1.Name'] ?? '')?.[1];
    const id = parameters['InstanceId.1'];
    const found = this.instances.filter(
      (i) =>
        (tag === undefined || i.tags[tag] === parameters['Filter.1.Value.1']) &&
        (id === undefined || i.id === id),
    );
    if (id !== undefined && found.length === 0) return failure('InvalidInstanceID.NotFound');
    return answer(
      'DescribeInstances',
      `<reservationSet><item><instancesSet>${found.map(item).join('')}</instancesSet></item></reservationSet>`,
    );
  }

  #describeImages(parameters: Record<string, string>): Reply {
    const byFilter = parameters['Filter.1.Name'] === 'image-id';
    const id = parameters[byFilter ? 'Filter.1.Value.1' : 'ImageId.1'] ?? '';
    const tags = this.images[id];
    if (tags === undefined)
      return byFilter ? answer('DescribeImages', '<imagesSet/>') : failure('InvalidAMIID.NotFound');
    const facts = '<architecture>x86_64</architecture><imageState>available</imageState><name>ubuntu</name>';
    return answer(
      'DescribeImages',
      `<imagesSet><item><imageId>${id}</imageId>${facts}<tagSet>${tagItems(tags)}</tagSet></item></imagesSet>`,
    );
  }

  #launch(parameters: Record<string, string>): Reply {
    const count = Number(parameters['MaxCount']);
    const tags: Record<string, string> = {};
    for (let n = 1; parameters[`TagSpecification.1.Tag.${n}.Key`] !== undefined; n++) {
      tags[parameters[`TagSpecification.1.Tag.${n}.Key`]!] = parameters[`TagSpecification.1.Tag.${n}.Value`]!;
    }
    const launched = Array.from({ length: count }, (_, n) =>
      this.add(`i-0000000000000000${n}`, 'pending', tags),
    );
    return answer('RunInstances', `<instancesSet>${launched.map(item).join('')}</instancesSet>`);
  }

  #console(parameters: Record<string, string>): Reply {
    const text = this.consoles.length > 1 ? this.consoles.shift()! : this.consoles[0]!;
    const output = Buffer.from(text, 'latin1').toString('base64');
    return answer(
      'GetConsoleOutput',
      `<instanceId>${parameters['InstanceId']}</instanceId><timestamp>2026-01-01T00:05:00.000Z</timestamp><output>${output}</output>`,
    );
  }

  #change(action: string, parameters: Record<string, string>, now: string, later: string): Reply {
    const ids = Object.keys(parameters)
      .filter((name) => name.startsWith('InstanceId.'))
      .map((name) => parameters[name]);
    const changes = ids.map((id) => {
      const instance = this.instances.find((candidate) => candidate.id === id)!;
      const previous = instance.state;
      instance.state = later;
      return `<item><instanceId>${id}</instanceId><currentState><name>${now}</name></currentState><previousState><name>${previous}</name></previousState></item>`;
    });
    return answer(action, `<instancesSet>${changes.join('')}</instancesSet>`);
  }
}

function item(instance: FakeInstance): string {
  const [code, message] = instance.reason ?? [];
  const reason =
    code === undefined ? '' : `<stateReason><code>${code}</code><message>${message}</message></stateReason>`;
  return `<item>${reason}<instanceId>${instance.id}</instanceId><imageId>${IMAGE}</imageId><instanceState><code>${CODES[instance.state]}</code><name>${instance.state}</name></instanceState><instanceType>t3.small</instanceType><launchTime>${instance.launched}</launchTime><privateIpAddress>10.0.0.5</privateIpAddress><tagSet>${tagItems(instance.tags)}</tagSet></item>`;
}

const tagItems = (tags: Record<string, string>): string =>
  Object.entries(tags)
    .map(([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`)
    .join('');

const keyPair = ({ name, fingerprint, publicKey }: FakeKeyPair): string =>
  `<item><keyPairId>key-0${name}</keyPairId><keyName>${name}</keyName><keyFingerprint>${fingerprint}</keyFingerprint>${publicKey === undefined ? '' : `<publicKey>${publicKey}</publicKey>`}</item>`;

const answer = (action: string, inner: string): Reply => ({
  status: 200,
  type: 'text/xml',
  body: `<?xml version="1.0"?><${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${inner}</${action}Response>`,
});

const failure = (code: string): Reply => ({
  status: code === 'InternalError' ? 500 : 400,
  type: 'text/xml',
  body: `<Response><Errors><Error><Code>${code}</Code><Message>${code} happened. Encoded authorization failure message: abcdef</Message></Error></Errors><RequestID>r</RequestID></Response>`,
});
