import type { IRestApi } from 'aws-cdk-lib/aws-apigateway';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { INSTANCE_ROUTES, PRESEED_ROUTES, type Route } from '../../protocol/routes.ts';

/** Exactly the keyserver's routes of the private API, of one API and stage. */
export const mayAskKeyserver = (stage: string, api: IRestApi): PolicyStatement =>
  mayInvoke('AskKeyserver', INSTANCE_ROUTES, stage, api);

/** Exactly the routes of the preseed service. */
export const mayPreseed = (stage: string, api: IRestApi): PolicyStatement =>
  mayInvoke('Preseed', PRESEED_ROUTES, stage, api);

function mayInvoke(
  sid: string,
  routes: Readonly<Record<string, Route>>,
  stage: string,
  api: IRestApi,
): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions: ['execute-api:Invoke'],
    resources: Object.values(routes).map(({ method, path }) => api.arnForExecuteApi(method, path, stage)),
  });
}
