import { CfnImageRecipe } from 'aws-cdk-lib/aws-imagebuilder';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';
import { contentVersion } from './content-version.ts';
import { blockDevices } from './disks.ts';

export interface ImageRecipeProps {
  readonly stage: string;
  readonly parentImage: string;
  readonly components: CfnImageRecipe.ComponentConfigurationProperty[];
}

/** The test instance has to encrypt a copy of the whole base system, no more. */
const TEST_DISK_GIB = 16;

/** Parent image, components and disks. The keyserver trusts images of this recipe's name. */
export class ImageRecipe extends Construct {
  readonly recipeArn: string;

  constructor(scope: Construct, id: string, { stage, parentImage, components }: ImageRecipeProps) {
    super(scope, id);
    const content = {
      parentImage,
      components,
      // The blank disk goes into the image, so that the instance that Image Builder tests it on has one.
      blockDeviceMappings: blockDevices(TEST_DISK_GIB),
      additionalInstanceConfiguration: { systemsManagerAgent: { uninstallAfterBuild: false } },
    };
    const recipe = new CfnImageRecipe(this, 'Recipe', {
      ...content,
      name: names(stage).imageRecipe,
      version: contentVersion(JSON.stringify(Stack.of(this).resolve(content))),
      description: `Sealroot ${stage}: encrypted root`,
      tags: { [TAGS.stage]: stage },
    });
    this.recipeArn = recipe.attrArn;
  }
}
