import { execFileSync } from 'node:child_process';
import { LocalCloud } from '../../../local/cloud.ts';
import { provideImage } from './image.ts';
import { ASSEMBLY, BASE } from './machine-room.ts';

/** Synthesizes, starts a local cloud, and bakes the image that every scenario boots; what is there already is kept. */
export default async function globalSetup(): Promise<void> {
  execFileSync('npx', ['cdk', 'synth', '--quiet', '--output', ASSEMBLY], { stdio: 'inherit' });
  const cloud = await LocalCloud.start({ assembly: ASSEMBLY, state: BASE });
  try {
    await provideImage(cloud);
  } finally {
    await cloud.stop();
  }
}
