import type { IRestApi } from 'aws-cdk-lib/aws-apigateway';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { KEYSERVER_OPERATIONS } from '../../protocol/operations/keyserver.ts';
import type { Operations } from '../../protocol/operations/operation.ts';
import { PRESEED_OPERATIONS } from '../../protocol/operations/preseed.ts';

/** Exactly the keyserver's operations of the private API, of one API and stage. */
export const mayAskKeyserver = (stage: string, api: IRestApi): PolicyStatement =>
  mayInvoke('InvokeKeyserver', KEYSERVER_OPERATIONS, stage, api);

/** Exactly the operations of the preseed service. */
export const mayPreseed = (stage: string, api: IRestApi): PolicyStatement =>
  mayInvoke('InvokePreseed', PRESEED_OPERATIONS, stage, api);

function mayInvoke(sid: string, operations: Operations, stage: string, api: IRestApi): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions: ['execute-api:Invoke'],
    resources: Object.values(operations).map(({ method, path }) => api.arnForExecuteApi(method, path, stage)),
  });
}
