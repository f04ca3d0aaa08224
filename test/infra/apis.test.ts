import { describe, expect, it } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { INSTANCE_API, OPERATOR_API } from '../../protocol/operations/apis.ts';
import type { Route } from '../../protocol/operations/operation.ts';
import { only, statement, synthesizeOne, text, type Statement } from './app.ts';

const { keyserver, operator } = synthesizeOne({ keyserver: { throttling: { rate: 7, burst: 9 } } });

/** `METHOD /path` of every method of a template. */
function routesOf(template: Template): string[] {
  const resources = template.findResources('AWS::ApiGateway::Resource');
  const path = (id: string): string => {
    const resource = resources[id];
    if (resource === undefined) return '';
    const { ParentId, PathPart } = resource['Properties'];
    return `${path(ParentId.Ref ?? '')}/${PathPart}`;
  };
  return Object.values(template.findResources('AWS::ApiGateway::Method')).map(
    ({ Properties }) => `${Properties.HttpMethod} ${path(Properties.ResourceId.Ref)}`,
  );
}

const written = (routes: Record<string, Route>) =>
  Object.values(routes).map(({ method, path }) => `${method} ${path}`);

const deployment = ({ keyserver }: { keyserver: Template }): string =>
  Object.keys(keyserver.findResources('AWS::ApiGateway::Deployment')).join();

describe('the private API', () => {
  const api = only(keyserver, 'AWS::ApiGateway::RestApi');
  const policy: Statement[] = api.Policy.Statement;

  it('is reached by the stage’s endpoint only', () => {
    expect(api.EndpointConfiguration).toMatchObject({ Types: ['PRIVATE'] });
    expect(api.EndpointConfiguration.VpcEndpointIds).toHaveLength(1);
    const [endpoint] = api.EndpointConfiguration.VpcEndpointIds;
    expect(statement(policy, 'DenyOtherWays')).toEqual({
      Sid: 'DenyOtherWays',
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
      Condition: { StringNotEquals: { 'aws:SourceVpce': endpoint } },
    });
  });

  it('leaves it to identity policies who may call', () => {
    const allowed = policy.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed.map(({ Sid }) => Sid)).toEqual(['InvokeByRolesOfThisAccount']);
    expect(text((allowed[0]?.Principal as { AWS: unknown }).AWS)).toBe(
      'arn:<AWS::Partition>:iam::<AWS::AccountId>:root',
    );
  });

  it('is deployed again when the endpoint that its policy names may be another, and only then', () => {
    const now = deployment(synthesizeOne());
    expect(deployment(synthesizeOne({ fleet: { dataDiskGiB: 100 } }))).toBe(now);
    const elsewhere = synthesizeOne({ network: { cidr: '10.9.0.0/16' } });
    expect(elsewhere.keyserver.toJSON().Parameters).toEqual(synthesizeOne().keyserver.toJSON().Parameters);
    expect(deployment(elsewhere)).not.toBe(now);
  });

  it('has no output with a URL, which resolves to nothing of use while the endpoint’s private DNS is off', () => {
    expect(JSON.stringify(keyserver.toJSON().Outputs)).not.toMatch(/execute-api/);
  });

  it('is throttled as configured, and logs errors without bodies', () => {
    expect(only(keyserver, 'AWS::ApiGateway::Stage').MethodSettings).toEqual([
      expect.objectContaining({
        ThrottlingRateLimit: 7,
        ThrottlingBurstLimit: 9,
        DataTraceEnabled: false,
        LoggingLevel: 'ERROR',
      }),
    ]);
  });
});

describe.each([
  ['keyserver', keyserver, INSTANCE_API],
  ['operator', operator, OPERATOR_API],
] as const)('the API of %s', (_, template, routes) => {
  it('has a method for each route of the protocol, and no other', () => {
    expect(routesOf(template).sort()).toEqual(written(routes).sort());
  });

  it('asks for IAM authorization everywhere', () => {
    template.allResourcesProperties('AWS::ApiGateway::Method', { AuthorizationType: 'AWS_IAM' });
  });

  it('has alarms for errors and throttles of its Lambda', () => {
    const metrics = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
      (alarm) => alarm['Properties'].MetricName,
    );
    expect(metrics.sort()).toEqual(['Errors', 'Throttles']);
  });
});

describe('when a topic for alarms is configured', () => {
  it('tells it', () => {
    const topic = 'arn:aws:sns:eu-west-1:111122223333:alarms';
    synthesizeOne({ keyserver: { alarmTopicArn: topic } }).keyserver.allResourcesProperties(
      'AWS::CloudWatch::Alarm',
      { AlarmActions: [topic] },
    );
  });
});

describe('the operator API', () => {
  it('is found by way of a parameter', () => {
    const parameter = only(operator, 'AWS::SSM::Parameter', /^OperatorApiUrl/);
    expect(parameter.Name).toBe('/sealroot/dev/operator-api');
    expect(text(parameter.Value)).toMatch(
      /^https:\/\/<OperatorApi.*>\.execute-api\.<AWS::Region>\.<AWS::URLSuffix>\/<.*>$/,
    );
  });
});

describe.each([
  ['private', keyserver],
  ['operator', operator],
])('what API Gateway itself answers for the %s API', (_, template) => {
  const responses = Object.values(template.findResources('AWS::ApiGateway::GatewayResponse')).map(
    (resource) => resource['Properties'],
  );
  const response = (type: string) => {
    const {
      StatusCode,
      ResponseParameters = {},
      ResponseTemplates,
    } = responses.find(({ ResponseType }) => ResponseType === type)!;
    return [
      StatusCode,
      ResponseParameters['gatewayresponse.header.Retry-After'],
      ResponseTemplates['application/json'],
    ];
  };

  it.each(['THROTTLED', 'QUOTA_EXCEEDED'])('says after how long to try again: %s', (type) => {
    expect(response(type)).toEqual(['429', "'5'", '{"code":"throttled","request":"$context.requestId"}']);
  });

  it.each(['DEFAULT_5XX', 'INTEGRATION_FAILURE', 'INTEGRATION_TIMEOUT'])(
    'is as the service would be: %s',
    (type) => {
      expect(response(type)).toEqual(['503', "'5'", '{"code":"unavailable","request":"$context.requestId"}']);
    },
  );

  it.each([
    ...['ACCESS_DENIED', 'UNAUTHORIZED', 'INVALID_SIGNATURE', 'EXPIRED_TOKEN'],
    'MISSING_AUTHENTICATION_TOKEN',
  ])('refuses, and says in words why: %s', (type) => {
    expect(response(type)).toEqual([
      '403',
      undefined,
      '{"code":"refused","request":"$context.requestId","message":$context.error.messageString}',
    ]);
  });
});
