import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalCloud } from '../../local/cloud.ts';
import { OPERATOR_API } from '../../protocol/operations/apis.ts';
import { Instance, parsed } from './support/instance.ts';
import { idleMachines } from './support/machines.ts';
import { operate, sessionAs } from './support/operator-api.ts';
import { synthesized } from './support/synthesized.ts';

const MINUTE = 60_000;
const { approveRequest, denyRequest } = OPERATOR_API;

let cloud: LocalCloud;

const decide = (name: string, request: string, route = approveRequest as { method: 'POST'; path: string }) =>
  operate(cloud, sessionAs(cloud, 'custodian', name), route, request);

beforeAll(async () => {
  cloud = await LocalCloud.start({
    assembly: synthesized({ access: { separationOfDuties: true } }),
    state: mkdtempSync(path.join(tmpdir(), 'sealroot-state-')),
    port: 0,
    ec2: idleMachines,
  });
}, 2 * MINUTE);
afterAll(() => cloud.stop(), MINUTE);

describe('a stage that separates duties', () => {
  it(
    'lets nobody approve the request of an instance of their own',
    async () => {
      const instance = await Instance.launch(cloud, sessionAs(cloud, 'operator', 'ann'));
      const request = await instance.pending();
      const own = await decide('ann', request);
      expect([own.status, parsed(own)]).toEqual([409, expect.objectContaining({ code: 'conflict' })]);
      const others = await decide('ben', request);
      expect([others.status, parsed(others)]).toEqual([
        200,
        expect.objectContaining({ id: request, decision: 'approved' }),
      ]);
    },
    MINUTE,
  );

  it(
    'lets nobody approve when nobody knows who launched, but lets anybody deny',
    async () => {
      const request = await (await Instance.launch(cloud)).pending();
      expect((await decide('ben', request)).status).toBe(409);
      expect((await decide('ben', request, denyRequest)).status).toBe(200);
    },
    MINUTE,
  );
});
