import { CfnResource, type Stack } from 'aws-cdk-lib/core';

/**
 * Describes what a value of a stack is made of: the resources that it refers to, with their properties, and the resources
 * that those refer to. It is another one whenever a deployment could give the value another content; it may also be
 * another one when the content stays.
 *
 * @returns the value and the properties by logical id, as the template has them.
 */
export function originOf(stack: Stack, value: string): object {
  const resources = new Map(
    stack.node
      .findAll()
      .filter((construct) => CfnResource.isCfnResource(construct))
      .map((resource) => [String(stack.resolve(resource.logicalId)), resource]),
  );
  const found: Record<string, unknown> = {};
  const follow = (part: unknown): void => {
    for (const word of JSON.stringify(part).match(/\w+/g) ?? []) {
      const resource = resources.get(word);
      if (resource === undefined || Object.hasOwn(found, word)) continue;
      found[word] = stack.resolve(resource['cfnProperties']);
      follow(found[word]);
    }
  };
  const resolved: unknown = stack.resolve(value);
  follow(resolved);
  return { value: resolved, resources: found };
}
