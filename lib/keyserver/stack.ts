import { RestApi, type IRestApi } from 'aws-cdk-lib/aws-apigateway';
import { Table, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { CfnOutput } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { names } from '../../protocol/names.ts';
import type { NetworkStack } from '../network/stack.ts';
import { ApiLogging } from '../platform/api-logging.ts';
import { BundledFunction } from '../platform/bundled-function.ts';
import { ServiceAlarms } from '../platform/service-alarms.ts';
import { StackLink } from '../platform/stack-link.ts';
import { StageStack, type StageStackProps } from '../platform/stage-stack.ts';
import type { PreseedStack } from '../preseed/stack.ts';
import type { KeyserverConfig } from './config.ts';
import { equipKeyserver } from './function.ts';
import { InstanceApi } from './instance-api.ts';
import { Keys } from './keys.ts';
import { pinsOf } from './pins.ts';
import { VolumeTable } from './volume-table.ts';

export interface KeyserverStackProps extends StageStackProps {
  readonly network: NetworkStack;
  readonly preseed: PreseedStack;
  readonly keyserver: Omit<KeyserverConfig, 'custodians' | 'alarmTopicArn'>;
  /** Further roles that may decrypt recovery passphrases. */
  readonly custodians: readonly IPrincipal[];
  /** @default - alarms tell nobody */
  readonly alarmTopic?: ITopic | undefined;
}

/** Keys, the table of volumes, and the Lambda behind the private API. */
export class KeyserverStack extends StageStack {
  readonly sealKey: StackLink<IKey>;
  readonly signingKey: StackLink<IKey>;
  readonly recoveryKey: StackLink<IKey>;
  readonly table: StackLink<ITable>;
  /** The private API. */
  readonly api: StackLink<IRestApi>;

  constructor(scope: Construct, id: string, props: KeyserverStackProps) {
    super(scope, id, props, 'keyserver');
    const { stage, keyserver, custodians, alarmTopic } = props;
    const { network, preseed } = props;
    const endpoint = network.endpoint.in(this);
    const lambda = new BundledFunction(this, 'Keyserver', {
      ...keyserver,
      stage,
      service: 'keyserver',
      description: `Sealroot ${stage}: releases disk keys to instances`,
    });
    const keys = new Keys(this, 'Keys', { stage, keyserverRole: lambda.role, custodians });
    const { table } = new VolumeTable(this, 'Volumes');
    equipKeyserver(lambda, {
      stage,
      policy: keyserver.policy,
      keys,
      table,
      vpc: network.vpc.in(this),
      endpoint,
    });
    const logging = new ApiLogging(this, 'ApiLogging');
    const { api } = new InstanceApi(this, 'InstanceApi', {
      ...keyserver,
      stage,
      handler: lambda.function,
      preseed: preseed.handler.in(this),
      endpoint,
      origins: () => [network.endpoint.origin(), preseed.handler.origin()],
    });
    api.deploymentStage.node.addDependency(logging.account);
    new ServiceAlarms(this, 'Alarms', { service: 'keyserver', function: lambda.function, alarmTopic });
    new CfnOutput(this, 'SigningKeyArn', { value: keys.signing.keyArn });
    new StringParameter(this, 'Pins', {
      parameterName: names(stage).pinsParameter,
      description: `Sealroot ${stage}: what an image has to be bound to, to boot`,
      stringValue: pinsOf({
        api,
        endpointAddresses: network.endpointAddresses.in(this),
        signingKey: keys.signing,
        preseedSigningKey: preseed.signingKey.in(this),
      }),
    });

    const keyLink = (name: string, key: IKey): StackLink<IKey> =>
      new StackLink(this, name, {
        stage,
        value: key.keyArn,
        import: (scope, id, arn): IKey => Key.fromKeyArn(scope, id, arn),
      });
    this.sealKey = keyLink('SealKey', keys.seal);
    this.signingKey = keyLink('SigningKey', keys.signing);
    this.recoveryKey = keyLink('RecoveryKey', keys.recovery);
    this.table = new StackLink(this, 'Volumes', {
      stage,
      value: table.tableName,
      import: (scope, id, name): ITable => Table.fromTableName(scope, id, name),
    });
    this.api = new StackLink(this, 'InstanceApi', {
      stage,
      value: api.restApiId,
      import: (scope, id, restApiId): IRestApi => RestApi.fromRestApiId(scope, id, restApiId),
    });
  }
}
