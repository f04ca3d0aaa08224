import type { Credentials } from '../../engine/contracts/identity.ts';
import type { AccountRegion } from '../../engine/contracts/resources.ts';
import type { InstanceFacts } from '../../engine/contracts/services.ts';

/** A category to list, or an item. */
export type Metadata = { readonly [name: string]: Metadata } | (() => string | Buffer);

/**
 * The tree under `/latest`, as AWS documents it (EC2 user guide, "Instance metadata categories").
 *
 * @param credentials called at each read, so that what is handed out has always time left.
 */
export function metadataTree(
  facts: InstanceFacts,
  { account, region }: AccountRegion,
  credentials: () => Credentials,
): Metadata {
  const text = (value: string | number) => (): string => String(value);
  const mac = facts.mac;
  return {
    'meta-data': {
      'ami-id': text(facts.imageId),
      'ami-launch-index': text(facts.launchIndex),
      'block-device-mapping': mapValues(blockDevices(facts.volumes), text),
      hostname: text(hostname(facts, region)),
      ...(facts.instanceProfile && { iam: iam(facts.instanceProfile, credentials) }),
      'instance-id': text(facts.id),
      'instance-life-cycle': text('on-demand'),
      'instance-type': text(facts.instanceType),
      'local-hostname': text(hostname(facts, region)),
      'local-ipv4': text(facts.privateIp),
      mac: text(mac),
      network: {
        interfaces: {
          macs: {
            [mac]: {
              'device-number': text(0),
              'local-ipv4s': text(facts.privateIp),
              mac: text(mac),
              'owner-id': text(account),
              'subnet-id': text(facts.subnetId),
              'vpc-id': text(facts.vpcId),
              ...(facts.vpcCidr !== undefined && { 'vpc-ipv4-cidr-block': text(facts.vpcCidr) }),
            },
          },
        },
      },
      placement: {
        'availability-zone': text(facts.availabilityZone),
        region: text(region),
      },
      profile: text('default-hvm'),
      'reservation-id': text(facts.reservationId),
      services: { domain: text('amazonaws.com'), partition: text('aws') },
      ...(facts.tags && { tags: { instance: mapValues(facts.tags, text) } }),
    },
    dynamic: {
      'instance-identity': {
        document: () => JSON.stringify(identityDocument(facts, { account, region }), null, 2),
      },
    },
    ...(facts.userData && { 'user-data': () => facts.userData ?? '' }),
  };
}

/** The root's name whole, and those of other EBS volumes without `/dev/`, as EC2 does it. */
function blockDevices([root, ...rest]: InstanceFacts['volumes']): Record<string, string> {
  const name = root?.device ?? '';
  const others = rest.map(({ device }, i) => [`ebs${i + 1}`, device.replace(/^\/dev\//, '')] as const);
  return { ami: name, ...Object.fromEntries(others), root: name };
}

function iam(profile: { arn: string; id: string; role: string }, credentials: () => Credentials): Metadata {
  return {
    info: () =>
      JSON.stringify({
        Code: 'Success',
        LastUpdated: now(),
        InstanceProfileArn: profile.arn,
        InstanceProfileId: profile.id,
      }),
    'security-credentials': roleCredentials(profile.role, credentials),
  };
}

/** The category that lists a role and holds its credentials, in the form that SDKs read. */
export function roleCredentials(role: string, credentials: () => Credentials): Metadata {
  return {
    [role]: () => {
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials();
      return JSON.stringify(
        {
          Code: 'Success',
          LastUpdated: now(),
          Type: 'AWS-HMAC',
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          Token: sessionToken,
          Expiration: expiration?.toISOString().replace(/\.\d+/, ''),
        },
        null,
        2,
      );
    },
  };
}

function identityDocument(facts: InstanceFacts, { account, region }: AccountRegion): Record<string, unknown> {
  return {
    accountId: account,
    architecture: 'x86_64',
    availabilityZone: facts.availabilityZone,
    imageId: facts.imageId,
    instanceId: facts.id,
    instanceType: facts.instanceType,
    pendingTime: facts.launchTime.replace(/\.\d+/, ''),
    privateIp: facts.privateIp,
    region,
    version: '2017-09-30',
  };
}

function hostname({ privateIp }: InstanceFacts, region: string): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${privateIp.replaceAll('.', '-')}.${domain}`;
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+/, '');
}
