import { EndpointType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { ACCESS_ROLES } from '../../protocol/access.ts';
import { names } from '../../protocol/names.ts';
import { OPERATOR_API } from '../../protocol/operations/apis.ts';
import { routedApi } from '../platform/rest-api.ts';
import { accessRoleArn } from '../platform/role-names.ts';

export interface OperatorApiProps {
  readonly stage: string;
  readonly handler: IFunction;
  readonly logRetentionDays: number;
}

/** A few people and their scripts. */
const THROTTLING = { rate: 10, burst: 20 };

/** The regional API for people and scripts; each route is a resource, so that an IAM policy can name it. */
export class OperatorApi extends Construct {
  readonly api: RestApi;
  readonly url: string;

  constructor(scope: Construct, id: string, props: OperatorApiProps) {
    super(scope, id);
    this.api = routedApi(
      this,
      'Api',
      {
        ...props,
        parts: [{ operations: OPERATOR_API, handler: props.handler }],
        throttling: THROTTLING,
      },
      {
        restApiName: `sealroot-${props.stage}-operators`,
        description: `Sealroot ${props.stage}: lists and decides on volumes and requests`,
        endpointConfiguration: { types: [EndpointType.REGIONAL] },
        policy: resourcePolicy(props.stage),
      },
    );
    this.url = this.api.urlForPath('/').replace(/\/$/, '');
    new CfnParameter(this, 'Url', {
      name: names(props.stage).operatorApiParameter,
      description: `Sealroot ${props.stage}: URL of the operator API`,
      type: 'String',
      value: this.url,
    });
  }
}

/**
 * Keeps everybody out who did not come by one of the roles that ask for MFA, administrators of the account included.
 * Which role may call what is in the roles' own policies: in one account an Allow there is enough, and one here would
 * be enough without one there.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
function resourcePolicy(stage: string): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'DenyOtherCallers',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['execute-api:Invoke'],
        resources: ['execute-api:/*'],
        conditions: {
          ArnNotEquals: { 'aws:PrincipalArn': ACCESS_ROLES.map((role) => accessRoleArn(stage, role)) },
        },
      }),
    ],
  });
}
