import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Vm } from '../../local/services/ec2/service.ts';
import type { Server } from '../../protocol/server.ts';
import { ConsoleReader, guest, waitUntilUp } from './support/console.ts';
import { provideImage } from './support/image.ts';
import { BOOT_MS, MachineRoom } from './support/machine-room.ts';

const USER_DATA = `#cloud-config
write_files:
  - path: /etc/from-cloud-config
    permissions: '0640'
    content: |
      as it was written
runcmd:
  - cat /var/lib/app-name >>/var/lib/cloud-config-ran
`;
/** Says what it found there, too. */
const SCRIPT = `#!/bin/sh
. /etc/inithooks.conf
printf %s "$APP_NAME" >/var/lib/app-name
cat /etc/from-cloud-config >/var/lib/app-saw
systemctl is-active ssh.service >>/var/lib/app-saw
echo ran >>/var/lib/app-ran
`;

/** On an AMI there is cloud-init, which reads the same user-data: each does its own part. */
describe('an instance with cloud-init and a SERVER_ID', () => {
  let room: MachineRoom;
  let server: string;
  let vm: Vm;

  const cli = async (...words: string[]): Promise<string> => {
    const { status, stdout, stderr } = await room.sealroot(...words);
    if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const monotonic = async (unit: string, stamp: string): Promise<number> =>
    Number(await guest(vm, `systemctl show --value -p ${stamp}TimestampMonotonic ${unit}`));
  /** The last of its stages comes after everything else. */
  const cloudInit = async (): Promise<string> => {
    const { stdout } = await vm.run('cloud-init status --wait --long', { timeoutMs: BOOT_MS });
    return stdout;
  };
  const troubles = (): Promise<string> =>
    guest(
      vm,
      "systemctl --failed --plain --no-legend; journalctl -b -t systemd --no-pager | grep -i 'ordering cycle' || :",
    );

  beforeAll(async () => {
    room = await MachineRoom.open('cloud-init');
    await provideImage(room.cloud, { cloudInit: true });
    const folder = mkdtempSync(join(tmpdir(), 'sealroot-cloud-init-'));
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    server = await cli('preseed', 'create', '--for', 'web-1');
    const script = file('script', SCRIPT);
    await cli('preseed', 'send', server, 'APP_NAME=shop', 'HOSTNAME=web-1', '--script', script);
    const userData = file('user-data', USER_DATA);
    const launched = await cli('launch', '--server-id', server, '--user-data', userData);
    vm = room.ec2.vm(launched.split('\n')[0] ?? '');
    await ConsoleReader.start(vm).waitFor(/sealroot: preseed: configured as srv-/);
    await waitUntilUp(vm);
  });
  afterAll(async () => {
    await room.close();
  });

  it('has done what its cloud-config says, once', async () => {
    const said = await cloudInit();
    expect(said).toContain('status: done');
    expect(said).toContain('DataSourceEc2');
    expect(await guest(vm, 'cat /etc/from-cloud-config; stat -c %a /etc/from-cloud-config')).toBe(
      'as it was written\n640',
    );
    // Its commands run last, and find what was sent.
    expect(await guest(vm, 'cat /var/lib/cloud-config-ran')).toBe('shop');
  });

  it('has applied what was sent to it, once', async () => {
    const { state, messages = [] } = JSON.parse(await cli('preseed', 'status', server, '--json')) as Server;
    expect(state).toBe('finished');
    expect(messages.map(({ type, state: way }) => [type, way])).toEqual([
      ['inithooks', 'applied'],
      ['script', 'applied'],
    ]);
    expect(await guest(vm, 'cat /var/lib/app-name')).toBe('shop');
    expect(await guest(vm, 'cat /var/lib/app-ran')).toBe('ran');
    expect(await guest(vm, 'hostname')).toBe('web-1');
  });

  it('was configured after the network stage of cloud-init, and before SSH and the commands of its last stage', async () => {
    expect(await guest(vm, 'cat /var/lib/app-saw')).toBe('as it was written\ninactive');
    // cloud-init 24.3 gave its network stage another name; Debian 12 has the former.
    const before =
      (await monotonic('cloud-init-network.service', 'ActiveEnter')) ||
      (await monotonic('cloud-init.service', 'ActiveEnter'));
    const begin = await monotonic('sealroot-preseed.service', 'ExecMainStart');
    const end = await monotonic('sealroot-preseed.service', 'ExecMainExit');
    expect(before).toBeGreaterThan(0);
    expect(begin).toBeGreaterThanOrEqual(before);
    expect(end).toBeGreaterThan(begin);
    expect(await monotonic('ssh.service', 'InactiveExit')).toBeGreaterThanOrEqual(end);
    expect(await monotonic('cloud-final.service', 'ExecMainStart')).toBeGreaterThanOrEqual(end);
    expect(await guest(vm, 'systemctl is-active ssh.service')).toBe('active');
  });

  it('has told the operator of the host key that cloud-init made', async () => {
    const { hostKeys } = JSON.parse(await cli('preseed', 'status', server, '--json')) as Server;
    const made = await guest(vm, 'for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done');
    expect(hostKeys.map(({ fingerprint }) => fingerprint)).toEqual(
      made.split('\n').map((line) => line.split(' ')[1]),
    );
  });

  it('has no failed unit, and none that waits for itself', async () => {
    expect(await troubles()).toBe('');
  });

  it('does none of it again in the next boot, where only root reaches the metadata service', async () => {
    await vm.reboot();
    await waitUntilUp(vm);
    expect(await cloudInit()).toContain('status: done');
    expect(await guest(vm, 'cat /var/lib/cloud-config-ran')).toBe('shop');
    expect(await guest(vm, 'cat /var/lib/app-ran')).toBe('ran');
    expect(await guest(vm, 'hostname')).toBe('web-1');
    expect(await guest(vm, 'systemctl is-active ssh.service')).toBe('active');
    const peek = await vm.run('curl -sS -m 5 http://169.254.169.254/', { user: 'ubuntu' });
    expect(peek.status).not.toBe(0);
    expect(await troubles()).toBe('');
  });
});
