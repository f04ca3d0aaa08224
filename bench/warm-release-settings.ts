import * as ENV from '../protocol/environment.ts';
import { names } from '../protocol/names.ts';

const account = '111122223333';
const key = (id: string): string =>
  `arn:aws:kms:us-east-1:${account}:key/00000000-0000-4000-8000-00000000000${id}`;

/** A keyserver and one instance that exist only in the benchmark. */
export const SETTINGS = {
  account,
  stage: 'bench',
  role: 'sealroot-bench-instance',
  vpcId: 'vpc-0123456789abcdef0',
  vpcEndpointId: 'vpce-0123456789abcdef0',
  sealKey: key('1'),
  signingKey: key('2'),
  recoveryKey: key('3'),
  preseedSealKey: key('4'),
  preseedSigningKey: key('5'),
} as const;

export const INSTANCE = {
  id: 'i-0123456789abcdef0',
  image: 'ami-0123456789abcdef0',
  address: '10.0.0.10',
} as const;

/** Environment that the template would give the function, with what the Lambda service adds. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  [ENV.stage]: SETTINGS.stage,
  [ENV.table]: 'sealroot-bench',
  [ENV.sealKey]: SETTINGS.sealKey,
  [ENV.signingKey]: SETTINGS.signingKey,
  [ENV.recoveryKey]: SETTINGS.recoveryKey,
  [ENV.instanceRoles]: SETTINGS.role,
  [ENV.vpcId]: SETTINGS.vpcId,
  [ENV.vpcEndpointId]: SETTINGS.vpcEndpointId,
  [ENV.imageRecipe]: names(SETTINGS.stage).imageRecipe,
  [ENV.policy]: '{}',
  [ENV.preseedTable]: 'sealroot-bench-preseed',
  [ENV.preseedSealKey]: SETTINGS.preseedSealKey,
  [ENV.preseedSigningKey]: SETTINGS.preseedSigningKey,
  [ENV.separationOfDuties]: 'none',
  AWS_REGION: 'us-east-1',
  // Signed with, and never sent anywhere.
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'bench',
};
