import { CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { INSTANCE_ROUTES, PRESEED_ROUTES, type Route } from '../../protocol/routes.ts';
import { roleArn, type RoleUse } from '../platform/role-names.ts';

export interface KeyserverEndpointProps {
  readonly stage: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
}

/** The only way to the keyserver: an interface endpoint for execute-api, for this and for nothing else. */
export class KeyserverEndpoint extends Construct {
  readonly endpointId: string;

  constructor(scope: Construct, id: string, props: KeyserverEndpointProps) {
    super(scope, id);
    const endpoint = new CfnVPCEndpoint(this, 'Endpoint', {
      vpcEndpointType: 'Interface',
      serviceName: `com.amazonaws.${Aws.REGION}.execute-api`,
      vpcId: props.vpcId,
      subnetIds: [...props.subnetIds],
      securityGroupIds: [props.securityGroupId],
      // With it on, every public execute-api name, the operator API's too, would lead here from the whole VPC.
      privateDnsEnabled: false,
      policyDocument: endpointPolicy(props.stage),
    });
    this.endpointId = endpoint.ref;
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
      fromTheInstanceItself('FromTheInstanceItself', stage, INSTANCE_ROUTES, ['instance', 'builder']),
      fromTheInstanceItself('PreseedOfTheInstanceItself', stage, PRESEED_ROUTES, ['instance']),
    ],
  });
}

function fromTheInstanceItself(
  sid: string,
  stage: string,
  routes: Readonly<Record<string, Route>>,
  roles: readonly RoleUse[],
): PolicyStatement {
  const api = `arn:${Aws.PARTITION}:execute-api:${Aws.REGION}:${Aws.ACCOUNT_ID}:*`;
  return new PolicyStatement({
    sid,
    principals: [new AnyPrincipal()],
    actions: ['execute-api:Invoke'],
    resources: Object.values(routes).map(({ method, path }) => `${api}/${stage}/${method}${path}`),
    conditions: {
      ArnEquals: { 'aws:PrincipalArn': roles.map((role) => roleArn(stage, role)) },
      StringEquals: {
        'aws:Ec2InstanceSourceVpc': '${aws:SourceVpc}',
        'aws:Ec2InstanceSourcePrivateIPv4': '${aws:VpcSourceIp}',
      },
    },
  });
}
