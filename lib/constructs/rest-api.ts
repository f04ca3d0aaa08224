import {
  AccessLogFormat,
  AuthorizationType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
  type RestApiProps,
} from 'aws-cdk-lib/aws-apigateway';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Route } from '../../protocol/routes.ts';
import { keptLogGroup } from './log-group.ts';

export interface RoutedApiProps {
  readonly stage: string;
  readonly routes: Readonly<Record<string, Route>>;
  readonly handler: LambdaFunction;
  readonly logRetentionDays: number;
  readonly throttling: { readonly rate: number; readonly burst: number };
}

/** A REST API with exactly these routes, each of them an IAM-authorized method that one Lambda answers. */
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
  const integration = new LambdaIntegration(props.handler, { allowTestInvoke: false });
  for (const { method, path } of Object.values(props.routes)) {
    api.root.resourceForPath(path).addMethod(method, integration);
  }
  return api;
}
