/**
 * SDK clients, loaded when a command needs them: the EC2 client alone takes a fifth of a second. Region, credentials
 * and endpoints come from the environment and the profile, as with every AWS tool; `--region`, `--profile` and
 * `--local` have been written to the environment by then.
 */

/** Milliseconds. A machine without a route must not look like a slow one. */
const requestHandler = { connectionTimeout: 5000, requestTimeout: 30_000 };

export async function ssmClient() {
  const { SSMClient, GetParameterCommand } = await import('@aws-sdk/client-ssm');
  return { client: new SSMClient({ requestHandler }), GetParameterCommand };
}

export async function stsClient() {
  const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  return { client: new STSClient({ requestHandler }), GetCallerIdentityCommand };
}

export async function ec2Client() {
  const sdk = await import('@aws-sdk/client-ec2');
  return { client: new sdk.EC2Client({ requestHandler }), sdk };
}
