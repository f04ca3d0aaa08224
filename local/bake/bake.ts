import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAssembly } from '../engine/assembly/assembly.ts';
import type { HttpRequest, HttpResponse } from '../engine/contracts/http.ts';
import type { Resources } from '../engine/contracts/resources.ts';
import { IMAGE_FILES } from '../engine/image-record.ts';
import { privateDirectory } from '../engine/state.ts';
import { ensureAuthority } from '../vm/endpoint/certificate-authority.ts';
import { NETWORK } from '../vm/qemu/argv.ts';
import { serveBuildRole } from './build-role.ts';
import { namesOfEndpoint } from './endpoint-names.ts';
import { cloudInitKey, parentKey } from './layers.ts';
import { bakeHash, imageIdOf, sourcesOf, type BakeInputs, type BakePlan } from './plan.ts';
import { readRecipe, type Recipe } from './recipe.ts';

const ROOT_HALF = fileURLToPath(new URL('root.ts', import.meta.url));
/** Program that starts the root half in mount and process namespaces of its own: nothing stays mounted or running after it. */
const NAMESPACES = [
  'unshare',
  '--mount',
  '--propagation',
  'private',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
];

/** The services of AWS that build steps use. */
export interface BuildServices {
  /** Endpoint of KMS. */
  readonly endpoint: string;
  /** IMDS of a build instance with this role. */
  buildMetadata(role: string): (request: HttpRequest) => HttpResponse;
}

/** An image that the templates describe, made or not. */
export interface PlannedImage {
  readonly id: string;
  /** `.sealroot/images/<id>`. */
  readonly directory: string;
  readonly ready: boolean;
  readonly recipe: Recipe;
  readonly inputs: BakeInputs;
  readonly hash: string;
  readonly cloudInit: boolean;
}

/**
 * Reads from the assembly what would be baked, and whether that was done already.
 *
 * @param cloudInit whether the parent image has cloud-init, as AMIs do; it makes for a slow first boot.
 */
export async function planImage(
  assembly: string,
  state: string,
  resources: Resources,
  { cloudInit = false }: { readonly cloudInit?: boolean } = {},
): Promise<PlannedImage> {
  const { account, region, assets } = readAssembly(assembly);
  const recipe = readRecipe(resources);
  const downloads: Record<string, string> = {};
  for (const source of sourcesOf(recipe.documents)) {
    const key = new URL(source).pathname.slice(1);
    const file = assets.get(key);
    if (file === undefined) throw new Error(`the cloud assembly has no asset for ${source}`);
    downloads[source] = file;
  }
  const inputs: BakeInputs = {
    recipe: { name: recipe.name, version: recipe.version },
    documents: recipe.documents,
    downloads,
    authority: readFileSync(await ensureAuthority(state), 'utf8'),
    hosts: namesOfEndpoint(resources, recipe).map((name) => `${NETWORK.endpoint} ${name}`),
    tags: recipe.tags,
    blockDevices: recipe.blockDevices,
    arnPrefix: `arn:aws:imagebuilder:${region}:${account}:image/${recipe.name}`,
  };
  const parent = await parentKey();
  const hash = await bakeHash(inputs, cloudInit ? cloudInitKey(parent) : parent);
  const id = imageIdOf(hash);
  const directory = path.join(state, 'images', id);
  const ready = existsSync(path.join(directory, IMAGE_FILES.record));
  return { id, directory, ready, recipe, inputs, hash, cloudInit };
}

/**
 * Bakes an image, through sudo unless this is root. Prints its progress.
 *
 * @throws Error when a step fails; the log says more.
 */
export async function bake(image: PlannedImage, state: string, services: BuildServices): Promise<void> {
  const log = path.join(privateDirectory(path.join(state, 'logs')), 'bake.log');
  mkdirSync(path.dirname(image.directory), { recursive: true, mode: 0o700 });
  writeFileSync(log, '', { mode: 0o600 });
  const { buildRole } = image.recipe;
  const metadata = await serveBuildRole(services.buildMetadata(buildRole));
  const plan: BakePlan = {
    ...image.inputs,
    hash: image.hash,
    imageId: image.id,
    cloudInit: image.cloudInit,
    cache: path.join(state, 'cache', 'layers'),
    work: path.join(state, 'bake'),
    image: image.directory,
    log,
    environment: {
      AWS_ENDPOINT_URL_KMS: services.endpoint,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.endpoint,
    },
    owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
  };
  const file = path.join(state, 'bake-plan.json');
  writeFileSync(file, JSON.stringify(plan), { mode: 0o600 });
  try {
    await asRoot(
      [...NAMESPACES, process.execPath, '--import', import.meta.resolve('tsx'), ROOT_HALF, file],
      log,
    );
  } finally {
    rmSync(file, { force: true });
    await metadata.stop();
  }
}

function asRoot(argv: readonly string[], log: string): Promise<void> {
  const [program = '', ...args] = process.getuid?.() === 0 ? argv : ['sudo', '--', ...argv];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    // Ctrl-C reaches the child as well; what is left to do here is to wait for it to clean up.
    const ignore = (): void => undefined;
    process.on('SIGINT', ignore);
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('SIGINT', ignore);
      if (code === 0) resolve();
      else
        reject(
          new Error(code === 130 ? 'interrupted' : `the image could not be baked; the whole log is ${log}`),
        );
    });
  });
}
