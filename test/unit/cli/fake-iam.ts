import { SECRET } from './sigv4.ts';
import type { Reply } from './world.ts';

const ACCOUNT = '000000000000';
export const VIRTUAL = `arn:aws:iam::${ACCOUNT}:mfa/ann`;
export const FIDO = `arn:aws:iam::${ACCOUNT}:u2f/user/ann/yubikey-ABC`;
export const roleArn = (role: string, region = 'eu-west-1', stage = 'dev'): string =>
  `arn:aws:iam::${ACCOUNT}:role/sealroot-${stage}-${region}-access-${role}`;

interface Call {
  readonly action: string;
  readonly key: string;
  readonly parameters: Record<string, string>;
}

/** The part of the STS and IAM Query APIs that the CLI uses, for a user ann. */
export class FakeIam {
  /** Owner of `LOCAL`, the key in the environment. */
  caller = `arn:aws:iam::${ACCOUNT}:user/ann`;
  devices: string[] = [VIRTUAL];
  /** Virtual devices that exist and are nobody's. */
  unassigned: string[] = [];
  policies: string[] = [];
  /** Longest session of each role, in seconds, by the role's name. */
  readonly roles: Record<string, number> = {
    'sealroot-dev-eu-west-1-access-operator': 14_400,
    'sealroot-dev-eu-west-1-access-custodian': 3600,
    'sealroot-dev-eu-west-1-access-auditor': 28_800,
  };
  /** Codes that AWS takes, each once. */
  codes = new Set(['123456', '234567', '345678']);
  /** Error code by action, for as long as it is there. */
  readonly errors = new Map<string, string>();
  readonly calls: Call[] = [];
  readonly #now: () => number;
  #sessions = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  actions(): string[] {
    return this.calls.map(({ action }) => action);
  }

  call(action: string): Record<string, string> | undefined {
    return this.calls.find((call) => call.action === action)?.parameters;
  }

  handle(body: string, key: string): Reply {
    const parameters = Object.fromEntries(new URLSearchParams(body));
    const action = parameters['Action'] ?? '';
    this.calls.push({ action, key, parameters });
    const error = this.errors.get(action);
    if (error !== undefined) return failure(error, `${action} is denied with an explicit deny`);
    switch (action) {
      case 'GetCallerIdentity':
        return answer(
          action,
          `<Arn>${this.caller}</Arn><UserId>AIDAANN</UserId><Account>${ACCOUNT}</Account>`,
        );
      case 'AssumeRole':
      case 'GetSessionToken':
        return this.#session(action, parameters);
      case 'ListMFADevices':
        return answer(action, `<MFADevices>${members(this.devices, 'SerialNumber')}</MFADevices>`);
      case 'GetRole':
        return this.#role(parameters['RoleName'] ?? '');
      case 'ListAttachedUserPolicies':
        return answer(
          action,
          `<AttachedPolicies>${members(this.policies, 'PolicyArn')}</AttachedPolicies><IsTruncated>false</IsTruncated>`,
        );
      case 'AttachUserPolicy':
        this.policies.push(parameters['PolicyArn'] ?? '');
        return answer(action, '');
      case 'DetachUserPolicy':
        this.policies = this.policies.filter((policy) => policy !== parameters['PolicyArn']);
        return answer(action, '');
      case 'CreateVirtualMFADevice':
        return this.#create(parameters['VirtualMFADeviceName'] ?? '');
      case 'DeleteVirtualMFADevice':
        this.unassigned = this.unassigned.filter((serial) => serial !== parameters['SerialNumber']);
        return answer(action, '');
      case 'EnableMFADevice':
        return this.#enable(parameters);
      default:
        return failure('InvalidAction', action);
    }
  }

  #session(action: string, parameters: Record<string, string>): Reply {
    if (!this.devices.includes(parameters['SerialNumber'] ?? ''))
      return failure('AccessDenied', 'MultiFactorAuthentication failed, unable to validate MFA code.');
    if (!this.codes.delete(parameters['TokenCode'] ?? ''))
      return failure(
        'AccessDenied',
        'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
      );
    const expires = new Date(this.#now() + Number(parameters['DurationSeconds']) * 1000).toISOString();
    const id = `ASIA${++this.#sessions}`;
    return answer(
      action,
      `<Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>token-of-${id}</SessionToken><Expiration>${expires}</Expiration></Credentials>`,
    );
  }

  #role(name: string): Reply {
    const maximum = this.roles[name];
    return maximum === undefined
      ? failure('NoSuchEntity', `The role with name ${name} cannot be found.`)
      : answer(
          'GetRole',
          `<Role><RoleName>${name}</RoleName><MaxSessionDuration>${maximum}</MaxSessionDuration></Role>`,
        );
  }

  #create(name: string): Reply {
    const serial = `arn:aws:iam::${ACCOUNT}:mfa/${name}`;
    if ([...this.devices, ...this.unassigned].includes(serial))
      return failure('EntityAlreadyExists', 'MFADevice entity at the same path and name already exists.');
    this.unassigned.push(serial);
    const seed = Buffer.from('MFRGGZDFMZTWQ2LK').toString('base64');
    return answer(
      'CreateVirtualMFADevice',
      `<VirtualMFADevice><SerialNumber>${serial}</SerialNumber><Base32StringSeed>${seed}</Base32StringSeed></VirtualMFADevice>`,
    );
  }

  #enable(parameters: Record<string, string>): Reply {
    const codes = [parameters['AuthenticationCode1'], parameters['AuthenticationCode2']];
    if (codes.join() !== '123456,234567')
      return failure('InvalidAuthenticationCode', 'Authentication code for device is not valid.');
    const serial = parameters['SerialNumber'] ?? '';
    this.unassigned = this.unassigned.filter((each) => each !== serial);
    this.devices.push(serial);
    return answer('EnableMFADevice', '');
  }
}

const members = (values: readonly string[], name: string): string =>
  values.map((value) => `<member><${name}>${value}</${name}></member>`).join('');

const answer = (action: string, inner: string): Reply => ({
  status: 200,
  type: 'text/xml',
  body: `<${action}Response><${action}Result>${inner}</${action}Result></${action}Response>`,
});

const failure = (code: string, message: string): Reply => ({
  status: 400,
  type: 'text/xml',
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});
