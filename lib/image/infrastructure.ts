import { CfnInfrastructureConfiguration } from 'aws-cdk-lib/aws-imagebuilder';
import { Construct } from 'constructs';
import { TAGS } from '../../protocol/names.ts';

export interface ImageInfrastructureProps {
  readonly stage: string;
  readonly instanceType: string;
  readonly instanceProfileName: string;
  readonly subnetId: string;
  readonly securityGroupId: string;
}

/** Where images are built and tested: a network and a role that may ask the keyserver, as the test has to. */
export class ImageInfrastructure extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: ImageInfrastructureProps) {
    super(scope, id);
    const configuration = new CfnInfrastructureConfiguration(this, 'Infrastructure', {
      name: `sealroot-${props.stage}`,
      instanceTypes: [props.instanceType],
      instanceProfileName: props.instanceProfileName,
      subnetId: props.subnetId,
      securityGroupIds: [props.securityGroupId],
      instanceMetadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      terminateInstanceOnFailure: true,
      resourceTags: { [TAGS.stage]: props.stage },
    });
    this.arn = configuration.attrArn;
  }
}
