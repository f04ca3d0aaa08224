/**
 * SDK clients, loaded when a command needs them: the EC2 client alone takes a fifth of a second. Region, credentials
 * and endpoints come from the environment and the profile, as with every AWS tool; `--region`, `--profile` and
 * `--local` have been written to the environment by then. A session that `sealroot login` left goes before them.
 *
 * Each file of sdk/ names what is used of a client: what a file does not name is not packaged.
 */

/** Milliseconds. A machine without a route must not look like a slow one. */
const requestHandler = { connectionTimeout: 5000, requestTimeout: 30_000 };

/** Credentials to ask with; default: what the SDK's default chain finds. */
interface Caller {
  readonly credentials?: AwsKeys | undefined;
}

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

const config = ({ credentials }: Caller) => ({
  requestHandler,
  ...(credentials && { credentials: identity(credentials) }),
});

const identity = ({ accessKeyId, secretAccessKey, sessionToken }: AwsKeys) => ({
  ...{ accessKeyId, secretAccessKey },
  ...(sessionToken === undefined ? {} : { sessionToken }),
});

export async function ssmClient(caller: Caller) {
  const { SSMClient, GetParameterCommand } = await import('./sdk/ssm.ts');
  return { client: new SSMClient(config(caller)), GetParameterCommand };
}

/** @param more `maxAttempts` 1 for what cannot be repeated, such as a one-time code. */
export async function stsClient(
  caller: Caller,
  more: { readonly maxAttempts?: number; readonly systemClockOffset?: number } = {},
) {
  const sdk = await import('./sdk/sts.ts');
  return {
    client: new sdk.STSClient({ ...config(caller), ...more }),
    sdk,
  };
}

export async function iamClient(caller: Caller) {
  const sdk = await import('./sdk/iam.ts');
  return { client: new sdk.IAMClient(config(caller)), sdk };
}

export async function kmsClient(caller: Caller) {
  const { KMSClient, DecryptCommand } = await import('./sdk/kms.ts');
  return { client: new KMSClient(config(caller)), DecryptCommand };
}

export async function ec2Client(caller: Caller) {
  const sdk = await import('./sdk/ec2.ts');
  return { client: new sdk.EC2Client(config(caller)), sdk };
}

export async function cloudFormationClient(caller: Caller) {
  const sdk = await import('./sdk/cloudformation.ts');
  return { client: new sdk.CloudFormationClient(config(caller)), sdk };
}

export async function imageBuilderClient(caller: Caller) {
  const sdk = await import('./sdk/imagebuilder.ts');
  return { client: new sdk.ImagebuilderClient(config(caller)), sdk };
}

export async function serviceQuotasClient(caller: Caller) {
  const sdk = await import('./sdk/service-quotas.ts');
  return { client: new sdk.ServiceQuotasClient(config(caller)), sdk };
}
