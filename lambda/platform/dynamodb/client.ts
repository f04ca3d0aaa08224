import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SDK_OPTIONS } from '../sdk.ts';

export const dynamodbClient = (): DynamoDBClient => new DynamoDBClient(SDK_OPTIONS);
