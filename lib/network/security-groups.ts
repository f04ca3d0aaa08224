import {
  CfnSecurityGroup,
  CfnSecurityGroupIngress,
  SecurityGroup,
  type ISecurityGroup,
  type IVPCRef,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Egress } from '../fleet/config.ts';

export interface SecurityGroupsProps {
  readonly stage: string;
  readonly vpc: IVPCRef;
  /** Destinations that instances may reach besides the keyserver. */
  readonly egress: readonly Egress[];
}

const HTTPS = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };
const HTTP = { ipProtocol: 'tcp', fromPort: 80, toPort: 80 };

/**
 * Groups of the keyserver's endpoint, of instances and of image builds. None but the endpoint's lets anything in.
 * Egress rules are inline: a group without an inline one would get EC2's rule that lets everything out.
 */
export class SecurityGroups extends Construct {
  readonly endpoint: ISecurityGroup;
  readonly instance: ISecurityGroup;
  readonly builder: ISecurityGroup;

  constructor(scope: Construct, id: string, { stage, vpc, egress }: SecurityGroupsProps) {
    super(scope, id);
    // A group whose description changes is replaced: `what` is a label for good, whatever is configured.
    const group = (name: string, what: string, securityGroupEgress: CfnSecurityGroup.EgressProperty[]) => {
      const resource = new CfnSecurityGroup(this, name, {
        groupDescription: `Sealroot ${stage}: ${what}`,
        vpcId: vpc.vpcRef.vpcId,
        securityGroupEgress,
      });
      // The L2 of a group would add rules of its own when something is connected to it.
      return SecurityGroup.fromSecurityGroupId(this, `Imported${name}`, resource.attrGroupId, {
        mutable: false,
      });
    };
    // Answers need no rule; this one, to nobody, stands where EC2 would put one to everybody.
    this.endpoint = group('EndpointGroup', 'endpoint', [
      { ipProtocol: 'icmp', fromPort: 252, toPort: 86, cidrIp: '255.255.255.255/32', description: 'Nothing' },
    ]);
    const toKeyserver = {
      ...HTTPS,
      destinationSecurityGroupId: this.endpoint.securityGroupId,
      description: 'The keyserver',
    };
    this.instance = group('InstanceGroup', 'instances', [
      toKeyserver,
      ...egress.map(({ cidr, protocol, port }) => ({
        ipProtocol: protocol,
        fromPort: port,
        toPort: port,
        cidrIp: cidr,
        description: 'Configured in fleet.egress',
      })),
    ]);
    this.builder = group('BuilderGroup', 'image builds', [
      toKeyserver,
      { ...HTTPS, cidrIp: '0.0.0.0/0', description: 'AWS APIs and package mirrors' },
      { ...HTTP, cidrIp: '0.0.0.0/0', description: 'Package mirrors: packages are signed' },
    ]);
    this.admit('FromInstances', this.instance, 'Instances');
    this.admit('FromBuilders', this.builder, 'Test instances of image builds');
  }

  private admit(id: string, source: ISecurityGroup, description: string): void {
    new CfnSecurityGroupIngress(this, id, {
      ...HTTPS,
      groupId: this.endpoint.securityGroupId,
      sourceSecurityGroupId: source.securityGroupId,
      description,
    });
  }
}
