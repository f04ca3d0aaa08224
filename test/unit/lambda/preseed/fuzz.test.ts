import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ERRORS } from '../../../../protocol/errors.ts';
import { PRESEED_OPERATIONS } from '../../../../protocol/operations/preseed.ts';
import { SERVER_OPERATIONS } from '../../../../protocol/operations/servers.ts';
import { Agent } from '../world/agent.ts';
import { batch, json, OTHER_SERVER, PreseedWorld, SERVER } from '../world/preseed-world.ts';

const SECRET = 'correct horse battery staple';
const bytes32 = Buffer.alloc(32, 1).toString('base64url');

/** Values that are right, nearly right, and of another kind. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    0,
    1,
    -1,
    1e9,
    true,
    '',
    'applied',
    'keep',
    'reset',
    SERVER,
    OTHER_SERVER,
  ),
  fc.constantFrom<unknown>(
    bytes32,
    `${bytes32}\n`,
    {},
    [],
    [{}],
    [{ seq: 1, result: 'applied' }],
    '__proto__',
  ),
  fc.constantFrom<unknown>(
    batch('x').messages,
    { kty: 'EC', crv: 'P-256', x: bytes32, y: bytes32 },
    'e30..AAAA.A.B',
  ),
  fc.uuid(),
  fc.jsonValue(),
  fc.string({ unit: 'binary', maxLength: 100 }),
);
const names = [
  'v',
  'server',
  'nonce',
  'epk',
  'boot',
  'subkey',
  'after',
  'results',
  'report',
  'for',
  'messages',
  'decision',
  'reason',
];
const body = fc.oneof(
  fc.dictionary(fc.constantFrom(...names), value),
  fc.jsonValue(),
  fc.string({ maxLength: 50 }),
);

async function inUse() {
  const world = new PreseedWorld();
  await world.create();
  await world.send(SECRET, 'two');
  const agent = new Agent(world, 1);
  await agent.register();
  await agent.receive();
  return { world, agent };
}

/** Everything that was said to anybody, or logged. */
function expectNothingSecret(world: PreseedWorld, agent: Agent): void {
  const { subkey = '', secret = Buffer.alloc(0) } = agent.memory;
  const said = JSON.stringify([world.answers, world.audit]);
  for (const text of [SECRET, subkey, secret.toString('base64url'), secret.toString('hex')]) {
    expect(said.includes(text)).toBe(false);
  }
}

describe('when anything at all is sent to the routes', () => {
  it('instances are answered with 200, 400, 403 or 409, and told and logged nothing secret', async () => {
    const routes = Object.keys(PRESEED_OPERATIONS) as (keyof typeof PRESEED_OPERATIONS)[];
    const credentials = fc.boolean();
    const property = fc.asyncProperty(
      fc.constantFrom(...routes),
      body,
      credentials,
      async (route, sent, isOurs) => {
        const { world, agent } = await inUse();
        const message =
          isOurs && typeof sent === 'object' && sent !== null && !Array.isArray(sent)
            ? { ...sent, v: 1, server: SERVER, subkey: agent.memory.subkey }
            : sent;
        const result = await world.instance(route, message, agent.from);
        expect([200, 400, 403, 409]).toContain(result.statusCode);
        if (result.statusCode !== 200) {
          const { code } = json(result) as { code: keyof typeof ERRORS };
          expect(ERRORS[code].status).toBe(result.statusCode);
        }
        expectNothingSecret(world, agent);
        expect(await world.states()).toHaveLength(2);
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });

  it('operators are answered with 200, 400, 404 or 409, and told and logged nothing secret', async () => {
    const routes = Object.keys(SERVER_OPERATIONS) as (keyof typeof SERVER_OPERATIONS)[];
    const id = fc.constantFrom(SERVER, OTHER_SERVER, 'srv-x', '');
    const property = fc.asyncProperty(fc.constantFrom(...routes), body, id, async (route, sent, server) => {
      const { world, agent } = await inUse();
      const result = await world.operator(route, sent, server);
      expect([200, 400, 404, 409]).toContain(result.statusCode);
      expectNothingSecret(world, agent);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it('a message of more than 70 kB is refused unread', async () => {
    const { world, agent } = await inUse();
    const result = await world.instance('report', 'x'.repeat(70_001), agent.from);
    expect(json(result)).toMatchObject({ code: 'malformed', field: 'body' });
  });
});
