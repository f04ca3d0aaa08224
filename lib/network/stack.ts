import {
  InterfaceVpcEndpoint,
  SecurityGroup,
  CfnSubnet,
  CfnVPC,
  type IInterfaceVpcEndpoint,
  type ISecurityGroup,
  type ISubnetRef,
  type IVPCRef,
} from 'aws-cdk-lib/aws-ec2';
import { Fn } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Egress } from '../fleet/config.ts';
import { StackLink } from '../platform/stack-link.ts';
import { StageStack, type StageStackProps } from '../platform/stage-stack.ts';
import type { EndpointConfig, NetworkConfig } from './config.ts';
import { KeyserverEndpoint } from './keyserver-endpoint.ts';
import { PrivateName } from './private-name.ts';
import { SecurityGroups } from './security-groups.ts';
import { StageVpc } from './vpc.ts';

/** A VPC that another part of the app has made, or looked up. */
export interface GivenNetwork extends EndpointConfig {
  readonly kind: 'given';
  readonly vpc: IVPCRef;
  /** Subnets of instances, at most one a zone: the keyserver's endpoint has an address in each. */
  readonly fleetSubnets: readonly ISubnetRef[];
  /** Subnet of image builds. */
  readonly buildSubnet: ISubnetRef;
}

export interface NetworkStackProps extends StageStackProps {
  readonly network: NetworkConfig | GivenNetwork;
  /** Destinations that instances may reach besides the keyserver. */
  readonly egress: readonly Egress[];
}

/** The VPC, or what is ours in somebody else's. */
export class NetworkStack extends StageStack {
  readonly vpc: StackLink<IVPCRef>;
  readonly endpoint: StackLink<IInterfaceVpcEndpoint>;
  /** Names or addresses that images reach the endpoint by, separated by spaces. */
  readonly endpointAddresses: StackLink<string>;
  readonly fleetSubnets: readonly StackLink<ISubnetRef>[];
  readonly buildSubnet: StackLink<ISubnetRef>;
  readonly instanceGroup: StackLink<ISecurityGroup>;
  readonly builderGroup: StackLink<ISecurityGroup>;
  private readonly zones: readonly string[];

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props, 'network');
    const { stage, network } = props;
    this.zones = network.kind === 'own' ? network.availabilityZones : [];
    const { vpc, fleetSubnets, buildSubnet } = this.vpcAndSubnets(network);
    const groups = new SecurityGroups(this, 'Groups', { stage, vpc, egress: props.egress });
    const { endpoint, target } = new KeyserverEndpoint(this, 'Keyserver', {
      stage,
      vpc,
      subnets: fleetSubnets,
      securityGroup: groups.endpoint,
      bindCredentialsToInstance: network.bindCredentialsToInstance,
    });
    const privateName = network.privateName
      ? new PrivateName(this, 'PrivateName', { stage, vpc, target }).name
      : target.name;
    const addresses = network.endpointAddresses.length > 0 ? network.endpointAddresses : [privateName];

    const link = <T>(
      name: string,
      value: string,
      importAs: (scope: Construct, id: string, value: string) => T,
    ) => new StackLink(this, name, { stage, value, import: importAs });
    this.vpc = link('Vpc', vpc.vpcRef.vpcId, importVpc);
    this.endpoint = link('Endpoint', endpoint.vpcEndpointId, (scope, id, vpcEndpointId) =>
      InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(scope, id, { vpcEndpointId, port: 443 }),
    );
    this.endpointAddresses = link('EndpointAddresses', addresses.join(' '), (_scope, _id, value) => value);
    this.fleetSubnets = fleetSubnets.map(({ subnetRef }, index) =>
      link(`FleetSubnet${index + 1}`, subnetRef.subnetId, importSubnet),
    );
    this.buildSubnet = link('BuildSubnet', buildSubnet.subnetRef.subnetId, importSubnet);
    this.instanceGroup = link('InstanceGroup', groups.instance.securityGroupId, importGroup);
    this.builderGroup = link('BuilderGroup', groups.builder.securityGroupId, importGroup);
  }

  /** From the configuration, else whatever EC2 lists when it is deployed: never looked up while synthesizing. */
  override get availabilityZones(): string[] {
    if (this.zones.length > 0) return [...this.zones];
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }

  private vpcAndSubnets(
    network: NetworkConfig | GivenNetwork,
  ): Pick<GivenNetwork, 'vpc' | 'fleetSubnets' | 'buildSubnet'> {
    switch (network.kind) {
      case 'own':
        return new StageVpc(this, 'Network', network);
      case 'imported':
        return {
          vpc: importVpc(this, 'Vpc', network.vpcId),
          fleetSubnets: network.fleetSubnetIds.map((subnetId, index) =>
            importSubnet(this, `FleetSubnet${index + 1}`, subnetId),
          ),
          buildSubnet: importSubnet(this, 'BuildSubnet', network.buildSubnetId),
        };
      case 'given':
        return network;
    }
  }
}

const importVpc = (scope: Construct, id: string, vpcId: string): IVPCRef =>
  CfnVPC.fromVpcId(scope, id, vpcId);

const importSubnet = (scope: Construct, id: string, subnetId: string): ISubnetRef =>
  CfnSubnet.fromSubnetId(scope, id, subnetId);

/** Its rules are the network stack's own business. */
const importGroup = (scope: Construct, id: string, groupId: string): ISecurityGroup =>
  SecurityGroup.fromSecurityGroupId(scope, id, groupId, { mutable: false });
