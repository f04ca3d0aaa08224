import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { StateFile } from '../state.ts';

/** Property that holds a resource's own name, for types that can be named. */
const NAME_PROPERTY: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Stage': 'StageName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
  'AWS::ImageBuilder::Component': 'Name',
  'AWS::ImageBuilder::ImageRecipe': 'Name',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SSM::Parameter': 'Name',
};

/** Types whose ids EC2 makes: the prefix before 17 hex digits. */
const EC2_PREFIX: Readonly<Record<string, string>> = {
  'AWS::EC2::FlowLog': 'fl',
  'AWS::EC2::InternetGateway': 'igw',
  'AWS::EC2::LaunchTemplate': 'lt',
  'AWS::EC2::NatGateway': 'nat',
  'AWS::EC2::NetworkAcl': 'acl',
  'AWS::EC2::RouteTable': 'rtb',
  'AWS::EC2::SecurityGroup': 'sg',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::EC2::VPC': 'vpc',
  'AWS::EC2::VPCEndpoint': 'vpce',
};

const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Gives each resource an id in the form that AWS would, once: `ids.json` remembers it over restarts. */
export class PhysicalIds {
  private readonly file: StateFile<Record<string, string>>;
  private readonly ids: Record<string, string>;
  private batching = false;

  constructor(state: string) {
    this.file = new StateFile(state, 'ids.json', {});
    this.ids = { ...this.file.read() };
  }

  /** The property of `type` that names the resource when it is set. */
  nameProperty(type: string): string | undefined {
    return NAME_PROPERTY[type];
  }

  /** An id for a resource that does not name itself. */
  generated(stack: string, logicalId: string, type: string): string {
    const known = this.ids[`${stack}/${logicalId}`];
    return known ?? this.remember(`${stack}/${logicalId}`, newId(stack, logicalId, type));
  }

  /** A further id that belongs to a resource, such as a role's `AROA...`. */
  further(stack: string, logicalId: string, purpose: string, make: () => string): string {
    const key = `${stack}/${logicalId}#${purpose}`;
    return this.ids[key] ?? this.remember(key, make());
  }

  /** Writes the ids that `work` makes once, at its end. */
  batch(work: () => void): void {
    const before = Object.keys(this.ids).length;
    this.batching = true;
    try {
      work();
    } finally {
      this.batching = false;
      if (Object.keys(this.ids).length > before) this.file.write(this.ids);
    }
  }

  private remember(key: string, id: string): string {
    this.ids[key] = id;
    if (!this.batching) this.file.write(this.ids);
    return id;
  }
}

function newId(stack: string, logicalId: string, type: string): string {
  const prefix = EC2_PREFIX[type];
  if (prefix !== undefined) return `${prefix}-0${randomBytes(8).toString('hex')}`;
  switch (type) {
    case 'AWS::KMS::Key':
      return randomUUID();
    case 'AWS::Route53::HostedZone':
      return `Z${alphanumeric(13).toUpperCase()}`;
    case 'AWS::ApiGateway::RestApi':
      return alphanumeric(10);
    case 'AWS::ApiGateway::Resource':
    case 'AWS::ApiGateway::Deployment':
      return alphanumeric(6);
    default:
      return named(stack, logicalId);
  }
}

/** `STACK-LOGICALID-RANDOM`, at most 64 characters, as CloudFormation names what does not name itself. */
function named(stack: string, logicalId: string): string {
  const tail = createHash('sha256').update(`${stack}/${logicalId}`).digest('hex').slice(0, 12).toUpperCase();
  return `${stack.slice(0, 24)}-${logicalId.slice(0, 24)}-${tail}`;
}

export function alphanumeric(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHANUMERIC.charAt(byte % 36)).join('');
}

/** Unique ids of IAM: `AROA` for roles, `AIDA` for users, `AGPA` for groups; base 32 behind it. */
export function iamUniqueId(prefix: 'AROA' | 'AIDA' | 'AGPA' | 'ASIA' | 'AKIA'): string {
  const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return prefix + Array.from(randomBytes(16), (byte) => base32.charAt(byte % 32)).join('');
}
