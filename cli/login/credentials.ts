/** Temporary credentials, as the AWS SDK for JavaScript takes them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Facts about a session, without its keys: nothing here is secret. Times are ISO 8601. */
export interface SessionFacts {
  /** `operator` and its like for the stage's own roles, else the role's name. */
  readonly role: string;
  readonly roleArn: string;
  readonly stage: string;
  readonly region: string;
  /** Access key id that asked for it: whose session this is, without asking AWS. */
  readonly source: string;
  readonly sourceArn: string;
  /** Profile of the source's keys, when one was named. */
  readonly profile?: string;
  /** Endpoint of STS, when it was not at AWS. */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly issued: string;
  readonly expires: string;
}

export interface LoginSession {
  readonly facts: SessionFacts;
  readonly credentials: Credentials;
}

/** `arn:aws:iam::ACCOUNT:role/path/NAME` -> NAME. */
export const roleNameOf = (roleArn: string): string => roleArn.slice(roleArn.lastIndexOf('/') + 1);

/** Endpoint of STS, as the AWS SDKs understand the environment; empty for AWS itself. */
export const stsEndpoint = (env: NodeJS.ProcessEnv): string =>
  env['AWS_ENDPOINT_URL_STS'] ?? env['AWS_ENDPOINT_URL'] ?? '';
