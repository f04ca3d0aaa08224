import { KEYSERVER_OPERATIONS } from './keyserver.ts';
import { PRESEED_OPERATIONS } from './preseed.ts';
import { REQUEST_OPERATIONS } from './requests.ts';
import { SERVER_OPERATIONS } from './servers.ts';
import { VOLUME_OPERATIONS } from './volumes.ts';

/** The private API, for instances. */
export const INSTANCE_API = { ...KEYSERVER_OPERATIONS, ...PRESEED_OPERATIONS } as const;

/** The regional API, for people and scripts. */
export const OPERATOR_API = { ...VOLUME_OPERATIONS, ...REQUEST_OPERATIONS, ...SERVER_OPERATIONS } as const;
