import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ServiceSessions } from '../../engine/contracts/identity.ts';
import type { Authorizer, PolicyDocument } from '../../engine/contracts/policy.ts';
import type { Resource, Resources } from '../../engine/contracts/resources.ts';
import type { Functions, InvocableFunction, Outcome } from '../../engine/contracts/services.ts';
import { privateDirectory } from '../../engine/state.ts';
import { ExecutionEnvironment, type EnvironmentOptions } from './environment.ts';
import { resourcePolicy } from './resource-policy.ts';

/** Lambda starts another environment for each concurrent invocation; two are enough to see what that does. */
const MAX_ENVIRONMENTS = 2;
const SESSION_SECONDS = 12 * 3600;
/** An environment ends before its credentials do. */
const MAX_AGE_MS = 6 * 3600_000;

export interface LambdaOptions {
  /** Local path of each asset by its S3 key. */
  readonly assets: ReadonlyMap<string, string>;
  readonly state: string;
  readonly resources: Resources;
  readonly sessions: ServiceSessions;
  readonly authorizer: Authorizer;
  /** Endpoint at which the functions reach AWS. */
  readonly endpoint: string;
  readonly region: string;
}

/** AWS Lambda: runs the functions of the templates from their bundles. */
export class LambdaService implements Functions {
  private readonly functions: readonly LambdaFunction[];

  constructor(options: LambdaOptions) {
    const logs = privateDirectory(path.join(options.state, 'logs'));
    this.functions = options.resources
      .ofType('AWS::Lambda::Function')
      .map((resource) => new LambdaFunction(resource, logs, options));
  }

  byArn(arn: string): InvocableFunction | undefined {
    return this.functions.find((each) => each.arn === arn);
  }

  stop(): void {
    for (const each of this.functions) each.stop();
  }
}

class LambdaFunction implements InvocableFunction {
  readonly name: string;
  readonly arn: string;
  private readonly resource: Resource;
  private readonly logFile: string;
  private readonly policy: PolicyDocument;
  private readonly options: LambdaOptions;
  private environments: ExecutionEnvironment[] = [];
  private readonly waiting: (() => void)[] = [];

  constructor(resource: Resource, logs: string, options: LambdaOptions) {
    this.resource = resource;
    this.name = resource.physicalId;
    this.arn = String(resource.attribute('Arn'));
    this.logFile = path.join(logs, `${this.name}.log`);
    this.policy = resourcePolicy(this.arn, options.resources);
    this.options = options;
  }

  allowsService(service: string, sourceArn: string): boolean {
    const context = { 'aws:SourceArn': sourceArn };
    const access = { action: 'lambda:InvokeFunction', resource: this.arn, context };
    return this.options.authorizer.serviceVerdict(service, access, this.policy) === 'allow';
  }

  /** Runs one invocation in a free environment, a new one, or the next that becomes free. */
  async invoke(event: unknown): Promise<Outcome> {
    let environment = this.free();
    while (environment === undefined) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
      environment = this.free();
    }
    try {
      return await environment.invoke(event);
    } finally {
      this.waiting.shift()?.();
    }
  }

  stop(): void {
    for (const environment of this.environments) environment.stop();
    this.environments = [];
  }

  private free(): ExecutionEnvironment | undefined {
    const old = this.environments.filter((each) => !each.busy && Date.now() - each.born > MAX_AGE_MS);
    for (const environment of old) environment.stop();
    this.environments = this.environments.filter((each) => each.alive && !old.includes(each));
    const idle = this.environments.find((each) => !each.busy);
    if (idle !== undefined) return idle;
    if (this.environments.length >= MAX_ENVIRONMENTS) return undefined;
    const created = new ExecutionEnvironment(this.environmentOptions());
    // The flag is set at once: two callers must not be given the same one before either has begun.
    created.busy = true;
    this.environments.push(created);
    return created;
  }

  private environmentOptions(): EnvironmentOptions {
    const { properties } = this.resource;
    const directory = this.bundle();
    const [module = '', exportName = ''] = String(properties['Handler']).split('.');
    const file = ['.mjs', '.js', '.cjs']
      .map((extension) => path.join(directory, module + extension))
      .find((candidate) => existsSync(candidate));
    if (file === undefined) throw new Error(`${this.name}: ${directory} has no module ${module}`);
    return {
      name: this.name,
      arn: this.arn,
      directory,
      file,
      exportName,
      variables: this.variables(),
      timeoutMs: Number(properties['Timeout'] ?? 3) * 1000,
      logFile: this.logFile,
    };
  }

  private bundle(): string {
    const { S3Key } = (this.resource.properties['Code'] ?? {}) as { S3Key?: string };
    const directory = this.options.assets.get(S3Key ?? '');
    if (directory === undefined || !statSync(directory).isDirectory()) {
      throw new Error(`${this.name}: its code is no folder among the assets of the cloud assembly`);
    }
    return directory;
  }

  /** Exactly the template's variables and those that Lambda itself sets; nothing of this process's environment. */
  private variables(): Record<string, string> {
    const { properties } = this.resource;
    const { Variables = {} } = (properties['Environment'] ?? {}) as { Variables?: Record<string, unknown> };
    const { sessions, endpoint, region } = this.options;
    const role = String(properties['Role']);
    const session = sessions.issueToService('lambda.amazonaws.com', role, this.name.slice(0, 64), {
      durationSeconds: SESSION_SECONDS,
    });
    return {
      ...Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, String(value)])),
      AWS_ACCESS_KEY_ID: session.accessKeyId,
      AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
      AWS_SESSION_TOKEN: session.sessionToken ?? '',
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
      AWS_LAMBDA_FUNCTION_NAME: this.name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(Number(properties['MemorySize'] ?? 128)),
      // The bundle must not find this user's own AWS configuration.
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      LAMBDA_TASK_ROOT: this.bundle(),
      TZ: ':UTC',
    };
  }
}
