import { Stack, Tags, type Environment } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';

/** Facts that every stack of a stage is told. */
export interface StageStackProps {
  /** Name of the stage; part of every name. */
  readonly stage: string;
  /**
   * Account and region.
   * @default - those of the credentials that deploy
   */
  readonly env?: Environment | undefined;
  /**
   * Whether CloudFormation refuses to delete the stack.
   * @default false
   */
  readonly terminationProtection?: boolean | undefined;
}

/** A stack of a stage, named after both: log groups and alarms, whose names begin with it, are found by that. */
export abstract class StageStack extends Stack {
  /** @param what the stack has in it, for its description */
  constructor(
    scope: Construct,
    id: string,
    { stage, env, terminationProtection = false }: StageStackProps,
    what: string,
  ) {
    super(scope, id, {
      ...(env === undefined ? {} : { env }),
      stackName: names(stage).stack(id),
      terminationProtection,
      description: `Sealroot ${stage}: ${what}`,
    });
    Tags.of(this).add(TAGS.stage, stage);
  }
}
