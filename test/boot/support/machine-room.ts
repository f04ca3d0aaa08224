import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { LocalCloud } from '../../../local/cloud.ts';
import type { Ec2Service, Vm } from '../../../local/services/ec2/service.ts';
import { decryptRsa, unseal } from '../../../local/services/kms/cryptography.ts';
import { KmsKeys, type KmsKey } from '../../../local/services/kms/keys.ts';
import { accessRoleName, type AccessRole } from '../../../protocol/access.ts';
import { names } from '../../../protocol/names.ts';
import { searchDisk } from './disk-search.ts';

export const STAGE = 'dev';
/** Made by the global setup: a baked image, and the keys that it trusts. */
export const BASE = path.resolve('.sealroot/boot/base');
export const ASSEMBLY = path.resolve('.sealroot/boot/cdk.out');

const MINUTE = 60_000;
/** Emulated machines on a busy host: long enough that only a boot that hangs reaches it. */
export const BOOT_MS = 8 * MINUTE;

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Secrets that must never be found in clear outside of a running instance. */
export interface Secrets {
  readonly diskKey: Buffer;
  readonly recovery: string;
}

/**
 * A local cloud of its own for one file of tests: the keys and the image of the base, and tables, instances and logs
 * that nobody else touches. So files can run side by side.
 */
export class MachineRoom {
  readonly cloud: LocalCloud;
  readonly ec2: Ec2Service;
  readonly state: string;

  private constructor(cloud: LocalCloud, state: string) {
    this.cloud = cloud;
    this.ec2 = cloud.ec2;
    this.state = state;
  }

  static async open(name: string): Promise<MachineRoom> {
    const state = path.resolve('.sealroot/boot', name);
    rmSync(state, { recursive: true, force: true });
    const own = ['images', 'instances', 'dynamodb', 'logs', 'cache', 'bake', 'daemon.json'];
    const isShared = (source: string): boolean => !own.includes(path.relative(BASE, source));
    cpSync(BASE, state, { recursive: true, filter: isShared, preserveTimestamps: true });
    symlinkSync(path.join(BASE, 'images'), path.join(state, 'images'));
    mkdirSync(path.join(state, 'logs'), { mode: 0o700 });
    return new MachineRoom(await LocalCloud.start({ assembly: ASSEMBLY, state }), state);
  }

  close(): Promise<void> {
    return this.cloud.stop();
  }

  /**
   * An image that differs in its kernel command line only, as an AMI with other boot loader settings would. Its
   * directory is this room's own.
   */
  imageWith(argument: string): string {
    const ami = this.cloud.parameter(names(STAGE).amiParameter) ?? '';
    const from = path.join(BASE, 'images', ami);
    const id = `ami-${Buffer.from(argument).toString('hex').padEnd(17, '0').slice(-17)}`;
    rmSync(path.join(this.state, 'images'));
    const directory = path.join(this.state, 'images', id);
    mkdirSync(directory, { recursive: true });
    for (const file of ['disk.raw', 'vmlinuz', 'initrd.img'])
      symlinkSync(path.join(from, file), path.join(directory, file));
    const image = JSON.parse(readFileSync(path.join(from, 'image.json'), 'utf8')) as { cmdline: string };
    writeFileSync(
      path.join(directory, 'image.json'),
      JSON.stringify({ ...image, id, cmdline: `${image.cmdline} ${argument}` }),
    );
    this.cloud.setParameter(names(STAGE).amiParameter, id);
    return id;
  }

  /** The command line that a person would use, against this cloud, logged in with the role that it takes. */
  sealroot(...args: string[]): Promise<Ran> {
    return this.sealrootAs(roleFor(args), ...args);
  }

