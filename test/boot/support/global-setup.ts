import { execFileSync } from 'node:child_process';
import { bake, planImage } from '../../../local/bake/bake.ts';
import { LocalCloud } from '../../../local/cloud.ts';
import { names } from '../../../protocol/names.ts';
import { ASSEMBLY, BASE, STAGE } from './machine-room.ts';

/** Synthesizes, starts a local cloud, and bakes the image that every scenario boots; what is there already is kept. */
export default async function globalSetup(): Promise<void> {
  execFileSync('npx', ['cdk', 'synth', '--quiet', '--output', ASSEMBLY], { stdio: 'inherit' });
  const cloud = await LocalCloud.start({ assembly: ASSEMBLY, state: BASE });
  try {
    const image = await planImage(ASSEMBLY, BASE, cloud.resources);
    if (!image.ready) {
      const { endpoint, identities } = cloud;
      await bake(image, BASE, {
        endpoint,
        credentials: (role) => identities.issue(role, 'i-00000000000000000'),
      });
    }
    cloud.ec2.registerImage(image.directory);
    cloud.setParameter(names(STAGE).amiParameter, image.id);
  } finally {
    await cloud.stop();
  }
}
