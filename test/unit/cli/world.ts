import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import type { Context } from '../../../cli/context.ts';
import { run } from '../../../cli/main.ts';
import type { Captured } from '../../../cli/processes.ts';
import type { Terminal as Tty } from '../../../cli/terminal/tty.ts';
import { FakeIam } from './fake-iam.ts';
import { FakeEc2, IMAGE, PINS } from './fake-ec2.ts';
import { API_HOST, FakeOperator, json } from './fake-operator.ts';
import { accessKeyOf, SECRET, serviceOf, signatureIsValid } from './sigv4.ts';

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Terminal {
  readonly columns?: number;
  /** Answer of a person at the terminal; without it nobody is there. */
  readonly answer?: string;
  readonly tty?: boolean;
}

export const NOW = Date.parse('2026-01-01T00:10:00.000Z');

/** AWS as far as the CLI knows it, over real HTTP on this machine, and a terminal in front of it. */
export class CliWorld {
  readonly ec2 = new FakeEc2();
  readonly operator = new FakeOperator();
  readonly iam = new FakeIam(() => this.time);
  /** Access keys that signed the calls of the operator API. */
  readonly signers: string[] = [];
  /** Ciphertexts that KMS opens: plaintext by ciphertext, both base64. */
  readonly sealed: Record<string, string> = {};
  readonly slept: number[] = [];
  readonly asked: string[] = [];
  readonly spawned: {
    command: string;
    args: readonly string[];
    cwd: string;
    env?: NodeJS.ProcessEnv | undefined;
  }[] = [];
  /** Programs that were run for their output. */
  readonly captured: { command: string; args: readonly string[]; input: string | undefined }[] = [];
  /** Answer of such a program; without it there is none of that name. */
  program: (command: string, args: readonly string[], input?: string) => Captured = (command) => {
    throw Object.assign(new Error(`spawn ${command} ENOENT`), { code: 'ENOENT' });
  };
  /** Lines that a person types at the controlling terminal; undefined when there is none. */
  typed: string[] | undefined;
  /** Content of stdin. */
  input = Buffer.alloc(0);
  /** Text that the controlling terminal shows, and neither stdout nor stderr. */
  shown = '';
  readonly parameters: Record<string, string> = {
    '/sealroot/dev/operator-api': `https://${API_HOST}/api/`,
    '/sealroot/dev/ami': IMAGE,
    '/sealroot/dev/pins': PINS,
  };
  /** Services that only one command asks, by the name that requests are signed for. */
  readonly services = new Map<string, (request: IncomingMessage, body: string) => Reply>();
  readonly interrupt = new AbortController();
  cwd = '/';
  /** Milliseconds since the epoch; sleeping moves it on, and it stays between commands. */
  time = NOW;
  childExit = 0;
  /** Ctrl-C is pressed during this sleep, counted from 1. */
  interruptAtSleep = Number.POSITIVE_INFINITY;
  endpoint = '';
  #server: Server | undefined;
  #env = { ...process.env };

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => this.#server!.listen(0, '127.0.0.1', resolve));
    this.endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    for (const name of Object.keys(process.env))
      if (/^(AWS|SEALROOT)_|^DBUS_|^XDG_/.test(name)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'LOCAL',
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), 'sealroot-cache-')),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    });
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
    for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, this.#env);
  }

  async run(words: readonly string[], terminal: Terminal = {}): Promise<Outcome> {
    const written = { stdout: '', stderr: '' };
    const output = (name: keyof typeof written) => ({
      write: (data: string | Uint8Array) => (written[name] += Buffer.from(data).toString('latin1')),
      isTTY: terminal.tty ?? terminal.columns !== undefined,
      columns: terminal.columns,
    });
    const context: Context = {
      stdout: output('stdout'),
      stderr: output('stderr'),
      env: process.env,
      cwd: this.cwd,
      interactive: terminal.answer !== undefined,
      signal: this.interrupt.signal,
      now: () => this.time,
      sleep: async (milliseconds) => {
        this.slept.push(milliseconds);
        this.time += milliseconds;
        if (this.slept.length < this.interruptAtSleep) return;
        this.interrupt.abort();
        this.interrupt.signal.throwIfAborted();
      },
      ask: async (question) => {
        this.asked.push(question);
        return terminal.answer ?? '';
      },
      askHidden: async (question) => {
        this.asked.push(question);
        return this.typed === undefined ? undefined : (this.typed.shift() ?? '');
      },
      readInput: async () => this.input,
      platform: 'linux',
      nodeVersion: '24.11.1',
      terminal: () => this.#terminal(),
      spawn: async (command, args, cwd, env) => {
        this.spawned.push({ command, args, cwd, env });
        return this.childExit;
      },
      capture: async (command, args, { input }) => {
        this.captured.push({ command, args, input });
        return this.program(command, args, input);
      },
    };
    return { exit: await run(words, context), ...written };
  }

  #terminal(): Tty | undefined {
    const { typed } = this;
    if (typed === undefined) return undefined;
    return {
      write: (text) => void (this.shown += text),
      ask: async (question) => {
        this.shown += question;
        const line = typed.shift();
        if (line === undefined) throw new Error('nobody types any more');
        return line;
      },
      close: () => undefined,
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const reply = this.#dispatch(request, body);
    response.writeHead(reply.status, { 'content-type': reply.type, ...reply.headers }).end(reply.body);
  }

  #dispatch(request: IncomingMessage, body: string): Reply {
    if (!signatureIsValid(request, body)) return json({ message: 'The signature does not match.' }, 403);
    switch (serviceOf(request)) {
      case 'ec2':
        return this.ec2.handle(body);
      case 'execute-api':
        this.signers.push(accessKeyOf(request));
        return this.operator.handle(request, body);
      case 'ssm': {
        const { Name } = JSON.parse(body) as { Name: string };
        const Value = this.parameters[Name];
        return Value === undefined
          ? json({ __type: 'ParameterNotFound' }, 400)
          : json({ Parameter: { Name, Value } });
      }
      case 'kms': {
        const { CiphertextBlob = '' } = JSON.parse(body) as { CiphertextBlob?: string };
        const Plaintext = this.sealed[CiphertextBlob];
        return Plaintext === undefined
          ? json({ __type: 'InvalidCiphertextException' }, 400)
          : json({ KeyId: 'k', Plaintext });
      }
      case 'sts':
      case 'iam':
        return this.iam.handle(body, accessKeyOf(request));
      default: {
        const answer = this.services.get(serviceOf(request));
        return answer === undefined ? json({ message: 'unknown service' }, 404) : answer(request, body);
      }
    }
  }
}

/** A fresh world for every test of the file. */
export function useWorld(): () => CliWorld {
  let world: CliWorld;
  beforeEach(async () => {
    world = new CliWorld();
    await world.start();
  });
  afterEach(() => world.stop());
  return () => world;
}
