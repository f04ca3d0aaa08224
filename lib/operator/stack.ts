import { RestApi, type IRestApi } from 'aws-cdk-lib/aws-apigateway';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { CfnOutput } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { KeyserverStack } from '../keyserver/stack.ts';
import { BundledFunction } from '../platform/bundled-function.ts';
import { ServiceAlarms } from '../platform/service-alarms.ts';
import { StackLink } from '../platform/stack-link.ts';
import { StageStack, type StageStackProps } from '../platform/stage-stack.ts';
import { equipPublisher } from '../preseed/function.ts';
import type { PreseedStack } from '../preseed/stack.ts';
import { OperatorApi } from './api.ts';
import { equipOperator } from './function.ts';

export interface OperatorStackProps extends StageStackProps {
  readonly keyserver: KeyserverStack;
  readonly preseed: PreseedStack;
  /** Of audit and access logs. */
  readonly logRetentionDays: number;
  /** Denies an approval to the person who launched the instance. */
  readonly separationOfDuties: boolean;
  /** @default - alarms tell nobody */
  readonly alarmTopic?: ITopic | undefined;
}

/** The API with which people decide on volumes and requests, and preseed servers. */
export class OperatorStack extends StageStack {
  readonly api: StackLink<IRestApi>;

  constructor(scope: Construct, id: string, props: OperatorStackProps) {
    super(scope, id, props, 'operator API');
    const { stage, keyserver, preseed, logRetentionDays, alarmTopic } = props;
    const lambda = new BundledFunction(this, 'Operator', {
      stage,
      service: 'operator',
      description: `Sealroot ${stage}: decides on volumes and requests, publishes messages`,
      logRetentionDays,
    });
    equipOperator(lambda, {
      stage,
      sealKey: keyserver.sealKey.in(this),
      table: keyserver.table.in(this),
      separationOfDuties: props.separationOfDuties,
    });
    equipPublisher(lambda, { stage, sealKey: preseed.sealKey.in(this), table: preseed.table.in(this) });
    const { api, url } = new OperatorApi(this, 'OperatorApi', {
      stage,
      handler: lambda.function,
      logRetentionDays,
    });
    new ServiceAlarms(this, 'Alarms', { service: 'operator', function: lambda.function, alarmTopic });
    new CfnOutput(this, 'OperatorApiUrl', { value: url });
    this.api = new StackLink(this, 'OperatorApi', {
      stage,
      value: api.restApiId,
      import: (scope, id, restApiId): IRestApi => RestApi.fromRestApiId(scope, id, restApiId),
    });
  }
}
