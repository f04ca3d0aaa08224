import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Vm } from '../../local/services/ec2/service.ts';
import { ConsoleReader, guest, waitUntilUp } from './support/console.ts';
import { MachineRoom } from './support/machine-room.ts';

describe('an instance with a volatile encrypted root', () => {
  const marker = `SEALROOT-MARKER-${randomBytes(16).toString('hex')}`;
  let room: MachineRoom;
  let vm: Vm;
  let firstKey: string;

  /** Of the master key as the kernel holds it: compared, never shown. */
  const keyHash = (): Promise<string> => guest(vm, 'dmsetup table --showkeys sealroot-root | sha256sum');

  beforeAll(async () => {
    room = await MachineRoom.open('volatile');
    room.imageWith('sealroot.preset=volatile');
    vm = await room.launch();
  });
  afterAll(async () => {
    await room.close();
  });

  it('boots without the keyserver', async () => {
    let asked = 0;
    vm.intercept = () => {
      asked += 1;
      return Promise.resolve('drop');
    };
    await ConsoleReader.start(vm).waitFor(/sealroot: the root is encrypted \(volatile\)/);
    await waitUntilUp(vm);
    expect(asked).toBe(0);
    expect(await guest(vm, 'dmsetup table sealroot-root')).toMatch(/ crypt aes-xts-plain64 /);
    firstKey = await keyHash();
    await guest(vm, `printf %s ${marker} >/var/lib/marker && sync`);
  });

  it('after a reboot has another key, and the file is gone', async () => {
    const screen = await ConsoleReader.here(vm);
    await vm.reboot();
    await screen.waitFor(/sealroot: the root is encrypted \(volatile\)/);
    await waitUntilUp(vm);
    expect(await keyHash()).not.toBe(firstKey);
    expect(await guest(vm, 'ls /var/lib')).not.toContain('marker');
    const { leaks, control } = await room.leaks(vm, marker);
    expect(control).toEqual(['label']);
    expect(leaks).toEqual([]);
  });
});
