import { Aws, CfnOutput } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { instanceApiUrl } from '../keyserver/instance-api.ts';
import { mayAskKeyserver } from '../keyserver/instance-permissions.ts';
import { pinsOf } from '../keyserver/pins.ts';
import type { KeyserverStack } from '../keyserver/stack.ts';
import type { NetworkStack } from '../network/stack.ts';
import { InstanceIdentity } from '../platform/instance-identity.ts';
import { StageStack, type StageStackProps } from '../platform/stage-stack.ts';
import type { PreseedConfig } from '../preseed/config.ts';
import type { PreseedStack } from '../preseed/stack.ts';
import { builderPermissions } from './builder-permissions.ts';
import { ImageComponents, type ImageParameters } from './components.ts';
import { configuredKeys } from '../platform/disk-keys.ts';
import type { ImageConfig } from './config.ts';
import { ImageDistribution } from './distribution.ts';
import { ImageExecutionRole } from './execution-role.ts';
import { ImageFiles } from './files.ts';
import { ImageInfrastructure } from './infrastructure.ts';
import { ImagePipeline } from './pipeline.ts';
import { ImageRecipe } from './recipe.ts';

export interface ImageStackProps extends StageStackProps {
  readonly network: NetworkStack;
  readonly keyserver: KeyserverStack;
  readonly preseed: PreseedStack;
  readonly image: ImageConfig;
  /** Settings of the preseed agent on instances. */
  readonly agent: PreseedConfig;
}

/** The pipeline that bakes the image. */
export class ImageStack extends StageStack {
  /** ARN of the Image Builder pipeline. */
  readonly pipelineArn: string;

  constructor(scope: Construct, id: string, props: ImageStackProps) {
    super(scope, id, props, 'image pipeline');
    const { stage, network, image } = props;
    const signingKey = props.keyserver.signingKey.in(this);
    const preseedSigningKey = props.preseed.signingKey.in(this);
    const api = props.keyserver.api.in(this);
    const endpointAddresses = network.endpointAddresses.in(this);
    const files = new ImageFiles(this, 'Files').asset;
    const builder = new InstanceIdentity(this, 'Builder', {
      stage,
      use: 'builder',
      description: `Sealroot ${stage}: image builds and their test instances`,
      wildcards:
        'Buckets of Image Builder itself, the key of the bucket with the image’s files, versions of this stage’s own components, log streams named while a build runs, and calls of the Systems Manager agent, for which AWS defines no resource.',
      statements: [
        ...builderPermissions({
          stage,
          files,
          signingKeyArns: [signingKey, preseedSigningKey].map(({ keyArn }) => keyArn),
        }),
        mayAskKeyserver(stage, api),
      ],
    });
    const recipe = new ImageRecipe(this, 'Recipe', {
      stage,
      parentImage: image.parentImage,
      kmsKeyArn: image.kmsKeyArn,
      links: [
        props.keyserver.signingKey,
        props.preseed.signingKey,
        props.keyserver.api,
        network.endpointAddresses,
      ],
      components: new ImageComponents(this, 'Components', {
        stage,
        parameters: {
          FilesBucket: files.s3BucketName,
          FilesKey: files.s3ObjectKey,
          Endpoint: instanceApiUrl(stage, api),
          EndpointAddress: endpointAddresses,
          Region: Aws.REGION,
          SigningKeyArn: signingKey.keyArn,
          Preset: image.preset,
          PreseedSigningKeyArn: preseedSigningKey.keyArn,
          ...agentParameters(props.agent),
        },
      }),
    });
    const infrastructure = new ImageInfrastructure(this, 'Infrastructure', {
      stage,
      instanceTypes: image.instanceTypes,
      profile: builder.profile,
      subnet: network.buildSubnet.in(this),
      securityGroup: network.builderGroup.in(this),
    });
    const execution = new ImageExecutionRole(this, 'Execution', {
      stage,
      builderRoleArn: builder.role.roleArn,
      parentImage: image.parentImage,
      diskKeyArns: configuredKeys(image.kmsKeyArn),
    });
    const distribution = new ImageDistribution(this, 'Distribution', {
      stage,
      pins: pinsOf({ api, endpointAddresses, signingKey, preseedSigningKey }),
    });
    const pipeline = new ImagePipeline(this, 'Pipeline', {
      stage,
      recipeArn: recipe.recipeArn,
      infrastructureArn: infrastructure.arn,
      distributionArn: distribution.arn,
      executionRole: execution.role,
      schedule: image.schedule,
    });
    pipeline.node.addDependency(execution.role);
    this.pipelineArn = pipeline.arn;
    new CfnOutput(this, 'PipelineArn', { value: pipeline.arn });
  }
}

function agentParameters(
  agent: PreseedConfig,
): Pick<ImageParameters, 'PreseedWaitLimit' | 'ImdsGuard' | 'ImdsUsers'> {
  return {
    PreseedWaitLimit: String(agent.waitLimitSeconds),
    ImdsGuard: agent.imdsGuard,
    // Image Builder takes no empty value, and root always may.
    ImdsUsers: ['root', ...agent.imdsUsers].join(' '),
  };
}
