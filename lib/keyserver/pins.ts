import type { IRestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { formatPins } from '../../protocol/pins.ts';

export interface PinnedResources {
  readonly api: IRestApi;
  /** Names or addresses that images reach the API by, separated by spaces. */
  readonly endpointAddresses: string;
  readonly signingKey: IKey;
  readonly preseedSigningKey: IKey;
}

/** Returns the pins of an image that is built now, for its tag and for the stage's parameter. */
export const pinsOf = ({ api, endpointAddresses, signingKey, preseedSigningKey }: PinnedResources): string =>
  formatPins({
    endpoint: `${api.restApiId} ${endpointAddresses}`,
    signingKey: signingKey.keyId,
    preseedSigningKey: preseedSigningKey.keyId,
  });
