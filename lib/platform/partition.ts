import { ServicePrincipal, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Aws, CfnCondition, Fn, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/**
 * Names of EC2 where a role is passed to it: in China one of its own, in every other partition the first. No other
 * service has either name.
 */
export const EC2_SERVICES = ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'];

/** EC2, as it assumes the role of an instance. A trust policy takes no name that the partition does not know. */
export const ec2Principal = (scope: Construct): IPrincipal =>
  new ServicePrincipal(inChina(scope, 'ec2.amazonaws.com.cn', 'ec2.amazonaws.com'));

/** Name of the endpoint service of execute-api in the region that is deployed to. */
export const executeApiService = (scope: Construct): string =>
  `${inChina(scope, 'cn.com.amazonaws', 'com.amazonaws')}.${Aws.REGION}.execute-api`;

/** One of two texts: the partition is known only when the stack is deployed. */
function inChina(scope: Construct, there: string, elsewhere: string): string {
  const stack = Stack.of(scope);
  const id = 'InChina';
  if (stack.node.tryFindChild(id) === undefined)
    new CfnCondition(stack, id, { expression: Fn.conditionEquals(Aws.PARTITION, 'aws-cn') });
  return Fn.conditionIf(id, there, elsewhere).toString();
}
