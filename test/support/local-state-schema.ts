import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

const file = path.resolve(import.meta.dirname, '../../protocol/local-state.schema.json');
const schema = JSON.parse(readFileSync(file, 'utf8')) as { readonly $id: string };
const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true });
ajv.addSchema(schema);

/** A check of one document by `local-state.schema.json`. @returns what is wrong, as `/path message`; empty when nothing is. */
export function localStateSchema(name: 'daemon' | 'environment' | 'mfa'): (document: unknown) => string[] {
  const validate = ajv.getSchema(`${schema.$id}#/$defs/${name}`);
  if (validate === undefined) throw new Error(`the schema has no ${name}`);
  return (document) => {
    void validate(document);
    return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
  };
}
