import type { PolicyDocument, Statement } from '../../engine/contracts/policy.ts';
import type { Resource, Resources } from '../../engine/contracts/resources.ts';

/** The resource policy that the `AWS::Lambda::Permission`s of the templates make for a function. */
export function resourcePolicy(functionArn: string, resources: Resources): PolicyDocument {
  const permissions = resources
    .ofType('AWS::Lambda::Permission')
    .filter(
      ({ properties: { FunctionName: name } }) =>
        name === functionArn || functionArn.endsWith(`:${String(name)}`),
    );
  return { Statement: permissions.map((permission) => statement(permission, functionArn)) };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html */
function statement({ properties }: Resource, functionArn: string): Statement {
  const { Action, Principal, SourceArn, SourceAccount } = properties;
  const isService = typeof Principal === 'string' && Principal.endsWith('.amazonaws.com');
  return {
    Effect: 'Allow',
    Action,
    Resource: functionArn,
    Principal: isService ? { Service: Principal } : { AWS: Principal },
    Condition: {
      ...(SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': SourceArn } }),
      ...(SourceAccount !== undefined && { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
    },
  };
}
