import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { INSTANCE_ROUTES, PRESEED_ROUTES, type Route } from '../../protocol/routes.ts';

/** Exactly the keyserver's routes of the private API, of one API and stage. */
export const mayAskKeyserver = (stage: string, restApiId: string): PolicyStatement =>
  mayInvoke('AskKeyserver', INSTANCE_ROUTES, stage, restApiId);

/** Exactly the routes of the preseed service. */
export const mayPreseed = (stage: string, restApiId: string): PolicyStatement =>
  mayInvoke('Preseed', PRESEED_ROUTES, stage, restApiId);

function mayInvoke(
  sid: string,
  routes: Readonly<Record<string, Route>>,
  stage: string,
  restApiId: string,
): PolicyStatement {
  const api = `arn:${Aws.PARTITION}:execute-api:${Aws.REGION}:${Aws.ACCOUNT_ID}:${restApiId}`;
  return new PolicyStatement({
    sid,
    actions: ['execute-api:Invoke'],
    resources: Object.values(routes).map(({ method, path }) => `${api}/${stage}/${method}${path}`),
  });
}
