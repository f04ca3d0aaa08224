import { existsSync } from 'node:fs';
import { runningPid } from '../../vm/qemu/process.ts';
import { Instances } from './instances.ts';

/** Ids of the instances whose VM runs, whether or not a local cloud does. */
export function runningInstances(state: string): readonly string[] {
  if (!existsSync(state)) return [];
  const instances = new Instances(state);
  const ids = instances.all().map(({ id }) => id);
  return ids.filter((id) => runningPid({ id, directory: instances.directory(id) }) !== undefined);
}
