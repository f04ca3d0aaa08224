import type { Members, Schema, Shape } from '../schema.ts';

/** JSON Schema 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>> | boolean;

/** Canonical base64url: no bit is set behind the last byte. */
const BASE64URL = '^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$';

/**
 * Writes a shape as a JSON Schema.
 *
 * @param refOf reference to another component, where the shape is one.
 * @param isClosed whether an object of that shape has no other members.
 */
export function jsonSchema(
  shape: Shape,
  refOf: (shape: Shape) => string | undefined,
  isClosed: (shape: Shape) => boolean,
): JsonSchema {
  const nested = ({ shape: inner }: Schema<unknown>): JsonSchema => {
    const $ref = refOf(inner);
    return $ref === undefined ? jsonSchema(inner, refOf, isClosed) : { $ref };
  };
  switch (shape.kind) {
    case 'any':
      return {};
    case 'never':
      return false;
    case 'boolean':
      return { type: 'boolean' };
    case 'time':
      return {
        description: 'ISO 8601 in UTC',
        type: 'string',
        pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$',
      };
    case 'constant':
      return shape.values.length === 1 ? { const: shape.values[0] } : { enum: [...shape.values] };
    case 'text':
      return {
        type: 'string',
        ...(shape.max !== undefined && { maxLength: shape.max }),
        ...(shape.pattern !== undefined && { pattern: shape.pattern.source }),
      };
    case 'bytes':
      return bytesSchema(shape.min, shape.max);
    case 'integer':
      return {
        type: 'integer',
        minimum: shape.min,
        ...(shape.max < Number.MAX_SAFE_INTEGER && { maximum: shape.max }),
      };
    case 'list':
      return {
        type: 'array',
        ...(shape.min > 0 && { minItems: shape.min }),
        ...(shape.max !== undefined && { maxItems: shape.max }),
        items: nested(shape.entry),
      };
    case 'object':
      return objectSchema(shape.members, nested, isClosed(shape));
    case 'depends':
      throw new TypeError('a member that depends on another stands outside of an object');
  }
}

function bytesSchema(min: number, max: number): JsonSchema {
  const characters = (bytes: number): number => Math.ceil((bytes * 4) / 3);
  return {
    description: `${min === max ? String(min) : `${String(min)} to ${String(max)}`} bytes in canonical base64url`,
    type: 'string',
    minLength: characters(min),
    maxLength: characters(max),
    pattern: BASE64URL,
  };
}

function objectSchema(
  members: Members,
  nested: (schema: Schema<unknown>) => JsonSchema,
  isClosed: boolean,
): JsonSchema {
  const all = Object.entries(members);
  const plain = all.filter(([, { shape }]) => shape.kind !== 'depends');
  const required = plain.flatMap(([name, { isOptional }]) => (isOptional === true ? [] : [name]));
  const conditions = all.flatMap(([name, { shape }]) => {
    if (shape.kind !== 'depends') return [];
    const { on, value, then, otherwise } = shape;
    return [
      {
        if: { required: [on], properties: { [on]: { const: value } } },
        then: member(name, then, nested),
        else: member(name, otherwise, nested),
      },
    ];
  });
  return {
    type: 'object',
    ...(required.length > 0 && { required }),
    ...(isClosed && { additionalProperties: false }),
    properties: Object.fromEntries(plain.map(([name, schema]) => [name, nested(schema)])),
    ...(conditions.length > 0 && { allOf: conditions }),
  };
}

const member = (
  name: string,
  schema: Schema<unknown>,
  nested: (schema: Schema<unknown>) => JsonSchema,
): JsonSchema => ({
  ...(schema.isOptional !== true && { required: [name] }),
  properties: { [name]: nested(schema) },
});
