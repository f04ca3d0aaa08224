import { createHash } from 'node:crypto';
import { textWithImports, type Json, type Templates } from '../app.ts';
import { kindOf } from './create-only.ts';

/** A resource that cannot be replaced at will, as a deployment of the templates would leave it. */
export interface Identity {
  readonly type: string;
  /** The properties that name it. */
  readonly named?: Readonly<Record<string, string>>;
  /** Whether it holds data. */
  readonly stateful?: true;
  /** Exports and SSM parameters that its id or ARN is in. */
  readonly published?: readonly string[];
  /** Its other create-only properties; long ones by their digest. */
  readonly createOnly?: Readonly<Record<string, string>>;
}

/** By stack and logical id. */
export type Identities = Readonly<Record<string, Readonly<Record<string, Identity>>>>;

/** Texts longer than this are told apart by their SHA-256. */
const LONGEST = 100;

/**
 * The resources of a stage that have a name, hold data or are published, and those whose replacement would replace
 * one of these, since a create-only property refers to them.
 */
export function identitiesOf(templates: Partial<Templates>): Identities {
  return Object.fromEntries(
    Object.entries(templates).map(([stack, template]) => [stack, identitiesIn(template.toJSON())]),
  );
}

function identitiesIn({ Resources = {}, Outputs = {} }: Json): Record<string, Identity> {
  const published = publications(Resources, Outputs);
  const kept: Record<string, Identity> = {};
  const keep = (logicalId: string, identity: Identity): void => {
    if (logicalId in kept) return;
    kept[logicalId] = identity;
    for (const other of Object.values(identity.createOnly ?? {}).flatMap(referencesOf))
      if (other in Resources) keep(other, describe(Resources[other], published.get(other)));
  };
  for (const [logicalId, resource] of Object.entries<Json>(Resources)) {
    const identity = describe(resource, published.get(logicalId));
    if (identity.named ?? identity.stateful ?? identity.published) keep(logicalId, identity);
  }
  return sorted(kept);
}

const sorted = <T>(members: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(members).sort(([left], [right]) => (left < right ? -1 : 1)));

function describe({ Type, Properties = {} }: Json, published: readonly string[] = []): Identity {
  const { createOnly, names, identity, stateful } = kindOf(Type);
  const written = (properties: Iterable<string>) =>
    Object.fromEntries(
      [...properties]
        .filter((one) => one in Properties)
        .map((one) => [one, textWithImports(Properties[one])]),
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
    ...(published.length === 0 ? {} : { published }),
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

/** Names of exports and parameters by the logical id of what they tell of. */
function publications(resources: Json, outputs: Json): Map<string, string[]> {
  const exported = Object.values<Json>(outputs)
    .filter(({ Export }) => Export !== undefined)
    .map(({ Export, Value }) => [textWithImports(Export.Name), textWithImports(Value)] as const);
  const parameters = Object.values<Json>(resources)
    .filter(({ Type }) => Type === 'AWS::SSM::Parameter')
    .map(({ Properties }) => [textWithImports(Properties.Name), textWithImports(Properties.Value)] as const);
  const found = new Map<string, string[]>();
  for (const [name, value] of [...exported, ...parameters])
    for (const logicalId of referencesOf(value))
      found.set(logicalId, [...(found.get(logicalId) ?? []), name]);
  return found;
}

/** Logical ids, and pseudo parameters, that a text refers to. */
const referencesOf = (value: string): string[] =>
  [...value.matchAll(/<([\w:]+)(?:\.[\w.]+)?>/g)].map(([, name]) => String(name));
