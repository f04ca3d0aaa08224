import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { locate } from '../../../setup/debian-packages.mjs';
import { PACKAGES, PURPOSES } from '../../../setup/packages.mjs';
import {
  commandsOfImage,
  openCommands,
  undeclared,
  uses,
  type Use,
} from '../../../setup/programs/project.ts';
import { shellCalls } from '../../../setup/programs/shell.ts';
import { programsStarted } from '../../../setup/programs/typescript.ts';

const MINUTE = 60_000;

describe('what the repository starts', () => {
  let found: Use[] = [];
  beforeAll(() => {
    found = uses();
  }, 2 * MINUTE);
  const named = (): Set<string> =>
    new Set(found.map(({ program = '' }) => program.replace(/^\/(usr\/)?s?bin\//, '')));

  it('is declared in setup/packages.mjs, for what it is started for', () => {
    expect(undeclared(found, PACKAGES)).toEqual([
      // The person at the terminal names these programs.
      expect.stringMatching(/^cli\/login\/code\.ts:\d+: known only when it runs$/),
      expect.stringMatching(/^cli\/login\/command\.ts:\d+: known only when it runs$/),
      // A Node, whichever of the supported ones.
      expect.stringMatching(/^setup\/jest-run\.ts:\d+: known only when it runs$/),
      // Tests of what is built here: an app of somebody's own, the set-up of a newcomer, a shell's completion.
      expect.stringMatching(/^test\/infra\/own-app\.test\.ts:\d+: known only when it runs$/),
      expect.stringMatching(/^test\/newcomer\/privilege\.test\.ts:\d+: known only when it runs$/),
      expect.stringMatching(/^test\/unit\/cli\/completion\.test\.ts:\d+: known only when it runs$/),
      expect.stringMatching(/^test\/unit\/cli\/completion\.test\.ts:\d+: known only when it runs$/),
    ]);
  });

  it('is missed as soon as it is not declared', () => {
    const programs = PACKAGES.flatMap(({ gives }) => gives).filter((program) => named().has(program));
    expect(programs.length).toBeGreaterThan(50);
    for (const program of programs) {
      const without = PACKAGES.map((each) => ({
        ...each,
        gives: each.gives.filter((gives) => gives !== program),
      }));
      expect(undeclared(found, without).join('\n')).toMatch(
        new RegExp(`: (/usr)?(/s?bin/)?${program}$`, 'm'),
      );
    }
  });

  it('is all that is declared, with what is started on its behalf', () => {
    const onBehalf: Record<string, string> = {
      gzip: 'tar',
      busybox: 'the second shell of the shell tests, by an environment variable',
      nl: 'bats',
      pkill: 'bats',
      ps: 'bats',
      socat: 'QEMU',
      uniq: 'bats',
      zstd: 'tar',
    };
    // The shell tests run scripts of the image, here.
    const known = new Set([...named(), ...commandsOfImage(), ...Object.keys(onBehalf)]);
    const programs = PACKAGES.flatMap(({ gives }) => gives).filter((gives) => !path.isAbsolute(gives));
    expect(programs.filter((program) => !known.has(program))).toEqual([]);
  });

  it('is named where it is started, but for the shell under test and what a function is given', () => {
    const words = openCommands().map((each) => each.replace(/^.*: /, ''));
    const underTest = /^\$\{SEALROOT_TEST_SH:-(da)?sh\}$/;
    expect(words.filter((word) => !underTest.test(word)).sort()).toEqual([
      '"$@"', // .ci/run: a job's command, in the background
      '"$@"', // .ci/steps.sh: a step's command
      '"$@"', // setup/bare-root.sh: a command line of its own, after setpriv and unshare
      '"$@"', // test/shell/preseed.bash: what setsid was given, the shell under test
      '"$program"', // test/shell/preseed.bats: each program of a list
      '"$run"', // .ci/run: the function that runs a job, here or on a bare machine
      '$shell', // test/shell/preseed.bats: the shells of a list
    ]);
  });

  it('is node in the commands of package.json and cdk.json, or bash: nothing is looked for before them', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const { app } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { app: string };
    const started = [...Object.values(scripts), app].flatMap((script) => [
      ...shellCalls(script, 'sh').commands,
    ]);
    expect([...new Set(started)].sort()).toEqual(['bash', 'node']);
  });
});

describe('where dpkg installs packages', () => {
  it('every program belongs to the package that is declared for it', () => {
    // Debian and Ubuntu, which the packages are declared for, have it; elsewhere nobody knows whose a file is.
    if (locate('dpkg-query') === undefined) {
      expect(existsSync('/etc/debian_version')).toBe(false);
      return;
    }
    const programs = PACKAGES.flatMap(({ name, gives }) =>
      // Those of other purposes than this test's may be missing.
      gives.flatMap((each) => (locate(each) === undefined ? [] : [{ name, file: locate(each)! }])),
    );
    expect(programs.length).toBeGreaterThan(50);
    const owners = packagesOf(programs.flatMap(({ file }) => namesOf(file)));
    const wrong = programs.filter(
      ({ name, file }) => !namesOf(file).some((each) => owners.get(each)?.includes(name)),
    );
    expect(wrong).toEqual([]);
  });
});

/** A path with those its link points to, one after the other: the declared directory's, Debian's alternatives. */
const linkedPaths = (file: string): string[] =>
  lstatSync(file).isSymbolicLink()
    ? [file, ...linkedPaths(path.resolve(path.dirname(file), readlinkSync(file)))]
    : [file, realpathSync(file)];

/** A file in a directory that was merged into /usr has two names in dpkg's records, and one that is a link more. */
const namesOf = (file: string): string[] => {
  const names = linkedPaths(file).map((each) => each.replace(/^(?=\/s?bin\/)/, '/usr'));
  return names.flatMap((each) => [each, each.replace(/^\/usr(?=\/s?bin\/)/, '')]);
};

/** Packages by file, as dpkg-query says: `PACKAGE[:ARCHITECTURE], ...: FILE`. */
function packagesOf(files: readonly string[]): Map<string, string[]> {
  const { stdout } = spawnSync('dpkg-query', ['--search', '--', ...new Set(files)], { encoding: 'utf8' });
  const lines = stdout.split('\n').flatMap((line) => {
    const match = /^(?!diversion )(.+): (\/.*)$/.exec(line);
    return match === null
      ? []
      : [[match[2]!, match[1]!.split(', ').map((name) => name.replace(/:.*/, ''))] as const];
  });
  return new Map(lines);
}

describe('when TypeScript starts programs', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'sealroot-programs-'));
  afterAll(() => rmSync(root, { recursive: true }));

  /** Programs and scripts that a source starts, each once. */
  const started = (source: string): (string | undefined)[] => {
    const file = path.join(root, 'source.ts');
    writeFileSync(
      file,
      `import { execFile, execSync, fork, spawn as start } from 'node:child_process';\n${source}`,
    );
    return [...new Set(programsStarted(root, [file]).map(({ program, script }) => program ?? script))];
  };

  it.each([
    ["start('a', []); execFile(`b`, ['x'], () => {}); fork('worker.js');", ['a', 'b', 'node']],
    ["const NAME = 'a'; start(process.execPath); start(NAME as string);", ['node', 'a']],
    ["declare const yes: boolean; start(yes ? 'a' : 'b');", ['a', 'b']],
    ["const [program = '', ...words] = ['a', 'b']; start(program, words);", ['a']],
    [
      "start('/usr/bin/env', ['-u', 'X', 'Y=1', 'sudo', '-n', 'timeout', '-k', '1', '5', 'a', 'b']);",
      ['/usr/bin/env', 'sudo', 'timeout', 'a'],
    ],
    ["execSync('a | b');", ['/bin/sh', 'a | b']],
    ["declare const x: string; start('sh', ['-euc', `a ${x}`]);", ['sh', 'a $X']],
    ['declare const name: string; start(`node_modules/.bin/${name}`);', ['node_modules/.bin/*']],
    [
      "const again = (): string[] => (Math.random() ? again() : ['a']); start('sudo', again());",
      ['sudo', undefined, 'a'],
    ],
    ["start('chroot', ['tree', 'of-the-image']);", ['chroot']],
  ])('%s', (source, expected) => {
    expect(started(source)).toEqual(expected);
  });

  it('finds them at the callers of a function, however it is reached', () => {
    const library = `
      const run = (argv: readonly string[]) => { const [program = '', ...args] = argv; return start(program, args); };
      const asRoot = (argv: readonly string[]) => run(['sudo', '--', ...argv]);
      asRoot(['a']);
      interface World { go(program: string, ...words: string[]): unknown }
      const world: World = { go: (program, ...words) => start(program, words) };
      const { go: proceed } = world;
      proceed('b', 'c');
      world.go('env', 'd');
      const must = (...argv: string[]) => run(argv);
      must('e', 'f');`;
    expect(started(library).sort()).toEqual(['a', 'b', 'd', 'e', 'env', 'sudo']);
  });

  it.each([
    ['what a caller elsewhere decides', 'export const run = (program: string) => start(program);'],
    [
      'a callback',
      'declare const later: (run: (name: string) => void) => void; later((name) => start(name));',
    ],
    ['a function that is handed on', 'declare const use: (run: unknown) => void; use(start);'],
    ['what is computed', "start(['a', 'b'].sort()[0] + 'c');"],
  ])('says that it does not know: %s', (_, source) => {
    expect(started(source)).toContain(undefined);
  });

  it.each(["import child from 'node:child_process';", "const child = await import('child_process');"])(
    'refuses what it cannot follow: %s',
    (source) => {
      expect(() => started(source)).toThrow(/import names of node:child_process/);
    },
  );
});

