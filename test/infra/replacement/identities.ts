import { createHash } from 'node:crypto';
import { text, type Json, type Templates } from '../app.ts';
import { kindOf } from './create-only.ts';

/** A resource that cannot be replaced at will, as a deployment of the templates would leave it. */
export interface Identity {
  readonly type: string;
  /** The properties that name it. */
  readonly named?: Readonly<Record<string, string>>;
  /** Whether it holds data. */
  readonly stateful?: true;
  /** Exports that its id or ARN is in. */
  readonly exported?: readonly string[];
  /** Parameters that its id or ARN is in, and that an image is built with. */
  readonly baked?: readonly string[];
  /** Its other create-only properties; long ones by their digest. */
  readonly createOnly?: Readonly<Record<string, string>>;
}

/** By stack and logical id. */
export type Identities = Readonly<Record<string, Readonly<Record<string, Identity>>>>;

/** Texts longer than this are told apart by their SHA-256. */
const LONGEST = 100;

/**
 * The resources of a stage that have a name, hold data, or whose id is exported or in its images, and those whose
 * replacement would replace one of these, since a create-only property refers to them. Other links between stacks
 * may change: what comes after reads them again.
 */
export function identitiesOf(templates: Partial<Templates>): Identities {
  const stacks = Object.entries(templates).map(([stack, template]) => [stack, template.toJSON()] as const);
  const baked = new Set(stacks.flatMap(([, template]) => parametersOfRecipes(template)));
  return Object.fromEntries(stacks.map(([stack, template]) => [stack, identitiesIn(template, baked)]));
}

/** Names of the parameters of Systems Manager whose values a recipe gives its components. */
function parametersOfRecipes({ Resources = {}, Parameters = {} }: Json): string[] {
  return Object.values<Json>(Resources)
    .filter(({ Type }) => Type === 'AWS::ImageBuilder::ImageRecipe')
    .flatMap(({ Properties }) => referencesOf(text(Properties)))
    .flatMap((name) => (name in Parameters ? [String(Parameters[name].Default)] : []));
}

function identitiesIn(template: Json, bakedParameters: ReadonlySet<string>): Record<string, Identity> {
  const { Resources = {} } = template;
  const exported = exportsBy(template);
  const baked = parametersBy(template, bakedParameters);
  const identityOf = (logicalId: string): Identity =>
    describe(Resources[logicalId], exported.get(logicalId), baked.get(logicalId));
  const kept: Record<string, Identity> = {};
  const keep = (logicalId: string): void => {
    if (logicalId in kept) return;
    const identity = identityOf(logicalId);
    kept[logicalId] = identity;
    const others = Object.values(identity.createOnly ?? {}).flatMap(referencesOf);
    others.filter((other) => other in Resources).forEach(keep);
  };
  const isKept = ({ named, stateful, exported: names, baked: parameters }: Identity) =>
    named ?? stateful ?? names ?? parameters;
  Object.keys(Resources)
    .filter((logicalId) => isKept(identityOf(logicalId)))
    .forEach(keep);
  return sorted(kept);
}

const sorted = <T>(members: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(members).sort(([left], [right]) => (left < right ? -1 : 1)));

function describe({ Type, Properties = {} }: Json, exported?: string[], baked?: string[]): Identity {
  const { createOnly, names, identity, stateful } = kindOf(Type);
  const written = (properties: Iterable<string>) =>
    Object.fromEntries(
      [...properties].filter((one) => one in Properties).map((one) => [one, text(Properties[one])]),
    );
  const isNamed = names.some((name) => name in Properties);
  // The version of an image's component or recipe follows from its content, which a test of its own holds.
  const versioned = isNamed && identity.includes('Version');
  const named = written(identity.filter((property) => property !== 'Version'));
  const others = versioned ? {} : written([...createOnly].filter((one) => !identity.includes(one)).sort());
  return {
    type: Type,
    ...(isNamed ? { named } : {}),
    ...(stateful ? { stateful: true } : {}),
    ...(exported === undefined ? {} : { exported }),
    ...(baked === undefined ? {} : { baked }),
    ...(Object.keys(others).length === 0 ? {} : { createOnly: shortened(others) }),
  };
}

const shortened = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value.length > LONGEST ? digest(value) : value]),
  );

/** With what the text refers to. */
function digest(value: string): string {
  const sha256 = createHash('sha256').update(value).digest('hex').slice(0, 32);
  return [`sha256:${sha256}`, ...new Set(referencesOf(value).map((name) => `<${name}>`))].join(' ');
}

/** Names of exports by the logical id of what they tell of. */
const exportsBy = ({ Outputs = {} }: Json): Map<string, string[]> =>
  byLogicalId(
    Object.values<Json>(Outputs)
      .filter(({ Export }) => Export !== undefined)
      .map(({ Export, Value }) => [text(Export.Name), Value]),
  );

/** The same of parameters of Systems Manager. */
const parametersBy = ({ Resources = {} }: Json, names: ReadonlySet<string>): Map<string, string[]> =>
  byLogicalId(
    Object.values<Json>(Resources)
      .filter(({ Type, Properties }) => Type === 'AWS::SSM::Parameter' && names.has(Properties.Name))
      .map(({ Properties }) => [String(Properties.Name), Properties.Value]),
  );

function byLogicalId(told: readonly (readonly [name: string, value: Json])[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [name, value] of told)
    for (const logicalId of referencesOf(text(value)))
      found.set(logicalId, [...(found.get(logicalId) ?? []), name]);
  return found;
}

/** Logical ids, and pseudo parameters, that a text refers to. */
const referencesOf = (value: string): string[] =>
  [...value.matchAll(/<([\w:]+)(?:\.[\w.]+)?>/g)].map(([, name]) => String(name));
