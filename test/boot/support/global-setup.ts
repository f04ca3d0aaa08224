import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { LocalCloud } from '../../../local/cloud.ts';
import { provideImage } from './image.ts';
import { ASSEMBLY, BASE } from './machine-room.ts';

/**
 * The parent image that `npm start` built, which takes a minute or more, as a layer of the base too. Its key says
 * whether it is of use.
 */
function takeParent(): void {
  if (process.getuid?.() !== 0) return; // layers are root's, who bakes
  const own = path.join(BASE, 'cache/layers');
  const layers = path.resolve('.sealroot/cache/layers');
  for (const name of existsSync(layers) ? readdirSync(layers) : []) {
    if (!name.startsWith('parent-') || !name.endsWith('.tar.zst') || existsSync(path.join(own, name)))
      continue;
    mkdirSync(own, { recursive: true, mode: 0o700 });
    linkSync(path.join(layers, name), path.join(own, name));
  }
}

/** Synthesizes, starts a local cloud, and bakes the image that every scenario boots; what is there already is kept. */
export default async function globalSetup(): Promise<void> {
  takeParent();
  execFileSync('node_modules/.bin/cdk', ['synth', '--quiet', '--output', ASSEMBLY], { stdio: 'inherit' });
  const cloud = await LocalCloud.start({ assembly: ASSEMBLY, state: BASE });
  try {
    await provideImage(cloud);
  } finally {
    await cloud.stop();
  }
}
