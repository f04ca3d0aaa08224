import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Chroot } from './chroot.ts';
import type { ComponentDocument } from './document.ts';
import { runPhase } from './execute.ts';
import { chainKey, CLOUD_INIT_SCRIPT, cloudInitKey, Layers, PARENT_SCRIPT, parentKey } from './layers.ts';
import type { BakePlan } from './plan.ts';
import { must } from './process.ts';
import type { Stages } from './stages.ts';

const AUTHORITY = 'usr/local/share/ca-certificates/sealroot-local.crt';

/**
 * Makes the tree that all other components build on: the parent image with what the first component installs, which
 * takes the longest and changes least; so what it leaves is kept, and used again.
 */
export async function unpackBase(
  plan: BakePlan,
  first: ComponentDocument,
  tree: string,
  chroot: Chroot,
  stages: Stages,
): Promise<void> {
  const layers = new Layers(plan.cache);
  const parent = await parentKey();
  const packaged = chainKey(parent, plan.documents[0] ?? '', plan.authority);
  // cloud-init comes after the packages, though an AMI has it before: that component waits for its first boot to end,
  // which never begins in a chroot.
  const complete = cloudInitKey(packaged);
  if (plan.cloudInit && layers.has('cloud-init', complete)) {
    await stages.run('unpacking the parent image, its packages and cloud-init', () =>
      layers.restore('cloud-init', complete, tree),
    );
    return;
  }
  if (layers.has('packages', packaged)) {
    await stages.run('unpacking the parent image and its packages', () =>
      layers.restore('packages', packaged, tree),
    );
  } else {
    await unpackParent(plan, layers, parent, tree, stages);
    await stages.run('trusting the local authority', () => trust(tree, plan));
    await chroot.mounted(() => stages.run(`component ${first.name}`, () => runPhase(first, 'build', chroot)));
    await stages.run('keeping the parent image and its packages', () =>
      layers.save('packages', packaged, tree),
    );
  }
  if (!plan.cloudInit) return;
  await stages.run('adding cloud-init', async () => {
    await chroot.mounted(() => must(['sh', CLOUD_INIT_SCRIPT, tree], { log: plan.log }));
    await layers.save('cloud-init', complete, tree);
  });
}

async function unpackParent(
  plan: BakePlan,
  layers: Layers,
  key: string,
  tree: string,
  stages: Stages,
): Promise<void> {
  if (layers.has('parent', key)) {
    await stages.run('unpacking the parent image', () => layers.restore('parent', key, tree));
    return;
  }
  await stages.run('building a parent image with debootstrap (some minutes, once)', async () => {
    await must(['sh', PARENT_SCRIPT, tree], { log: plan.log });
    await layers.save('parent', key, tree);
  });
}

async function trust(tree: string, plan: BakePlan): Promise<void> {
  mkdirSync(path.join(tree, path.dirname(AUTHORITY)), { recursive: true });
  writeFileSync(path.join(tree, AUTHORITY), plan.authority, { mode: 0o644 });
  await must(['chroot', tree, '/usr/sbin/update-ca-certificates'], { log: plan.log });
}
