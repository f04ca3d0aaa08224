import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { readRecipe } from '../../../local/bake/recipe.ts';
import type { LocalCloud } from '../../../local/cloud.ts';
import type { GatewayResponse } from '../../../local/contracts.ts';
import { roleSession } from '../../../local/ec2/imds/role-session.ts';
import { executeApiEndpoint } from '../../../local/ec2/network.ts';
import type { Vm } from '../../../local/ec2/index.ts';

/** A release request signed by an instance's own role, as some other process with its credentials would send it. */
export async function askAs(cloud: LocalCloud, vm: Vm, message: object): Promise<GatewayResponse> {
  const { hostname, pathname } = new URL(`${readRecipe(cloud.resources).endpoint}/v1/release`);
  const { vpcId, privateIp, instanceProfile } = vm.record;
  const vpceId = executeApiEndpoint(cloud.resources, vpcId) ?? '';
  const source = { instanceId: vm.id, privateIp, vpcId, vpceId };
  const credentials = roleSession(cloud, instanceProfile?.role ?? '', source)();
  const signer = new SignatureV4({
    service: 'execute-api',
    region: cloud.region,
    credentials,
    sha256: Sha256,
  });
  const body = JSON.stringify(message);
  const unsigned = {
    method: 'POST',
    protocol: 'https:',
    hostname,
    path: pathname,
    headers: { host: hostname },
    body,
  };
  const { headers } = await signer.sign(unsigned);
  return cloud.handleFromInstance(
    { method: 'POST', path: pathname, headers, body: Buffer.from(body) },
    source,
  );
}
