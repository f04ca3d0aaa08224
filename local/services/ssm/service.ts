import { AwsError } from '../../engine/contracts/errors.ts';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type { Principal } from '../../engine/contracts/identity.ts';
import type { Authorizer } from '../../engine/contracts/policy.ts';
import type { AccountRegion, Resources } from '../../engine/contracts/resources.ts';
import type { Parameters, ServiceHandler } from '../../engine/contracts/services.ts';
import { jsonResponse, parseJson } from '../../engine/responses.ts';
import { StateFile } from '../../engine/state.ts';
import { newName, newType, newValue, parameterNames } from './input.ts';

interface Parameter {
  readonly value: string;
  readonly type: string;
  readonly version: number;
  /** Seconds since the epoch. */
  readonly modified: number;
  /** Value in the template when the parameter was last deployed from it. */
  readonly deployed?: string;
}

type Stored = Readonly<Record<string, Parameter>>;

const parameterFile = (state: string): StateFile<Stored> => new StateFile<Stored>(state, 'ssm.json', {});

/** Value of a parameter of a local cloud that does not run. */
export function storedParameter(state: string, name: string): string | undefined {
  const parameters = parameterFile(state).read();
  return Object.hasOwn(parameters, name) ? parameters[name]?.value : undefined;
}

/** SSM Parameter Store, without SecureString (https://docs.aws.amazon.com/systems-manager/latest/APIReference/). */
export class SsmService implements ServiceHandler, Parameters {
  private readonly file: StateFile<Stored>;
  private readonly authorizer: Authorizer;
  private readonly owner: AccountRegion;
  private parameters: Stored;

  constructor(options: {
    state: string;
    resources: Resources;
    authorizer: Authorizer;
    account: string;
    region: string;
  }) {
    this.authorizer = options.authorizer;
    this.owner = options;
    this.file = parameterFile(options.state);
    this.parameters = this.file.read();
    const known = this.parameters;
    for (const { physicalId: name, properties } of options.resources.ofType('AWS::SSM::Parameter')) {
      const value = String(properties['Value']);
      // A template that did not change leaves a later PutParameter alone, as a deployment does.
      if (this.parameters[name]?.deployed !== value) {
        this.set(name, value, String(properties['Type']), value);
      }
    }
    if (this.parameters !== known) this.file.write(this.parameters);
  }

  get(name: string): string | undefined {
    return this.find(name)?.value;
  }

  put(name: string, value: string): number {
    const { type = 'String', deployed } = this.find(name) ?? {};
    const version = this.set(name, value, type, deployed);
    this.file.write(this.parameters);
    return version;
  }

  handle(request: HttpRequest, principal: Principal): Promise<HttpResponse> {
    const operation = request.headers['x-amz-target']?.split('.')[1] ?? '';
    return Promise.resolve(jsonResponse(200, this.run(operation, parseJson(request.body), principal)));
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
        const asked = parameterNames(input).map((name) => this.allowed(principal, operation, name));
        return {
          Parameters: asked.map((name) => this.describe(name)).filter((found) => found !== undefined),
          InvalidParameters: asked.filter((name) => this.find(name) === undefined),
        };
      }
      case 'PutParameter': {
        const name = newName(this.allowed(principal, operation, input['Name']));
        const known = this.find(name);
        if (known !== undefined && input['Overwrite'] !== true) {
          throw new AwsError('ParameterAlreadyExists', 'The parameter already exists.');
        }
        const type = newType(input, known?.type);
        const version = this.set(name, newValue(input), type, known?.deployed);
        this.file.write(this.parameters);
        return { Version: version, Tier: 'Standard' };
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
    return `arn:aws:ssm:${this.owner.region}:${this.owner.account}:parameter/${name.replace(/^\//, '')}`;
  }

  private find(name: string): Parameter | undefined {
    return Object.hasOwn(this.parameters, name) ? this.parameters[name] : undefined;
  }

  /** Changes a parameter, in memory. @returns its version. */
  private set(name: string, value: string, type: string, deployed: string | undefined): number {
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
    return version;
  }
}
