import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AwsError } from '../../engine/contracts/errors.ts';
import type { ImageDevice } from '../../engine/contracts/services.ts';
import { IMAGE_FILES, type ImageRecord } from '../../engine/image-record.ts';
import { privateDirectory, StateFile } from '../../engine/state.ts';
import type { Architecture } from './instance-types.ts';

const ROOT_ALONE: readonly ImageDevice[] = [{ device: '/dev/sda1', encrypted: true }];

export interface Image extends ImageRecord {
  readonly architecture: Architecture;
  readonly blockDevices: readonly ImageDevice[];
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  /** GiB, rounded up. */
  readonly size: number;
}

/** The machine images of a state directory: `images/AMI-ID/`. */
export class Images {
  readonly #directory: string;

  constructor(state: string) {
    this.#directory = privateDirectory(join(state, 'images'));
  }

  /**
   * Takes an image in. A directory elsewhere is moved here, so it has to be on the same filesystem. An `image.json` without an
   * id gets one that follows from its content.
   *
   * @returns the AMI id.
   * @throws Error naming the file that is missing.
   */
  register(directory: string): string {
    for (const file of Object.values(IMAGE_FILES)) {
      if (!existsSync(join(directory, file)))
        throw new Error(`not an image: ${join(directory, file)} is missing`);
    }
    const text = readFileSync(join(directory, IMAGE_FILES.record), 'utf8');
    const record = JSON.parse(text) as Partial<ImageRecord>;
    const id = record.id ?? `ami-${createHash('sha256').update(text).digest('hex').slice(0, 17)}`;
    if (!/^ami-[0-9a-f]{17}$/.test(id)) throw new Error(`not an AMI id: ${id}`);
    if (record.id === undefined)
      new StateFile<unknown>(directory, IMAGE_FILES.record, {}).write({ id, ...record });
    const home = join(this.#directory, id);
    if (resolve(directory) !== home) {
      if (existsSync(home)) throw new Error(`${id} is registered already`);
      renameSync(directory, home);
    }
    return id;
  }

  /** @throws AwsError InvalidAMIID.NotFound */
  get(id: string): Image {
    if (!/^ami-[0-9a-f]+$/.test(id)) throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}"`);
    const image = this.#read(id);
    if (image === undefined)
      throw new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
    return image;
  }

  all(): readonly Image[] {
    return readdirSync(this.#directory)
      .filter((name) => name.startsWith('ami-'))
      .flatMap((id) => this.#read(id) ?? [])
      .sort((a, b) => a.created.localeCompare(b.created));
  }

  setTags(id: string, tags: Readonly<Record<string, string>>): void {
    const file = new StateFile<Partial<ImageRecord>>(join(this.#directory, id), IMAGE_FILES.record, {});
    file.write({ ...file.read(), tags });
  }

  #read(id: string): Image | undefined {
    const file = (name: string): string => join(this.#directory, id, name);
    if (!existsSync(file(IMAGE_FILES.record)) || !existsSync(file(IMAGE_FILES.disk))) return undefined;
    return {
      architecture: 'x86_64',
      blockDevices: ROOT_ALONE,
      ...(JSON.parse(readFileSync(file(IMAGE_FILES.record), 'utf8')) as ImageRecord),
      id,
      disk: file(IMAGE_FILES.disk),
      kernel: file(IMAGE_FILES.kernel),
      initrd: file(IMAGE_FILES.initrd),
      size: Math.ceil(statSync(file(IMAGE_FILES.disk)).size / 2 ** 30),
    };
  }
}
