import { randomBytes } from 'node:crypto';

/** A secret access key: 40 characters, as AWS has them. */
export const newSecret = (): string => randomBytes(30).toString('base64');
