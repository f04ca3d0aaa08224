import { existsSync, readFileSync, rmSync } from 'node:fs';
import { componentScripts, shellFiles, type Dialect } from './shell-files.ts';
import { execute } from './execute.ts';
import { CACHE } from './reports.ts';
import { command, type Outcome, type Task } from './tasks.ts';

const SOURCES = ['bin', 'lib', 'protocol', 'lambda', 'cli', 'local'];
const bin = (name: string): string => `node_modules/.bin/${name}`;

/** The layout that `npm run format` writes. */
export const SHFMT: Record<Dialect, readonly string[]> = {
  sh: ['shfmt', '-p', '-i', '4'],
  bash: ['shfmt', '-ln', 'bash', '-i', '4'],
  bats: ['shfmt', '-ln', 'bats', '-i', '4'],
};

const DIALECTS: readonly Dialect[] = ['sh', 'bash', 'bats'];

/** By content, since a checkout gives files new times. */
const PRETTIER_CACHE = [
  '--cache',
  '--cache-strategy',
  'content',
  '--cache-location',
  `${CACHE}/prettier.json`,
];

/** Every static check. The slow ones come first, so that the last of them does not run alone. */
export const staticChecks = (): Task[] => [
  command('eslint', [bin('eslint'), '.']),
  command('types', [bin('tsc'), '--noEmit', '--incremental', '--tsBuildInfoFile', `${CACHE}/tsc.json`]),
  validatedSynth(),
  command('format', [bin('prettier'), '--check', '--log-level', 'warn', ...PRETTIER_CACHE, '.']),
  command('layering', [bin('depcruise'), '--config', '.dependency-cruiser.cjs', ...SOURCES]),
  command('dead code', [bin('knip'), '--no-progress']),
  { name: 'shell', run: lintShell },
  { name: 'shell format', run: formatShell },
];

/**
 * Synthesizes as `cdk deploy` would, with every rule on: the CloudFormation validator's, and cdk-nag's.
 * Without credentials, so that a lookup that slips in is found here.
 */
const validatedSynth = (): Task => ({
  name: 'synth',
  run: async () => {
    const output = `${CACHE}/cdk.out`;
    rmSync(output, { recursive: true, force: true });
    const context = [
      '--context',
      'validate=true',
      '--context',
      '@aws-cdk/core:validateAgainstDefaultRules=true',
    ];
    const argv = [bin('cdk'), 'synth', '--quiet', '--strict', '--no-notices', '--no-lookups', ...context];
    const outcome = await command('synth', [...argv, '--output', output], { env: NO_CREDENTIALS }).run();
    const plugins = outcome.ok ? validatedBy(`${output}/validation-report.json`) : [];
    // A switch that no longer switches anything would pass forever. cdk-nag shows, by what was acknowledged, that
    // the templates were validated; the CloudFormation validator leaves a trace only when it finds something.
    const ok = outcome.ok && plugins.includes('AwsSolutions');
    return { ok, output: `${outcome.output}\nvalidation report of: ${plugins.join(', ') || 'nobody'}` };
  },
});

const NO_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
  CDK_VALIDATION: undefined,
  CDK_DISABLE_CLI_TELEMETRY: 'true',
};

/** Names of the validators that had something to report, acknowledged or not. */
function validatedBy(report: string): string[] {
  if (!existsSync(report)) return [];
  const { pluginReports } = JSON.parse(readFileSync(report, 'utf8')) as {
    pluginReports: { pluginName: string }[];
  };
  return [...new Set(pluginReports.map(({ pluginName }) => pluginName))];
}

/** bats runs each test in a subshell, and tests hand snippets in single quotes to another shell on purpose. */
const NOISE: Record<Dialect, readonly string[]> = { sh: [], bash: [], bats: ['-e', 'SC2016,SC2030,SC2031'] };

async function lintShell(): Promise<Outcome> {
  const files = shellFiles();
  const results = [];
  for (const dialect of DIALECTS) {
    const paths = files.filter((file) => file.dialect === dialect).map((file) => file.path);
    if (paths.length > 0)
      results.push(await execute(['shellcheck', '-s', dialect, ...NOISE[dialect], ...paths]));
  }
  const scripts = componentScripts();
  for (const { name, script } of scripts) {
    // SC2050, SC2194: what stands for a parameter is a constant only here.
    const argv = ['shellcheck', '-s', 'bash', '-e', 'SC2050,SC2194', '-'];
    const result = await execute(argv, { stdin: script });
    results.push({ ...result, stdout: result.stdout.replaceAll('In - line', `In ${name} line`) });
  }
  return {
    ok: results.every((result) => result.status === 0),
    output: results.map((result) => result.stdout + result.stderr).join(''),
    note: `${files.length} files, ${scripts.length} component steps`,
  };
}

async function formatShell(): Promise<Outcome> {
  const files = shellFiles();
  const results = [];
  for (const dialect of DIALECTS) {
    const paths = files.filter((file) => file.dialect === dialect).map((file) => file.path);
    if (paths.length > 0) results.push(await execute([...SHFMT[dialect], '-d', ...paths]));
  }
  return {
    ok: results.every((result) => result.status === 0),
    output: results.map((result) => result.stdout + result.stderr).join(''),
  };
}
