import type { Statement } from '../app.ts';
import type { PolicyKind } from '../policy-documents.ts';
import { isAmong, isGlobal, typeOfKey, type Action, type ResourceType } from './catalogue.ts';
import type { Problem } from './check.ts';
import { isFor, listed, resourcesOf } from './resources.ts';

/**
 * Keys that a request of some action does not have: such a condition never holds, or always. And comparisons that do
 * not fit the key's type, and variables that no request has.
 */
export async function conditionProblems(
  statement: Statement,
  kind: PolicyKind,
  actions: readonly Action[],
): Promise<Problem[]> {
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => ({ operator, key, value })),
  );
  const problems = conditions.map(async ({ operator, key, value }) => {
    const type = await typeIn(statement, key);
    if (type === undefined) return [{ what: key, why: 'AWS has no such condition key' }];
    return [
      ...keyProblems(statement, kind, actions, key),
      ...operatorProblems(operator, key, type),
      ...(await variableProblems(statement, value)),
    ];
  });
  return (await Promise.all(problems)).flat();
}

/** Type of a key, among them the claims of the OpenID provider that the statement trusts, which are called after it. */
async function typeIn(statement: Statement, key: string): Promise<string | undefined> {
  return isOfProvider(statement, key) ? 'ArrayOfString or String' : typeOfKey(key);
}

function isOfProvider({ Principal }: Statement, key: string): boolean {
  const providers = listed((Principal as { Federated?: unknown } | undefined)?.Federated);
  return providers.some((arn) => {
    const issuer = /:oidc-provider\/(.+)$/.exec(arn)?.[1];
    return issuer !== undefined && key.startsWith(`${issuer}:`);
  });
}

/**
 * The keys that API Gateway fills in when it evaluates the policy of an API.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html
 */
const API_POLICY_KEYS = [
  'aws:currenttime',
  'aws:epochtime',
  'aws:multifactorauthage',
  'aws:multifactorauthpresent',
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:principaltag/*',
  'aws:principaltype',
  'aws:referer',
  'aws:securetransport',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:tokenissuetime',
  'aws:useragent',
  'aws:userid',
  'aws:username',
  'aws:vpcsourceip',
];

function keyProblems(
  statement: Statement,
  kind: PolicyKind,
  actions: readonly Action[],
  key: string,
): Problem[] {
  if (kind === 'api' && !isAmong(key, API_POLICY_KEYS))
    return [{ what: key, why: 'API Gateway does not know it in the policy of an API' }];
  if (isGlobal(key) || isOfProvider(statement, key)) return [];
  const resources = resourcesOf(statement, kind);
  return actions
    .flatMap((action) => requestsWithout(action, resources, key))
    .map((request) => ({ what: key, why: `requests of ${request} do not have it` }));
}

/** The requests of an action that lack a key. On each resource that the action works on, one of its types has it. */
function requestsWithout(action: Action, resources: readonly string[], key: string): string[] {
  const has = (types: readonly ResourceType[]) =>
    types.some(({ conditionKeys }) => isAmong(key, conditionKeys));
  if (isAmong(key, action.conditionKeys)) return [];
  if (resources.length === 0 || resources.includes('*'))
    return has(action.resourceTypes) ? [] : [action.name];
  return resources.flatMap((resource) => {
    const types = action.resourceTypes.filter((type) => isFor(resource, [type]));
    return types.length === 0 || has(types) ? [] : [`${action.name} on ${resource}`];
  });
}

const SET_OPERATOR = /^For(AnyValue|AllValues):/;
/** The comparisons that fit a type of key. Values are texts in a policy: any type can be compared as one. */
const COMPARISONS: readonly (readonly [type: RegExp, comparison: RegExp])[] = [
  [/Bool$/, /^(Bool|String|Null)/],
  [/Numeric$/, /^(Numeric|String|Null)/],
  [/Date$/, /^(Date|Numeric|String|Null)/],
  [/ARN$/, /^(Arn|String|Null)/],
  [/IPAddress$/, /^((Not)?IpAddress|String|Null)/],
  [/String$/, /^(String|Arn|Null)/],
];

function operatorProblems(operator: string, key: string, type: string): Problem[] {
  const comparison = operator.replace(SET_OPERATOR, '');
  const fits = COMPARISONS.find(([kind]) => kind.test(type))?.[1];
  if (fits?.test(comparison) !== true)
    return [{ what: key, why: `${comparison} does not fit a key of type ${type}` }];
  if (/^ArrayOf\w+$/.test(type) && !SET_OPERATOR.test(operator) && comparison !== 'Null')
    return [{ what: key, why: `${operator} compares one value, and the key has several` }];
  return [];
}

/** `${NAME}` or `${NAME, 'default'}`; `${*}`, `${?}` and `${$}` are plain characters. */
const VARIABLE = /\$\{([^*?$},]+)[^}]*\}/g;

async function variableProblems(statement: Statement, value: unknown): Promise<Problem[]> {
  const texts = (Array.isArray(value) ? (value as unknown[]) : [value]).map(String);
  const names = texts.flatMap((text) => [...text.matchAll(VARIABLE)].map(([, name]) => String(name)));
  const types = await Promise.all(names.map((name) => typeIn(statement, name)));
  return names
    .filter((_, index) => types[index] === undefined)
    .map((name) => ({ what: `\${${name}}`, why: 'no request has such a variable' }));
}
