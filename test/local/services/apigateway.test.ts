import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalCloud } from '../../../local/cloud.ts';
import type { HttpRequest, HttpResponse } from '../../../local/engine/contracts/http.ts';
import type { InstanceSource } from '../../../local/engine/contracts/services.ts';
import { sendTo, signed } from '../support/signed-request.ts';
import { smallAssembly } from '../support/small-assembly.ts';

const state = mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));
const said: string[] = [];
let cloud: LocalCloud;
let source: InstanceSource;

const id = (logicalId: string) => cloud.resources.byLogicalId(logicalId)?.physicalId ?? '';
const outer = () => `${id('Outer')}.execute-api.us-east-1.amazonaws.com`;
const inner = () => `${id('Inner')}-${id('Endpoint')}.execute-api.us-east-1.amazonaws.com`;
const json = ({ body }: HttpResponse) => JSON.parse(body.toString('utf8'));
const instance = (role = 'instances', context?: Record<string, string>) =>
  cloud.identities.issue(role, source.instanceId, {
    context: context ?? {
      'aws:Ec2InstanceSourceVpc': source.vpcId,
      'aws:Ec2InstanceSourcePrivateIPv4': source.privateIp,
    },
  });

const send = (request: HttpRequest) => sendTo(cloud.endpoint, request);

const post = async (body: object, target = '/live/things/a%20b') =>
  send(
    await signed(cloud.identities.operator(), { host: outer(), path: target, body: JSON.stringify(body) }),
  );

const ask = async (credentials = instance(), from: Partial<InstanceSource> = {}, host = inner()) => {
  const request = await signed(credentials, { host, path: '/live/things/1', body: '{}' });
  return cloud.handleFromInstance(request, { ...source, ...from });
};

beforeAll(async () => {
  cloud = await LocalCloud.start({
    assembly: smallAssembly(),
    state,
    port: 0,
    log: (line) => said.push(line),
  });
  source = {
    instanceId: 'i-00000000000000001',
    privateIp: '169.254.1.1',
    vpcId: id('Vpc'),
    vpceId: id('Endpoint'),
  };
});
afterAll(() => cloud.stop());

