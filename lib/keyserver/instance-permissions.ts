import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { KEYSERVER_OPERATIONS } from '../../protocol/operations/keyserver.ts';
import type { Operations } from '../../protocol/operations/operation.ts';
import { PRESEED_OPERATIONS } from '../../protocol/operations/preseed.ts';

/** Exactly the keyserver's operations of the private API, of one API and stage. */
export const mayAskKeyserver = (stage: string, restApiId: string): PolicyStatement =>
  mayInvoke('AskKeyserver', KEYSERVER_OPERATIONS, stage, restApiId);

/** Exactly the operations of the preseed service. */
export const mayPreseed = (stage: string, restApiId: string): PolicyStatement =>
  mayInvoke('Preseed', PRESEED_OPERATIONS, stage, restApiId);

function mayInvoke(
  sid: string,
  operations: Operations,
  stage: string,
  restApiId: string,
): PolicyStatement {
  const api = `arn:${Aws.PARTITION}:execute-api:${Aws.REGION}:${Aws.ACCOUNT_ID}:${restApiId}`;
  return new PolicyStatement({
    sid,
    actions: ['execute-api:Invoke'],
    resources: Object.values(operations).map(({ method, path }) => `${api}/${stage}/${method}${path}`),
  });
}
