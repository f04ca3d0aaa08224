import { bake, planImage } from '../../../local/bake/bake.ts';
import type { LocalCloud } from '../../../local/engine/cloud.ts';
import { names } from '../../../protocol/names.ts';
import { ASSEMBLY, BASE, STAGE } from './machine-room.ts';

/** Makes an image of the base the one that this cloud launches; it is baked unless it is there already. */
export async function provideImage(
  cloud: LocalCloud,
  parent: { readonly cloudInit?: boolean } = {},
): Promise<void> {
  const image = await planImage(ASSEMBLY, BASE, cloud.resources, parent);
  if (!image.ready) {
    const { endpoint, identities } = cloud;
    await bake(image, BASE, {
      endpoint,
      credentials: (role) => identities.issue(role, 'i-00000000000000000'),
    });
  }
  cloud.setParameter(names(STAGE).amiParameter, image.id);
}
