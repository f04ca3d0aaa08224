import { Fn, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { KeyserverEndpoint } from './keyserver-endpoint.ts';
import { SecurityGroups } from './security-groups.ts';
import { StageVpc } from './vpc.ts';

/** The VPC, or what is ours in somebody else's. */
export class NetworkStack extends Stack {
  readonly vpcId: string;
  readonly vpcEndpointId: string;
  readonly fleetSubnetIds: readonly string[];
  readonly buildSubnetId: string;
  readonly groups: SecurityGroups;
  private readonly zones: readonly string[];

  constructor(scope: Construct, id: string, stage: StageConfig, props: StackProps) {
    super(scope, id, props);
    const { network, fleet, name } = stage;
    this.zones = network.kind === 'own' ? network.availabilityZones : [];
    if (network.kind === 'own') {
      const { vpc, fleetSubnets, buildSubnets } = new StageVpc(this, 'Network', network);
      this.vpcId = vpc.vpcId;
      this.fleetSubnetIds = fleetSubnets.map(({ subnetId }) => subnetId);
      this.buildSubnetId = buildSubnets[0]?.subnetId ?? '';
    } else {
      this.vpcId = network.vpcId;
      this.fleetSubnetIds = network.fleetSubnetIds;
      this.buildSubnetId = network.buildSubnetId;
    }
    this.groups = new SecurityGroups(this, 'Groups', {
      stage: name,
      vpcId: this.vpcId,
      egress: fleet.egress,
    });
    const endpoint = new KeyserverEndpoint(this, 'Keyserver', {
      stage: name,
      vpcId: this.vpcId,
      subnetIds: this.fleetSubnetIds,
      securityGroupId: this.groups.endpoint.attrGroupId,
    });
    this.vpcEndpointId = endpoint.endpointId;
  }

  /** From the configuration, else whatever EC2 lists when it is deployed: never looked up while synthesizing. */
  override get availabilityZones(): string[] {
    if (this.zones.length > 0) return [...this.zones];
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }
}
