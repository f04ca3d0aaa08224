import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { INSTANCE_ROUTES } from '../../protocol/routes.ts';

/** Exactly the routes of the private API, of one API and stage. */
export function mayAskKeyserver(stage: string, restApiId: string): PolicyStatement {
  const api = `arn:${Aws.PARTITION}:execute-api:${Aws.REGION}:${Aws.ACCOUNT_ID}:${restApiId}`;
  return new PolicyStatement({
    sid: 'AskKeyserver',
    actions: ['execute-api:Invoke'],
    resources: Object.values(INSTANCE_ROUTES).map(({ method, path }) => `${api}/${stage}/${method}${path}`),
  });
}
