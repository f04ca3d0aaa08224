import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { bake, type PlannedImage } from '../bake/bake.ts';
import { LocalCloud } from '../cloud.ts';
import { readAssembly } from '../engine/assembly/assembly.ts';
import { PhysicalIds } from '../engine/assembly/physical-ids.ts';
import { AssemblyResources } from '../engine/assembly/resources.ts';
import { environmentFile } from '../engine/environment-file.ts';
import { holderOf } from '../engine/lock.ts';
import { Instances } from '../services/ec2/service.ts';
import { storedParameter } from '../services/ssm/service.ts';
import { localCloud } from './programs.ts';

/** A clone's cloud assembly on the local cloud with its state directory, whether that runs or not. */
export class LocalDeployment {
  private readonly assembly: string;
  private readonly state: string;

  constructor(assembly: string, state: string) {
    this.assembly = assembly;
    this.state = state;
  }

  /** Resources as the daemon sees them, whether it runs or not. */
  resources(): AssemblyResources {
    return new AssemblyResources(readAssembly(this.assembly), new PhysicalIds(this.state));
  }

  /** Whether it runs, and runs what was synthesized last. */
  isCurrent(): boolean {
    const file = this.digestFile();
    const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return holderOf(this.state) !== undefined && known === this.digest();
  }

  isRunning(): boolean {
    return holderOf(this.state) !== undefined;
  }

  async down(): Promise<void> {
    await localCloud('down', '--state', this.state);
  }

  async up(): Promise<string> {
    await localCloud('up', '--detach', '--assembly', this.assembly, '--state', this.state);
    writeFileSync(this.digestFile(), this.digest(), { mode: 0o600 });
    return this.endpoint();
  }

  endpoint(): string {
    return holderOf(this.state)?.endpoint ?? '';
  }

  /** Bakes with a cloud of its own for as long as that takes: the build steps ask KMS for a public key. */
  async bake(image: PlannedImage): Promise<void> {
    const cloud = await LocalCloud.start({ assembly: this.assembly, state: this.state });
    try {
      await bake(image, this.state, cloud);
      for (const name of image.recipe.ssmParameters) cloud.setParameter(name, image.id);
    } finally {
      await cloud.stop();
    }
    this.removeImagesExcept(image.id);
  }

  /** An image takes some 400 MB. One that an instance was launched from holds what its disk builds on. */
  private removeImagesExcept(id: string): void {
    const used = new Set(new Instances(this.state).all().map(({ imageId }) => imageId));
    const directory = path.join(this.state, 'images');
    for (const name of readdirSync(directory)) {
      if (name !== id && !used.has(name)) rmSync(path.join(directory, name), { recursive: true });
    }
  }

  /**
   * Names the image in its SSM parameters, as Image Builder's distribution does at the end. With the state itself
   * where that can be: Image Builder has rights of its own, and the local operator may have given some away.
   */
  async publish(image: PlannedImage): Promise<void> {
    const names = image.recipe.ssmParameters.filter((name) => storedParameter(this.state, name) !== image.id);
    if (names.length === 0) return;
    if (this.isRunning()) {
      await this.putParameters(names, image.id);
      return;
    }
    const cloud = await LocalCloud.start({ assembly: this.assembly, state: this.state });
    for (const name of names) cloud.setParameter(name, image.id);
    await cloud.stop('leave');
  }

  private async putParameters(names: readonly string[], Value: string): Promise<void> {
    const environment = environmentFile(this.state).read();
    if (environment === undefined) throw new Error(`${this.state} has no environment of a local cloud`);
    const ssm = new SSMClient({
      endpoint: this.endpoint(),
      region: environment.AWS_REGION,
      credentials: {
        accessKeyId: environment.AWS_ACCESS_KEY_ID,
        secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
      },
    });
    const value = { Value, Type: 'String', DataType: 'aws:ec2:image', Overwrite: true } as const;
    for (const Name of names) await ssm.send(new PutParameterCommand({ Name, ...value }));
  }

  private digestFile(): string {
    return path.join(this.state, 'assembly.sha256');
  }

  /** Digest of everything in the assembly that the daemon reads at its start. Assets are named by their content. */
  private digest(): string {
    const hash = createHash('sha256');
    for (const name of readdirSync(this.assembly).sort()) {
      if (/\.(template|assets)\.json$/.test(name))
        hash.update(name).update(readFileSync(path.join(this.assembly, name)));
    }
    return hash.digest('hex');
  }
}
