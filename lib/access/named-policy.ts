import { CfnManagedPolicy, PolicyDocument, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

export interface NamedPolicyProps {
  readonly name: string;
  readonly statements: readonly PolicyStatement[];
  /** Names of users. @default - none */
  readonly users?: string[];
  /** Names of groups. @default - none */
  readonly groups?: string[];
}

/**
 * A managed policy of a fixed name. It has no description: IAM never changes one, so a better one would replace the
 * policy, and the new one could not have the name while the old one stands.
 */
export class NamedPolicy extends CfnManagedPolicy {
  constructor(scope: Construct, id: string, { name, statements, ...attachment }: NamedPolicyProps) {
    super(scope, id, {
      managedPolicyName: name,
      policyDocument: new PolicyDocument({ statements: [...statements], minimize: false }),
      ...attachment,
    });
  }
}
