import { CfnDistributionConfiguration } from 'aws-cdk-lib/aws-imagebuilder';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';

export interface ImageDistributionProps {
  readonly stage: string;
  /** API, endpoint and keys that the image is bound to. */
  readonly pins: string;
}

/** Tags a tested image, and writes its id where the launch template looks for it. */
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
            // The command line compares the pins with the stage's before a launch: the parameter below outlives
            // the stage's keys.
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
