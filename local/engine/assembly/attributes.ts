import type { AccountRegion } from '../contracts/resources.ts';

/** The resource that an attribute is worked out from. */
export interface Described {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  property(name: string): unknown;
}

/** Everything that attributes of a resource depend on besides the resource. */
export interface AttributeContext extends AccountRegion {
  /** Another id of the resource, which stays the same; `purpose` tells it from the first. */
  further(resource: Described, purpose: string): string;
}

type Attribute = (resource: Described, context: AttributeContext) => unknown;
type Attributes = Readonly<Record<string, Attribute>>;

const arn =
  (service: string, path: string, regional = true): Attribute =>
  ({ physicalId }, { account, region }) =>
    `arn:aws:${service}:${regional ? region : ''}:${account}:${path}${physicalId}`;

const own: Attribute = ({ physicalId }) => physicalId;
const property =
  (name: string): Attribute =>
  (resource) =>
    resource.property(name);
const always =
  (value: unknown): Attribute =>
  () =>
    value;

/** `Fn::GetAtt` by type and attribute, for what templates of this project use. */
const ATTRIBUTES: Readonly<Record<string, Attributes>> = {
  'AWS::ApiGateway::Deployment': { DeploymentId: own },
  'AWS::ApiGateway::Resource': { ResourceId: own },
  'AWS::ApiGateway::RestApi': {
    RestApiId: own,
    RootResourceId: (resource, context) => context.further(resource, 'root'),
  },
  'AWS::CloudWatch::Alarm': { Arn: arn('cloudwatch', 'alarm:') },
  'AWS::DynamoDB::Table': { Arn: arn('dynamodb', 'table/') },
  'AWS::EC2::LaunchTemplate': {
    LaunchTemplateId: own,
    LatestVersionNumber: always('1'),
    DefaultVersionNumber: always('1'),
  },
  'AWS::EC2::SecurityGroup': { GroupId: own, Id: own, VpcId: property('VpcId') },
  'AWS::EC2::Subnet': {
    SubnetId: own,
    AvailabilityZone: property('AvailabilityZone'),
    CidrBlock: property('CidrBlock'),
    VpcId: property('VpcId'),
  },
  'AWS::EC2::VPC': {
    VpcId: own,
    CidrBlock: property('CidrBlock'),
    DefaultSecurityGroup: (resource, context) => `sg-0${context.further(resource, 'default-group')}`,
    DefaultNetworkAcl: (resource, context) => `acl-0${context.further(resource, 'default-acl')}`,
  },
  'AWS::EC2::VPCEndpoint': {
    Id: own,
    // Each is ZONE:NAME; the first is the endpoint's name for all zones.
    DnsEntries: ({ physicalId }, { region }) => [
      `Z7HUB22UULQXV:${physicalId}-local.execute-api.${region}.vpce.amazonaws.com`,
    ],
  },
  'AWS::IAM::InstanceProfile': { Arn: arn('iam', 'instance-profile/', false) },
  'AWS::IAM::ManagedPolicy': { PolicyArn: arn('iam', 'policy/', false) },
  'AWS::IAM::Role': {
    Arn: arn('iam', 'role/', false),
    RoleId: (resource, context) => context.further(resource, 'unique-id'),
  },
  'AWS::IAM::User': { Arn: arn('iam', 'user/', false) },
  'AWS::KMS::Key': { Arn: arn('kms', 'key/'), KeyId: own },
  'AWS::Lambda::Function': { Arn: arn('lambda', 'function:') },
  'AWS::Logs::LogGroup': {
    Arn: (resource, context) => `${String(arn('logs', 'log-group:')(resource, context))}:*`,
  },
  'AWS::S3::Bucket': { Arn: ({ physicalId }) => `arn:aws:s3:::${physicalId}` },
  'AWS::SNS::Topic': { TopicArn: arn('sns', ''), TopicName: own },
  'AWS::SQS::Queue': { Arn: arn('sqs', ''), QueueName: own },
  'AWS::SSM::Parameter': { Type: property('Type'), Value: property('Value') },
};

/** Image Builder's resources are known by their ARN, to `Ref` as well: the path before the name. */
const IMAGE_BUILDER_PATH: Readonly<Record<string, string>> = {
  'AWS::ImageBuilder::Component': 'component',
  'AWS::ImageBuilder::DistributionConfiguration': 'distribution-configuration',
  'AWS::ImageBuilder::ImagePipeline': 'image-pipeline',
  'AWS::ImageBuilder::ImageRecipe': 'image-recipe',
  'AWS::ImageBuilder::InfrastructureConfiguration': 'infrastructure-configuration',
  'AWS::ImageBuilder::Workflow': 'workflow/build',
};

/** Types whose `Ref` is an ARN. */
export function refArn(resource: Described, context: AttributeContext): string | undefined {
  if (resource.type === 'AWS::IAM::ManagedPolicy') {
    const name = resource.property('ManagedPolicyName');
    return `arn:aws:iam::${context.account}:policy/${typeof name === 'string' ? name : resource.physicalId}`;
  }
  const path = IMAGE_BUILDER_PATH[resource.type];
  if (path === undefined) return undefined;
  const name = String(resource.property('Name'))
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-');
  const version = resource.property('Version');
  const build = path === 'component' || path.startsWith('workflow') ? '/1' : '';
  const suffix = typeof version === 'string' ? `/${version}${build}` : '';
  return `arn:aws:imagebuilder:${context.region}:${context.account}:${path}/${name}${suffix}`;
}

/** @throws Error that names resource and attribute when there is no such attribute here. */
export function attributeOf(resource: Described, name: string, context: AttributeContext): unknown {
  const known = ATTRIBUTES[resource.type]?.[name];
  if (known !== undefined) return known(resource, context);
  const ref = refArn(resource, context);
  if (ref !== undefined) return name === 'Name' ? resource.property('Name') : ref;
  throw new Error(
    `${resource.stack}: the local cloud does not know attribute ${name} of ${resource.logicalId} (${resource.type})`,
  );
}
