import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { TAGS } from '../protocol/names.ts';
import { InProcessDynamoDb, type DynamoDbInput } from './in-process-dynamodb.ts';
import { INSTANCE, SETTINGS } from './warm-release-settings.ts';

/** Request as the SDK hands it to its HTTP handler. */
export interface SdkRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

interface KmsInput {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly Message?: string;
  readonly NumberOfBytes?: number;
}

/** Answers the services' calls without leaving the process, and counts them by service. */
export class InProcessAws {
  readonly calls = { kms: 0, dynamodb: 0, ec2: 0 };
  readonly #table = new InProcessDynamoDb();
  readonly #signing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #recovery = generateKeyPairSync('rsa', { modulusLength: 3072 });
  readonly #sealed = new Map<string, string>();
  /** SERVER_ID in the instance's tag. */
  server = '';

  answer(request: SdkRequest): SdkResponse {
    const body = typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body);
    const [service = '', operation = ''] = (request.headers['x-amz-target'] ?? '').split('.');
    if (service === 'TrentService') return this.#kms(operation, JSON.parse(body) as KmsInput);
    if (service.startsWith('DynamoDB')) return this.#dynamodb(operation, JSON.parse(body) as DynamoDbInput);
    return this.#ec2(new URLSearchParams(body).get('Action') ?? '');
  }

  #kms(operation: string, input: KmsInput): SdkResponse {
    this.calls.kms += 1;
    switch (operation) {
      case 'GenerateDataKey':
        return json(this.#seal(randomBytes(input.NumberOfBytes ?? 64).toString('base64')));
      case 'Encrypt':
        return json(this.#seal(input.Plaintext ?? ''));
      case 'Decrypt':
        return json({ Plaintext: this.#sealed.get(input.CiphertextBlob ?? ''), KeyId: SETTINGS.sealKey });
      case 'Sign':
        return json({
          Signature: sign(
            'sha256',
            Buffer.from(input.Message ?? '', 'base64'),
            this.#signing.privateKey,
          ).toString('base64'),
        });
      case 'GetPublicKey': {
        const { publicKey } = input.KeyId === SETTINGS.recoveryKey ? this.#recovery : this.#signing;
        return json({ PublicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64') });
      }
      default:
        throw new Error(`the bench's KMS does not know ${operation}`);
    }
  }

  #seal(plaintext: string): object {
    const blob = randomBytes(184).toString('base64');
    this.#sealed.set(blob, plaintext);
    return { Plaintext: plaintext, CiphertextBlob: blob, KeyId: SETTINGS.sealKey };
  }

  #dynamodb(operation: string, input: DynamoDbInput): SdkResponse {
    this.calls.dynamodb += 1;
    const answer = this.#table.answer(operation, input);
    if (answer !== undefined) return json(answer);
    return json({ __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException' }, 400);
  }

  #ec2(action: string): SdkResponse {
    this.calls.ec2 += 1;
    const tags = tagSet({ [TAGS.stage]: SETTINGS.stage, [TAGS.server]: this.server });
    const set =
      action === 'DescribeImages'
        ? `<imagesSet><item><imageId>${INSTANCE.image}</imageId><imageOwnerId>${SETTINGS.account}</imageOwnerId>${tags}</item></imagesSet>`
        : `<reservationSet><item><instancesSet><item><instanceId>${INSTANCE.id}</instanceId><imageId>${INSTANCE.image}</imageId>` +
          `<instanceState><code>16</code><name>running</name></instanceState><privateIpAddress>${INSTANCE.address}</privateIpAddress>` +
          `<vpcId>${SETTINGS.vpcId}</vpcId><iamInstanceProfile><arn>arn:aws:iam::${SETTINGS.account}:instance-profile/${SETTINGS.role}</arn></iamInstanceProfile>` +
          `${tags}</item></instancesSet></item></reservationSet>`;
    const body = `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${set}</${action}Response>`;
    return { statusCode: 200, headers: { 'content-type': 'text/xml' }, body };
  }
}

const tagSet = (tags: Record<string, string>): string => {
  const items = Object.entries(tags).map(
    ([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`,
  );
  return `<tagSet>${items.join('')}</tagSet>`;
};

const json = (body: object, statusCode = 200): SdkResponse => ({
  statusCode,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify(body),
});
