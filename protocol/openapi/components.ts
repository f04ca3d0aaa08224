import * as errorBody from '../error-body.ts';
import * as fields from '../fields.ts';
import * as message from '../message.ts';
import * as operator from '../operator.ts';
import * as preseed from '../preseed.ts';
import * as release from '../release.ts';
import * as report from '../report.ts';
import type { Schema, Shape } from '../schema.ts';
import * as server from '../server.ts';
import { jsonSchema, type JsonSchema } from './json-schema.ts';

/** Modules whose exported schemas are components under the names of the exports. */
const MODULES: readonly object[] = [errorBody, fields, message, operator, preseed, release, report, server];

const isSchema = (value: unknown): value is Schema<unknown> =>
  typeof value === 'object' && value !== null && 'shape' in value && 'parse' in value;

/** Shapes that say more by their name than by themselves, with the name. */
const NAMES = new Map<Shape, string>(
  MODULES.flatMap((module) =>
    Object.entries(module).flatMap(([name, value]): [Shape, string][] =>
      isSchema(value) && isWorthAName(value.shape) ? [[value.shape, name]] : [],
    ),
  ),
);

function isWorthAName(shape: Shape): boolean {
  return (
    shape.kind === 'object' || shape.kind === 'bytes' || ('pattern' in shape && shape.pattern !== undefined)
  );
}

/** Collects the components that a document refers to. */
export class Components {
  readonly #schemas = new Map<string, JsonSchema>();
  readonly #closed: ReadonlySet<Shape>;

  /** @param answers have no members but those described; requests may have others. */
  constructor(answers: readonly Schema<unknown>[]) {
    const closed = new Set<Shape>();
    for (const { shape } of answers) visit(shape, closed);
    this.#closed = closed;
  }

  /** A reference to the schema, or the schema itself where it has no name. */
  schema({ shape }: Schema<unknown>): JsonSchema {
    const $ref = this.#refOf(shape);
    return $ref === undefined ? this.#describe(shape) : { $ref };
  }

  get schemas(): Readonly<Record<string, JsonSchema>> {
    const sorted = [...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted);
  }

  #refOf(shape: Shape): string | undefined {
    const name = NAMES.get(shape);
    if (name === undefined) return undefined;
    if (!this.#schemas.has(name)) {
      // The name is taken before the shape is described, since a shape may be a part of itself.
      this.#schemas.set(name, {});
      this.#schemas.set(name, this.#describe(shape));
    }
    return `#/components/schemas/${name}`;
  }

  #describe(shape: Shape): JsonSchema {
    return jsonSchema(
      shape,
      (inner) => this.#refOf(inner),
      (inner) => this.#closed.has(inner),
    );
  }
}

function visit(shape: Shape, seen: Set<Shape>): void {
  if (seen.has(shape)) return;
  seen.add(shape);
  if (shape.kind === 'list') visit(shape.entry.shape, seen);
  if (shape.kind === 'object')
    for (const { shape: inner } of Object.values(shape.members)) visit(inner, seen);
}
