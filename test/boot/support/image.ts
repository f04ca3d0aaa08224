import { bake, planImage } from '../../../local/bake/bake.ts';
import type { LocalCloud } from '../../../local/cloud.ts';
import { names } from '../../../protocol/names.ts';
import { ASSEMBLY, BASE, STAGE } from './machine-room.ts';

/** Makes an image of the base the one that this cloud launches; it is baked unless it is there already. */
export async function provideImage(
  cloud: LocalCloud,
  parent: { readonly cloudInit?: boolean } = {},
): Promise<void> {
  const image = await planImage(ASSEMBLY, BASE, cloud.resources, parent);
  if (!image.ready) await bake(image, BASE, cloud);
  cloud.setParameter(names(STAGE).amiParameter, image.id);
}
