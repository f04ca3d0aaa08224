import { json, parseJson } from '../../engine/answers.ts';
import {
  AwsError,
  type GatewayRequest,
  type GatewayResponse,
  type Principal,
  type Resources,
  type ServiceHandler,
} from '../../engine/contracts.ts';
import type { TemplateAuthorizer } from '../iam/evaluation/authorizer.ts';
import { StateFile } from '../../engine/state.ts';

interface Parameter {
  readonly value: string;
  readonly type: string;
  readonly version: number;
  /** Seconds since the epoch. */
  readonly modified: number;
  /** What the template said when this was last deployed from it. */
  readonly deployed?: string;
}

type Parameters = Readonly<Record<string, Parameter>>;

/** SSM Parameter Store, without SecureString (https://docs.aws.amazon.com/systems-manager/latest/APIReference/). */
export class SsmService implements ServiceHandler {
  private readonly file: StateFile<Parameters>;
  private readonly authorizer: TemplateAuthorizer;
  private readonly place: { readonly account: string; readonly region: string };
  private parameters: Parameters;

  constructor(options: {
    state: string;
    resources: Resources;
    authorizer: TemplateAuthorizer;
    account: string;
    region: string;
  }) {
    this.authorizer = options.authorizer;
    this.place = options;
    this.file = new StateFile<Parameters>(options.state, 'ssm.json', {});
    this.parameters = this.file.read();
    for (const { physicalId: name, properties } of options.resources.ofType('AWS::SSM::Parameter')) {
      const value = String(properties['Value']);
      // As a deployment does: a template that did not change leaves a later PutParameter alone.
      if (this.parameters[name]?.deployed !== value) {
        this.store(name, value, String(properties['Type']), value);
      }
    }
  }

  get(name: string): string | undefined {
    return this.find(name)?.value;
  }

  put(name: string, value: string): number {
    const { type = 'String', deployed } = this.find(name) ?? {};
    return this.store(name, value, type, deployed);
  }

  handle(request: GatewayRequest, principal: Principal): Promise<GatewayResponse> {
    const operation = request.headers['x-amz-target']?.split('.')[1] ?? '';
    return Promise.resolve(json(200, this.run(operation, parseJson(request.body), principal)));
  }

  private run(operation: string, input: Readonly<Record<string, unknown>>, principal: Principal): unknown {
    switch (operation) {
      case 'GetParameter': {
        const name = this.allowed(principal, operation, input['Name']);
        const parameter = this.describe(name);
        if (parameter === undefined) throw new AwsError('ParameterNotFound', '');
        return { Parameter: parameter };
      }
      case 'GetParameters': {
        const names = (input['Names'] ?? []) as readonly unknown[];
        const asked = names.map((name) => this.allowed(principal, operation, name));
        return {
          Parameters: asked.map((name) => this.describe(name)).filter((found) => found !== undefined),
          InvalidParameters: asked.filter((name) => this.find(name) === undefined),
        };
      }
      case 'PutParameter': {
        const name = this.allowed(principal, operation, input['Name']);
        if (this.find(name) !== undefined && input['Overwrite'] !== true) {
          throw new AwsError('ParameterAlreadyExists', 'The parameter already exists.');
        }
        if (typeof input['Value'] !== 'string' || input['Value'] === '') {
          throw new AwsError('ValidationException', 'Value must not be empty');
        }
        return { Version: this.put(name, input['Value']), Tier: 'Standard' };
      }
      default:
        throw new AwsError('UnknownOperationException', `the local SSM does not know ${operation}`);
    }
  }

  private allowed(principal: Principal, operation: string, name: unknown): string {
    if (typeof name !== 'string' || name === '') throw new AwsError('ValidationException', 'Name is missing');
    this.authorizer.require(principal, `ssm:${operation}`, this.arn(name));
    return name;
  }

  private describe(name: string): object | undefined {
    const found = this.find(name);
    return (
      found && {
        Name: name,
        Type: found.type,
        Value: found.value,
        Version: found.version,
        LastModifiedDate: found.modified,
        ARN: this.arn(name),
        DataType: 'text',
      }
    );
  }

  private arn(name: string): string {
    return `arn:aws:ssm:${this.place.region}:${this.place.account}:parameter/${name.replace(/^\//, '')}`;
  }

  private find(name: string): Parameter | undefined {
    return Object.hasOwn(this.parameters, name) ? this.parameters[name] : undefined;
  }

  private store(name: string, value: string, type: string, deployed: string | undefined): number {
    const version = (this.find(name)?.version ?? 0) + 1;
    const modified = Math.floor(Date.now() / 1000);
    const parameter: Parameter = {
      value,
      type,
      version,
      modified,
      ...(deployed !== undefined && { deployed }),
    };
    this.parameters = { ...this.parameters, [name]: parameter };
    this.file.write(this.parameters);
    return version;
  }
}
