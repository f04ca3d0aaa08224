import { AwsError } from '../../engine/contracts/errors.ts';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type { Principal } from '../../engine/contracts/identity.ts';
import type { Authorizer } from '../../engine/contracts/policy.ts';
import type { AccountRegion, Resources } from '../../engine/contracts/resources.ts';
import type { ServiceHandler, VolumeKeys } from '../../engine/contracts/services.ts';
import { jsonResponse, parseJson } from '../../engine/responses.ts';
import { KmsKeys } from './keys.ts';
import {
  decrypt,
  encrypt,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  generateRandom,
  reEncrypt,
} from './operations/encryption.ts';
import { describeKey, getPublicKey, listAliases } from './operations/inspection.ts';
import type { Kms, Operation } from './operations/operation.ts';
import { sign, verify } from './operations/signing.ts';
import { KmsVolumeKeys } from './volume-keys.ts';

const OPERATIONS: Readonly<Record<string, Operation>> = {
  Decrypt: decrypt,
  DescribeKey: describeKey,
  Encrypt: encrypt,
  GenerateDataKey: generateDataKey,
  GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintext,
  GenerateRandom: generateRandom,
  GetPublicKey: getPublicKey,
  ListAliases: listAliases,
  ReEncrypt: reEncrypt,
  Sign: sign,
  Verify: verify,
};

export interface KmsOptions extends AccountRegion {
  readonly state: string;
  readonly resources: Resources;
  readonly authorizer: Authorizer;
}

/** AWS KMS, AWS JSON 1.1 (https://docs.aws.amazon.com/kms/latest/APIReference/). */
export class KmsService implements ServiceHandler {
  /** Operations that EC2 uses. */
  readonly volumeKeys: VolumeKeys;
  private readonly kms: Kms;

  constructor(options: KmsOptions) {
    const { state, resources, authorizer } = options;
    this.kms = { keys: new KmsKeys(state, options, resources), authorizer };
    this.volumeKeys = new KmsVolumeKeys(this.kms.keys, authorizer, options);
  }

  handle(request: HttpRequest, principal: Principal): Promise<HttpResponse> {
    const name = request.headers['x-amz-target']?.split('.')[1] ?? '';
    const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
    if (operation === undefined) {
      throw new AwsError(
        'UnknownOperationException',
        `the local KMS does not know ${name || 'this operation'}`,
      );
    }
    return Promise.resolve(jsonResponse(200, operation(this.kms, parseJson(request.body), principal)));
  }
}
