import { problem, ok, warning, notChecked, type Check, type Finding } from '../finding.ts';
import type { Machine } from '../machine/machine.ts';

/** Oldest Node that works; package.json says the same in `engines`. */
const OLDEST = [20, 19] as const;
/** Node that the AWS SDK asks for from January 2027. */
const NEXT = 22;

export const nodeCheck: Check<Pick<Machine, 'node'>> = {
  name: 'node',
  about: 'Node',
  look: ({ node }) => {
    const [major = 0, minor = 0] = node.split('.').map(Number);
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
      return [problem(`${node} is too old: ${OLDEST.join('.')} is needed.`, 'Install Node 24.')];
    if (major < NEXT)
      return [warning(`${node} works; the AWS SDK ends its support in January 2027.`, 'Install Node 24.')];
    return [ok(`${node}.`)];
  },
};

/** Purposes of the local cloud: `npm start` and the boot tests. */
const LOCAL = ['bake', 'boot'];

export const programsCheck: Check<Pick<Machine, 'packages' | 'has'>> = {
  name: 'programs',
  about: 'programs',
  look: async ({ packages, has }) => {
    const all = await packages();
    if (all === undefined) return [ok('The packaged command line needs none besides Node.')];
    const lacking = all.filter(({ gives }) => !gives.every(has));
    const forLocal = lacking.filter((each) => each.for.some((purpose) => LOCAL.includes(purpose)));
    const others = lacking.filter((each) => !forLocal.includes(each));
    return [
      ...missing(forLocal, 'npm start', 'the local cloud'),
      ...missing(others, 'npm test', 'the checks and tests'),
      ...(lacking.length === 0 ? [ok(`All ${all.length} packages are there.`)] : []),
    ];
  },
};

/** A warning and no problem, because the command that needs them installs them, where it may. */
function missing(
  lacking: readonly { readonly name: string; readonly why: string }[],
  by: string,
  what: string,
): Finding[] {
  if (lacking.length === 0) return [];
  const names = lacking.map(({ name, why }) => `${name} (${why})`).join(', ');
  return [
    warning(
      `Missing for ${what}: ${names}.`,
      `${by} installs them, or: apt-get install ${lacking.map(({ name }) => name).join(' ')}`,
    ),
  ];
}

const GIB = 1024 ** 3;
/**
 * On an empty Debian 12, `npm start` took 2.2 GiB of disk (base system, layers, image, an instance) and at most 1.5 GiB of
 * memory; the boot tests after it brought the disk to 5.1 GiB.
 */
const DISK = { needed: 3 * GIB, comfortable: 6 * GIB };
const MEMORY = { needed: 1.5 * GIB, comfortable: 3 * GIB };

export const diskSpaceCheck: Check<Pick<Machine, 'freeDisk'>> = {
  name: 'disk-space',
  about: 'disk space',
  look: ({ freeDisk }) => [
    measured(freeDisk(), DISK, 'free', 'Make room: old images and instances are in .sealroot/ of the clone.'),
  ],
};

export const memoryCheck: Check<Pick<Machine, 'availableMemory'>> = {
  name: 'memory',
  about: 'memory',
  look: ({ availableMemory }) => {
    const bytes = availableMemory();
    if (bytes === undefined) return [notChecked('This system does not say how much is available.')];
    return [
      measured(bytes, MEMORY, 'available', 'Stop something: an instance of the local cloud takes 1 GiB.'),
    ];
  },
};

function measured(
  bytes: number,
  { needed, comfortable }: { readonly needed: number; readonly comfortable: number },
  word: string,
  advice: string,
): Finding {
  const gib = (amount: number) => `${(amount / GIB).toFixed(1)} GiB`;
  const says = `${gib(bytes)} ${word}`;
  if (bytes < needed) return problem(`${says}; baking and booting takes ${gib(needed)}.`, advice);
  if (bytes < comfortable) return warning(`${says}: enough for one instance, not for several.`, advice);
  return ok(`${says}.`);
}
