import {
  CfnVPCEndpoint,
  InterfaceVpcEndpoint,
  type IInterfaceVpcEndpoint,
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { InstanceRole } from '../../protocol/access.ts';
import { KEYSERVER_OPERATIONS } from '../../protocol/operations/keyserver.ts';
import type { Operations } from '../../protocol/operations/operation.ts';
import { PRESEED_OPERATIONS } from '../../protocol/operations/preseed.ts';
import { roleArn } from '../platform/role-names.ts';

export interface KeyserverEndpointProps {
  readonly stage: string;
  readonly vpc: IVpc;
  /** It has an address in each; at most one a zone. */
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: ISecurityGroup;
}

/** The only way to the keyserver: an interface endpoint for execute-api, for this and for nothing else. */
export class KeyserverEndpoint extends Construct {
  readonly endpoint: IInterfaceVpcEndpoint;

  constructor(scope: Construct, id: string, props: KeyserverEndpointProps) {
    super(scope, id);
    const resource = new CfnVPCEndpoint(this, 'Endpoint', {
      vpcEndpointType: 'Interface',
      serviceName: `com.amazonaws.${Aws.REGION}.execute-api`,
      vpcId: props.vpc.vpcId,
      subnetIds: props.subnets.map(({ subnetId }) => subnetId),
      securityGroupIds: [props.securityGroup.securityGroupId],
      // With it on, every public execute-api name, the operator API's too, would lead here from the whole VPC.
      privateDnsEnabled: false,
      policyDocument: endpointPolicy(props.stage),
    });
    this.endpoint = InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, 'Imported', {
      vpcEndpointId: resource.ref,
      port: 443,
    });
  }
}

/**
 * Credentials of an instance work from that instance only: EC2 puts the VPC and address that it issued them for into
 * the request, and both have to be those that the packet comes from. API Gateway's own resource policies do not know
 * these keys. The API's id is left open, since the API in turn names this endpoint; its stage and routes are not.
 */
function endpointPolicy(stage: string): PolicyDocument {
  return new PolicyDocument({
    statements: [
      fromTheInstanceItself('FromTheInstanceItself', stage, KEYSERVER_OPERATIONS),
      fromTheInstanceItself('PreseedOfTheInstanceItself', stage, PRESEED_OPERATIONS),
    ],
  });
}

function fromTheInstanceItself(
  sid: string,
  stage: string,
  operations: Operations<InstanceRole>,
): PolicyStatement {
  const roles = callersOf(operations);
  const api = `arn:${Aws.PARTITION}:execute-api:${Aws.REGION}:${Aws.ACCOUNT_ID}:*`;
  return new PolicyStatement({
    sid,
    principals: [new AnyPrincipal()],
    actions: ['execute-api:Invoke'],
    resources: Object.values(operations).map(({ method, path }) => `${api}/${stage}/${method}${path}`),
    conditions: {
      ArnEquals: { 'aws:PrincipalArn': roles.map((role) => roleArn(stage, role)) },
      StringEquals: {
        'aws:Ec2InstanceSourceVpc': '${aws:SourceVpc}',
        'aws:Ec2InstanceSourcePrivateIPv4': '${aws:VpcSourceIp}',
      },
    },
  });
}

/** The roles that may call each of these operations. Throws when they differ: that takes a statement each. */
function callersOf(operations: Operations<InstanceRole>): readonly InstanceRole[] {
  const [first, ...others] = Object.values(operations).map(({ callers }) => callers);
  if (first === undefined || others.some((callers) => String(callers) !== String(first))) {
    throw new Error('operations of one statement of the endpoint policy have different callers');
  }
  return first;
}
