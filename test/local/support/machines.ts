import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LocalCloud } from '../../../local/cloud.ts';
import type { Ec2Options } from '../../../local/services/ec2/service.ts';
import { readRecipe } from '../../../local/bake/recipe.ts';

/** Virtual machines that do nothing but run: for tests of what an instance's request meets. */
export const idleMachines: Ec2Options = {
  accelerator: { name: 'tcg', arguments: [] } as unknown as NonNullable<Ec2Options['accelerator']>,
  launcher: {
    launch: async () => {
      let end: () => void = () => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      return {
        pid: process.pid,
        ended,
        onReset: undefined,
        pressPowerButton: async () => end(),
        reset: async () => undefined,
        kill: async () => end(),
        release: () => undefined,
      };
    },
    adopt: async () => undefined,
  },
};

/** Registers an image with nothing in it, as if the pipeline of this recipe had made it. @returns its AMI id. */
export function emptyImage(
  cloud: LocalCloud,
  recipe: string,
  tags: Readonly<Record<string, string>> = readRecipe(cloud.resources).tags,
): string {
  const directory = path.join(cloud.state, 'empty-image');
  mkdirSync(directory);
  const image = {
    name: 'empty',
    created: new Date().toISOString(),
    cmdline: 'ro',
    tags: {
      ...tags,
      Ec2ImageBuilderArn: `arn:aws:imagebuilder:${cloud.region}:${cloud.account}:image/${recipe}/1.0.0/1`,
    },
  };
  writeFileSync(path.join(directory, 'image.json'), JSON.stringify(image));
  for (const name of ['disk.raw', 'vmlinuz', 'initrd.img'])
    writeFileSync(path.join(directory, name), '\0'.repeat(4096));
  return cloud.ec2.registerImage(directory);
}
