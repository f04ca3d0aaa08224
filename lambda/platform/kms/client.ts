import { KMSClient } from '@aws-sdk/client-kms';
import { SDK_OPTIONS } from '../sdk.ts';

export const kmsClient = (): KMSClient => new KMSClient(SDK_OPTIONS);
