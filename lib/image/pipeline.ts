import type { IRole } from 'aws-cdk-lib/aws-iam';
import { CfnImagePipeline } from 'aws-cdk-lib/aws-imagebuilder';
import { Construct } from 'constructs';
import { names } from '../../protocol/names.ts';

export interface ImagePipelineProps {
  readonly stage: string;
  readonly recipeArn: string;
  readonly infrastructureArn: string;
  readonly distributionArn: string;
  readonly executionRole: IRole;
  /** @default - runs when somebody starts it */
  readonly schedule?: string | undefined;
}

/** A first boot copies the base system; the test waits for a whole one, and a reboot. */
const TEST_TIMEOUT_MINUTES = 60;

/** Builds, tests and distributes. */
export class ImagePipeline extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: ImagePipelineProps) {
    super(scope, id);
    const pipeline = new CfnImagePipeline(this, 'Pipeline', {
      name: names(props.stage).imagePipeline,
      imageRecipeArn: props.recipeArn,
      infrastructureConfigurationArn: props.infrastructureArn,
      distributionConfigurationArn: props.distributionArn,
      executionRole: props.executionRole.roleArn,
      imageTestsConfiguration: { imageTestsEnabled: true, timeoutMinutes: TEST_TIMEOUT_MINUTES },
      ...(props.schedule === undefined
        ? {}
        : {
            schedule: {
              scheduleExpression: props.schedule,
              pipelineExecutionStartCondition: 'EXPRESSION_MATCH_ONLY',
            },
          }),
    });
    this.arn = pipeline.attrArn;
  }
}
