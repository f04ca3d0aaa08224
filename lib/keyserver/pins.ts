import type { IRestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IInterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { formatPins } from '../../protocol/pins.ts';
import { instanceApiLabel } from './instance-api.ts';

export interface PinnedResources {
  readonly api: IRestApi;
  readonly endpoint: IInterfaceVpcEndpoint;
  readonly signingKey: IKey;
  readonly preseedSigningKey: IKey;
}

/** What an image that is built now is bound to, for its tag and for the stage's parameter. */
export const pinsOf = ({ api, endpoint, signingKey, preseedSigningKey }: PinnedResources): string =>
  formatPins({
    endpoint: instanceApiLabel(api, endpoint),
    signingKey: signingKey.keyId,
    preseedSigningKey: preseedSigningKey.keyId,
  });
