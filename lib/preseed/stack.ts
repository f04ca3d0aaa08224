import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { Bundles } from '../platform/bundle.ts';
import { BundledFunction } from '../platform/bundled-function.ts';
import { PreseedAlarm } from './alarm.ts';
import { equipPreseed } from './function.ts';
import { PreseedKeys } from './keys.ts';
import { PreseedTable } from './table.ts';
import { ServiceAlarms } from '../platform/service-alarms.ts';
import type { NetworkStack } from '../network/stack.ts';

/** Mailboxes of servers, and the Lambda that hands out what is in them. Its routes are part of the private API. */
export class PreseedStack extends Stack {
  readonly keys: PreseedKeys;
  readonly table: PreseedTable;
  readonly lambda: BundledFunction;

  constructor(
    scope: Construct,
    id: string,
    stage: StageConfig,
    network: NetworkStack,
    bundles: Bundles,
    props: StackProps,
  ) {
    super(scope, id, props);
    const { name, keyserver } = stage;
    this.lambda = new BundledFunction(this, 'Preseed', {
      stage: name,
      service: 'preseed',
      bundles,
      description: `Sealroot ${name}: hands preseed messages to instances`,
      logRetentionDays: keyserver.logRetentionDays,
    });
    this.keys = new PreseedKeys(this, 'Keys', { stage: name, preseedRole: this.lambda.role });
    this.table = new PreseedTable(this, 'Mailboxes');
    equipPreseed(this.lambda, {
      stage: name,
      keys: this.keys,
      table: this.table,
      vpcId: network.vpcId,
      vpcEndpointId: network.vpcEndpointId,
    });
    const topicArn = keyserver.alarmTopicArn;
    new ServiceAlarms(this, 'Alarms', { service: 'preseed', function: this.lambda.function, topicArn });
    new PreseedAlarm(this, 'Refusals', { stage: name, logGroup: this.lambda.logGroup, topicArn });
    new CfnOutput(this, 'PreseedSigningKeyArn', { value: this.keys.signing.keyArn });
  }
}
