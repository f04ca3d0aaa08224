import type { IVPCRef } from 'aws-cdk-lib/aws-ec2';
import { CfnHostedZone, CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

export interface PrivateNameProps {
  readonly stage: string;
  readonly vpc: IVPCRef;
  /** The endpoint's name at AWS, and the hosted zone that this is in. */
  readonly target: { readonly name: string; readonly hostedZoneId: string };
}

/**
 * A name of the keyserver's endpoint that stays when the endpoint is replaced: images have it baked in. It says only
 * where to connect; the certificate is checked against the API's own name.
 */
export class PrivateName extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, { stage, vpc, target }: PrivateNameProps) {
    super(scope, id);
    const zone = new CfnHostedZone(this, 'Zone', {
      name: `${stage}.sealroot.internal`,
      hostedZoneConfig: { comment: `Sealroot ${stage}: where instances find the keyserver` },
      vpcs: [{ vpcId: vpc.vpcRef.vpcId, vpcRegion: Aws.REGION }],
    });
    this.name = `keyserver.${stage}.sealroot.internal`;
    new CfnRecordSet(this, 'Record', {
      hostedZoneId: zone.ref,
      name: this.name,
      type: 'A',
      aliasTarget: { dnsName: target.name, hostedZoneId: target.hostedZoneId },
    });
  }
}
