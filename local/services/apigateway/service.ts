import { alphanumeric } from '../../engine/assembly/physical-ids.ts';
import { AwsError } from '../../engine/contracts/errors.ts';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type { Authenticator, ConditionContext, Principal } from '../../engine/contracts/identity.ts';
import type { Authorizer, PolicyDocument } from '../../engine/contracts/policy.ts';
import type { AccountRegion, Resources } from '../../engine/contracts/resources.ts';
import type { Functions, InstanceSource, PrivateApis, PublicApis } from '../../engine/contracts/services.ts';
import { errorResponse } from '../../engine/responses.ts';
import { asDeployed } from './deployments.ts';
import { inFormOfApi } from './gateway-responses.ts';
import { proxyEvent, proxyResponse, type Arrival } from './event.ts';
import { matchMethod, readRestApis, type Match, type RestApi } from './model.ts';

/** API Gateway gives an integration this long. */
const INTEGRATION_TIMEOUT_MS = 29_000;

interface Dependencies extends AccountRegion {
  /** State directory of the local cloud. */
  readonly state: string;
  readonly resources: Resources;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly functions: Functions;
  readonly log: (line: string) => void;
}

interface Route {
  readonly api: RestApi;
  readonly stage: string;
  readonly path: string;
  readonly match: Match;
}

/** Amazon API Gateway: the REST APIs of the templates. */
export class ApiGatewayService implements PublicApis, PrivateApis {
  private readonly apis: readonly RestApi[];
  private readonly on: Dependencies;

  constructor(dependencies: Dependencies) {
    this.on = dependencies;
    const { resources, state } = dependencies;
    this.apis = asDeployed(readRestApis(resources, dependencies), resources, state);
  }

  /** Whether a `Host` header names an API and not another service. */
  serves(host: string): boolean {
    return host.split(':')[0]?.endsWith(`.execute-api.${this.on.region}.amazonaws.com`) ?? false;
  }

  /** A request from the internet side: reaches regional APIs only. */
  handlePublic(request: HttpRequest, sourceIp: string): Promise<HttpResponse> {
    return this.answered(() => {
      const { api } = this.find(request);
      if (api.private) throw forbidden();
      return this.serve(request, api, { sourceIp }, { 'aws:SourceIp': sourceIp });
    });
  }

  /** A request through the interface endpoint. */
  handleFromInstance(request: HttpRequest, source: InstanceSource): Promise<HttpResponse> {
    const { privateIp: sourceIp, vpcId, vpceId } = source;
    return this.answered(() => {
      const { api, vpceId: named } = this.find(request);
      // By its plain name, since the packet came to the endpoint; `API-VPCE` is a name of one endpoint alone.
      if (!api.private || (named !== undefined && named !== vpceId) || !api.vpcEndpointIds.includes(vpceId))
        throw forbidden();
      const context = { 'aws:SourceVpc': vpcId, 'aws:SourceVpce': vpceId, 'aws:VpcSourceIp': sourceIp };
      return this.serve(request, api, { sourceIp, vpcId, vpceId }, context);
    });
  }

  private async answered(serve: () => Promise<HttpResponse>): Promise<HttpResponse> {
    let answer: HttpResponse;
    try {
      answer = await serve();
    } catch (error) {
      if (!(error instanceof AwsError)) this.on.log(`api gateway: ${String(error)}`);
      answer = errorResponse('rest', error);
    }
    return { ...answer, headers: { ...answer.headers, 'x-amz-apigw-id': alphanumeric(16) } };
  }

  private find({ headers }: HttpRequest): { api: RestApi; vpceId: string | undefined } {
    const [, id, vpceId] = /^([a-z0-9]{10})(?:-(vpce-[0-9a-f]+))?\./.exec(headers['host'] ?? '') ?? [];
    const api = this.apis.find((each) => each.id === id);
    if (api === undefined) throw forbidden();
    return { api, vpceId };
  }

  private async serve(
    request: HttpRequest,
    api: RestApi,
    arrival: Arrival,
    context: ConditionContext,
  ): Promise<HttpResponse> {
    try {
      const route = locate(api, request);
      const { stage, path, match } = route;
      const { account, region } = this.on;
      const arn = `arn:aws:execute-api:${region}:${account}:${api.id}/${stage}/${request.method}${path}`;
      const principal = match.method.authorization === 'AWS_IAM' ? this.authenticate(request) : undefined;
      if (principal !== undefined) this.authorize(principal, api, arn, context);
      return await this.integrate(request, route, arn, principal, arrival);
    } catch (error) {
      // A stage that there is not belongs to no API: its answer is API Gateway's own.
      if (!(error instanceof AwsError) || error.code === 'ForbiddenException') throw error;
      return inFormOfApi(errorResponse('rest', error), error, api.responses);
    }
  }

