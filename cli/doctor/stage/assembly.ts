import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { names, STACKS, type StackId } from '../../../protocol/names.ts';
import { Failure } from '../../failure.ts';
import { at, literal, type Template } from './template.ts';

/**
 * The templates of a stage in a cloud assembly, as `cdk synth` writes it, and in the assemblies inside it.
 *
 * @returns undefined when there is no assembly, or it has no stack of the stage.
 * @throws Failure `usage` when what is there cannot be read.
 */
export function assembledTemplates(
  directory: string,
  stage: string,
): Partial<Record<StackId, Template>> | undefined {
  if (!existsSync(join(directory, 'manifest.json'))) return undefined;
  const files = new Map<string, string>(stackFiles(directory));
  const found = STACKS.flatMap((id) => {
    const file = files.get(names(stage).stack(id));
    return file === undefined ? [] : [[id, readJson(file) as Template] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Name and template of each stack. */
function stackFiles(directory: string): [name: string, file: string][] {
  const artifacts = Object.entries(at(readJson(join(directory, 'manifest.json')), 'artifacts') ?? {});
  return artifacts.flatMap(([id, artifact]: [string, unknown]) => {
    const inside = literal(at(artifact, 'properties', 'directoryName'));
    if (at(artifact, 'type') === 'cdk:cloud-assembly' && inside !== undefined)
      return stackFiles(join(directory, inside));
    const template = literal(at(artifact, 'properties', 'templateFile'));
    if (at(artifact, 'type') !== 'aws:cloudformation:stack' || template === undefined) return [];
    return [[literal(at(artifact, 'properties', 'stackName')) ?? id, join(directory, template)]];
  });
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Failure(
      'usage',
      `${file} cannot be read: ${error instanceof Error ? error.message : ''}`,
      'Synthesize again: npx cdk synth',
      error,
    );
  }
}
