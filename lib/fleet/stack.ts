import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { mayAskKeyserver, mayPreseed } from '../keyserver/instance-permissions.ts';
import { FleetLaunchTemplate } from './launch-template.ts';
import { InstanceIdentity } from '../platform/instance-identity.ts';
import type { KeyserverStack } from '../keyserver/stack.ts';
import type { NetworkStack } from '../network/stack.ts';

/** What instances are, and how they are launched. */
export class FleetStack extends Stack {
  readonly template: FleetLaunchTemplate;

  constructor(
    scope: Construct,
    id: string,
    stage: StageConfig,
    network: NetworkStack,
    keyserver: KeyserverStack,
    props: StackProps,
  ) {
    super(scope, id, props);
    const { name, fleet, image } = stage;
    // A volatile root needs no key. With the right to ask and no volume of its own, an instance's ordinary user could
    // enrol one, and would know the key that a disk added later is given.
    const asks = image.preset === 'persistent';
    const identity = new InstanceIdentity(this, 'Instance', {
      stage: name,
      use: 'instance',
      description: `Sealroot ${name}: instances with an encrypted root`,
      statements: [
        ...(asks ? [mayAskKeyserver(name, keyserver.api.api.restApiId)] : []),
        mayPreseed(name, keyserver.api.api.restApiId),
      ],
    });
    this.template = new FleetLaunchTemplate(this, 'Fleet', {
      ...fleet,
      stage: name,
      subnetId: network.fleetSubnetIds[0] ?? '',
      securityGroupId: network.groups.instance.attrGroupId,
      instanceProfileArn: identity.profile.attrArn,
    });
    new CfnOutput(this, 'LaunchTemplateName', { value: this.template.name });
  }
}
