/** Environment variables of the Lambdas: the CDK app sets them. */

export const stage = 'SEALROOT_STAGE';
export const table = 'SEALROOT_TABLE';
export const sealKey = 'SEALROOT_SEAL_KEY_ARN';
export const signingKey = 'SEALROOT_SIGNING_KEY_ARN';
export const recoveryKey = 'SEALROOT_RECOVERY_KEY_ARN';
/** Comma-separated names of the IAM roles whose instances may ask. */
export const instanceRoles = 'SEALROOT_INSTANCE_ROLES';
export const vpcId = 'SEALROOT_VPC_ID';
export const vpcEndpointId = 'SEALROOT_VPC_ENDPOINT_ID';
/** Name of the Image Builder recipe whose images may enrol. */
export const imageRecipe = 'SEALROOT_IMAGE_RECIPE';
/** Treatment of doubtful requests: JSON of `ReleasePolicy` in release-policy.ts. */
export const policy = 'SEALROOT_POLICY';
/** Preseed's own table, symmetric key and signing key. */
export const preseedTable = 'SEALROOT_PRESEED_TABLE';
export const preseedSealKey = 'SEALROOT_PRESEED_SEAL_KEY_ARN';
export const preseedSigningKey = 'SEALROOT_PRESEED_SIGNING_KEY_ARN';
/** `required`: the person who launched an instance may not approve for it; or `none`. */
export const separationOfDuties = 'SEALROOT_SEPARATION_OF_DUTIES';
