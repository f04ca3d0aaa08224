import type { StackId } from '../../../protocol/names.ts';
import type { Geography } from '../stage/zones.ts';
import type { Template } from '../stage/template.ts';

/**
 * What the checks ask of an account and region. Each question is one or two calls of AWS that change nothing; each may
 * be refused, and then throws what the SDK throws.
 */
export interface Account extends Geography {
  readonly region: string;
  /** ARN of who asks. */
  readonly caller: string;
  /** Number of the account. */
  readonly account: string;
  /** By how many milliseconds this machine's clock is ahead of AWS's, to a second; undefined when AWS did not say. */
  readonly clockAhead: number | undefined;
  /** Names of the zones where the interface endpoint of a service can have an address, such as `execute-api`. */
  endpointZones(service: string): Promise<readonly string[]>;
  /** Zones where each type is on offer. A type that EC2 does not know has none. */
  offerings(types: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Those of the types that the region has. */
  instanceTypes(types: readonly string[]): Promise<readonly InstanceType[]>;
  /** The key that EC2 encrypts under when none is named: an alias or ARN. */
  defaultDiskKey(): Promise<string>;
  /** Value of a parameter of Systems Manager. */
  parameter(name: string): Promise<string | undefined>;
  image(id: string): Promise<ParentImage | undefined>;
  /** Undefined where there are no plans to choose from. */
  plan(): Promise<'FREE' | 'PAID' | undefined>;
  stack(id: StackId): Promise<StackState | undefined>;
  /** As it was deployed. */
  template(id: StackId): Promise<Template | undefined>;
  /** Builds of the stage's pipeline, the latest first; undefined when there is no pipeline. */
  builds(): Promise<readonly Build[] | undefined>;
  /** A service quota as it is for this account. */
  quota(service: string, code: string): Promise<number | undefined>;
  vpcCount(): Promise<number>;
  /** What the consoles of the stage's latest instances say, image builds included; at most `most`. */
  consoles(most: number): Promise<readonly { readonly instance: string; readonly output: string }[]>;
}

export interface InstanceType {
  readonly type: string;
  /** `x86_64`, `arm64`. */
  readonly architectures: readonly string[];
  readonly cpus: number;
  /** Whether accounts on the free plan may use it. */
  readonly free: boolean;
}

export interface ParentImage {
  readonly architecture: string;
  /** `available`, ... */
  readonly state: string;
  readonly name: string;
}

export interface StackState {
  /** `CREATE_COMPLETE`, ... */
  readonly status: string;
  readonly reason: string | undefined;
}

export interface Build {
  readonly arn: string;
  /** `BUILDING`, `TESTING`, `AVAILABLE`, `FAILED`, ... */
  readonly status: string;
  readonly reason: string | undefined;
  /** ISO 8601. */
  readonly created: string | undefined;
}
