import { EndpointType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { INSTANCE_ROUTES, PRESEED_ROUTES } from '../../protocol/routes.ts';
import { routedApi } from '../platform/rest-api.ts';

export interface InstanceApiProps {
  readonly stage: string;
  readonly handler: LambdaFunction;
  /** Answers the routes of preseeding. */
  readonly preseed: LambdaFunction;
  readonly vpcEndpointId: string;
  readonly logRetentionDays: number;
  readonly throttling: { readonly rate: number; readonly burst: number };
}

/** The private API that instances ask for their keys and messages: reached by one VPC endpoint and no other way. */
export class InstanceApi extends Construct {
  readonly api: RestApi;
  /** Works with the endpoint's private DNS off, which would take every other execute-api name from the VPC. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: InstanceApiProps) {
    super(scope, id);
    const endpoint = InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, 'Endpoint', {
      vpcEndpointId: props.vpcEndpointId,
      port: 443,
    });
    this.api = routedApi(
      this,
      'Api',
      {
        ...props,
        parts: [
          { routes: INSTANCE_ROUTES, handler: props.handler },
          { routes: PRESEED_ROUTES, handler: props.preseed },
        ],
      },
      {
        restApiName: `sealroot-${props.stage}-instances`,
        description: `Sealroot ${props.stage}: releases disk keys and messages to instances`,
        endpointConfiguration: { types: [EndpointType.PRIVATE], vpcEndpoints: [endpoint] },
        policy: resourcePolicy(props.stage, props.vpcEndpointId),
      },
    );
    const host = `${this.api.restApiId}-${props.vpcEndpointId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`;
    this.url = `https://${host}/${props.stage}`;
  }
}

/** `execute-api:/...` stands for the API that carries the policy: its own id cannot be known inside it. */
function resourcePolicy(stage: string, vpcEndpointId: string): PolicyDocument {
  const routes = Object.values({ ...INSTANCE_ROUTES, ...PRESEED_ROUTES }).map(
    ({ method, path }) => `execute-api:/${stage}/${method}${path}`,
  );
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'NoOtherWayIn',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['execute-api:Invoke'],
        resources: ['execute-api:/*'],
        conditions: { StringNotEquals: { 'aws:SourceVpce': vpcEndpointId } },
      }),
      new PolicyStatement({
        // The account as principal leaves it to identity policies which of its roles may call. `*` would let
        // anybody in: in one account an Allow here is enough without one there.
        sid: 'RolesOfThisAccount',
        principals: [new AccountRootPrincipal()],
        actions: ['execute-api:Invoke'],
        resources: routes,
        conditions: { StringEquals: { 'aws:SourceVpce': vpcEndpointId } },
      }),
    ],
  });
}
