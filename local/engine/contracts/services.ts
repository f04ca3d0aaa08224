/** Interfaces of services to each other: no service imports another, `local/cloud.ts` connects them. */
import type { HttpRequest, HttpResponse } from './http.ts';
import type { Principal } from './identity.ts';

/** An AWS API: gets requests whose signature is verified. It authorizes each action itself. */
export interface ServiceHandler {
  handle(request: HttpRequest, principal: Principal): Promise<HttpResponse>;
}

/** Origin of a request from an instance, as the interface endpoint sees it. */
export interface InstanceSource {
  readonly instanceId: string;
  readonly privateIp: string;
  readonly vpcId: string;
  readonly vpceId: string;
}

/** API Gateway as the gateway reaches it, from outside of any VPC. */
export interface PublicApis {
  /** Whether a `Host` header names a REST API and not another service. */
  serves(host: string): boolean;
  /** Answers a request to a regional API. Never throws for a bad request. */
  handlePublic(request: HttpRequest, sourceIp: string): Promise<HttpResponse>;
}

/** API Gateway as an instance reaches it, through the interface endpoint of its VPC. */
export interface PrivateApis {
  /** Verifies, authorizes, runs the Lambda function. Never throws for a bad request. */
  handleFromInstance(request: HttpRequest, source: InstanceSource): Promise<HttpResponse>;
}

/** Outcome of an invocation of a Lambda function. */
export type Outcome = { readonly result: unknown } | { readonly error: string; readonly timedOut?: boolean };

/** A Lambda function as its callers see it. */
export interface InvocableFunction {
  readonly name: string;
  /** Whether the function's resource policy lets an AWS service in on behalf of a resource. */
  allowsService(service: string, sourceArn: string): boolean;
  invoke(event: unknown): Promise<Outcome>;
}

export interface Functions {
  byArn(arn: string): InvocableFunction | undefined;
}

/** Parameter Store as EC2 reads it, for `resolve:ssm:`. */
export interface Parameters {
  get(name: string): string | undefined;
}

/** A call of EC2's to KMS for an encrypted volume, in the name of whoever launches or starts the instance. */
export interface VolumeKeyCall {
  readonly operation:
    | 'CreateGrant'
    | 'Decrypt'
    | 'DescribeKey'
    | 'GenerateDataKeyWithoutPlaintext'
    | 'ReEncryptFrom'
    | 'ReEncryptTo';
  /** Id, ARN or alias. */
  readonly key: string;
  readonly volumeId: string;
  readonly instanceId: string;
}

/** `unusable`: there is no such key, it is disabled, or of a kind that EBS does not take. */
export type KeyUse = 'allowed' | 'denied' | 'unusable';

/** KMS as EC2 uses it for encrypted volumes. */
export interface VolumeKeys {
  /** ARN of the key of a volume that names none. */
  readonly defaultKeyArn: string;
  /** ARN of the key that an id, ARN or alias means; undefined when there is none. */
  arnOf(reference: string): string | undefined;
  /** Whether key policy, identity policies and boundary of the caller allow it. */
  use(principal: Principal, call: VolumeKeyCall): KeyUse;
}

/** A disk of an image, of which it has a snapshot. */
export interface ImageDevice {
  /** Name in a block device mapping, `/dev/sda1`. */
  readonly device: string;
  readonly encrypted: boolean;
  /** ARN of the key of an encrypted snapshot. Default: the key of EBS's own. */
  readonly kmsKeyId?: string;
  /** GiB; of the root it follows from the disk. */
  readonly size?: number;
}

/** Facts that an instance may know about itself. */
export interface InstanceFacts {
  readonly id: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly availabilityZone: string;
  readonly privateIp: string;
  readonly mac: string;
  readonly launchIndex: number;
  readonly launchTime: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly vpcCidr?: string;
  readonly reservationId: string;
  readonly instanceProfile?: { readonly arn: string; readonly id: string; readonly role: string };
  /** The root first; names as in the block device mapping. */
  readonly volumes: readonly { readonly device: string }[];
  /** Only when the instance's metadata options give tags out. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Decoded. */
  readonly userData?: Buffer;
}

/** IMDS as EC2 gives it to each instance. */
export interface InstanceMetadata {
  /**
   * @param facts asked at every request: tags change while the instance runs.
   * @param tokenRequired whether a request without a token is refused (IMDSv2 only).
   * @returns what answers the requests of this instance.
   */
  forInstance(
    source: InstanceSource,
    facts: () => InstanceFacts,
    tokenRequired: boolean,
  ): (request: HttpRequest) => HttpResponse;
}
