/** The names that intrinsic functions of one stack may refer to. */
export interface Scope {
  /** For error messages: the stack's name. */
  readonly name: string;
  /** @throws Error for an unknown name. */
  ref(name: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  importValue(name: string): unknown;
  mapping(map: string, first: string, second: string): unknown;
  condition(name: string): boolean;
  readonly availabilityZones: readonly string[];
}

/** Value of `Ref: AWS::NoValue`; the member or element that holds it is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Apply = (argument: unknown, scope: Scope) => unknown;

/**
 * CloudFormation's intrinsic functions, as far as synthesized templates need them
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).
 */
const FUNCTIONS: Readonly<Record<string, Apply>> = {
  Ref: (argument, scope) => scope.ref(text(argument, 'Ref', scope)),
  'Fn::GetAtt': (argument, scope) => {
    const [id, ...rest] =
      typeof argument === 'string' ? argument.split('.') : list(argument, 'Fn::GetAtt', scope);
    const attribute = rest.map((part) => text(resolve(part, scope), 'Fn::GetAtt', scope)).join('.');
    return scope.attribute(text(id, 'Fn::GetAtt', scope), attribute);
  },
  'Fn::Sub': substitute,
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = list(argument, 'Fn::Join', scope);
    const resolved = list(resolve(parts, scope), 'Fn::Join', scope);
    return resolved.map((part) => text(part, 'Fn::Join', scope)).join(text(separator, 'Fn::Join', scope));
  },
  'Fn::Select': (argument, scope) => {
    const [index, from] = list(argument, 'Fn::Select', scope);
    const at = Number(resolve(index, scope));
    const value = list(resolve(from, scope), 'Fn::Select', scope)[at];
    if (value === undefined) throw new Error(`${scope.name}: Fn::Select has no element ${String(at)}`);
    return value;
  },
  'Fn::Split': (argument, scope) => {
    const [separator, source] = list(argument, 'Fn::Split', scope);
    return text(resolve(source, scope), 'Fn::Split', scope).split(text(separator, 'Fn::Split', scope));
  },
  'Fn::ImportValue': (argument, scope) =>
    scope.importValue(text(resolve(argument, scope), 'Fn::ImportValue', scope)),
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = list(argument, 'Fn::FindInMap', scope).map((part) =>
      text(resolve(part, scope), 'Fn::FindInMap', scope),
    );
    return scope.mapping(map ?? '', first ?? '', second ?? '');
  },
  'Fn::GetAZs': (_argument, scope) => scope.availabilityZones,
  'Fn::Base64': (argument, scope) =>
    Buffer.from(text(resolve(argument, scope), 'Fn::Base64', scope)).toString('base64'),
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = list(argument, 'Fn::If', scope);
    return resolve(scope.condition(text(name, 'Fn::If', scope)) ? yes : no, scope);
  },
  Condition: (argument, scope) => scope.condition(text(argument, 'Condition', scope)),
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(argument, 'Fn::Equals', scope);
    return JSON.stringify(resolve(left, scope)) === JSON.stringify(resolve(right, scope));
  },
  'Fn::And': (argument, scope) =>
    list(argument, 'Fn::And', scope).every((part) => resolve(part, scope) === true),
  'Fn::Or': (argument, scope) =>
    list(argument, 'Fn::Or', scope).some((part) => resolve(part, scope) === true),
  'Fn::Not': (argument, scope) => resolve(list(argument, 'Fn::Not', scope)[0], scope) !== true,
};

/**
 * Resolves every intrinsic function in a value of a template.
 *
 * @throws Error that names the stack and the function when it is not supported here.
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => resolve(element, scope)).filter((element) => element !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value) as [string, unknown][];
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) {
    const [name, argument] = only;
    const apply = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    // In IAM policies `Condition` is an ordinary member, with an object in it.
    if (apply !== undefined && !(name === 'Condition' && typeof argument !== 'string')) {
      return apply(argument, scope);
    }
    if (name.startsWith('Fn::')) throw new Error(`${scope.name}: the local cloud does not know ${name}`);
  }
  return Object.fromEntries(
    entries
      .map(([name, member]) => [name, resolve(member, scope)] as const)
      .filter(([, member]) => member !== NO_VALUE),
  );
}

/** `${Name}`, `${Name.Attribute}`, names given along, and `${!literal}`. */
function substitute(argument: unknown, scope: Scope): string {
  const [template, given] = Array.isArray(argument) ? (argument as unknown[]) : [argument, {}];
  const named = resolve(given ?? {}, scope) as Record<string, unknown>;
  return text(template, 'Fn::Sub', scope).replace(/\$\{([^}]+)\}/g, (whole, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    if (Object.hasOwn(named, name)) return text(named[name], whole, scope);
    const dot = name.indexOf('.');
    const value = dot < 0 ? scope.ref(name) : scope.attribute(name.slice(0, dot), name.slice(dot + 1));
    return text(value, whole, scope);
  });
}

function text(value: unknown, where: string, scope: Scope): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${scope.name}: ${where} wants text, but has ${JSON.stringify(value)}`);
}

function list(value: unknown, where: string, scope: Scope): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${scope.name}: ${where} wants a list, but has ${JSON.stringify(value)}`);
}
