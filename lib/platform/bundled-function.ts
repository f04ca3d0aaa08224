import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { bundleOf, type Service } from './bundle.ts';
import { keptLogGroup } from './log-group.ts';
import { roleName } from './role-names.ts';
import { inPackage } from './root.ts';

export interface BundledFunctionProps {
  readonly stage: string;
  readonly service: Service;
  readonly description: string;
  readonly logRetentionDays: number;
  /** @default - none is set aside */
  readonly reservedConcurrency?: number | undefined;
}

/** A service's Lambda, with a log group and a role of its own that may do nothing yet but write logs. */
export class BundledFunction extends Construct {
  readonly role: Role;
  readonly function: LambdaFunction;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    this.logGroup = keptLogGroup(this, 'Logs', props.logRetentionDays);
    this.role = new Role(this, 'Role', {
      roleName: roleName(props.stage, props.service),
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Sealroot ${props.stage}: the ${props.service} Lambda`,
    });
    this.allow({
      sid: 'WriteLogs',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    });
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(this.codeOf(props.service)),
      handler: 'index.handler',
      role: this.role.withoutPolicyUpdates(),
      // More memory is more CPU: a cold start is spent loading code and making a key pair.
      memorySize: 1024,
      // Above the handler's own deadline of 20 s, below the 29 s that API Gateway waits.
      timeout: Duration.seconds(25),
      logGroup: this.logGroup,
      ...(props.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrency }),
    });
  }

  /** Adds a statement to the role's policy. */
  allow(statement: {
    sid: string;
    actions: string[];
    resources: string[];
    conditions?: Record<string, unknown>;
  }): void {
    this.role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, ...statement }));
  }

  /** The sources stand in where the CDK needs no bundle: it lists or destroys stacks, or deploys others. */
  private codeOf(service: Service): string {
    return Stack.of(this).bundlingRequired ? bundleOf(service) : inPackage('lambda', service);
  }

  environment(variables: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(variables)) this.function.addEnvironment(name, value);
  }
}
