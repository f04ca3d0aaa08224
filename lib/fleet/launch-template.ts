import { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';
import { blockDevices } from '../platform/disks.ts';

export interface FleetLaunchTemplateProps {
  readonly stage: string;
  readonly instanceType: string;
  readonly dataDiskGiB: number;
  readonly subnetId: string;
  readonly securityGroupId: string;
  readonly instanceProfileArn: string;
}

/** How every instance of a stage is launched; the image is whatever the pipeline built last. */
export class FleetLaunchTemplate extends Construct {
  readonly name: string;
  readonly templateId: string;

  constructor(scope: Construct, id: string, props: FleetLaunchTemplateProps) {
    super(scope, id);
    const { launchTemplate, amiParameter } = names(props.stage);
    this.name = launchTemplate;
    const tags = [{ key: TAGS.stage, value: props.stage }];
    const template = new CfnLaunchTemplate(this, 'LaunchTemplate', {
      launchTemplateName: launchTemplate,
      versionDescription: `Sealroot ${props.stage}`,
      launchTemplateData: {
        // EC2 looks it up at each launch: the template can be made before the first image is.
        imageId: `resolve:ssm:${amiParameter}`,
        instanceType: props.instanceType,
        iamInstanceProfile: { arn: props.instanceProfileArn },
        // One hop: no container or network namespace behind the instance gets at its credentials.
        metadataOptions: {
          httpEndpoint: 'enabled',
          httpTokens: 'required',
          httpPutResponseHopLimit: 1,
          instanceMetadataTags: 'disabled',
        },
        blockDeviceMappings: blockDevices(props.dataDiskGiB),
        networkInterfaces: [
          {
            deviceIndex: 0,
            subnetId: props.subnetId,
            groups: [props.securityGroupId],
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
    this.templateId = template.ref;
  }
}
