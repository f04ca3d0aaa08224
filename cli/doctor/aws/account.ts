import type { StackId } from '../../../protocol/names.ts';
import type { Geography } from '../stage/zones.ts';
import type { Template } from '../stage/template.ts';

/**
 * An account and region as the checks ask about them. Each question is one or two calls of AWS that change nothing; each may
 * be refused, and then throws what the SDK throws.
 */
export interface Account extends Geography {
  readonly region: string;
  /** ARN of the credentials in use. */
  readonly caller: string;
  /** Number of the account. */
  readonly account: string;
  /** Milliseconds by which this machine's clock is ahead of AWS's, to a second; undefined when AWS did not say. */
  readonly clockAhead: number | undefined;
  /** Names of the zones where the interface endpoint of a service can have an address, such as `execute-api`. */
  endpointZones(service: string): Promise<readonly string[]>;
  /** Zones where each type is on offer. A type that EC2 does not know has none. */
  offerings(types: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Facts about the types; one that the region does not have is left out. */
  instanceTypes(types: readonly string[]): Promise<readonly InstanceType[]>;
  /** The key that EC2 encrypts under when none is named: an alias or ARN. */
  defaultDiskKey(): Promise<string>;
  /** Value of a parameter of Systems Manager. */
  parameter(name: string): Promise<string | undefined>;
  image(id: string): Promise<ParentImage | undefined>;
  /** Plan of the account; undefined where there are no plans to choose from. */
  plan(): Promise<'FREE' | 'PAID' | undefined>;
  stack(id: StackId): Promise<StackState | undefined>;
  /** Template of a stack, as it was deployed. */
  template(id: StackId): Promise<Template | undefined>;
  /** Builds of the stage's pipeline, the latest first; undefined when there is no pipeline. */
  builds(): Promise<readonly Build[] | undefined>;
  /** A service quota as it is for this account. */
  quota(service: string, code: string): Promise<number | undefined>;
  vpcCount(): Promise<number>;
  /** Consoles of the stage's latest instances, image builds included; at most `most`. */
  consoles(most: number): Promise<readonly Console[]>;
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
  /** ISO 8601, of its latest deployment. */
  readonly deployed?: string | undefined;
}

export interface Console {
  readonly instance: string;
  /** ISO 8601. */
  readonly launched?: string | undefined;
  readonly output: string;
}

export interface Build {
  readonly arn: string;
  /** `BUILDING`, `TESTING`, `AVAILABLE`, `FAILED`, ... */
  readonly status: string;
  readonly reason: string | undefined;
  /** ISO 8601. */
  readonly created: string | undefined;
}