  sealrootAs(role: AccessRole, ...args: string[]): Promise<Ran> {
    const session = this.cloud.environment(accessRoleName(STAGE, this.cloud.region, role));
    const env = { ...process.env, ...session, NO_COLOR: '1' };
    return new Promise((resolve) => {
      execFile(process.execPath, ['bin/sealroot.js', ...args], { env }, (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ status, stdout, stderr });
      });
    });
  }

  async launch(): Promise<Vm> {
    const { status, stdout, stderr } = await this.sealroot('launch', '--json');
    if (status !== 0) throw new Error(`launch: ${stderr}`);
    const id = /i-[0-9a-f]{17}/.exec(stdout)?.[0];
    if (id === undefined) throw new Error(`launch printed no instance id: ${stdout}`);
    return this.ec2.vm(id);
  }

  /** The keys of a volume, opened with the material of KMS itself: no policy lets an operator do that. */
  async secrets(vm: Vm, luks: string): Promise<Secrets> {
    const { endpoint, region } = this.cloud;
    const { accessKeyId, secretAccessKey } = this.cloud.identities.operator();
    const table = this.table('Keyserver');
    const { Item: item } = await new DynamoDBClient({
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
    }).send(new GetItemCommand({ TableName: table, Key: { pk: { S: `volume#${luks}` } } }));
    const attribute = (name: string): Buffer => Buffer.from(item?.[name]?.S ?? '', 'base64url');
    const context = { app: 'sealroot', stage: STAGE, volume: luks, instance: vm.id };
    const recovery = decryptRsa(this.kmsKey('recovery'), attribute('recovery'), 'RSAES_OAEP_SHA_256');
    return {
      diskKey: unseal(this.kmsKey('seal'), attribute('sealed'), context),
      recovery: recovery.toString('ascii'),
    };
  }

  /** A KMS key by what its alias says after the stage: `seal`, `signing`, `recovery`. */
  kmsKey(use: string): KmsKey {
    return new KmsKeys(this.state, this.cloud, this.cloud.resources).find(`alias/sealroot-${STAGE}-${use}`);
  }

  /** Name of the only table of a stack. */
  table(stack: string): string {
    const tables = this.cloud.resources.ofType('AWS::DynamoDB::Table');
    const [table, ...more] = tables.filter((each) => each.stack === `Sealroot-${STAGE}-${stack}`);
    if (table === undefined || more.length > 0) throw new Error(`not one table in stack ${stack}`);
    return table.physicalId;
  }

  /**
   * Searches every disk of an instance, its console and the logs of the functions.
   *
   * @param marker one text, or several by what they are.
   * @returns `WHERE: WHAT` for everything that should not be there; and `control` is what should: proof that the
   * search finds what lies in clear on the boot disk.
   */
  async leaks(
    vm: Vm,
    marker: string | Readonly<Record<string, string>>,
    secrets?: Secrets,
  ): Promise<{ leaks: string[]; control: string[] }> {
    const texts = Object.entries(typeof marker === 'string' ? { marker } : marker);
    const needles = new Map<string, Buffer>(texts.map(([what, text]) => [what, Buffer.from(text)]));
    if (secrets !== undefined) {
      const { diskKey, recovery } = secrets;
      needles.set('disk key', diskKey);
      needles.set('disk key in base64url', Buffer.from(diskKey.toString('base64url')));
      needles.set('disk key in hex', Buffer.from(diskKey.toString('hex')));
      needles.set('half of the disk key', diskKey.subarray(0, 32));
      needles.set('recovery passphrase', Buffer.from(recovery.replaceAll('-', '')));
    }
    const control = new Map([['label', Buffer.from('cloudimg-rootfs')]]);
    const leaks = [vm.bootDisk, ...vm.dataDisks].flatMap((disk) =>
      searchDisk(disk, needles).map((what) => `${path.basename(disk)}: ${what}`),
    );
    const logs = new Map([['console', await vm.consoleLog()]]);
    for (const name of ['keyserver', 'operator', 'preseed']) {
      const file = this.functionLog(name);
      if (file !== undefined) logs.set(path.basename(file), readFileSync(file, 'latin1'));
    }
    for (const [where, text] of logs) {
      for (const [what, needle] of needles) {
        if (text.includes(needle.toString('latin1'))) leaks.push(`${where}: ${what}`);
      }
    }
    return { leaks, control: searchDisk(vm.bootDisk, control) };
  }

  /** Records of a service, in order. */
  audit(service: string): Record<string, unknown>[] {
    const file = this.functionLog(service);
    const lines = file === undefined ? [] : readFileSync(file, 'utf8').split('\n');
    const records = lines.filter((line) => line.startsWith('{"audit"'));
    return records.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  private functionLog(service: string): string | undefined {
    const found = this.cloud.resources
      .ofType('AWS::Lambda::Function')
      .find(({ physicalId }) => physicalId.toLowerCase().includes(service));
    const file = path.join(this.state, 'logs', `${found?.physicalId ?? ''}.log`);
    return existsSync(file) ? file : undefined;
  }
}

const DECISIONS = ['approve', 'deny', 'revoke', 'restore', 'recover', 'destroy', 'keep', 'resolve'];

/** A custodian decides; an operator does all else. */
function roleFor([, word = '']: readonly string[]): AccessRole {
  return DECISIONS.includes(word) ? 'custodian' : 'operator';
}
