import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Plugin } from 'esbuild';
import type { Route } from '../protocol/operations/operation.ts';
import { INSTANCE, SETTINGS } from './warm-release-settings.ts';

export type Handler = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;

/** Answers the SDK's HTTP requests from this process; everything above the socket is the SDK's own code. */
export const inProcessHttp: Plugin = {
  name: 'in-process-http',
  setup(build) {
    const contents = `
      import { Readable } from 'node:stream';
      export * from '@smithy/node-http-handler';
      export class NodeHttpHandler {
        metadata = { handlerProtocol: 'http/1.1' };
        static create() { return new NodeHttpHandler(); }
        async handle(request) {
          const { statusCode, headers, body } = globalThis.sealrootBench(request);
          return { response: { statusCode, headers, body: Readable.from([Buffer.from(body)]) } };
        }
        updateHttpClientConfig() {}
        httpHandlerConfigs() { return {}; }
        destroy() {}
      }`;
    build.onResolve({ filter: /^@smithy\/node-http-handler$/ }, ({ namespace }) =>
      // From the stand-in itself it means the real one.
      namespace === 'in-process' ? undefined : { path: 'http', namespace: 'in-process' },
    );
    build.onLoad({ filter: /.*/, namespace: 'in-process' }, () => ({ contents, resolveDir: process.cwd() }));
  },
};

/** One request of the benchmark's instance. @returns the body of a 200, and the handler's CPU time in milliseconds. */
export async function call(
  handler: Handler,
  { method, path }: Route,
  message: object,
  pathParameters: Record<string, string> | null = null,
): Promise<{ body: string; cpu: number }> {
  const { account, role, vpcId, vpcEndpointId: vpceId } = SETTINGS;
  const userArn = `arn:aws:sts::${account}:assumed-role/${role}/${INSTANCE.id}`;
  const identity = { userArn, accountId: account, sourceIp: INSTANCE.address, vpcId, vpceId };
  const event = {
    httpMethod: method,
    resource: path,
    path,
    pathParameters,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
    isBase64Encoded: false,
    requestContext: { requestId: randomUUID(), accountId: account, identity },
  } as unknown as APIGatewayProxyEvent;
  const { value, cpu } = await cpuOf(() => handler(event));
  const { statusCode, body } = value;
  if (statusCode !== 200) throw new Error(`${method} ${path} answered ${statusCode}: ${body}`);
  return { body, cpu };
}

/** CPU time of this process while something runs, in milliseconds. */
export async function cpuOf<T>(run: () => Promise<T>): Promise<{ value: T; cpu: number }> {
  const before = process.cpuUsage();
  const value = await run();
  const { user, system } = process.cpuUsage(before);
  return { value, cpu: (user + system) / 1000 };
}
