import type { PolicyDocument } from '../../engine/contracts/policy.ts';
import type { AccountRegion, Resource, Resources } from '../../engine/contracts/resources.ts';
import { readGatewayResponses, type GatewayResponses } from './gateway-responses.ts';

export interface Method {
  /** `GET`, ..., or `ANY`. */
  readonly httpMethod: string;
  readonly resourceId: string;
  /** Path as declared: `/v1/volumes/{luks}`. */
  readonly resourcePath: string;
  readonly authorization: 'AWS_IAM' | 'NONE';
  readonly functionArn: string;
}

export interface RestApi {
  readonly id: string;
  readonly name: string;
  readonly private: boolean;
  /** Interface endpoints that the API is associated with: only they have its `API-VPCE` host name. */
  readonly vpcEndpointIds: readonly string[];
  readonly policy: PolicyDocument | undefined;
  readonly stages: readonly string[];
  readonly methods: readonly Method[];
  readonly responses: GatewayResponses;
}

/** Reads the REST APIs of the templates. @throws Error that names what the local gateway cannot serve. */
export function readRestApis(resources: Resources, owner: AccountRegion): readonly RestApi[] {
  return resources.ofType('AWS::ApiGateway::RestApi').map((api) => readRestApi(api, resources, owner));
}

function readRestApi(api: Resource, resources: Resources, owner: AccountRegion): RestApi {
  const { properties, physicalId: id } = api;
  const name = typeof properties['Name'] === 'string' ? properties['Name'] : id;
  if (properties['Body'] !== undefined || properties['BodyS3Location'] !== undefined) {
    throw new Error(`API ${name}: the local gateway reads resources and methods, not an imported document`);
  }
  const endpoint = (properties['EndpointConfiguration'] ?? {}) as Record<string, string[] | undefined>;
  const belonging = (type: string): readonly Resource[] =>
    resources.ofType(type).filter((each) => each.properties['RestApiId'] === id);
  const stages = belonging('AWS::ApiGateway::Stage');
  const paths = readPaths(String(api.attribute('RootResourceId')), belonging('AWS::ApiGateway::Resource'));
  return {
    id,
    name,
    private: endpoint['Types']?.includes('PRIVATE') ?? false,
    vpcEndpointIds: endpoint['VpcEndpointIds'] ?? [],
    policy: expand(properties['Policy'], id, owner),
    stages: stages.map(({ physicalId }) => physicalId),
    methods: belonging('AWS::ApiGateway::Method').map((method) => readMethod(name, method, paths)),
    responses: readGatewayResponses(belonging('AWS::ApiGateway::GatewayResponse')),
  };
}

/** Full path of every resource by id; a resource knows its parent and its own part. */
function readPaths(root: string, resources: readonly Resource[]): ReadonlyMap<string, string> {
  const byId = new Map(resources.map((resource) => [resource.physicalId, resource]));
  const path = (id: string): string => {
    if (id === root) return '';
    const resource = byId.get(id);
    if (resource === undefined) throw new Error(`API Gateway resource ${id} has no such parent`);
    return `${path(String(resource.properties['ParentId']))}/${String(resource.properties['PathPart'])}`;
  };
  return new Map([
    [root, '/'],
    ...resources.map(({ physicalId }) => [physicalId, path(physicalId)] as const),
  ]);
}

function readMethod(api: string, { properties }: Resource, paths: ReadonlyMap<string, string>): Method {
  const { Type, Uri } = (properties['Integration'] ?? {}) as { Type?: string; Uri?: string };
  const resourceId = String(properties['ResourceId']);
  const resourcePath = paths.get(resourceId) ?? '';
  const httpMethod = String(properties['HttpMethod']);
  const functionArn = /functions\/(arn:[^/]+)\/invocations$/.exec(Uri ?? '')?.[1];
  if (Type !== 'AWS_PROXY' || functionArn === undefined) {
    throw new Error(`API ${api}: ${httpMethod} ${resourcePath} is no Lambda proxy integration`);
  }
  const authorization = properties['AuthorizationType'] ?? 'NONE';
  if (authorization !== 'AWS_IAM' && authorization !== 'NONE') {
    throw new Error(
      `API ${api}: the local gateway does not know authorization ${JSON.stringify(authorization)}`,
    );
  }
  return { httpMethod, resourceId, resourcePath, authorization, functionArn };
}

/** Writes out the ARN of the API where its own policy has `execute-api:/STAGE/METHOD/PATH`, as API Gateway does. */
function expand(policy: unknown, id: string, { region, account }: AccountRegion): PolicyDocument | undefined {
  if (policy === undefined) return undefined;
  const text = JSON.stringify(policy).replaceAll(
    '"execute-api:/',
    `"arn:aws:execute-api:${region}:${account}:${id}/`,
  );
  return JSON.parse(text) as PolicyDocument;
}

export interface Match {
  readonly method: Method;
  readonly pathParameters: Readonly<Record<string, string>> | null;
}

/** Finds the method for a path without its stage; a literal part is preferred to `{name}`, that to `{name+}`. */
export function matchMethod(api: RestApi, httpMethod: string, path: string): Match | undefined {
  const candidates = api.methods
    .filter((method) => method.httpMethod === httpMethod || method.httpMethod === 'ANY')
    .sort((a, b) => specificity(b) - specificity(a));
  for (const method of candidates) {
    const parameters = matchPath(method.resourcePath, path);
    if (parameters !== undefined) {
      return { method, pathParameters: Object.keys(parameters).length === 0 ? null : parameters };
    }
  }
  return undefined;
}

function specificity({ resourcePath, httpMethod }: Method): number {
  const weights = resourcePath
    .split('/')
    .map((part) => (part.endsWith('+}') ? 1 : part.startsWith('{') ? 2 : 3));
  return weights.reduce<number>((sum, weight) => sum * 4 + weight, 0) + (httpMethod === 'ANY' ? 0 : 0.5);
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/').slice(1);
  const actual = path.split('/').slice(1);
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const name = /^\{(.+?)\+?\}$/.exec(part)?.[1];
    const value = part.endsWith('+}') ? actual.slice(index).join('/') : (actual[index] ?? '');
    if (name === undefined ? part !== value : value === '') return undefined;
    if (name !== undefined) parameters[name] = decodePart(value);
    if (part.endsWith('+}')) return parameters;
  }
  return wanted.length === actual.length ? parameters : undefined;
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
