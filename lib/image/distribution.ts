import { CfnDistributionConfiguration } from 'aws-cdk-lib/aws-imagebuilder';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';

/** What happens to a tested image: it is tagged, and its id goes where the launch template looks for it. */
export class ImageDistribution extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, stage: string) {
    super(scope, id);
    const configuration = new CfnDistributionConfiguration(this, 'Distribution', {
      name: `sealroot-${stage}`,
      distributions: [
        {
          region: Aws.REGION,
          amiDistributionConfiguration: {
            Name: `sealroot-${stage}-{{ imagebuilder:buildDate }}`,
            AmiTags: { [TAGS.stage]: stage },
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
