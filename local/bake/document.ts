import { parse } from 'yaml';

/** The phases of an Image Builder component, in the order in which a pipeline comes to them. */
export const PHASES = ['build', 'validate', 'test'] as const;
export type Phase = (typeof PHASES)[number];

/** A component as Image Builder reads it; only what the local cloud can run. */
export interface ComponentDocument {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, { readonly default?: string }>;
  readonly phases: ReadonlyMap<Phase, readonly Step[]>;
}

interface StepOptions {
  readonly name: string;
  /** Seconds; Image Builder's own default is 7,200. */
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
  /** `Continue` goes on and fails the phase at its end; only `Ignore` tolerates. */
  readonly onFailure: 'Abort' | 'Continue' | 'Ignore';
}

export interface BashStep extends StepOptions {
  readonly action: 'ExecuteBash';
  readonly script: string;
}

export interface DownloadStep extends StepOptions {
  readonly action: 'S3Download';
  readonly downloads: readonly { readonly source: string; readonly destination: string }[];
}

export type Step = BashStep | DownloadStep;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Parses a component document (AWS: "Use the AWSTOE component document framework").
 *
 * @throws Error that names the component and the step for anything that the local cloud cannot run: a document that
 *   is run differently here than on AWS would prove nothing.
 */
export function parseDocument(text: string): ComponentDocument {
  const document = fields(parse(text), 'the document');
  const name = string(document, 'name', 'the document');
  if (Number(document['schemaVersion']) !== 1) throw new Error(`${name}: schemaVersion is not 1.0`);
  const parameters = new Map<string, { default?: string }>();
  for (const entry of list(document['parameters'] ?? [], `${name}: parameters`)) {
    for (const [key, value] of Object.entries(fields(entry, `${name}: parameters`))) {
      const parameter = fields(value, `${name}: ${key}`);
      parameters.set(
        key,
        'default' in parameter ? { default: string(parameter, 'default', `${name}: ${key}`) } : {},
      );
    }
  }
  const phases = new Map<Phase, Step[]>();
  for (const entry of list(document['phases'], `${name}: phases`)) {
    const phase = fields(entry, `${name}: phases`);
    const phaseName = PHASES.find((known) => known === phase['name']);
    if (phaseName === undefined) throw new Error(`${name}: unknown phase ${String(phase['name'])}`);
    const steps = list(phase['steps'], `${name}: ${phaseName}`);
    phases.set(
      phaseName,
      steps.map((step) => parseStep(fields(step, name), `${name}: ${phaseName}`)),
    );
  }
  return { name, parameters, phases };
}

function parseStep(step: Fields, where: string): Step {
  const name = string(step, 'name', where);
  const at = `${where}: ${name}`;
  const onFailure = (['Abort', 'Continue', 'Ignore'] as const).find(
    (x) => x === (step['onFailure'] ?? 'Abort'),
  );
  if (onFailure === undefined) throw new Error(`${at}: unknown onFailure ${String(step['onFailure'])}`);
  const known = ['name', 'action', 'inputs', 'timeoutSeconds', 'maxAttempts', 'onFailure'];
  const unknown = Object.keys(step).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`${at}: the local cloud does not know ${unknown}`);
  const options = {
    name,
    timeoutSeconds: Number(step['timeoutSeconds'] ?? 7200),
    maxAttempts: Number(step['maxAttempts'] ?? 1),
    onFailure,
  };
  switch (step['action']) {
    case 'ExecuteBash': {
      const commands = list(fields(step['inputs'], at)['commands'], `${at}: commands`);
      return { ...options, action: 'ExecuteBash', script: commands.map(String).join('\n') };
    }
    case 'S3Download': {
      const downloads = list(step['inputs'], `${at}: inputs`).map((input) => ({
        source: string(fields(input, at), 'source', at),
        destination: string(fields(input, at), 'destination', at),
      }));
      return { ...options, action: 'S3Download', downloads };
    }
    default:
      throw new Error(`${at}: the local cloud does not run ${String(step['action'])}`);
  }
}

/**
 * The document with `{{ Name }}` replaced by the values that the recipe gives, or by defaults.
 *
 * @throws Error for a parameter without a value, a value without a parameter, or a reference to neither.
 */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  const { name, parameters } = parseDocument(text);
  const stray = Object.keys(values).find((key) => !parameters.has(key));
  if (stray !== undefined) throw new Error(`${name}: the recipe gives ${stray}, which is no parameter`);
  return text.replace(/\{\{\s*([\w.[\]]+)\s*\}\}/g, (_, key: string) => {
    const value = values[key] ?? parameters.get(key)?.default;
    if (value === undefined) throw new Error(`${name}: {{ ${key} }} has no value`);
    // The document is YAML: a line break could add a step.
    if (/[\r\n]/.test(value)) throw new Error(`${name}: the value of ${key} has a line break`);
    return value;
  });
}

function fields(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${where}: not a mapping`);
  }
  return value as Fields;
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where}: not a list`);
  return value;
}

function string(from: Fields, key: string, where: string): string {
  const value = from[key];
  if (typeof value !== 'string') throw new Error(`${where}: ${key} is missing`);
  return value;
}
