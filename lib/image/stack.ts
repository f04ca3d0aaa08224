import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { mayAskKeyserver } from '../keyserver/instance-permissions.ts';
import { builderPermissions } from './builder-permissions.ts';
import { ImageComponents } from './components.ts';
import { ImageDistribution } from './distribution.ts';
import { ImageExecutionRole } from './execution-role.ts';
import { ImageFiles } from './files.ts';
import { ImageInfrastructure } from './infrastructure.ts';
import { ImagePipeline } from './pipeline.ts';
import { ImageRecipe } from './recipe.ts';
import { InstanceIdentity } from '../platform/instance-identity.ts';
import type { KeyserverStack } from '../keyserver/stack.ts';
import type { NetworkStack } from '../network/stack.ts';
import type { PreseedStack } from '../preseed/stack.ts';

/** The pipeline that bakes the image. */
export class ImageStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    stage: StageConfig,
    network: NetworkStack,
    keyserver: KeyserverStack,
    preseedStack: PreseedStack,
    props: StackProps,
  ) {
    super(scope, id, props);
    const { name, image, preseed } = stage;
    const signingKeyArn = keyserver.keys.signing.keyArn;
    const preseedSigningKeyArn = preseedStack.keys.signing.keyArn;
    const files = new ImageFiles(this, 'Files').asset;
    const builder = new InstanceIdentity(this, 'Builder', {
      stage: name,
      use: 'builder',
      description: `Sealroot ${name}: image builds and their test instances`,
      wildcards:
        'Buckets of Image Builder itself, versions of this stage’s own components, log streams named while a build runs, and calls of the Systems Manager agent, for which AWS defines no resource.',
      statements: [
        ...builderPermissions({ stage: name, files, signingKeyArns: [signingKeyArn, preseedSigningKeyArn] }),
        mayAskKeyserver(name, keyserver.api.api.restApiId),
      ],
    });
    const components = new ImageComponents(this, 'Components', {
      stage: name,
      parameters: {
        FilesBucket: files.s3BucketName,
        FilesKey: files.s3ObjectKey,
        Endpoint: keyserver.api.url,
        Region: Aws.REGION,
        SigningKeyArn: signingKeyArn,
        Preset: image.preset,
        PreseedSigningKeyArn: preseedSigningKeyArn,
        PreseedWaitLimit: String(preseed.waitLimitSeconds),
        ImdsGuard: preseed.imdsGuard,
        // Image Builder takes no empty value, and root always may.
        ImdsUsers: ['root', ...preseed.imdsUsers].join(' '),
      },
    });
    const recipe = new ImageRecipe(this, 'Recipe', {
      stage: name,
      parentImage: image.parentImage,
      components,
    });
    const infrastructure = new ImageInfrastructure(this, 'Infrastructure', {
      stage: name,
      instanceType: image.instanceType,
      instanceProfileName: builder.profile.ref,
      subnetId: network.buildSubnetId,
      securityGroupId: network.groups.builder.attrGroupId,
    });
    const execution = new ImageExecutionRole(this, 'Execution', {
      stage: name,
      builderRoleArn: builder.role.roleArn,
      parentImage: image.parentImage,
    });
    const pipeline = new ImagePipeline(this, 'Pipeline', {
      stage: name,
      recipeArn: recipe.recipeArn,
      infrastructureArn: infrastructure.arn,
      distributionArn: new ImageDistribution(this, 'Distribution', name).arn,
      executionRoleArn: execution.role.roleArn,
      schedule: image.schedule,
    });
    pipeline.node.addDependency(execution.role);
    new CfnOutput(this, 'PipelineArn', { value: pipeline.arn });
  }
}