  private authenticate(request: HttpRequest): Principal {
    const { principal, service } = this.on.authenticator.verify(request);
    if (service !== 'execute-api') {
      throw new AwsError(
        'InvalidSignature',
        "Credential should be scoped to correct service: 'execute-api'.",
        403,
      );
    }
    return principal;
  }

  /**
   * Caller and API are of one account: either of identity and resource policy may allow, any may deny
   * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html). A private API
   * without a policy is closed. The endpoint's own policy has to allow in any case.
   */
  private authorize(principal: Principal, api: RestApi, resource: string, context: ConditionContext): void {
    const { authorizer } = this.on;
    const action = 'execute-api:Invoke';
    const access = { action, resource, context };
    const refuse = (why: string): AwsError => authorizer.denied(principal, action, resource, why);
    const endpoint = this.endpointPolicy(context['aws:SourceVpce']);
    if (endpoint !== undefined && authorizer.resourceVerdict(principal, access, endpoint) !== 'allow') {
      throw refuse('because no VPC endpoint policy allows the execute-api:Invoke action');
    }
    if (api.private && api.policy === undefined)
      throw refuse('because the private API has no resource policy');
    const byApi =
      api.policy === undefined ? 'none' : authorizer.resourceVerdict(principal, access, api.policy);
    const byIdentity = authorizer.identityVerdict(principal, access);
    if (byApi === 'deny') throw refuse('with an explicit deny in a resource-based policy');
    if (byIdentity === 'deny') throw refuse('with an explicit deny in an identity-based policy');
    if (byApi !== 'allow' && byIdentity !== 'allow') {
      throw refuse('because no identity-based policy allows the execute-api:Invoke action');
    }
  }

  /** An endpoint without a policy lets everything through; one that is not in the templates, nothing. */
  private endpointPolicy(vpceId: ConditionContext[string]): PolicyDocument | undefined {
    if (typeof vpceId !== 'string') return undefined;
    const endpoint = this.on.resources.byPhysicalId(vpceId);
    if (endpoint?.type !== 'AWS::EC2::VPCEndpoint') return {};
    return endpoint.properties['PolicyDocument'] as PolicyDocument | undefined;
  }

  private async integrate(
    request: HttpRequest,
    route: Route,
    arn: string,
    principal: Principal | undefined,
    arrival: Arrival,
  ): Promise<HttpResponse> {
    const { functionArn } = route.match.method;
    const target = this.on.functions.byArn(functionArn);
    if (target?.allowsService('apigateway.amazonaws.com', arn) !== true) {
      this.on.log(`api gateway: ${route.api.name} may not invoke ${functionArn} for ${arn}`);
      throw new AwsError('InternalServerErrorException', 'Internal server error', 500);
    }
    const outcome = await limited(target.invoke(proxyEvent(request, route, principal, arrival)));
    if (outcome === undefined)
      throw new AwsError('GatewayTimeoutException', 'Endpoint request timed out', 504);
    const answer = 'error' in outcome ? undefined : proxyResponse(outcome.result);
    if (answer === undefined) {
      this.on.log(`${target.name}: ${'error' in outcome ? outcome.error : 'malformed proxy response'}`);
      throw new AwsError('InternalServerErrorException', 'Internal server error', 502);
    }
    return answer;
  }
}

function locate(api: RestApi, request: HttpRequest): Route {
  const [pathname = ''] = request.path.split('?');
  const [, stage = '', ...rest] = pathname.split('/');
  const path = `/${rest.join('/')}`;
  if (!api.stages.includes(stage)) throw forbidden();
  const match = matchMethod(api, request.method, path);
  // API Gateway answers so for a route that is not there.
  if (match === undefined)
    throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
  return { api, stage, path, match };
}

function forbidden(): AwsError {
  return new AwsError('ForbiddenException', 'Forbidden', 403);
}

async function limited<T>(work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), INTEGRATION_TIMEOUT_MS);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
