import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { DaemonDocument, EnvironmentDocument, MfaDocument } from '../../protocol/local-state.ts';
import { jsonSchema } from '../../protocol/openapi/json-schema.ts';

export const SCHEMA_FILE = path.resolve(import.meta.dirname, '../../protocol/local-state.schema.json');
const ID = 'https://sealroot.invalid/schemas/local-state/v1';
const DOCUMENTS = { daemon: DaemonDocument, environment: EnvironmentDocument, mfa: MfaDocument };
const DESCRIPTIONS: Readonly<Record<keyof typeof DOCUMENTS, string>> = {
  daemon: 'daemon.json: the process that runs the local cloud',
  environment: 'environment.json: variables that point an AWS SDK or CLI at it',
  mfa: 'mfa.json: virtual MFA devices',
};

/** The JSON Schema that follows from protocol/local-state.ts, as text. */
export function generatedSchema(): string {
  const definitions = Object.entries(DOCUMENTS).map(([name, { shape }]) => [
    name,
    {
      description: DESCRIPTIONS[name as keyof typeof DOCUMENTS],
      ...(jsonSchema(
        shape,
        () => undefined,
        () => false,
      ) as object),
    },
  ]);
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: ID,
    title: 'State of a local cloud that other programs may read; docs/reference/local-state.md',
    $defs: Object.fromEntries(definitions) as object,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true });
ajv.addSchema(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as object, ID);

/** A check of one document by the published schema. @returns what is wrong, as `/path message`; empty when nothing is. */
export function localStateSchema(name: keyof typeof DOCUMENTS): (document: unknown) => string[] {
  const validate = ajv.getSchema(`${ID}#/$defs/${name}`);
  if (validate === undefined) throw new Error(`the schema has no ${name}`);
  return (document) => {
    void validate(document);
    return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
  };
}
