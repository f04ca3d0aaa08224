/**
 * The half of the bake that needs root. Started by `bake.ts` in mount and process namespaces of its own:
 * mounts and processes end with it, even when it is killed.
 *
 *   node --import tsx local/bake/root.ts PLAN.json
 */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { IMAGE_FILES } from '../engine/image-record.ts';
import { unpackBase } from './base.ts';
import { Chroot } from './chroot.ts';
import { makeDisk } from './disk.ts';
import { parseDocument, type ComponentDocument } from './document.ts';
import { runPhase } from './execute.ts';
import type { BakePlan } from './plan.ts';
import { must } from './process.ts';
import { imageFile, writeImageRecord } from './record.ts';
import { Stages } from './stages.ts';

/** Files that serve the bake on this machine and are taken out of the image. */
const ONLY_WHILE_BAKING = ['usr/sbin/policy-rc.d', 'etc/apt/apt.conf.d/00bake'];

async function bake(plan: BakePlan): Promise<void> {
  const stages = new Stages((line) => {
    console.log(line);
    appendFileSync(plan.log, `${line}\n`);
  });
  await must(['rm', '-rf', '--one-file-system', plan.work]);
  mkdirSync(plan.work, { recursive: true, mode: 0o700 });
  const tree = path.join(plan.work, 'tree');
  const result = path.join(plan.work, 'image');
  mkdirSync(result);

  const documents = plan.documents.map((text) => parseDocument(text));
  const chroot = new Chroot({
    tree,
    downloads: plan.downloads,
    environment: plan.environment,
    log: plan.log,
  });
  const [first, ...rest] = documents;
  if (first === undefined) throw new Error('the recipe has no components');

  await unpackBase(plan, first, tree, chroot, stages);
  copyFileSync('/etc/resolv.conf', path.join(tree, 'etc/resolv.conf'));
  writeFileSync(path.join(tree, 'etc/hosts'), ['127.0.0.1 localhost', ...plan.hosts, ''].join('\n'));
  const bare = statSync(imageFile(tree, IMAGE_FILES.initrd)).size;
  await chroot.mounted(async () => {
    for (const document of rest) await build(document, chroot, stages);
    await stages.run('validating', async () => {
      for (const document of documents) await runPhase(document, 'validate', chroot);
    });
  });

  for (const file of ONLY_WHILE_BAKING) rmSync(path.join(tree, file), { force: true });
  writeFileSync(path.join(tree, 'etc/resolv.conf'), '');
  for (const name of [IMAGE_FILES.kernel, IMAGE_FILES.initrd])
    copyFileSync(imageFile(tree, name), path.join(result, name));
  const complete = statSync(path.join(result, IMAGE_FILES.initrd)).size;
  await stages.run('making the disk', () => makeDisk(tree, path.join(result, IMAGE_FILES.disk), plan.work));
  writeImageRecord(result, plan, { initrd: { bytes: complete, bareBytes: bare }, stages: stages.times });
  publish(result, plan);
}

async function build(document: ComponentDocument, chroot: Chroot, stages: Stages): Promise<void> {
  if (!document.phases.has('build')) return;
  await stages.run(`component ${document.name}`, () => runPhase(document, 'build', chroot));
}

/** Gives the files to the user who asked and moves the directory into place whole. */
function publish(result: string, plan: BakePlan): void {
  const { uid, gid } = plan.owner;
  for (const name of readdirSync(result)) {
    chownSync(path.join(result, name), uid, gid);
    chmodSync(path.join(result, name), 0o600);
  }
  chownSync(result, uid, gid);
  chmodSync(result, 0o700);
  rmSync(plan.image, { recursive: true, force: true });
  renameSync(result, plan.image);
}

process.umask(0o022);
// Process 1 of a namespace, as this one is, ignores a signal without a handler.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as BakePlan;
try {
  await bake(plan);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  // A mount that was left is not followed.
  await must(['rm', '-rf', '--one-file-system', plan.work]);
}
