import { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';
import { MIN_DATA_DISK_GIB } from '../fleet/config.ts';
import { blockDevices } from '../platform/disks.ts';
import type { StackLink } from '../platform/stack-link.ts';
import type { ImageComponents } from './components.ts';
import { ImmutableRecipe } from './immutable.ts';

export interface ImageRecipeProps {
  readonly stage: string;
  readonly parentImage: string;
  /** Key that EC2 encrypts the image's snapshots under. @default - the account's default key for EBS */
  readonly kmsKeyArn?: string | undefined;
  readonly components: Pick<ImageComponents, 'configurations' | 'versions'>;
  /** Links to other stacks, whose values are among the components' parameters. */
  readonly links: readonly Pick<StackLink<unknown>, 'origin'>[];
}

/** Parent image, components and disks. The keyserver trusts images of this recipe's name. */
export class ImageRecipe extends Construct {
  readonly recipeArn: string;

  constructor(scope: Construct, id: string, props: ImageRecipeProps) {
    super(scope, id);
    const { stage, parentImage, kmsKeyArn, components, links } = props;
    const recipe = new ImmutableRecipe(this, 'Recipe', {
      name: names(stage).imageRecipe,
      description: `Sealroot ${stage}: encrypted root`,
      parentImage,
      components: [...components.configurations],
      componentVersions: components.versions,
      origins: () => links.map((link) => link.origin()),
      // The blank disk goes into the image, so that the instance that Image Builder tests it on has one.
      blockDeviceMappings: blockDevices(MIN_DATA_DISK_GIB, kmsKeyArn),
      additionalInstanceConfiguration: { systemsManagerAgent: { uninstallAfterBuild: false } },
      tags: { [TAGS.stage]: stage },
    });
    this.recipeArn = recipe.attrArn;
  }
}
