import { LaunchTemplate, type ILaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { CfnOutput } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { names } from '../../protocol/names.ts';
import type { ImageConfig } from '../image/config.ts';
import { mayAskKeyserver, mayPreseed } from '../keyserver/instance-permissions.ts';
import type { KeyserverStack } from '../keyserver/stack.ts';
import type { NetworkStack } from '../network/stack.ts';
import { InstanceIdentity } from '../platform/instance-identity.ts';
import { StackLink } from '../platform/stack-link.ts';
import { StageStack, type StageStackProps } from '../platform/stage-stack.ts';
import type { FleetConfig } from './config.ts';
import { FleetLaunchTemplate } from './launch-template.ts';

export interface FleetStackProps extends StageStackProps {
  readonly network: NetworkStack;
  readonly keyserver: KeyserverStack;
  readonly fleet: FleetConfig;
  /** Root mode of the image, unless an instance is told otherwise. */
  readonly preset: ImageConfig['preset'];
}

/** Role and launch templates of the instances. */
export class FleetStack extends StageStack {
  readonly role: Role;
  /** One for each subnet of the fleet, in their order. */
  readonly templates: readonly ILaunchTemplate[];
  readonly templateLinks: readonly StackLink<ILaunchTemplate>[];

  constructor(scope: Construct, id: string, props: FleetStackProps) {
    super(scope, id, props, 'instances');
    const { stage, network, fleet } = props;
    const api = props.keyserver.api.in(this);
    // A volatile root needs no key. With the right to ask and no volume of its own, an instance's ordinary user could
    // enrol one, and would know the key that a disk added later is given.
    const asks = props.preset === 'persistent';
    const identity = new InstanceIdentity(this, 'Instance', {
      stage,
      use: 'instance',
      description: `Sealroot ${stage}: instances with an encrypted root`,
      statements: [...(asks ? [mayAskKeyserver(stage, api)] : []), mayPreseed(stage, api)],
    });
    this.role = identity.role;
    const numbered = (id: string, number: number): string => (number === 1 ? id : `${id}${number}`);
    this.templates = network.fleetSubnets.map((subnet, index) => {
      const number = index + 1;
      return new FleetLaunchTemplate(this, numbered('Fleet', number), {
        ...fleet,
        stage,
        number,
        subnet: subnet.in(this),
        securityGroup: network.instanceGroup.in(this),
        profile: identity.profile,
      }).template;
    });
    this.templateLinks = this.templates.map(
      ({ launchTemplateId = '' }, index) =>
        new StackLink(this, numbered('LaunchTemplate', index + 1), {
          stage,
          value: launchTemplateId,
          import: (scope, id, imported): ILaunchTemplate =>
            LaunchTemplate.fromLaunchTemplateAttributes(scope, id, { launchTemplateId: imported }),
        }),
    );
    new CfnOutput(this, 'LaunchTemplateName', { value: names(stage).launchTemplate() });
  }
}
