import { AwsError } from '../../engine/contracts/errors.ts';

type Input = Readonly<Record<string, unknown>>;

const MOST_NAMES = 10;
/** Of the standard tier. */
const MOST_CHARACTERS = 4096;

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

/** `Names` of GetParameters. */
export function parameterNames(input: Input): readonly unknown[] {
  const names = (input['Names'] ?? []) as readonly unknown[];
  if (names.length >= 1 && names.length <= MOST_NAMES) return names;
  const limit =
    names.length < 1 ? 'greater than or equal to 1' : `less than or equal to ${String(MOST_NAMES)}`;
  throw invalid(
    `1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length ${limit}`,
  );
}

/**
 * Name of a parameter that is to be written.
 *
 * @throws AwsError `ValidationException`; `AccessDenied` for names that AWS keeps for itself
 */
export function newName(name: string): string {
  if (/^\/?aws/i.test(name))
    throw new AwsError('AccessDenied', `No access to reserved parameter name: ${name}.`);
  if (/^\/?ssm/i.test(name) || !/^[\w./-]{1,1011}$/.test(name)) {
    throw invalid(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths ' +
        'divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (name.includes('/') && !name.startsWith('/'))
    throw invalid('Parameter name must be a fully qualified name.');
  return name;
}

/** @param known type of the parameter that is overwritten, if there is one */
export function newType(input: Input, known: string | undefined): string {
  const type = input['Type'] ?? known;
  if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
  if (type === 'String' || type === 'StringList') return type;
  if (type !== 'SecureString') {
    throw invalid(
      `1 validation error detected: Value '${JSON.stringify(type)}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]`,
    );
  }
  throw new AwsError('UnsupportedOperationException', 'the local SSM keeps no SecureString');
}

export function newValue(input: Input): string {
  const value = input['Value'];
  if (typeof value !== 'string' || value === '') {
    throw invalid(
      "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  if (value.length <= MOST_CHARACTERS) return value;
  throw invalid(
    `Standard tier parameters support a maximum parameter value of ${String(MOST_CHARACTERS)} characters.`,
  );
}
