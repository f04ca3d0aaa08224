import { CfnParameter as SsmParameter } from 'aws-cdk-lib/aws-ssm';
import { CfnParameter, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { names } from '../../protocol/names.ts';
import { originOf } from './origin.ts';

export interface StackLinkProps<T> {
  /** Name of the stage. */
  readonly stage: string;
  /** Identifies the resource: its ARN, id or name. */
  readonly value: string;
  /** Makes the typed reference that another stack works with. */
  readonly import: (scope: Construct, id: string, value: string) => T;
}

/**
 * Something of one stack that other stacks of the stage refer to. Its value is in a parameter of Systems Manager, which
 * CloudFormation reads whenever it deploys a stack that refers to it: so a resource may be replaced, and the stacks
 * after it learn of that in the same `cdk deploy`. An export could not change as long as anybody imports it, and
 * `Fn::GetStackOutput` is not looked at again while the template with it stays the same (docs/adr/0010).
 */
export class StackLink<T> extends Construct {
  private readonly parameterName: string;
  private readonly imported = new Map<Stack, T>();
  private readonly value: string;
  private readonly importAs: StackLinkProps<T>['import'];

  /** @param id name of the link, unique in the stage */
  constructor(scope: Stack, id: string, props: StackLinkProps<T>) {
    super(scope, `Link${id}`);
    this.parameterName = names(props.stage).linkParameter(id);
    this.value = props.value;
    this.importAs = props.import;
    new SsmParameter(this, 'Parameter', {
      name: this.parameterName,
      description: `Sealroot ${props.stage}: ${id}, for the stage's other stacks`,
      type: 'String',
      value: props.value,
    });
  }

  /**
   * Describes what the value is made of, while the app is synthesized. A template that refers to this link stays the same
   * when the value changes; this does not.
   */
  origin(): object {
    return originOf(Stack.of(this), this.value);
  }

  /** The reference in another stack, which from then on is deployed after this one. */
  in(consumer: Stack): T {
    const known = this.imported.get(consumer);
    if (known !== undefined) return known;
    consumer.addStackDependency(Stack.of(this));
    const parameter = new CfnParameter(consumer, this.node.id, {
      type: 'AWS::SSM::Parameter::Value<String>',
      default: this.parameterName,
      description: 'Another stack of the stage writes it: not to be given by hand',
    });
    const reference = this.importAs(consumer, `Imported${this.node.id}`, parameter.valueAsString);
    this.imported.set(consumer, reference);
    return reference;
  }
}