describe('the regional API', () => {
  it('hands the function the event of a REST API and passes on what it answers', async () => {
    const answer = await post({ a: 1 });
    expect(answer.status).toBe(201);
    expect(answer.headers['x-count']).toBe('1');
    const { event } = json(answer);
    expect(event).toMatchObject({
      resource: '/things/{id}',
      path: '/things/a%20b',
      httpMethod: 'POST',
      pathParameters: { id: 'a b' },
      queryStringParameters: null,
      body: '{"a":1}',
      isBase64Encoded: false,
      requestContext: {
        stage: 'live',
        path: '/live/things/a%20b',
        apiId: id('Outer'),
        accountId: '000000000000',
        identity: {
          userArn: 'arn:aws:iam::000000000000:user/local-operator',
          accountId: '000000000000',
          sourceIp: '127.0.0.1',
        },
      },
    });
    expect(event.requestContext.identity).not.toHaveProperty('vpceId');
  });

  it('passes on a query', async () => {
    const query = { state: 'active', next: ['a', 'b/='] };
    const request = await signed(cloud.identities.operator(), {
      host: outer(),
      method: 'GET',
      path: '/live/things',
      query,
    });
    const { event } = json(await send(request));
    expect(event.queryStringParameters).toEqual({ state: 'active', next: 'b/=' });
    expect(event.multiValueQueryStringParameters).toEqual({ state: ['active'], next: ['a', 'b/='] });
  });

  it('runs the function with the environment of the template and nothing of ours', async () => {
    process.env['SEALROOT_TEST_SECRET'] = 'x';
    const { environment } = json(await post({}));
    expect(environment).toMatchObject({
      TABLE: id('Things'),
      KEY: cloud.resources.byLogicalId('Seal')?.attribute('Arn'),
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_LAMBDA_FUNCTION_NAME: id('Echo'),
    });
    expect(environment).not.toHaveProperty('SEALROOT_TEST_SECRET');
    expect(environment).not.toHaveProperty('HOME');
    const log = readFileSync(path.join(state, 'logs', `${id('Echo')}.log`), 'utf8');
    expect(log).toMatch(/^echo /m);
  });

  it('refuses an unsigned, a wrongly signed and a stranger’s request', async () => {
    const request = await signed(cloud.identities.operator(), {
      host: outer(),
      path: '/live/things/1',
      body: '{}',
    });
    const { authorization: _, ...headers } = request.headers;
    const unsigned = await send({ ...request, headers });
    expect(unsigned.status).toBe(403);
    expect(json(unsigned)).toEqual({ message: 'Missing Authentication Token' });
    expect(unsigned.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
    const changed = await send({ ...request, body: Buffer.from('[]') });
    expect([changed.status, changed.headers['x-amzn-errortype']]).toEqual([403, 'InvalidSignatureException']);
    const stranger = cloud.identities.issue('strangers', 'me');
    const denied = await send(await signed(stranger, { host: outer(), path: '/live/things/1', body: '{}' }));
    expect([denied.status, denied.headers['x-amzn-errortype']]).toEqual([403, 'AccessDeniedException']);
    expect(json(denied).Message).toContain(
      'is not authorized to perform: execute-api:Invoke on resource: arn:aws:',
    );
  });

  it('refuses a signature made for another service', async () => {
    const asked = { host: outer(), path: '/live/things/1', body: '{}', service: 'kms' };
    const answer = await send(await signed(cloud.identities.operator(), asked));
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([403, 'InvalidSignatureException']);
  });

  it('knows no other stage, route or API', async () => {
    expect((await post({}, '/dead/things/1')).status).toBe(403);
    const route = await post({}, '/live/others');
    expect([route.status, json(route)]).toEqual([403, { message: 'Missing Authentication Token' }]);
    const host = 'aaaaaaaaaa.execute-api.us-east-1.amazonaws.com';
    const api = await send(await signed(cloud.identities.operator(), { host, path: '/live/things/1' }));
    expect([api.status, json(api)]).toEqual([403, { message: 'Forbidden' }]);
  });

  it('answers 502 for a function that fails, and runs a new one after it died', async () => {
    for (const wish of ['throw', 'nonsense', 'exit']) {
      const answer = await post({ do: wish });
      expect([answer.status, json(answer)]).toEqual([502, { message: 'Internal server error' }]);
    }
    const answer = await post({});
    expect([answer.status, answer.headers['x-count']]).toEqual([201, '1']);
  });

  it('stops a function at its timeout', async () => {
    const answer = await post({ do: 'hang' });
    expect(answer.status).toBe(502);
    expect(said.join('\n')).toContain('Task timed out after 2.00 seconds');
    expect((await post({})).status).toBe(201);
  });
});

describe('the private API', () => {
  it('answers an instance and tells the function where it asked from', async () => {
    const answer = await ask();
    expect(answer.status).toBe(201);
    expect(json(answer).event.requestContext.identity).toMatchObject({
      userArn: `arn:aws:sts::000000000000:assumed-role/instances/${source.instanceId}`,
      caller: expect.stringMatching(new RegExp(`^AROA\\w+:${source.instanceId}$`)),
      sourceIp: source.privateIp,
      vpcId: source.vpcId,
      vpceId: source.vpceId,
    });
  });

  it('is not to be had from outside, by any of its names', async () => {
    for (const host of [inner(), inner().replace(/-vpce-[0-9a-f]+/, '')]) {
      const asked = { host, path: '/live/things/1', body: '{}' };
      const answer = await send(await signed(cloud.identities.operator(), asked));
      expect([answer.status, json(answer)]).toEqual([403, { message: 'Forbidden' }]);
    }
  });

  it('refuses a role that no policy lets', async () => {
    expect((await ask(instance('strangers'))).status).toBe(403);
  });

  it('refuses credentials that were carried to another VPC or another address', async () => {
    expect((await ask(instance(), { privateIp: '169.254.1.2' })).status).toBe(403);
    expect((await ask(instance(), { vpcId: 'vpc-0' })).status).toBe(403);
    expect((await ask(instance('instances', {}))).status).toBe(403);
    expect((await ask()).status).toBe(201);
  });

  it('is found by its plain name too, by whoever connects to the endpoint', async () => {
    expect((await ask(instance(), {}, inner().replace(/-vpce-[0-9a-f]+/, ''))).status).toBe(201);
  });

  it('refuses another endpoint', async () => {
    expect((await ask(instance(), { vpceId: 'vpce-0' })).status).toBe(403);
    const host = inner().replace(/vpce-[0-9a-f]+/, 'vpce-0');
    expect((await ask(instance(), { vpceId: 'vpce-0' }, host)).status).toBe(403);
  });

  it('has no way to the regional API', async () => {
    expect((await ask(cloud.identities.operator(), {}, outer())).status).toBe(403);
  });
});
