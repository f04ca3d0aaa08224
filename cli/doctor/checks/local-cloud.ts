import { notChecked, ok, warning, type Check, type Finding } from '../finding.ts';
import type { Kvm, Machine } from '../machine/machine.ts';

/** Port of the local cloud unless it is told otherwise. */
const PORT = 4599;

export const portCheck: Check<Pick<Machine, 'localCloud' | 'portIsFree'>> = {
  name: 'port',
  about: 'the local cloud',
  look: async ({ localCloud, portIsFree }) => {
    const endpoint = localCloud();
    if (endpoint !== undefined) return [ok(`It runs, at ${endpoint}.`)];
    if (await portIsFree(PORT)) return [ok(`It does not run; its port ${PORT} is free.`)];
    return [
      warning(
        `It does not run, and something else listens on its port ${PORT}: it will take another.`,
        'See what does: ss -ltnp sport = :4599',
      ),
    ];
  },
};

export const leftoversCheck: Check<Pick<Machine, 'localCloud' | 'machines'>> = {
  name: 'leftovers',
  about: 'virtual machines',
  look: ({ localCloud, machines }) => {
    const ids = machines();
    if (ids.length === 0) return [ok('None of the local cloud run.')];
    if (localCloud() !== undefined) return [ok(`${ids.length} of the local cloud run.`)];
    return [
      warning(
        `${ids.length} run although the local cloud that started them does not: process ${ids.join(', ')}.`,
        (suggest) =>
          `Have it find them again, or stop them with it: ${suggest('local up')}, ${suggest('local down')}`,
      ),
    ];
  },
};

export const kvmCheck: Check<Pick<Machine, 'kvm'>> = {
  name: 'kvm',
  about: 'hardware virtualization',
  look: async ({ kvm }) => [FOUND[await kvm()]],
};

const SLOW = 'Instances are emulated: a boot takes about a minute.';

const FOUND: Readonly<Record<Kvm, Finding>> = {
  works: ok('KVM boots a kernel.'),
  'no device': warning(
    `There is no /dev/kvm. ${SLOW}`,
    'Turn virtualization on in the firmware, or nested virtualization in the host.',
  ),
  'not allowed': warning(
    `/dev/kvm is there, and this user may not use it. ${SLOW}`,
    'Join the group kvm: sudo usermod -aG kvm $USER, then log in again',
  ),
  fails: warning(
    `/dev/kvm is there, and a kernel does not boot under it in some seconds. ${SLOW}`,
    'Nothing has to be done. Nested virtualization often ends like this.',
  ),
  'no kernel': notChecked('There is no kernel to try KVM with yet.', 'Bake an image: npm start'),
  'no qemu': notChecked('Without QEMU there is nothing to try KVM with.', 'npm start installs it.'),
};
