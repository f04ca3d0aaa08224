import {
  CfnVPCEndpoint,
  InterfaceVpcEndpoint,
  type IInterfaceVpcEndpoint,
  type ISecurityGroup,
  type ISubnetRef,
  type IVPCRef,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws, Fn } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { InstanceRole } from '../../protocol/access.ts';
import { KEYSERVER_OPERATIONS } from '../../protocol/operations/keyserver.ts';
import type { Operations } from '../../protocol/operations/operation.ts';
import { PRESEED_OPERATIONS } from '../../protocol/operations/preseed.ts';
import { executeApiService } from '../platform/partition.ts';
import { roleArn } from '../platform/role-names.ts';

export interface KeyserverEndpointProps {
  readonly stage: string;
  readonly vpc: IVPCRef;
  /** It has an address in each; at most one a zone. */
  readonly subnets: readonly ISubnetRef[];
  readonly securityGroup: ISecurityGroup;
  /** Whether requests have to come from the instance that their credentials were issued to. */
  readonly bindCredentialsToInstance: boolean;
}

/** The only way to the keyserver: an interface endpoint for execute-api, for this and for nothing else. */
export class KeyserverEndpoint extends Construct {
  readonly endpoint: IInterfaceVpcEndpoint;
  /** Its name at AWS for all zones, and the hosted zone that this is in. */
  readonly target: { readonly name: string; readonly hostedZoneId: string };

  constructor(scope: Construct, id: string, props: KeyserverEndpointProps) {
    super(scope, id);
    const resource = new CfnVPCEndpoint(this, 'Endpoint', {
      vpcEndpointType: 'Interface',
      serviceName: executeApiService(this),
      vpcId: props.vpc.vpcRef.vpcId,
      subnetIds: props.subnets.map(({ subnetRef }) => subnetRef.subnetId),
      securityGroupIds: [props.securityGroup.securityGroupId],
      // With it on, every public execute-api name, the operator API's too, would lead here from the whole VPC.
      privateDnsEnabled: false,
      policyDocument: endpointPolicy(props.stage, props.bindCredentialsToInstance),
    });
    this.endpoint = InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, 'Imported', {
      vpcEndpointId: resource.ref,
      port: 443,
    });
    // The first is the one for all zones; each is ZONE:NAME.
    const entry = Fn.select(0, resource.attrDnsEntries);
    const part = (index: number) => Fn.select(index, Fn.split(':', entry));
    this.target = { hostedZoneId: part(0), name: part(1) };
  }
}

/** EC2 says of credentials where it issued them; the network says where the packet comes from. */
const FROM_THE_INSTANCE = {
  'aws:Ec2InstanceSourceVpc': '${aws:SourceVpc}',
  'aws:Ec2InstanceSourcePrivateIPv4': '${aws:VpcSourceIp}',
};

/**
 * Credentials of an instance work from that instance only: EC2 puts the VPC and address that it issued them for into
 * the request, and both have to be those that the packet comes from. API Gateway's own resource policies do not know
 * these keys. The API's id is left open, since the API in turn names this endpoint; its stage and routes are not.
 */
function endpointPolicy(stage: string, bound: boolean): PolicyDocument {
  return new PolicyDocument({
    statements: [
      mayPass('InvokeKeyserver', stage, KEYSERVER_OPERATIONS, bound),
      mayPass('InvokePreseedService', stage, PRESEED_OPERATIONS, bound),
    ],
  });
}

function mayPass(
  sid: string,
  stage: string,
  operations: Operations<InstanceRole>,
  bound: boolean,
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
      ...(bound ? { StringEquals: FROM_THE_INSTANCE } : {}),
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
