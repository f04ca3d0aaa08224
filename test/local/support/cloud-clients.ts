import { IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { LocalCloud } from '../../../local/cloud.ts';
import type { Credentials } from '../../../local/engine/contracts/identity.ts';

/** The SDK's shape of a session, as it comes from STS. */
interface Issued {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SessionToken?: string | undefined;
}

const configuration = (cloud: LocalCloud, credentials: Credentials) => ({
  endpoint: cloud.endpoint,
  region: cloud.region,
  credentials,
  maxAttempts: 1,
});

export const iamOf = (cloud: LocalCloud, credentials: Credentials): IAMClient =>
  new IAMClient(configuration(cloud, credentials));

export const stsOf = (cloud: LocalCloud, credentials: Credentials): STSClient =>
  new STSClient(configuration(cloud, credentials));

/** STS's answer, as credentials. */
export function sessionOf(issued: Issued | undefined): Credentials {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = issued ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** A user with an access key, and with a device when told so. */
export function newUser(cloud: LocalCloud, name: string, device = false): Credentials {
  cloud.users.create(name);
  const { id, secret } = cloud.users.createKey(name);
  if (device) cloud.mfa.enrol(name);
  return { accessKeyId: id, secretAccessKey: secret };
}

/** Identity behind a set of credentials, as STS says. */
export async function callerOf(cloud: LocalCloud, credentials: Credentials): Promise<string | undefined> {
  return (await stsOf(cloud, credentials).send(new GetCallerIdentityCommand({}))).Arn;
}
