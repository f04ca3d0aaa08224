import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Vm } from '../../local/services/ec2/service.ts';
import { testImage } from '../../local/bake/boot-test.ts';
import { readRecipe, type Recipe } from '../../local/bake/recipe.ts';
import { ConsoleReader, guest, luksOf, waitUntilUp } from './support/console.ts';
import { MachineRoom, type Secrets } from './support/machine-room.ts';

/** One instance through its life: each test goes on from where the last one left it. */
describe('an instance with a persistent encrypted root', () => {
  const marker = `SEALROOT-MARKER-${randomBytes(16).toString('hex')}`;
  let room: MachineRoom;
  let vm: Vm;
  let luks: string;
  let secrets: Secrets;

  const nothingLeaked = async (): Promise<void> => {
    const { leaks, control } = await room.leaks(vm, marker, secrets);
    expect(control).toEqual(['label']);
    expect(leaks).toEqual([]);
  };
  const fileIsThere = async (): Promise<void> => {
    expect(await guest(vm, 'cat /var/lib/marker')).toBe(marker);
    expect(await luksOf(vm)).toBe(luks);
  };

  beforeAll(async () => {
    room = await MachineRoom.open('persistent');
  });
  afterAll(async () => {
    await room.close();
  });

  it('provisions at its first boot, and runs from the mapped device', async () => {
    vm = await room.launch();
    await ConsoleReader.start(vm).waitFor(/sealroot: new volume [0-9a-f-]{36}/);
    await waitUntilUp(vm);
    luks = await luksOf(vm);
    secrets = await room.secrets(vm, luks);
    expect(await guest(vm, 'dmsetup table sealroot-root')).toMatch(/ crypt aes-xts-plain64 /);
    await guest(vm, `printf %s ${marker} >/var/lib/marker && sync`);
    await nothingLeaked();
  });

  it('passes the test phase of its own image components', async () => {
    const { documents } = readRecipe(room.cloud.resources);
    const reports = await testImage(documents, vm);
    expect(reports.length).toBeGreaterThan(0);
  });

  it('has a recovery key that opens the disk without the keyserver', () => {
    const typed = secrets.recovery.replaceAll('-', '');
    const open = (passphrase: string): void => {
      const args = ['open', '--test-passphrase', '--key-slot', '1', '--key-file', '-', vm.dataDisks[0] ?? ''];
      execFileSync('cryptsetup', args, { input: passphrase, stdio: ['pipe', 'ignore', 'ignore'] });
    };
    expect(() => {
      open(typed);
    }).not.toThrow();
    expect(() => {
      open(`${typed.slice(0, -1)}!`);
    }).toThrow();
  });

  it('gives no key to an ordinary user, even one who has got the credentials of its role', async () => {
    const recipe = readRecipe(room.cloud.resources);
    const { status } = await vm.run(askAsUser(recipe, luks), { user: 'ubuntu' });
    expect(status).not.toBe(0);
    // An image without this guard would have it so.
    await guest(vm, 'nft delete table inet sealroot_imds');
    const answer = await guest(vm, askAsUser(recipe, luks), 'ubuntu');
    // The same call without a LUKS id is how a blank disk enrols.
    const enrol = await guest(vm, askAsUser(recipe), 'ubuntu');
    expect([answer, enrol].map((text) => text.split('\n').at(-1))).toEqual(['202', '202']);
    expect(answer + enrol).not.toContain('envelope');
    const { stdout } = await room.sealroot('keys', 'list', '--json');
    expect(stdout).toContain('no-ticket');
    expect(stdout).toContain('re-enrolment');
    await nothingLeaked();
  });

  it('after a reboot has its files and its volume id', async () => {
    const screen = await ConsoleReader.here(vm);
    await room.sealroot('reboot', vm.id);
    await screen.waitFor(/sealroot: the root is encrypted \(unlock/);
    await waitUntilUp(vm);
    await fileIsThere();
    expect(await screen.text()).not.toContain('new volume');
    await nothingLeaked();
  });

  it('boots after a power cut between the answer and the writing of the next ticket', async () => {
    await vm.powerOff();
    let answered: () => void = () => undefined;
    const answer = new Promise<void>((resolve) => (answered = resolve));
    vm.intercept = async (request, forward) => {
      const response = await forward();
      if (request.path.endsWith('/release') && response.status === 200) answered();
      // The keyserver has answered and made the ticket current; the instance never sees it.
      return 'hang';
    };
    await vm.boot();
    await answer;
    await vm.powerCut();
    vm.intercept = undefined;
    await vm.boot();
    await waitUntilUp(vm);
    await fileIsThere();
    await nothingLeaked();
  });

  it('is held as pending when its disk is set back, until a custodian approves', async () => {
    await vm.powerOff();
    const disk = vm.dataDisks[0] ?? '';
    const earlier = `${disk}.earlier`;
    copySparse(disk, earlier);
    for (let boots = 0; boots < 2; boots++) {
      await vm.boot();
      await waitUntilUp(vm);
      await vm.powerOff();
    }
    copySparse(earlier, disk);
    const screen = await ConsoleReader.here(vm);
    await vm.boot();
    const [, request = ''] = await screen.waitFor(
      /sealroot: waiting for approval \(request ([0-9a-f]{16})\)/,
    );
    const shown = await room.sealroot('keys', 'show', request, '--json');
    expect(shown.stdout).toContain('stale-ticket');
    expect(await screen.text()).not.toContain('the root is encrypted');
    const approved = await room.sealroot('keys', 'approve', request.slice(0, 8));
    expect(approved).toMatchObject({ status: 0 });
    await waitUntilUp(vm);
    await fileIsThere();
    await nothingLeaked();
  });
});

/** A disk of many GiB, of which little is in use, as it is: its holes stay holes. */
function copySparse(from: string, to: string): void {
  execFileSync('cp', ['--sparse=always', '--', from, to]);
}

/** A release request as an ordinary user can make it: credentials from IMDS, a key pair of his own, no ticket. */
function askAsUser({ endpoint, endpointAddresses: [address = ''] }: Recipe, luks?: string): string {
  return `set -e
d=$(mktemp -d) && cd "$d"
t=$(curl -sS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
md() { curl -sS -H "X-aws-ec2-metadata-token: $t" "http://169.254.169.254/latest/meta-data/$1"; }
role=$(md iam/security-credentials/)
md "iam/security-credentials/$role" >c.json
g() { jose fmt -j c.json -g "$1" -u-; }
printf 'user = "%s:%s"\\nheader = "x-amz-security-token: %s"\\n' "$(g AccessKeyId)" "$(g SecretAccessKey)" "$(g Token)" >curl.conf
jose jwk gen -i '{"kty":"EC","crv":"P-256"}' -o k.jwk
epk=$(jose jwk pub -i k.jwk -o-)
nonce=$(head -c 32 /dev/urandom | jose b64 enc -I-)
printf '{"v":1,"volume":"root",${luks === undefined ? '' : `"luks":"${luks}",`}"nonce":"%s","boot":"%s","epk":%s}' "$nonce" "$(cat /proc/sys/kernel/random/boot_id)" "$epk" >r.json
curl -sS -K curl.conf --aws-sigv4 aws:amz:us-east-1:execute-api -H 'Content-Type: application/json' --data-binary @r.json --connect-to ::${address}:443 -w '\\n%{http_code}' ${endpoint}/v1/release`;
}
