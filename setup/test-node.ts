/** `npm run test:node`: the unit tests on every Node of setup/nodes, whatever runs here. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { declaredPath } from './declared-path.ts';
import { runJest } from './jest-run.ts';
import { CACHE } from './reports.ts';

/** Names of the packages of setup/nodes that are for this machine, oldest first: `node-24-x64`. */
function nodePackages(): string[] {
  const file = readFileSync('setup/nodes/package.json', 'utf8');
  const { optionalDependencies } = JSON.parse(file) as { optionalDependencies: Record<string, string> };
  const mine = Object.keys(optionalDependencies).filter((name) => name.endsWith(`-${process.arch}`));
  if (process.platform === 'linux' && mine.length > 0) return mine.sort();
  throw new Error(`setup/nodes has no Node for ${process.platform} on ${process.arch}`);
}

/** Downloads them unless they are there. @returns where each package is. */
function installNodes(): string[] {
  const directory = path.resolve(CACHE, 'nodes');
  const lock = path.join(directory, 'package-lock.json');
  const wanted = readFileSync('setup/nodes/package-lock.json', 'utf8');
  const installed = nodePackages().map((name) => path.join(directory, 'node_modules', name));
  if (installed.every((each) => existsSync(each)) && readFileSync(lock, 'utf8') === wanted) return installed;
  mkdirSync(directory, { recursive: true });
  cpSync('setup/nodes', directory, { recursive: true });
  const options = ['--no-fund', '--no-audit', '--ignore-scripts', '--loglevel=error'];
  execFileSync('npm', ['ci', ...options], { cwd: directory, stdio: 'inherit' });
  return installed;
}

const PATH = declaredPath(['check', 'test']);
let ok = true;
for (const directory of installNodes()) {
  const bin = path.join(directory, 'bin');
  const node = path.join(bin, 'node');
  console.log(execFileSync(node, ['--version'], { encoding: 'utf8' }).trim());
  const name = path.basename(directory).replace(/-[^-]+$/, '');
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${PATH}` };
  ok = runJest({ name, project: 'unit', workers: 2, args: ['--silent'], node, env }) && ok;
}
process.exitCode = ok ? 0 : 1;
