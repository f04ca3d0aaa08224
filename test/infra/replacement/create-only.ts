import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { PropertyType, Resource } from '@aws-cdk/service-spec-types';

/** Entry of CloudFormation's own database about a type of resource. */
export interface ResourceKind {
  /** Properties whose change replaces the resource, or does in some cases, be it in a member of theirs. */
  readonly createOnly: ReadonlySet<string>;
  /** Those of them that hold its name. None when it has no name to set. */
  readonly names: readonly string[];
  /** Those of them that two resources cannot have in common at one time: its name, what that is unique in, its version. */
  readonly identity: readonly string[];
  /** Whether it holds data that its replacement would not have. */
  readonly stateful: boolean;
}

const database = loadAwsServiceSpecSync();

/**
 * Properties that the database takes for mutable, of which the type's page says that an update of them fails.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
 */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'],
};

const kinds = new Map<string, ResourceKind>();

/** @throws Error for a type that CloudFormation does not have */
export function kindOf(type: string): ResourceKind {
  const known = kinds.get(type) ?? read(type);
  kinds.set(type, known);
  return known;
}

function read(type: string): ResourceKind {
  const [resource] = database.lookup('resource', 'cloudFormationType', 'equals', type);
  if (resource === undefined) throw new Error(`CloudFormation has no resource type ${type}`);
  const paths = (resource.additionalReplacementProperties ?? []).flatMap(([first]) => first ?? []);
  const replacing = Object.entries(resource.properties)
    .filter(([, property]) => replaces(property.causesReplacement) || replacesWithin(property.type))
    .map(([name]) => name);
  const createOnly = new Set([...replacing, ...paths, ...(REFUSED[type] ?? [])]);
  const names = namesOf(type, createOnly);
  return {
    createOnly,
    names,
    identity: names.length === 0 ? [] : identityOf(resource, names, createOnly),
    stateful: resource.isStateful ?? false,
  };
}

const replaces = (causes: string | undefined): boolean => causes === 'yes' || causes === 'maybe';

/** Whether a member of the type, at any depth, replaces the resource. Types can contain themselves. */
function replacesWithin(type: PropertyType, seen: ReadonlySet<string> = new Set()): boolean {
  switch (type.type) {
    case 'array':
    case 'map':
      return replacesWithin(type.element, seen);
    case 'union':
      return type.types.some((one) => replacesWithin(one, seen));
    case 'ref': {
      const id = type.reference.$ref;
      if (seen.has(id)) return false;
      const { properties } = database.get('typeDefinition', id);
      return Object.values(properties).some(
        (member) => replaces(member.causesReplacement) || replacesWithin(member.type, new Set([...seen, id])),
      );
    }
    default:
      return false;
  }
}

/** `Name`, or `RoleName` of a Role and `GroupName` of a SecurityGroup. */
function namesOf(type: string, createOnly: ReadonlySet<string>): string[] {
  const kind = type.slice(type.lastIndexOf(':') + 1);
  return [...createOnly].filter(
    (property) => property.endsWith('Name') && kind.endsWith(property.slice(0, -'Name'.length)),
  );
}

/** With a stage's name goes its API, in which the name is unique. */
function identityOf(
  { primaryIdentifier = [] }: Resource,
  names: readonly string[],
  createOnly: ReadonlySet<string>,
): string[] {
  const within = primaryIdentifier.every((part) => createOnly.has(part)) ? primaryIdentifier : [];
  return [...new Set([...within, ...names, ...(createOnly.has('Version') ? ['Version'] : [])])];
}
