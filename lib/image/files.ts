import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { deterministicTarGz } from './tar.ts';

/** What components install in an image: the initramfs client and the agent, as one archive in S3. */
export class ImageFiles extends Construct {
  readonly asset: Asset;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const folder = mkdtempSync(join(tmpdir(), 'sealroot-files-'));
    const path = join(folder, 'files.tar.gz');
    writeFileSync(path, deterministicTarGz(resolve('image-builder'), ['agent', 'initramfs']));
    // The CDK copies it into the cloud assembly at once.
    this.asset = new Asset(this, 'Archive', { path });
    rmSync(folder, { recursive: true });
  }
}
