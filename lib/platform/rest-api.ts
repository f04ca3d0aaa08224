import {
  AccessLogFormat,
  AuthorizationType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
  type RestApiProps,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Operations } from '../../protocol/operations/operation.ts';
import { acknowledge } from './acknowledge.ts';
import { answerInOurForm } from './gateway-responses.ts';
import { keptLogGroup } from './log-group.ts';

/** Operations that one Lambda answers. */
export interface ApiPart {
  readonly operations: Operations;
  readonly handler: IFunction;
}

export interface RoutedApiProps {
  readonly stage: string;
  readonly parts: readonly ApiPart[];
  readonly logRetentionDays: number;
  readonly throttling: { readonly rate: number; readonly burst: number };
}

/** A REST API with exactly these operations, each of them an IAM-authorized method that the Lambda of its part answers. */
export function routedApi(scope: Construct, id: string, props: RoutedApiProps, rest: RestApiProps): RestApi {
  const logs = keptLogGroup(scope, `${id}AccessLogs`, props.logRetentionDays);
  const api = new RestApi(scope, id, {
    ...rest,
    deployOptions: {
      stageName: props.stage,
      throttlingRateLimit: props.throttling.rate,
      throttlingBurstLimit: props.throttling.burst,
      accessLogDestination: new LogGroupLogDestination(logs),
      accessLogFormat: AccessLogFormat.jsonWithStandardFields(),
      // Errors only, and never bodies: a ticket is a secret.
      loggingLevel: MethodLoggingLevel.ERROR,
      dataTraceEnabled: false,
    },
    defaultMethodOptions: { authorizationType: AuthorizationType.IAM },
  });
  for (const { operations, handler } of props.parts) {
    const integration = new LambdaIntegration(handler, { allowTestInvoke: false });
    for (const { method, path } of Object.values(operations)) {
      api.root.resourceForPath(path).addMethod(method, integration);
    }
  }
  answerInOurForm(api);
  // With private DNS off, a private API's URL resolves to nothing of use; the others are in parameters.
  api.node.tryRemoveChild('Endpoint');
  acknowledge(
    api,
    'APIG2',
    'The Lambda checks every request and names the member that is wrong; a model of API Gateway answers without the name, and would be a second definition of the messages.',
  );
  acknowledge(
    api,
    'COG4',
    'Callers are AWS principals, not users of a pool: each method takes IAM authorization.',
  );
  acknowledge(
    api,
    'APIG3',
    'Every caller is authorized by IAM before anything runs, and throttled; a firewall for anonymous traffic would have nothing to look at.',
  );
  return api;
}
