/**
 * Sealroot for a CDK app of your own.
 *
 * ```ts
 * import { Sealroot } from '@sealroot/app';
 *
 * const sealroot = new Sealroot(app, 'Sealroot', { stage: 'prod', alarmTopic: onCall });
 * sealroot.instanceRole.addToPolicy(mayReadOurBucket);
 * ```
 */
export { Sealroot, type SealrootProps } from './sealroot.ts';
export { ConfigurationError } from './config.ts';
export type { StageSettings } from './config.ts';
