import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { Bundles } from '../platform/bundle.ts';
import { ApiLogging } from '../platform/api-logging.ts';
import { BundledFunction } from '../platform/bundled-function.ts';
import { InstanceApi } from './instance-api.ts';
import { equipKeyserver } from './function.ts';
import { Keys } from './keys.ts';
import { ServiceAlarms } from '../platform/service-alarms.ts';
import { VolumeTable } from './volume-table.ts';
import type { NetworkStack } from '../network/stack.ts';
import type { PreseedStack } from '../preseed/stack.ts';

/** Keys, the table of volumes, and the Lambda behind the private API. */
export class KeyserverStack extends Stack {
  readonly keys: Keys;
  readonly table: VolumeTable;
  readonly api: InstanceApi;

  constructor(
    scope: Construct,
    id: string,
    stage: StageConfig,
    network: NetworkStack,
    preseed: PreseedStack,
    bundles: Bundles,
    props: StackProps,
  ) {
    super(scope, id, props);
    const { name, keyserver } = stage;
    const { vpcId, vpcEndpointId } = network;
    const lambda = new BundledFunction(this, 'Keyserver', {
      ...keyserver,
      stage: name,
      service: 'keyserver',
      bundles,
      description: `Sealroot ${name}: releases disk keys to instances`,
    });
    this.keys = new Keys(this, 'Keys', { ...keyserver, stage: name, keyserverRole: lambda.role });
    this.table = new VolumeTable(this, 'Volumes');
    equipKeyserver(lambda, {
      stage: name,
      policy: keyserver.policy,
      keys: this.keys,
      table: this.table,
      vpcId,
      vpcEndpointId,
    });
    const logging = new ApiLogging(this, 'ApiLogging');
    this.api = new InstanceApi(this, 'InstanceApi', {
      ...keyserver,
      stage: name,
      handler: lambda.function,
      preseed: preseed.lambda.function,
      vpcEndpointId,
    });
    this.api.api.deploymentStage.node.addDependency(logging.account);
    new ServiceAlarms(this, 'Alarms', {
      service: 'keyserver',
      function: lambda.function,
      topicArn: keyserver.alarmTopicArn,
    });
    new CfnOutput(this, 'InstanceApiUrl', { value: this.api.url });
    new CfnOutput(this, 'SigningKeyArn', { value: this.keys.signing.keyArn });
  }
}
