import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  SubnetType,
  Vpc,
  type ISubnet,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { keptLogGroup } from '../platform/log-group.ts';
import { AddressPlan } from './address-plan.ts';
import type { OwnNetwork } from './config.ts';

const FLEET = 'fleet';
const BUILD = 'build';
const FLOW_LOG_DAYS = 90;

/**
 * A VPC of the stage's own: instances in subnets without a route out of it, image builds in subnets with one. The
 * build subnets are public instead of behind NAT: nothing may connect to a builder, and NAT costs all month for a
 * build that runs now and then.
 */
export class StageVpc extends Construct {
  readonly vpc: Vpc;
  readonly fleetSubnets: readonly ISubnet[];
  readonly buildSubnet: ISubnet;

  constructor(scope: Construct, id: string, config: OwnNetwork) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: new AddressPlan(config.cidr, [FLEET, BUILD]),
      maxAzs: Math.max(config.availabilityZones.length, 2),
      natGateways: 0,
      // It takes a custom resource; nothing here ever uses the default group.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: FLEET, subnetType: SubnetType.PRIVATE_ISOLATED },
        { name: BUILD, subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true },
      ],
    });
    this.fleetSubnets = this.vpc.selectSubnets({ subnetGroupName: FLEET }).subnets;
    const [buildSubnet] = this.vpc.selectSubnets({ subnetGroupName: BUILD }).subnets;
    if (buildSubnet === undefined) throw new Error('a VPC of a stage has no subnet for builds');
    this.buildSubnet = buildSubnet;
    this.vpc.addFlowLog('FlowLog', {
      destination: FlowLogDestination.toCloudWatchLogs(keptLogGroup(this, 'FlowLogs', FLOW_LOG_DAYS)),
    });
    const s3 = this.vpc.addGatewayEndpoint('S3', {
      service: GatewayVpcEndpointAwsService.S3,
      subnets: [{ subnetGroupName: BUILD }],
    });
    s3.addToPolicy(whatABuildReads());
  }
}

/** Archives of this account's CDK assets, and what Image Builder and the SSM agent fetch for themselves. */
function whatABuildReads(): PolicyStatement {
  const s3 = `arn:${Aws.PARTITION}:s3:::`;
  return new PolicyStatement({
    sid: 'ReadBuildFiles',
    principals: [new AnyPrincipal()],
    actions: ['s3:GetObject'],
    resources: [
      `${s3}cdk-*-assets-${Aws.ACCOUNT_ID}-${Aws.REGION}/*`,
      `${s3}ec2imagebuilder-toe-${Aws.REGION}-prod/*`,
      `${s3}ec2imagebuilder-managed-resources-${Aws.REGION}-prod/*`,
      `${s3}amazon-ssm-${Aws.REGION}/*`,
      `${s3}aws-ssm-${Aws.REGION}/*`,
    ],
  });
}
