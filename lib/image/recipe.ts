import { CfnImageRecipe } from 'aws-cdk-lib/aws-imagebuilder';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';
import { MIN_DATA_DISK_GIB } from '../fleet/config.ts';
import { contentVersion } from './content-version.ts';
import { blockDevices } from '../platform/disks.ts';
import type { ImageComponents } from './components.ts';

export interface ImageRecipeProps {
  readonly stage: string;
  readonly parentImage: string;
  readonly components: Pick<ImageComponents, 'configurations' | 'versions'>;
}

/** Parent image, components and disks. The keyserver trusts images of this recipe's name. */
export class ImageRecipe extends Construct {
  readonly recipeArn: string;

  constructor(scope: Construct, id: string, { stage, parentImage, components }: ImageRecipeProps) {
    super(scope, id);
    const content = {
      parentImage,
      components: [...components.configurations],
      // The blank disk goes into the image, so that the instance that Image Builder tests it on has one.
      blockDeviceMappings: blockDevices(MIN_DATA_DISK_GIB),
      additionalInstanceConfiguration: { systemsManagerAgent: { uninstallAfterBuild: false } },
    };
    // The ARN of a component is a reference here, which says nothing of its version.
    const versioned = { content: Stack.of(this).resolve(content) as unknown, versions: components.versions };
    const recipe = new CfnImageRecipe(this, 'Recipe', {
      ...content,
      name: names(stage).imageRecipe,
      version: contentVersion(JSON.stringify(versioned)),
      description: `Sealroot ${stage}: encrypted root`,
      tags: { [TAGS.stage]: stage },
    });
    this.recipeArn = recipe.attrArn;
  }
}
