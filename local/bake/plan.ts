import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ImageDevice } from '../engine/contracts/services.ts';
import { parseDocument } from './document.ts';

/** Everything that goes into an image. Whatever changes one byte of it gives another image. */
export interface BakeInputs {
  readonly recipe: { readonly name: string; readonly version: string };
  /** Component documents with their parameters filled in, in order. */
  readonly documents: readonly string[];
  /** Files by `s3://BUCKET/KEY`, as the documents name them. */
  readonly downloads: Readonly<Record<string, string>>;
  /** Certificate of the authority that vouches for the local endpoint, PEM. */
  readonly authority: string;
  /** Lines of /etc/hosts. */
  readonly hosts: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly blockDevices: readonly ImageDevice[];
  readonly arnPrefix: string;
}

/** Input of the root half of the bake, as JSON: it reads no state and knows no key. */
export interface BakePlan extends BakeInputs {
  readonly hash: string;
  readonly imageId: string;
  /** Whether the parent has cloud-init, as AMIs do. */
  readonly cloudInit: boolean;
  /** Cached parents and layers. */
  readonly cache: string;
  /** Scratch; removed at the end. */
  readonly work: string;
  /** Path that the image directory is moved to, whole, at the very end. */
  readonly image: string;
  readonly log: string;
  /** Variables for the chroot that stand in for AWS: where IMDS and KMS are. */
  readonly environment: Readonly<Record<string, string>>;
  /** Owner of the result. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

/** Raised when the bake itself changes what it makes of the same inputs. */
const BAKE_VERSION = 1;

/**
 * Hash of all inputs and of the parent's recipe, hex.
 *
 * @param parent key of the parent image.
 */
export async function bakeHash(inputs: BakeInputs, parent: string): Promise<string> {
  const downloads: Record<string, string> = {};
  for (const [source, file] of Object.entries(inputs.downloads).sort())
    downloads[source] = await fileHash(file);
  const { recipe, documents, authority, hosts, tags, blockDevices, arnPrefix } = inputs;
  const all = {
    version: BAKE_VERSION,
    parent,
    recipe,
    documents,
    downloads,
    authority,
    hosts,
    tags,
    blockDevices,
    arnPrefix,
  };
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** EC2 image id that follows from the hash, so that the same inputs are the same image. */
export const imageIdOf = (hash: string): string => `ami-${hash.slice(0, 17)}`;

/** Every S3 object that the documents download. */
export function sourcesOf(documents: readonly string[]): string[] {
  const sources = documents
    .flatMap((text) => [...parseDocument(text).phases.values()].flat())
    .flatMap((step) => (step.action === 'S3Download' ? step.downloads.map(({ source }) => source) : []));
  return [...new Set(sources)];
}

async function fileHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
