import { CfnDistributionConfiguration } from 'aws-cdk-lib/aws-imagebuilder';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';

export interface ImageDistributionProps {
  readonly stage: string;
  /** What the image is bound to. */
  readonly pins: string;
}

/** What happens to a tested image: it is tagged, and its id goes where the launch template looks for it. */
export class ImageDistribution extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { stage, pins }: ImageDistributionProps) {
    super(scope, id);
    const configuration = new CfnDistributionConfiguration(this, 'Distribution', {
      name: `sealroot-${stage}`,
      distributions: [
        {
          region: Aws.REGION,
          amiDistributionConfiguration: {
            Name: `sealroot-${stage}-{{ imagebuilder:buildDate }}`,
            // Whoever launches compares the pins with the stage's: the parameter below outlives the stage's keys.
            AmiTags: { [TAGS.stage]: stage, [TAGS.pins]: pins },
          },
          ssmParameterConfigurations: [
            { parameterName: names(stage).amiParameter, dataType: 'aws:ec2:image' },
          ],
        },
      ],
    });
    this.arn = configuration.attrArn;
  }
}
