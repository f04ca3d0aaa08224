/**
 * Names that two sides have to agree on: the CDK app writes them, Lambdas, CLI and image read them.
 */

/** Environment variables of the Lambdas. */
export const ENV = {
  stage: 'SEALROOT_STAGE',
  table: 'SEALROOT_TABLE',
  sealKey: 'SEALROOT_SEAL_KEY_ARN',
  signingKey: 'SEALROOT_SIGNING_KEY_ARN',
  recoveryKey: 'SEALROOT_RECOVERY_KEY_ARN',
  /** Comma-separated names of the IAM roles whose instances may ask. */
  instanceRoles: 'SEALROOT_INSTANCE_ROLES',
  vpcId: 'SEALROOT_VPC_ID',
  vpcEndpointId: 'SEALROOT_VPC_ENDPOINT_ID',
  /** Name of the Image Builder recipe whose images may enrol. */
  imageRecipe: 'SEALROOT_IMAGE_RECIPE',
  /** What to do with each kind of doubtful request: JSON of {@link ReleasePolicy}. */
  policy: 'SEALROOT_POLICY',
  /** Preseed's own table, symmetric key and signing key. */
  preseedTable: 'SEALROOT_PRESEED_TABLE',
  preseedSealKey: 'SEALROOT_PRESEED_SEAL_KEY_ARN',
  preseedSigningKey: 'SEALROOT_PRESEED_SIGNING_KEY_ARN',
  /** `required`: who approves may not be who launched; or `none`. */
  separationOfDuties: 'SEALROOT_SEPARATION_OF_DUTIES',
} as const;

/** Tags on instances, volumes and images. */
export const TAGS = {
  stage: 'sealroot:stage',
  /** `aws:userid` of who launched an instance: `AROA...:SESSION`. The operator role can launch with no other value. */
  launchedBy: 'sealroot:launched-by',
  /** SERVER_ID that the instance may register with. */
  server: 'sealroot:server',
} as const;

/** The stage that is meant when none is named. */
export const DEFAULT_STAGE = 'dev';

/** Application name in the KMS encryption context. */
export const APP = 'sealroot';

/** Names of deployed things that the CLI looks up; all follow from the stage. */
export const names = (stage: string) => ({
  launchTemplate: `sealroot-${stage}`,
  amiParameter: `/sealroot/${stage}/ami`,
  operatorApiParameter: `/sealroot/${stage}/operator-api`,
  imageRecipe: `sealroot-${stage}`,
  recoveryKeyAlias: `alias/sealroot-${stage}-recovery`,
});

/** Index of the table by kind of item (`volume` or `request`). */
export const TABLE_INDEX = 'kind-index';

/** What the index holds beside its keys: the summaries that lists show, and nothing that a release changes. */
export const TABLE_INDEX_ATTRIBUTES = [
  'luks',
  'volume',
  'instance',
  'address',
  'image',
  'state',
  'created',
  'updated',
  'header',
  'recoverable',
  'by',
  'reason',
  'id',
  'pending',
  'decision',
  'first',
  'ttl',
  'destroy',
] as const;

/** Index of preseed's table by kind of item: `server` for what describes a server, nothing for its messages. Sorted by server. */
export const PRESEED_INDEX = 'kind-index';

/** What that index holds beside its keys: the summary that lists show, and nothing that is secret. */
export const PRESEED_INDEX_ATTRIBUTES = [
  'for',
  'state',
  'contested',
  'instance',
  'created',
  'registered',
  'finished',
  'by',
  'hooks',
  'hostKeys',
  'ttl',
] as const;
