import type { ISecurityGroup, ISubnetRef } from 'aws-cdk-lib/aws-ec2';
import type { CfnInstanceProfile } from 'aws-cdk-lib/aws-iam';
import { CfnInfrastructureConfiguration } from 'aws-cdk-lib/aws-imagebuilder';
import { Construct } from 'constructs';
import { TAGS } from '../../protocol/names.ts';

export interface ImageInfrastructureProps {
  readonly stage: string;
  readonly instanceTypes: readonly string[];
  readonly profile: CfnInstanceProfile;
  readonly subnet: ISubnetRef;
  readonly securityGroup: ISecurityGroup;
}

/** Machines that images are built and tested on: a network and a role that may ask the keyserver, as the test has to. */
export class ImageInfrastructure extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: ImageInfrastructureProps) {
    super(scope, id);
    const configuration = new CfnInfrastructureConfiguration(this, 'Infrastructure', {
      name: `sealroot-${props.stage}`,
      instanceTypes: [...props.instanceTypes],
      instanceProfileName: props.profile.ref,
      subnetId: props.subnet.subnetRef.subnetId,
      securityGroupIds: [props.securityGroup.securityGroupId],
      instanceMetadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      terminateInstanceOnFailure: true,
      resourceTags: { [TAGS.stage]: props.stage },
    });
    this.arn = configuration.attrArn;
  }
}
