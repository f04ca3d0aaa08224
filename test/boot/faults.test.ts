import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpRequest, HttpResponse } from '../../local/engine/contracts/http.ts';
import type { Intercept, Vm } from '../../local/services/ec2/service.ts';
import { es256Signer } from '../../protocol/jose/jws.ts';
import type { ReleaseRequest, ReleaseResponse } from '../../protocol/release.ts';
import { ConsoleReader, guest, luksOf, waitUntilUp } from './support/console.ts';
import { flipBit, forgeRelease, strangersKey } from './support/forgery.ts';
import { MachineRoom, type Secrets } from './support/machine-room.ts';

/** One instance, started again for each fault: what is wrong with the answer changes, that it waits does not. */
describe('when the answer cannot be trusted or does not come', () => {
  const marker = `SEALROOT-MARKER-${randomBytes(16).toString('hex')}`;
  let room: MachineRoom;
  let vm: Vm;
  let luks: string;
  let secrets: Secrets;

  const isUpWithItsFile = async (): Promise<void> => {
    await waitUntilUp(vm);
    expect(await guest(vm, 'cat /var/lib/marker')).toBe(marker);
    const { leaks, control } = await room.leaks(vm, marker, secrets);
    expect(control).toEqual(['label']);
    expect(leaks).toEqual([]);
  };
  const bootWith = async (intercept: Intercept): Promise<ConsoleReader> => {
    await vm.powerOff();
    const screen = await ConsoleReader.here(vm);
    vm.intercept = intercept;
    await vm.boot();
    return screen;
  };

  beforeAll(async () => {
    room = await MachineRoom.open('faults');
    vm = await room.launch();
    await waitUntilUp(vm);
    luks = await luksOf(vm);
    secrets = await room.secrets(vm, luks);
    await guest(vm, `printf %s ${marker} >/var/lib/marker && sync`);
  });
  afterAll(async () => {
    await room.close();
  });

  it('waits while the keyserver is unreachable, and comes up once it is back', async () => {
    const screen = await bootWith(() => Promise.resolve('drop'));
    await screen.waitFor(/sealroot: keyserver unreachable/);
    expect(await screen.text()).not.toContain('the root is encrypted');
    vm.intercept = undefined;
    await isUpWithItsFile();
  });

  it('discards each wrong answer, says why, and opens with the right one', async () => {
    let old: HttpResponse | undefined;
    // Signed by the key that the image pins: genuine in everything but what it says.
    const genuine = es256Signer(room.kmsKey('signing').privateKey());
    const itself = { instance: vm.id, luks };
    const wrong: Wrong[] = [
      { says: 'signature does not verify', answer: (_, good) => change(good, flipBit) },
      {
        says: 'signature of the delegation does not verify',
        answer: async (request, good) =>
          replace(good, await forgeRelease(strangersKey(), parsed(request), itself)),
      },
      { says: 'nonce is not ours', answer: (_, good) => old ?? good },
      {
        says: 'for another volume',
        answer: async (request, good) =>
          replace(good, await forgeRelease(genuine, parsed(request), { ...itself, volume: 'data-other' })),
      },
      {
        says: 'for another instance',
        answer: async (request, good) =>
          replace(good, await forgeRelease(genuine, parsed(request), { ...itself, instance: 'i-00000000' })),
      },
    ];
    let turn = 0;
    const screen = await bootWith(async (request, forward) => {
      const good = await forward();
      if (!request.path.endsWith('/release') || good.status !== 200) return good;
      const current = wrong[turn];
      const answer = current === undefined ? good : await current.answer(request, good);
      old ??= good;
      return answer;
    });
    for (const { says } of wrong) {
      await screen.waitFor(new RegExp(`sealroot: answer discarded: ${says}`));
      expect(await screen.text()).not.toContain('the root is encrypted');
      turn += 1;
    }
    await isUpWithItsFile();
    vm.intercept = undefined;
  });

  it('never boots while its volume is revoked, and boots again after it is restored', async () => {
    const revoked = await room.sealroot('keys', 'revoke', luks, '--yes');
    expect(revoked).toMatchObject({ status: 0 });
    let refusals = 0;
    const screen = await bootWith(async (_, forward) => {
      const response = await forward();
      if (response.status === 403) refusals += 1;
      return response;
    });
    await screen.waitFor(/sealroot: refused by the keyserver/);
    while (refusals < 3) await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await screen.text()).not.toContain('the root is encrypted');
    expect((await room.sealroot('keys', 'restore', luks)).status).toBe(0);
    await isUpWithItsFile();
  });

  it('comes up when the power fails in the middle of the first copy', async () => {
    const other = await room.launch();
    const screen = ConsoleReader.start(other);
    const [, volume = ''] = await screen.waitFor(/sealroot: new volume ([0-9a-f-]{36})/);
    await screen.waitFor(/sealroot: copied \d+ percent/);
    await other.powerCut();
    await other.boot();
    await waitUntilUp(other);
    expect(await luksOf(other)).toBe(volume);
    await guest(other, 'dmesg --level=err,crit,alert,emerg | grep -i ext4 && exit 1; exit 0');
    const { leaks, control } = await room.leaks(other, marker, await room.secrets(other, volume));
    expect(control).toEqual(['label']);
    expect(leaks).toEqual([]);
  });
});

interface Wrong {
  /** The console's words. */
  readonly says: string;
  readonly answer: (request: HttpRequest, good: HttpResponse) => HttpResponse | Promise<HttpResponse>;
}

function parsed(request: HttpRequest): ReleaseRequest {
  return JSON.parse(request.body.toString('utf8')) as ReleaseRequest;
}

function replace(good: HttpResponse, body: ReleaseResponse): HttpResponse {
  const bytes = Buffer.from(JSON.stringify(body));
  return { ...good, headers: { ...good.headers, 'content-length': String(bytes.length) }, body: bytes };
}

function change(good: HttpResponse, by: (response: ReleaseResponse) => ReleaseResponse): HttpResponse {
  return replace(good, by(JSON.parse(good.body.toString('utf8')) as ReleaseResponse));
}
