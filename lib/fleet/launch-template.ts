import {
  CfnLaunchTemplate,
  LaunchTemplate,
  type ILaunchTemplate,
  type ISecurityGroup,
  type ISubnetRef,
} from 'aws-cdk-lib/aws-ec2';
import type { CfnInstanceProfile } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';
import { blockDevices } from '../platform/disks.ts';

export interface FleetLaunchTemplateProps {
  readonly stage: string;
  readonly instanceType: string;
  readonly dataDiskGiB: number;
  /** Key that EC2 encrypts the disks under. @default - that of the image's snapshots */
  readonly kmsKeyArn?: string | undefined;
  /** Number of the subnet among the fleet's, from 1. */
  readonly number: number;
  readonly subnet: ISubnetRef;
  readonly securityGroup: ISecurityGroup;
  readonly profile: CfnInstanceProfile;
}

/**
 * Launch template for one of the subnets of a stage; the image is whatever the pipeline built last. A
 * template names its subnet, so that whoever may launch by it may choose no other.
 */
export class FleetLaunchTemplate extends Construct {
  readonly template: ILaunchTemplate;

  constructor(scope: Construct, id: string, props: FleetLaunchTemplateProps) {
    super(scope, id);
    const { launchTemplate, amiParameter } = names(props.stage);
    const tags = [{ key: TAGS.stage, value: props.stage }];
    const resource = new CfnLaunchTemplate(this, 'LaunchTemplate', {
      launchTemplateName: launchTemplate(props.number),
      versionDescription: `Sealroot ${props.stage}`,
      launchTemplateData: {
        // EC2 looks it up at each launch: the template can be made before the first image is.
        imageId: `resolve:ssm:${amiParameter}`,
        instanceType: props.instanceType,
        iamInstanceProfile: { arn: props.profile.attrArn },
        // One hop: no container or network namespace behind the instance gets at its credentials.
        metadataOptions: {
          httpEndpoint: 'enabled',
          httpTokens: 'required',
          httpPutResponseHopLimit: 1,
          instanceMetadataTags: 'disabled',
        },
        blockDeviceMappings: blockDevices(props.dataDiskGiB, props.kmsKeyArn),
        networkInterfaces: [
          {
            deviceIndex: 0,
            subnetId: props.subnet.subnetRef.subnetId,
            groups: [props.securityGroup.securityGroupId],
            associatePublicIpAddress: false,
            deleteOnTermination: true,
          },
        ],
        monitoring: { enabled: true },
        tagSpecifications: [
          { resourceType: 'instance', tags },
          { resourceType: 'volume', tags },
        ],
      },
    });
    this.template = LaunchTemplate.fromLaunchTemplateAttributes(this, 'Imported', {
      launchTemplateId: resource.ref,
    });
  }
}
