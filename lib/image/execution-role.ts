import { Role, ServicePrincipal, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../platform/acknowledge.ts';
import {
  commanding,
  distributing,
  launching,
  lookingUp,
  startingItself,
  usingKeys,
} from './execution-permissions.ts';

export interface ImageExecutionRoleProps {
  readonly stage: string;
  readonly builderRoleArn: string;
  /** Parent image of the recipe: an AMI, an image, or `ssm:` and the name of a parameter that has to be read. */
  readonly parentImage: string;
  /** Keys of the image's snapshots, and of the volumes of the instances that it is built and tested on. */
  readonly diskKeyArns: readonly string[];
}

/**
 * Role in which the pipeline works for us. A pipeline has one role for everything, and Image Builder's own service-linked
 * role may write parameters below `/imagebuilder/` only; so this one allows what AWS's policy for such roles does, for
 * building, testing and tagging one AMI in one account, plus the parameter. A test compares the two, and names a reason
 * for each difference.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderExecutionPolicy.html
 */
export class ImageExecutionRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ImageExecutionRoleProps) {
    super(scope, id);
    const { stage, builderRoleArn, parentImage, diskKeyArns } = props;
    this.role = new Role(this, 'Role', {
      // For pipelines of this account alone: the service acts for every customer of AWS.
      assumedBy: new ServicePrincipal('imagebuilder.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `Sealroot ${stage}: builds, tests and distributes the image`,
    });
    this.allow(
      launching(builderRoleArn),
      'Instances, volumes and interfaces of a build get their ids while it runs. Only what Image Builder has tagged as its own is launched, stopped or terminated; EC2 knows no narrower resource for Describe calls.',
    );
    this.allow(
      commanding(),
      'Commands and associations get their ids while a build runs, and go to instances that Image Builder has tagged as its own; Systems Manager knows no narrower resource for the calls that follow them.',
    );
    this.allow(distributing(stage), 'Images and snapshots get their ids while a build runs.');
    this.allow(
      usingKeys(diskKeyArns),
      'Which key the account’s default for EBS is, and which a parent image’s snapshots are under, is the account’s business; conditions hold the use to volumes and snapshots, through EC2.',
    );
    for (const statement of [...lookingUp(parentImage), ...startingItself(stage)])
      this.role.addToPolicy(statement);
  }

  private allow(statements: readonly PolicyStatement[], wildcards: string): void {
    for (const statement of statements) this.role.addToPolicy(statement);
    acknowledgeWildcards(this, statements, wildcards);
  }
}
