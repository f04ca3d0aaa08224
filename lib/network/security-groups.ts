import { CfnSecurityGroup, CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Egress } from '../fleet/config.ts';

export interface SecurityGroupsProps {
  readonly stage: string;
  readonly vpcId: string;
  /** What instances may reach besides the keyserver. */
  readonly egress: readonly Egress[];
}

const HTTPS = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };
const HTTP = { ipProtocol: 'tcp', fromPort: 80, toPort: 80 };

/**
 * Groups of the keyserver's endpoint, of instances and of image builds. None but the endpoint's lets anything in.
 * Egress rules are inline: a group without an inline one would get EC2's rule that lets everything out.
 */
export class SecurityGroups extends Construct {
  readonly endpoint: CfnSecurityGroup;
  readonly instance: CfnSecurityGroup;
  readonly builder: CfnSecurityGroup;

  constructor(scope: Construct, id: string, { stage, vpcId, egress }: SecurityGroupsProps) {
    super(scope, id);
    this.endpoint = new CfnSecurityGroup(this, 'EndpointGroup', {
      groupDescription: `Sealroot ${stage}: endpoint of the keyserver`,
      vpcId,
      // Answers need no rule; this one, to nobody, stands where EC2 would put one to everybody.
      securityGroupEgress: [
        {
          ipProtocol: 'icmp',
          fromPort: 252,
          toPort: 86,
          cidrIp: '255.255.255.255/32',
          description: 'Nothing',
        },
      ],
    });
    const toKeyserver = {
      ...HTTPS,
      destinationSecurityGroupId: this.endpoint.attrGroupId,
      description: 'The keyserver',
    };
    this.instance = new CfnSecurityGroup(this, 'InstanceGroup', {
      groupDescription: `Sealroot ${stage}: instances`,
      vpcId,
      securityGroupEgress: [
        toKeyserver,
        ...egress.map(({ cidr, protocol, port }) => ({
          ipProtocol: protocol,
          fromPort: port,
          toPort: port,
          cidrIp: cidr,
          description: 'Configured in fleet.egress',
        })),
      ],
    });
    this.builder = new CfnSecurityGroup(this, 'BuilderGroup', {
      groupDescription: `Sealroot ${stage}: image builds and their test instances`,
      vpcId,
      securityGroupEgress: [
        toKeyserver,
        { ...HTTPS, cidrIp: '0.0.0.0/0', description: 'AWS APIs and package mirrors' },
        { ...HTTP, cidrIp: '0.0.0.0/0', description: 'Package mirrors: packages are signed' },
      ],
    });
    this.admit('FromInstances', this.instance, 'Instances');
    this.admit('FromBuilders', this.builder, 'Test instances of image builds');
  }

  private admit(id: string, source: CfnSecurityGroup, description: string): void {
    new CfnSecurityGroupIngress(this, id, {
      ...HTTPS,
      groupId: this.endpoint.attrGroupId,
      sourceSecurityGroupId: source.attrGroupId,
      description,
    });
  }
}
