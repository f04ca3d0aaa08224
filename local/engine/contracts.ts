/**
 * What the parts of the local cloud know of each other. The parts import this file and not one another;
 * `cloud.ts` alone puts them together.
 */

/** One HTTP request, body read. */
export interface GatewayRequest {
  readonly method: string;
  /** As on the request line: path and query, still percent-encoded. */
  readonly path: string;
  /** Names in lower case; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Condition keys and their values, as IAM names them (`aws:SourceVpce`). Compared without regard to case. */
export type ConditionContext = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Who signed a request. */
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
  /** When a role session ends. */
  readonly expiration?: Date;
}

export interface IssueOptions {
  /** Default 3600. */
  readonly durationSeconds?: number;
  /** Condition keys of every request made with these credentials. */
  readonly context?: ConditionContext;
}

export interface Identities {
  /**
   * Makes a role session. It outlives a restart of the local cloud. Trust policies are not asked here:
   * that is for STS, and for whoever plays the service that assumes the role.
   *
   * @param role name or ARN of a role of the templates.
   * @throws Error when no template has such a role.
   */
  issue(role: string, sessionName: string, options?: IssueOptions): Credentials;
  /** The static keys of the IAM user `local-operator`, an administrator who has shown no second factor. */
  operator(): Credentials;
}

/** One resource of one template. */
export interface Resource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** What `Ref` gives; the same after every restart. `vpc-...`, `lt-...`, a table's or role's name, a key's id. */
  readonly physicalId: string;
  /** Properties with every intrinsic function resolved; read on first use. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** What `Fn::GetAtt` gives. @throws Error when the local cloud does not know the attribute. */
  attribute(name: string): unknown;
}

export interface Resources {
  all(): readonly Resource[];
  ofType(type: string): readonly Resource[];
  byPhysicalId(physicalId: string): Resource | undefined;
  byLogicalId(logicalId: string, stack?: string): Resource | undefined;
}

/** Where a request from an instance came from, as the interface endpoint sees it. */
export interface InstanceSource {
  readonly instanceId: string;
  readonly privateIp: string;
  readonly vpcId: string;
  readonly vpceId: string;
}

/** An AWS API: gets requests whose signature is verified. It authorizes each action itself. */
export interface ServiceHandler {
  handle(request: GatewayRequest, principal: Principal): Promise<GatewayResponse>;
}

/** An error that an AWS API answers with; the gateway writes it in the service's own protocol. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
  }
}

export interface Authorizer {
  /**
   * Evaluates the caller's identity policies for one action.
   *
   * @param action such as `ec2:RunInstances`.
   * @param resource ARN, or `*` for an action that names none.
   * @returns false unless a statement allows it and none denies it.
   */
  allows(principal: Principal, action: string, resource: string, context?: ConditionContext): boolean;
}

/** What `createEc2` gets. */
export interface Ec2Context {
  /** Absolute path of the state directory; exists, mode 0700. */
  readonly state: string;
  readonly account: string;
  readonly region: string;
  /** `http://127.0.0.1:PORT` of the gateway. */
  readonly endpoint: string;
  readonly resources: Resources;
  readonly identities: Identities;
  readonly authorizer: Authorizer;
  /** Value of an SSM parameter, for `resolve:ssm:`. */
  parameter(name: string): string | undefined;
  /** One request that reached the interface endpoint. Verifies, authorizes, runs the Lambda. Never throws for a bad request. */
  handleFromInstance(request: GatewayRequest, source: InstanceSource): Promise<GatewayResponse>;
  /** One line for the daemon's log. */
  log(line: string): void;
}

/** What the cloud needs from EC2; `local/services/ec2` exports more, for tests and for the bake. */
export interface Ec2Service extends ServiceHandler {
  stopAll(): Promise<void>;
}
