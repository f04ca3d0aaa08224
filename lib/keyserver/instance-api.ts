import { EndpointType, type IRestApi, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IInterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Aws, Lazy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { INSTANCE_API } from '../../protocol/operations/apis.ts';
import { KEYSERVER_OPERATIONS } from '../../protocol/operations/keyserver.ts';
import { PRESEED_OPERATIONS } from '../../protocol/operations/preseed.ts';
import { routedApi } from '../platform/rest-api.ts';

export interface InstanceApiProps {
  readonly stage: string;
  readonly handler: IFunction;
  /** Answers the routes of preseeding. */
  readonly preseed: IFunction;
  readonly endpoint: IInterfaceVpcEndpoint;
  /** Origins of handler, preseed and endpoint, as far as other stacks have them: a reference says nothing of its value. */
  readonly origins: () => readonly object[];
  readonly logRetentionDays: number;
  readonly throttling: { readonly rate: number; readonly burst: number };
}

/** The private API that instances ask for their keys and messages: reached by one VPC endpoint and no other way. */
export class InstanceApi extends Construct {
  readonly api: RestApi;

  constructor(scope: Construct, id: string, props: InstanceApiProps) {
    super(scope, id);
    this.api = routedApi(
      this,
      'Api',
      {
        ...props,
        parts: [
          { operations: KEYSERVER_OPERATIONS, handler: props.handler },
          { operations: PRESEED_OPERATIONS, handler: props.preseed },
        ],
      },
      {
        restApiName: `sealroot-${props.stage}-instances`,
        description: `Sealroot ${props.stage}: releases disk keys and messages to instances`,
        endpointConfiguration: { types: [EndpointType.PRIVATE], vpcEndpoints: [props.endpoint] },
        policy: resourcePolicy(props.stage, props.endpoint.vpcEndpointId),
      },
    );
    // A stage serves what its deployment has copied, policy and endpoint included, until there is another deployment.
    this.api.latestDeployment?.addToLogicalId(Lazy.any({ produce: () => props.origins() }));
  }
}

/**
 * URL of the private API with its stage, as its certificate and signatures name it. With the endpoint's private DNS off,
 * which would take every other execute-api name from the VPC, the name resolves to nothing of use: whoever asks has to
 * connect to the endpoint's own address.
 */
export function instanceApiUrl(stage: string, api: IRestApi): string {
  return `https://${api.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/${stage}`;
}

/** `execute-api:/...` stands for the API that carries the policy: its own id cannot be known inside it. */
function resourcePolicy(stage: string, vpcEndpointId: string): PolicyDocument {
  const routes = Object.values(INSTANCE_API).map(
    ({ method, path }) => `execute-api:/${stage}/${method}${path}`,
  );
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'DenyOtherWays',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['execute-api:Invoke'],
        resources: ['execute-api:/*'],
        conditions: { StringNotEquals: { 'aws:SourceVpce': vpcEndpointId } },
      }),
      new PolicyStatement({
        // The account as principal leaves it to identity policies which of its roles may call. `*` would let
        // anybody in: in one account an Allow here is enough without one there.
        sid: 'InvokeByRolesOfThisAccount',
        principals: [new AccountRootPrincipal()],
        actions: ['execute-api:Invoke'],
        resources: routes,
        conditions: { StringEquals: { 'aws:SourceVpce': vpcEndpointId } },
      }),
    ],
  });
}
