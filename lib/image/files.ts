import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { inPackage } from '../platform/root.ts';
import { deterministicTarGz } from './tar.ts';

/** Files that components install in an image: the initramfs client, the agent and their library, as one archive in S3. */
export class ImageFiles extends Construct {
  readonly asset: Asset;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const folder = mkdtempSync(join(tmpdir(), 'sealroot-files-'));
    const path = join(folder, 'files.tar.gz');
    writeFileSync(path, deterministicTarGz(inPackage('image-builder'), ['agent', 'initramfs', 'lib']));
    // The CDK copies it into the cloud assembly at once.
    this.asset = new Asset(this, 'Archive', { path });
    rmSync(folder, { recursive: true });
  }
}
