import type { Template } from 'aws-cdk-lib/assertions';
import type { Json, Statement } from './app.ts';

/** `trust` says who assumes a role; `identity` what a role may do; the others belong to a resource. */
export type PolicyKind = 'trust' | 'identity' | 'key' | 'api' | 'endpoint';

/** Properties of a resource that carry statements about who may do what. */
const CARRIERS: readonly (readonly [type: string, member: string, kind: PolicyKind])[] = [
  ['AWS::IAM::Role', 'AssumeRolePolicyDocument', 'trust'],
  ['AWS::IAM::Role', 'Policies', 'identity'],
  ['AWS::IAM::Policy', 'PolicyDocument', 'identity'],
  ['AWS::IAM::ManagedPolicy', 'PolicyDocument', 'identity'],
  ['AWS::KMS::Key', 'KeyPolicy', 'key'],
  ['AWS::ApiGateway::RestApi', 'Policy', 'api'],
  ['AWS::EC2::VPCEndpoint', 'PolicyDocument', 'endpoint'],
];

export interface PolicyStatement {
  readonly logicalId: string;
  readonly type: string;
  readonly kind: PolicyKind;
  /** Document of the template, references and all. */
  readonly statement: Statement;
}

/** Every statement of a template, in the order of the kinds above. */
export function policyStatements(template: Template): PolicyStatement[] {
  return CARRIERS.flatMap(([type, member, kind]) =>
    Object.entries(template.findResources(type)).flatMap(([logicalId, { Properties }]) =>
      statementsOf(Properties[member]).map((statement) => ({ logicalId, type, kind, statement })),
    ),
  );
}

/** A document, or a list of named ones. */
function statementsOf(value: Json): Statement[] {
  if (value === undefined) return [];
  if ('Statement' in value) return [value.Statement].flat();
  return value.flatMap(({ PolicyDocument }: Json) => PolicyDocument.Statement);
}
