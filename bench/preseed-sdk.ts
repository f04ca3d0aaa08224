/**
 * The AWS calls of each route of preseeding and nothing else, with the services' own options: what a call would cost if
 * our code were free. Bundled by `preseed-api.ts`, as the service is.
 */
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeImagesCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SDK_OPTIONS } from '../lambda/platform/sdk.ts';

const dynamodb = new DynamoDBClient(SDK_OPTIONS);
const kms = new KMSClient(SDK_OPTIONS);
const ec2 = new EC2Client(SDK_OPTIONS);
const TableName = 'sealroot-bench-preseed';
const EncryptionContext = { app: 'sealroot', stage: 'bench', purpose: 'preseed-message', server: 'raw' };
let sealed: Uint8Array | undefined;

const keyOf = (item: string) => ({ server: { S: 'raw' }, item: { S: item } });
const message = (seq: number): string => `message#${String(seq).padStart(6, '0')}`;

/** Writes what the calls below read, with as many messages as are received at once. */
export async function prepare(messages: number, body: string): Promise<void> {
  const Item = { ...keyOf('server'), state: { S: 'registered' }, subkey: { S: 'x'.repeat(43) } };
  await dynamodb.send(new PutItemCommand({ TableName, Item }));
  for (let seq = 1; seq <= messages; seq += 1) {
    const put = { ...keyOf(message(seq)), state: { S: 'delivered' }, body: { S: body } };
    await dynamodb.send(new PutItemCommand({ TableName, Item: put }));
  }
  sealed = (await draw()).CiphertextBlob;
}

const draw = () => kms.send(new GenerateDataKeyCommand({ KeyId: 'k', NumberOfBytes: 32, EncryptionContext }));
const open = () => kms.send(new DecryptCommand({ KeyId: 'k', CiphertextBlob: sealed, EncryptionContext }));
const read = (item: string) =>
  dynamodb.send(new GetItemCommand({ TableName, Key: keyOf(item), ConsistentRead: true }));

function change(item: string) {
  const input = {
    TableName,
    Key: keyOf(item),
    ConditionExpression: 'attribute_exists(#server)',
    UpdateExpression: 'SET #state = :s_state',
    ExpressionAttributeNames: { '#server': 'server', '#state': 'state' },
    ExpressionAttributeValues: { ':s_state': { S: 'delivered' } },
  };
  return dynamodb.send(new UpdateItemCommand(input));
}

const all = (messages: number, one: (item: string) => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: messages }, (_, index) => one(message(index + 1))));

export async function register(): Promise<void> {
  await read('server');
  await ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-0123456789abcdef0'] }));
  await ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-0123456789abcdef0'] }));
  await draw();
  await change('server');
}

export async function receive(messages: number): Promise<void> {
  await read('server');
  const input = {
    TableName,
    ConsistentRead: true,
    KeyConditionExpression: '#partition = :partition AND #range BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#partition': 'server', '#range': 'item' },
    ExpressionAttributeValues: {
      ':partition': { S: 'raw' },
      ':first': { S: message(1) },
      ':last': { S: message(messages) },
    },
    Limit: 10,
  };
  await dynamodb.send(new QueryCommand(input));
  await all(messages, open);
  await open();
  await all(messages, change);
}

export async function ack(messages: number): Promise<void> {
  await read('server');
  await all(messages, change);
}
