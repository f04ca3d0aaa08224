import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Function as LambdaFunction, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { CfnOutput } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { NetworkStack } from '../network/stack.ts';
import { BundledFunction } from '../platform/bundled-function.ts';
import { ServiceAlarms } from '../platform/service-alarms.ts';
import { StackLink } from '../platform/stack-link.ts';
import { StageStack, type StageStackProps } from '../platform/stage-stack.ts';
import { PreseedAlarm } from './alarm.ts';
import { equipPreseed } from './function.ts';
import { PreseedKeys } from './keys.ts';
import { PreseedTable } from './table.ts';

export interface PreseedStackProps extends StageStackProps {
  readonly network: NetworkStack;
  /** Of audit and access logs. */
  readonly logRetentionDays: number;
  /** @default - alarms tell nobody */
  readonly alarmTopic?: ITopic | undefined;
}

/** Mailboxes of servers, and the Lambda that hands out what is in them. Its routes are part of the private API. */
export class PreseedStack extends StageStack {
  readonly handler: StackLink<IFunction>;
  readonly sealKey: StackLink<IKey>;
  readonly signingKey: StackLink<IKey>;
  readonly table: StackLink<ITable>;

  constructor(scope: Construct, id: string, props: PreseedStackProps) {
    super(scope, id, props, 'preseeding');
    const { stage, network, alarmTopic } = props;
    const lambda = new BundledFunction(this, 'Preseed', {
      stage,
      service: 'preseed',
      description: `Sealroot ${stage}: hands preseed messages to instances`,
      logRetentionDays: props.logRetentionDays,
    });
    const keys = new PreseedKeys(this, 'Keys', { stage, preseedRole: lambda.role });
    const { table } = new PreseedTable(this, 'Mailboxes');
    equipPreseed(lambda, {
      stage,
      sealKey: keys.seal,
      signingKey: keys.signing,
      table,
      vpc: network.vpc.in(this),
      endpoint: network.endpoint.in(this),
    });
    new ServiceAlarms(this, 'Alarms', { service: 'preseed', function: lambda.function, alarmTopic });
    new PreseedAlarm(this, 'Refusals', { stage, logGroup: lambda.logGroup, alarmTopic });
    new CfnOutput(this, 'PreseedSigningKeyArn', { value: keys.signing.keyArn });

    const importKey = (scope: Construct, id: string, arn: string): IKey => Key.fromKeyArn(scope, id, arn);
    this.handler = new StackLink(this, 'PreseedFunction', {
      stage,
      value: lambda.function.functionArn,
      import: (scope, id, functionArn): IFunction =>
        LambdaFunction.fromFunctionAttributes(scope, id, { functionArn, sameEnvironment: true }),
    });
    this.sealKey = new StackLink(this, 'PreseedSealKey', {
      stage,
      value: keys.seal.keyArn,
      import: importKey,
    });
    this.signingKey = new StackLink(this, 'PreseedSigningKey', {
      stage,
      value: keys.signing.keyArn,
      import: importKey,
    });
    this.table = new StackLink(this, 'PreseedTable', {
      stage,
      value: table.tableName,
      import: (scope, id, name): ITable => Table.fromTableName(scope, id, name),
    });
  }
}
