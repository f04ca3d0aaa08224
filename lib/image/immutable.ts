import {
  CfnComponent,
  CfnImageRecipe,
  type CfnComponentProps,
  type CfnImageRecipeProps,
} from 'aws-cdk-lib/aws-imagebuilder';
import { Lazy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { contentVersion } from './content-version.ts';

/** A component, whose version follows from all the rest of it. */
export class ImmutableComponent extends CfnComponent {
  constructor(scope: Construct, id: string, props: Omit<CfnComponentProps, 'version'>) {
    super(scope, id, { ...props, version: '' });
    this.version = versionOf(() => this.cfnProperties);
  }
}

export interface ImmutableRecipeProps extends Omit<CfnImageRecipeProps, 'version'> {
  /** Of the components: a reference to one says nothing of its version. */
  readonly componentVersions: readonly string[];
  /** Origins of the values of other stacks: a reference to one says nothing of its value. */
  readonly origins: () => readonly object[];
}

/** A recipe, whose version follows from all the rest of it, the versions of its components, and other stacks' values. */
export class ImmutableRecipe extends CfnImageRecipe {
  constructor(scope: Construct, id: string, { componentVersions, origins, ...props }: ImmutableRecipeProps) {
    super(scope, id, { ...props, version: '' });
    this.version = versionOf(() => ({ ...this.cfnProperties, componentVersions, origins: origins() }));
  }
}

/**
 * Image Builder never changes a component or recipe, and CloudFormation replaces one whatever changes of it: its
 * description and tags count as its document does. The version is worked out when the template is written, since
 * tags arrive from the stack until then.
 */
const versionOf = (properties: () => Readonly<Record<string, unknown>>): string =>
  Lazy.uncachedString({
    produce: (context) => {
      const content: unknown = context.resolve({ ...properties(), version: undefined });
      return contentVersion(JSON.stringify(content));
    },
  });
