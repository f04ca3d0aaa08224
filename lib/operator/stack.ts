import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { Bundles } from '../platform/bundle.ts';
import { BundledFunction } from '../platform/bundled-function.ts';
import { OperatorApi } from './api.ts';
import { equipOperator } from './function.ts';
import { equipPublisher } from '../preseed/function.ts';
import { ServiceAlarms } from '../platform/service-alarms.ts';
import type { KeyserverStack } from '../keyserver/stack.ts';
import type { PreseedStack } from '../preseed/stack.ts';

/** The API with which people decide on volumes and requests, and preseed servers. */
export class OperatorStack extends Stack {
  readonly api: OperatorApi;

  constructor(
    scope: Construct,
    id: string,
    stage: StageConfig,
    keyserverStack: KeyserverStack,
    preseed: PreseedStack,
    bundles: Bundles,
    props: StackProps,
  ) {
    super(scope, id, props);
    const { name, keyserver, access } = stage;
    const lambda = new BundledFunction(this, 'Operator', {
      stage: name,
      service: 'operator',
      bundles,
      description: `Sealroot ${name}: decides on volumes and requests, publishes messages`,
      logRetentionDays: keyserver.logRetentionDays,
    });
    const { keys, table } = keyserverStack;
    equipOperator(lambda, {
      stage: name,
      sealKey: keys.seal,
      table,
      separationOfDuties: access.separationOfDuties,
    });
    equipPublisher(lambda, { stage: name, keys: preseed.keys, table: preseed.table });
    this.api = new OperatorApi(this, 'OperatorApi', {
      stage: name,
      handler: lambda.function,
      logRetentionDays: keyserver.logRetentionDays,
    });
    new ServiceAlarms(this, 'Alarms', {
      service: 'operator',
      function: lambda.function,
      topicArn: keyserver.alarmTopicArn,
    });
    new CfnOutput(this, 'OperatorApiUrl', { value: this.api.url });
  }
}
