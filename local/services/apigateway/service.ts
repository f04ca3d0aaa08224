import { alphanumeric } from '../../engine/assembly/physical-ids.ts';
import { errorAnswer } from '../../engine/answers.ts';
import {
  AwsError,
  type ConditionContext,
  type GatewayRequest,
  type GatewayResponse,
  type InstanceSource,
  type Principal,
  type Resources,
} from '../../engine/contracts.ts';
import type { TemplateAuthorizer } from '../iam/evaluation/authorizer.ts';
import { matchesArn } from '../iam/evaluation/patterns.ts';
import type { LocalIdentities } from '../iam/identities.ts';
import type { PolicyDocument } from '../iam/evaluation/policy.ts';
import type { LambdaFunctions } from '../lambda/functions.ts';
import { proxyEvent, proxyResponse, type Arrival } from './event.ts';
import { matchMethod, readRestApis, type Match, type RestApi } from './model.ts';

/** API Gateway gives an integration this long. */
const INTEGRATION_TIMEOUT_MS = 29_000;

interface Dependencies {
  readonly resources: Resources;
  readonly identities: LocalIdentities;
  readonly authorizer: TemplateAuthorizer;
  readonly functions: LambdaFunctions;
  readonly account: string;
  readonly region: string;
  readonly log: (line: string) => void;
}

interface Route {
  readonly api: RestApi;
  readonly stage: string;
  readonly path: string;
  readonly match: Match;
}

/** The REST APIs of the templates. */
export class ApiGateway {
  private readonly apis: readonly RestApi[];
  private readonly on: Dependencies;

  constructor(dependencies: Dependencies) {
    this.on = dependencies;
    this.apis = readRestApis(dependencies.resources, dependencies);
  }

  /** Whether a `Host` header names an API and not another service. */
  serves(host: string): boolean {
    return host.split(':')[0]?.endsWith(`.execute-api.${this.on.region}.amazonaws.com`) ?? false;
  }

  /** A request from the internet side: reaches regional APIs only. */
  handlePublic(request: GatewayRequest, sourceIp: string): Promise<GatewayResponse> {
    return this.answered(() => {
      const { api } = this.find(request);
      if (api.private) throw forbidden();
      return this.serve(request, api, { sourceIp }, { 'aws:SourceIp': sourceIp });
    });
  }

  /** A request through the interface endpoint. */
  handleFromInstance(request: GatewayRequest, source: InstanceSource): Promise<GatewayResponse> {
    const { privateIp: sourceIp, vpcId, vpceId } = source;
    return this.answered(() => {
      const { api, vpceId: named } = this.find(request);
      // `API-VPCE` is a name of this endpoint alone; the API's plain name would need private DNS.
      if (!api.private || named !== vpceId || !api.vpcEndpointIds.includes(vpceId)) throw forbidden();
      const context = { 'aws:SourceVpc': vpcId, 'aws:SourceVpce': vpceId, 'aws:VpcSourceIp': sourceIp };
      return this.serve(request, api, { sourceIp, vpcId, vpceId }, context);
    });
  }

  private async answered(serve: () => Promise<GatewayResponse>): Promise<GatewayResponse> {
    let answer: GatewayResponse;
    try {
      answer = await serve();
    } catch (error) {
      if (!(error instanceof AwsError)) this.on.log(`api gateway: ${String(error)}`);
      answer = errorAnswer('rest', error);
    }
    return { ...answer, headers: { ...answer.headers, 'x-amz-apigw-id': alphanumeric(16) } };
  }

  private find({ headers }: GatewayRequest): { api: RestApi; vpceId: string | undefined } {
    const [, id, vpceId] = /^([a-z0-9]{10})(?:-(vpce-[0-9a-f]+))?\./.exec(headers['host'] ?? '') ?? [];
    const api = this.apis.find((each) => each.id === id);
    if (api === undefined) throw forbidden();
    return { api, vpceId };
  }

  private async serve(
    request: GatewayRequest,
    api: RestApi,
    arrival: Arrival,
    context: ConditionContext,
  ): Promise<GatewayResponse> {
    const route = locate(api, request);
    const { stage, path, match } = route;
    const { account, region } = this.on;
    const arn = `arn:aws:execute-api:${region}:${account}:${api.id}/${stage}/${request.method}${path}`;
    const principal = match.method.authorization === 'AWS_IAM' ? this.authenticate(request) : undefined;
    if (principal !== undefined) this.authorize(principal, api, arn, context);
    return this.integrate(request, route, arn, principal, arrival);
  }

  private authenticate(request: GatewayRequest): Principal {
    const { principal, scope } = this.on.identities.verify(request);
    if (scope.service !== 'execute-api') {
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
    request: GatewayRequest,
    route: Route,
    arn: string,
    principal: Principal | undefined,
    arrival: Arrival,
  ): Promise<GatewayResponse> {
    const { functionArn } = route.match.method;
    const target = this.on.functions.byArn(functionArn);
    if (target === undefined || !this.mayInvoke(functionArn, arn)) {
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

  /** The function's resource policy: `AWS::Lambda::Permission`. */
  private mayInvoke(functionArn: string, source: string): boolean {
    return this.on.resources.ofType('AWS::Lambda::Permission').some(({ properties }) => {
      const { FunctionName, Principal, SourceArn, Action } = properties;
      return (
        (FunctionName === functionArn || functionArn.endsWith(`:${String(FunctionName)}`)) &&
        Principal === 'apigateway.amazonaws.com' &&
        Action === 'lambda:InvokeFunction' &&
        (SourceArn === undefined ||
          (typeof SourceArn === 'string' && matchesArn(SourceArn, source, () => undefined)))
      );
    });
  }
}

function locate(api: RestApi, request: GatewayRequest): Route {
  const [pathname = ''] = request.path.split('?');
  const [, stage = '', ...rest] = pathname.split('/');
  const path = `/${rest.join('/')}`;
  if (!api.stages.includes(stage)) throw forbidden();
  const match = matchMethod(api, request.method, path);
  // What API Gateway says of a route that is not there.
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
