import type { HttpRequest } from './http.ts';
import type { Resource } from './resources.ts';

/** Condition keys and their values, as IAM names them (`aws:SourceVpce`). Compared without regard to case. */
export type ConditionContext = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Signer of a request. */
export interface Principal {
  readonly type: 'user' | 'role';
  /** `arn:aws:iam::ACCOUNT:user/NAME` or `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
  readonly arn: string;
  /** For a role session the role's own ARN, else the same as `arn`. */
  readonly identityArn: string;
  readonly account: string;
  /** `AIDA...` or `AROA...:SESSION`. */
  readonly userId: string;
  /** `AKIA...`, or `ASIA...` of temporary credentials. */
  readonly accessKeyId: string;
  readonly userName?: string;
  readonly roleName?: string;
  readonly sessionName?: string;
  /** Condition keys that the credentials themselves carry, such as `aws:Ec2InstanceSourceVpc`. */
  readonly context: ConditionContext;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** End of a role session. */
  readonly expiration?: Date;
}

export interface IssueOptions {
  /** Default 3600. */
  readonly durationSeconds?: number;
  /** Condition keys of every request made with these credentials. */
  readonly context?: ConditionContext;
}

/** Tells who signed a request. */
export interface Authenticator {
  /**
   * @returns the caller, and the service that the signature is for, such as `execute-api`.
   * @throws AwsError for a missing, wrong, expired or unknown signature.
   */
  verify(request: HttpRequest): { readonly principal: Principal; readonly service: string };
}

/** Gives AWS services sessions of the roles that they act with. */
export interface ServiceSessions {
  /**
   * Makes a role session, which outlives a restart of the local cloud.
   *
   * @param service such as `lambda.amazonaws.com`; the role's trust policy has to let it in.
   * @param role name or ARN of a role of the templates.
   * @throws Error when no template has such a role, or it does not trust the service.
   */
  issueToService(service: string, role: string, sessionName: string, options?: IssueOptions): Credentials;
}

/** Maker of STS's sessions. Trust and permission are for STS to ask. */
export interface SessionIssuer {
  /** The role of this name or ARN, if a template has it. */
  role(nameOrArn: string): Resource | undefined;
  /** Makes a session of a role. @throws Error when no template has such a role. */
  issue(role: string, sessionName: string, options?: IssueOptions): Credentials;
  /** Makes a session of a user. @param secondFactor whether one was shown, just now. */
  issueToUser(user: string, durationSeconds: number, secondFactor: boolean): Credentials;
  /**
   * Takes a one-time code as the second factor. It is spent before this returns.
   *
   * @returns the condition keys of a request that shows it.
   * @throws AwsError `AccessDenied`, worded as AWS does.
   */
  proveSecondFactor(user: string | undefined, serial: string, code: string): ConditionContext;
}
