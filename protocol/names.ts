/**
 * Names that two sides have to agree on: the CDK app writes them, Lambdas, CLI and image read them.
 */

/** Tags on instances, volumes and images. */
export const TAGS = {
  stage: 'sealroot:stage',
  /** `aws:userid` of the person who launched an instance: `AROA...:SESSION`. Operators can launch with no other value. */
  launchedBy: 'sealroot:launched-by',
  /** SERVER_ID that the instance may register with. */
  server: 'sealroot:server',
  /** Of an image: what it is bound to (protocol/pins.ts). */
  pins: 'sealroot:pins',
} as const;

/** The stage that is meant when none is named. */
export const DEFAULT_STAGE = 'dev';

/** The stacks of a stage, in the order in which they are deployed. */
export const STACKS = ['Network', 'Preseed', 'Keyserver', 'Operator', 'Fleet', 'Image', 'Access'] as const;
export type StackId = (typeof STACKS)[number];

/** Application name in the KMS encryption context. */
export const APP = 'sealroot';

/** Names of deployed things that the CLI looks up; all follow from the stage. */
export const names = (stage: string) => ({
  /** By the number of the subnet of the fleet, from 1. No stage has a slash in its name. */
  launchTemplate: (subnet = 1) => (subnet === 1 ? `sealroot-${stage}` : `sealroot-${stage}/${subnet}`),
  amiParameter: `/sealroot/${stage}/ami`,
  /** Holds the pins that an image has to have now (protocol/pins.ts). */
  pinsParameter: `/sealroot/${stage}/pins`,
  operatorApiParameter: `/sealroot/${stage}/operator-api`,
  imageRecipe: `sealroot-${stage}`,
  imagePipeline: `sealroot-${stage}`,
  /** Log groups and alarms are found by it: CloudFormation begins their names with their stack's. */
  stack: (id: string) => `Sealroot-${stage}-${id}`,
  recoveryKeyAlias: `alias/sealroot-${stage}-recovery`,
  /** Parameters by which one stack of a stage tells the others. */
  linkParameter: (link: string) => `/sealroot/${stage}/links/${link}`,
});

/** Index of the table by kind of item (`volume` or `request`). */
export const TABLE_INDEX = 'kind-index';

/** Members that the index holds beside its keys: the summaries that lists show, and nothing that a release changes. */
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
  'imageGone',
] as const;

/**
 * Index of preseed's table by kind of item: `server` for what describes a server, nothing for its messages. Sorted by
 * server.
 */
export const PRESEED_INDEX = 'kind-index';

/** Members that the index holds beside its keys: the summary that lists show, and nothing that is secret. */
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
