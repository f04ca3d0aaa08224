export { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
