import { Sealroot } from '@sealroot/app';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { App, Stack, Stage } from 'aws-cdk-lib/core';

/** A team's own network and alarms, which it had before. */
class Platform extends Stack {
  readonly onCall = new Topic(this, 'OnCall', { enforceSSL: true });
  readonly vpc = new Vpc(this, 'Vpc', {
    maxAzs: 2,
    natGateways: 1,
    subnetConfiguration: [
      { name: 'public', subnetType: SubnetType.PUBLIC },
      { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    ],
  });
}

const app = new App();
const production = new Stage(app, 'Production', { env: { account: '123456789012', region: 'eu-west-1' } });
const { vpc, onCall } = new Platform(production, 'Platform');
const [buildSubnet] = vpc.privateSubnets;

const sealroot = new Sealroot(production, 'Sealroot', {
  stage: 'prod',
  vpc,
  fleetSubnets: vpc.privateSubnets,
  ...(buildSubnet && { buildSubnet }),
  alarmTopic: onCall,
  keyserver: { policy: { enrolment: 'approve' } },
  fleet: { instanceType: 'm7i.large', egress: [{ cidr: '10.0.0.0/16', port: 5432 }] },
});

// Other needs of the instances are granted as to any role.
const backups = new Bucket(new Stack(production, 'Backups'), 'Backups', { enforceSSL: true });
backups.grantPut(sealroot.instanceRole);
