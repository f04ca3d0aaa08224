import { createHash } from 'node:crypto';
import { resolve, type Scope } from '../../local/engine/assembly/intrinsics.ts';
import type { Json, Templates } from './app.ts';

/** Account and region of a deployment, as CloudFormation's pseudo parameters have them. */
export interface Environment {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly urlSuffix: string;
}

export const IRELAND: Environment = {
  account: '111122223333',
  region: 'eu-west-1',
  partition: 'aws',
  urlSuffix: 'amazonaws.com',
};
export const BEIJING: Environment = {
  account: '444455556666',
  region: 'cn-north-1',
  partition: 'aws-cn',
  urlSuffix: 'amazonaws.com.cn',
};

type StackName = keyof Templates;

/** A stage with values where its templates have references, as a deployment would put them there. */
export interface Deployment {
  /** @throws Error for a reference to a type of resource that nothing is known of here. */
  resolve(stack: StackName, value: unknown): Json;
}

/** Values of references are worked out from a resource's type, its logical id and its own properties. */
interface Referenced {
  readonly environment: Environment;
  readonly logicalId: string;
  property(name: string): Json;
}

/** An id as a service would make one: hexadecimal digits, the same at each run. */
const made = (length: number, { logicalId }: Referenced): string =>
  createHash('sha256').update(logicalId).digest('hex').slice(0, length);

const arn = ({ environment }: Referenced, service: string, resource: string): string => {
  const { partition, region, account } = environment;
  const scope = service === 'iam' ? `:${account}` : `${region}:${account}`;
  return `arn:${partition}:${service}:${scope}:${resource}`;
};

type Reference = (resource: Referenced) => string;
/** `Ref` of a type, and its attributes by name. */
type References = Readonly<Record<string, Reference>>;

const ec2 = (prefix: string): Reference => {
  return (resource) => `${prefix}-0${made(16, resource)}`;
};
const name = (property: string, resource: Referenced): string =>
  String(resource.property(property) ?? resource.logicalId);

const REFERENCES: Readonly<Record<string, References>> = {
  'AWS::ApiGateway::RestApi': { Ref: (api) => made(10, api) },
  'AWS::DynamoDB::Table': {
    Ref: (table) => name('TableName', table),
    Arn: (table) => arn(table, 'dynamodb', `table/${name('TableName', table)}`),
  },
  'AWS::EC2::LaunchTemplate': { Ref: ec2('lt') },
  'AWS::EC2::SecurityGroup': { Ref: ec2('sg'), GroupId: ec2('sg') },
  'AWS::EC2::Subnet': { Ref: ec2('subnet') },
  'AWS::EC2::VPC': { Ref: ec2('vpc') },
  'AWS::EC2::VPCEndpoint': { Ref: ec2('vpce') },
  'AWS::IAM::ManagedPolicy': {
    Ref: (policy) => arn(policy, 'iam', `policy/${name('ManagedPolicyName', policy)}`),
  },
  'AWS::IAM::Role': {
    Ref: (role) => name('RoleName', role),
    Arn: (role) => arn(role, 'iam', `role/${name('RoleName', role)}`),
  },
  'AWS::KMS::Key': {
    Ref: (key) => key.logicalId,
    Arn: (key) => arn(key, 'kms', `key/${key.logicalId}`),
  },
  'AWS::Lambda::Function': {
    Ref: (lambda) => name('FunctionName', lambda),
    Arn: (lambda) => arn(lambda, 'lambda', `function:${name('FunctionName', lambda)}`),
  },
  'AWS::Logs::LogGroup': {
    Ref: (group) => name('LogGroupName', group),
    Arn: (group) => arn(group, 'logs', `log-group:${name('LogGroupName', group)}:*`),
  },
  'AWS::SNS::Topic': { Ref: (topic) => arn(topic, 'sns', name('TopicName', topic)) },
};

export function deployment(templates: Templates, environment: Environment = IRELAND): Deployment {
  const stacks = Object.fromEntries(
    Object.entries(templates).map(([stack, template]) => [stack, template.toJSON()]),
  ) as Record<StackName, Json>;
  const scopes = new Map<string, Scope>();
  const scopeOf = (stack: string): Scope => {
    const known = scopes.get(stack) ?? scopeOfTemplate(stack);
    scopes.set(stack, known);
    return known;
  };

  const scopeOfTemplate = (stack: string): Scope => {
    const { Resources = {}, Conditions = {}, Parameters = {} } = stacks[stack as StackName];
    const referenced = (logicalId: string, what: string): string => {
      const { Type, Properties = {} } = Resources[logicalId] ?? {};
      const known = REFERENCES[Type]?.[what];
      if (known === undefined)
        throw new Error(`${stack}: nothing is known of ${what} of ${Type} ${logicalId}`);
      return known({
        environment,
        // Two stacks can have one logical id each: what is made of it has to differ.
        logicalId: `${stack}${logicalId}`,
        property: (property) => resolve(Properties[property], scopeOf(stack)),
      });
    };
    const scope: Scope = {
      name: stack,
      availabilityZones: ['a', 'b', 'c'].map((zone) => `${environment.region}${zone}`),
      ref: (id) =>
        id in Parameters
          ? linked(Parameters[id].Default)
          : (pseudoParameters(environment)[id] ?? referenced(id, 'Ref')),
      attribute: referenced,
      importValue: (exported) => {
        throw new Error(`${stack} imports ${exported}: a stage has no exports`);
      },
      mapping: () => {
        throw new Error(`${stack}: no template here has mappings`);
      },
      condition: (condition) => resolve(Conditions[condition], scope) === true,
    };
    return scope;
  };

  /** Values that one stack tells another, by the name of the parameter of Systems Manager that has it. */
  const linked = (parameter: string): unknown => {
    for (const [stack, { Resources = {} }] of Object.entries(stacks)) {
      const found = Object.values<Json>(Resources).find(
        ({ Type, Properties }) => Type === 'AWS::SSM::Parameter' && Properties.Name === parameter,
      );
      if (found !== undefined) return resolve(found.Properties.Value, scopeOf(stack));
    }
    throw new Error(`no stack writes ${parameter}`);
  };

  return { resolve: (stack, value) => resolve(value, scopeOf(stack)) };
}

const pseudoParameters = ({
  account,
  partition,
  region,
  urlSuffix,
}: Environment): Record<string, string> => ({
  'AWS::AccountId': account,
  'AWS::Partition': partition,
  'AWS::Region': region,
  'AWS::URLSuffix': urlSuffix,
});
