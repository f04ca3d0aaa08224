import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { LocalCloud } from '../../../local/cloud.ts';
import { sendTo, signed } from '../support/signed-request.ts';
import { smallAssembly } from '../support/small-assembly.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a template: a wrong guess of its shape fails the test
type Json = any;

/** Status of a request to the regional API, by a local cloud that is started from a template and a state. */
async function statusOf(assembly: string, state: string): Promise<number> {
  const cloud = await LocalCloud.start({ assembly, state, port: 0 });
  try {
    const id = cloud.resources.byLogicalId('Outer')?.physicalId ?? '';
    const host = `${id}.execute-api.us-east-1.amazonaws.com`;
    const request = { host, path: '/live/things/1', body: '{}' };
    return (await sendTo(cloud.endpoint, await signed(cloud.identities.operator(), request))).status;
  } finally {
    await cloud.stop();
  }
}

describe('a policy of an API that is changed', () => {
  const assembly = smallAssembly();
  const state = mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));
  const change = (edit: (resources: Json) => void): void => {
    const file = path.join(assembly, 'Small.template.json');
    const template: Json = JSON.parse(readFileSync(file, 'utf8'));
    edit(template.Resources);
    writeFileSync(file, JSON.stringify(template));
  };

  it('changes nothing as long as the deployment is the same, and counts with another one', async () => {
    expect(await statusOf(assembly, state)).toBe(201);
    change(({ Outer }) => {
      Outer.Properties.Policy = {
        Statement: [{ Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', Resource: '*' }],
      };
    });
    expect(await statusOf(assembly, state)).toBe(201);
    change((resources) => {
      resources.OuterDeployment2 = resources.OuterDeployment;
      delete resources.OuterDeployment;
      resources.OuterStage.Properties.DeploymentId = { Ref: 'OuterDeployment2' };
    });
    expect(await statusOf(assembly, state)).toBe(403);
  });

  it('cannot be served without a deployment', async () => {
    change(({ OuterStage }) => {
      delete OuterStage.Properties.DeploymentId;
    });
    await expect(statusOf(assembly, state)).rejects.toThrow(
      'API Outer: the local gateway serves stages of one',
    );
  });
});
