/** A CloudFormation template, as far as it is read here: what is in it was not checked. */
export interface Template {
  readonly Resources?: Readonly<Record<string, Resource>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Properties of the resources of a type, by logical id. */
export function resourcesOf(
  template: Template,
  type: string,
): Map<string, Readonly<Record<string, unknown>>> {
  const all = Object.entries(template.Resources ?? {});
  return new Map(
    all.flatMap(([id, { Type, Properties = {} }]) => (Type === type ? [[id, Properties] as const] : [])),
  );
}

/** The properties of the only resource of a type, or undefined. */
export const resourceOf = (template: Template | undefined, type: string) =>
  template && [...resourcesOf(template, type).values()][0];

/** Follows names and indices into a value; undefined where the way ends. */
export const at = (value: unknown, ...way: readonly (string | number)[]): unknown =>
  way.reduce<unknown>(
    (inside, step) =>
      typeof inside === 'object' && inside !== null
        ? (inside as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );

/** A value that the template has itself, and no intrinsic function would have to find out. */
export const literal = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** The logical id that `{Ref: ID}` names. */
export const referenceOf = (value: unknown): string | undefined => literal(at(value, 'Ref'));

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
