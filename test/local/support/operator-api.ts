import type { LocalCloud } from '../../../local/cloud.ts';
import type { HttpResponse } from '../../../local/engine/contracts/http.ts';
import type { Credentials } from '../../../local/engine/contracts/identity.ts';
import { accessRoleName, type AccessRole } from '../../../protocol/access.ts';
import type { Route } from '../../../protocol/operations/operation.ts';
import { apiId, STAGE } from './instance.ts';
import { sendTo, signed } from './signed-request.ts';

export const accessRole = (cloud: LocalCloud, role: AccessRole): string =>
  accessRoleName(STAGE, cloud.region, role);

/** A session of one of the access roles, without the login that leads to it. */
export const sessionAs = (cloud: LocalCloud, role: AccessRole, name = 'local-operator'): Credentials =>
  cloud.identities.issue(accessRole(cloud, role), name);

/** One request to the operator API. */
export async function operate(
  cloud: LocalCloud,
  credentials: Credentials,
  route: Route,
  parameter = '',
  body = '',
): Promise<HttpResponse> {
  const path = `/${STAGE}${route.path.replace(/\{\w+\}/, parameter)}`;
  const host = `${apiId(cloud, 'REGIONAL')}.execute-api.${cloud.region}.amazonaws.com`;
  return sendTo(cloud.endpoint, await signed(credentials, { host, method: route.method, path, body }));
}