describe('when a shell script calls programs', () => {
  const calls = (script: string): string[] => [...shellCalls(script, 'bash').commands].sort();

  it.each([
    ['a | b && { c; } || (d); x=$(e); for i in $(f); do g; done', ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
    ['[ "$(a)" ] && ! b; case $(c) in x) d ;; esac', ['[', 'a', 'b', 'c', 'd']],
    ["trap 'a; b' EXIT", ['a', 'b', 'trap']],
    ['setsid -w timeout 5 a b', ['a', 'setsid', 'timeout']],
    ['sh -c \'a "$(b)"\' sh c', ['a', 'b', 'sh']],
    ['chroot tree a', ['chroot']],
    ['cat <<END\n$(a)\nb\nEND', ['a', 'cat']],
  ])('%s', (script, expected) => {
    expect(calls(script)).toEqual(expected);
  });

  it('tells functions and computed names apart', () => {
    const { functions, open } = shellCalls('step() { "$@"; }\n$PROGRAM x\nstep a', 'bash');
    expect([...functions]).toEqual(['step']);
    expect([...open]).toEqual(['"$@"', '$PROGRAM']);
  });
});

it('purposes are all used', () => {
  expect(new Set(PACKAGES.flatMap((each) => each.for))).toEqual(new Set(PURPOSES));
});
