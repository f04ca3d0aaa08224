import { describe, expect, it } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { only, statement, synthesizeOne, text, type Json, type Statement } from './app.ts';

const { network } = synthesizeOne();
const endpoint = only(network, 'AWS::EC2::VPCEndpoint', /^Keyserver/);

/** Value that a stack tells the others by this name. */
const linkOf = (template: Template, name: string): unknown =>
  only(template, 'AWS::SSM::Parameter', new RegExp(`^Link${name}Parameter`)).Value;

const rolesOf = ({ Condition }: Statement) =>
  (Condition?.['ArnEquals']?.['aws:PrincipalArn'] as unknown[]).map((arn) => text(arn).split('/')[1]).sort();
const routesOf = ({ Resource }: Statement) =>
  (Resource as unknown[]).map((one) => text(one).split(':').at(-1)).sort();

describe('the endpoint of the keyserver', () => {
  const statements = endpoint.PolicyDocument.Statement as Statement[];
  const policy = statement(statements, 'InvokeKeyserver');
  const preseed = statement(statements, 'InvokePreseedService');

  it('takes credentials from the instance that they were issued to, and from no other place', () => {
    expect(statements).toEqual([policy, preseed]);
    for (const { Condition } of statements) {
      expect(Condition?.['StringEquals']).toEqual({
        'aws:Ec2InstanceSourceVpc': '${aws:SourceVpc}',
        'aws:Ec2InstanceSourcePrivateIPv4': '${aws:VpcSourceIp}',
      });
    }
  });

  it('leaves that comparison to the keyserver when the configuration says so', () => {
    const { network: unbound } = synthesizeOne({ network: { bindCredentialsToInstance: false } });
    const { Statement: open } = only(unbound, 'AWS::EC2::VPCEndpoint', /^Keyserver/).PolicyDocument;
    expect(open).toHaveLength(2);
    for (const [index, { Condition, ...rest }] of (open as Statement[]).entries()) {
      const { Condition: bound, ...same } = statements[index]!;
      expect(rest).toEqual(same);
      expect(Condition).toEqual({ ArnEquals: bound?.['ArnEquals'] });
    }
  });

  it('takes them of the two roles that may ask', () => {
    expect(rolesOf(policy)).toEqual([
      'sealroot-dev-<AWS::Region>-builder',
      'sealroot-dev-<AWS::Region>-instance',
    ]);
  });

  it('takes messages to instances that run, and not to images under test', () => {
    expect(rolesOf(preseed)).toEqual(['sealroot-dev-<AWS::Region>-instance']);
  });

  it('leads to the routes of this stage', () => {
    expect(routesOf(policy)).toEqual(['*/dev/GET/v1/health', '*/dev/POST/v1/ready', '*/dev/POST/v1/release']);
    expect(routesOf(preseed)).toEqual([
      '*/dev/POST/v1/preseed/ack',
      '*/dev/POST/v1/preseed/receive',
      '*/dev/POST/v1/preseed/register',
      '*/dev/POST/v1/preseed/report',
    ]);
  });

  it('leaves the names of other APIs alone', () => {
    expect(endpoint.PrivateDnsEnabled).toBe(false);
  });

  it('has an address in each zone of the fleet', () => {
    expect(endpoint.SubnetIds).toHaveLength(2);
  });
});

describe('the security groups', () => {
  const rules = (id: RegExp) => only(network, 'AWS::EC2::SecurityGroup', id).SecurityGroupEgress;

  it('let instances reach the keyserver and nothing else', () => {
    expect(rules(/^GroupsInstance/)).toEqual([
      expect.objectContaining({ Description: 'The keyserver', ToPort: 443 }),
    ]);
    expect(rules(/^GroupsInstance/)[0]).not.toHaveProperty('CidrIp');
  });

  it('let builds out by HTTP and HTTPS only', () => {
    const open = rules(/^GroupsBuilder/).filter(
      (rule: Record<string, unknown>) => rule['CidrIp'] === '0.0.0.0/0',
    );
    expect(open.map((rule: Record<string, unknown>) => rule['ToPort']).sort()).toEqual([443, 80]);
  });

  it('let nothing in but from group to group', () => {
    for (const group of Object.values(network.findResources('AWS::EC2::SecurityGroup'))) {
      expect(group['Properties']).not.toHaveProperty('SecurityGroupIngress');
    }
    for (const rule of Object.values(network.findResources('AWS::EC2::SecurityGroupIngress'))) {
      expect(rule['Properties']).not.toHaveProperty('CidrIp');
      expect(rule['Properties']).toMatchObject({ FromPort: 443, ToPort: 443 });
    }
  });

  it('open what is configured', () => {
    const { network: opened } = synthesizeOne({ fleet: { egress: [{ cidr: '10.1.0.0/16', port: 5432 }] } });
    expect(only(opened, 'AWS::EC2::SecurityGroup', /^GroupsInstance/).SecurityGroupEgress).toContainEqual(
      expect.objectContaining({ CidrIp: '10.1.0.0/16', IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432 }),
    );
  });
});

describe('a VPC of the stage’s own', () => {
  it('has routes out of it for builds only', () => {
    const routes = Object.keys(network.findResources('AWS::EC2::Route'));
    expect(routes).toHaveLength(2);
    expect(routes.every((id) => id.includes('build'))).toBe(true);
    const { RouteTableIds: tables } = only(network, 'AWS::EC2::VPCEndpoint', /^Network/);
    expect(tables.map(text).join()).not.toContain('fleet');
  });

  it('is watched', () => {
    network.resourceCountIs('AWS::EC2::FlowLog', 1);
  });

  it('takes its zones from the configuration when account and region are given', () => {
    const { network: placed } = synthesizeOne({
      account: '111122223333',
      region: 'eu-west-1',
      network: { availabilityZones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] },
    });
    const zones = Object.values(placed.findResources('AWS::EC2::Subnet')).map(
      (subnet) => subnet['Properties'].AvailabilityZone,
    );
    expect([...new Set(zones)].sort()).toEqual(['eu-west-1a', 'eu-west-1b', 'eu-west-1c']);
  });
});

describe('the zones of a VPC of the stage’s own', () => {
  const placed = (availabilityZones: string[], cidr = '10.64.0.0/20') => {
    const { network: one } = synthesizeOne({
      account: '111122223333',
      region: 'eu-west-1',
      network: { availabilityZones, cidr },
    });
    return Object.values(one.findResources('AWS::EC2::Subnet')).map(
      ({ Properties: { AvailabilityZone: zone, CidrBlock, MapPublicIpOnLaunch: open } }) =>
        `${zone} ${open ? 'build' : 'fleet'} ${CidrBlock}`,
    );
  };

  it('have addresses of their own, whichever others there are', () => {
    const three = placed(['eu-west-1a', 'eu-west-1b', 'eu-west-1c']);
    expect(three).toEqual([
      'eu-west-1a fleet 10.64.0.0/24',
      'eu-west-1b fleet 10.64.1.0/24',
      'eu-west-1c fleet 10.64.2.0/24',
      'eu-west-1a build 10.64.8.0/24',
      'eu-west-1b build 10.64.9.0/24',
      'eu-west-1c build 10.64.10.0/24',
    ]);
    expect(three).toEqual(expect.arrayContaining(placed(['eu-west-1c', 'eu-west-1a'])));
  });

  it('share none with zones that are not named', () => {
    const blocks = Object.values(network.findResources('AWS::EC2::Subnet')).map(
      ({ Properties }) => Properties.CidrBlock,
    );
    expect(blocks).toEqual(['10.64.6.0/24', '10.64.7.0/24', '10.64.14.0/24', '10.64.15.0/24']);
  });

  it('fit in the smallest range too', () => {
    expect(placed(['eu-west-1f'], '192.168.7.0/24')).toEqual([
      'eu-west-1f fleet 192.168.7.80/28',
      'eu-west-1f build 192.168.7.208/28',
    ]);
  });
});

describe('the name of the keyserver’s endpoint in images', () => {
  it('is one in the VPC that stays when the endpoint is replaced', () => {
    const record = only(network, 'AWS::Route53::RecordSet');
    expect(record).toMatchObject({ Name: 'keyserver.dev.sealroot.internal', Type: 'A' });
    expect(JSON.stringify(record.AliasTarget)).toContain('DnsEntries');
    expect(only(network, 'AWS::Route53::HostedZone').VPCs).toHaveLength(1);
    expect(linkOf(network, 'EndpointAddresses')).toBe('keyserver.dev.sealroot.internal');
  });

  it('is the endpoint’s own, or what is configured, without that name', () => {
    const { network: own } = synthesizeOne({ network: { privateName: false } });
    own.resourceCountIs('AWS::Route53::HostedZone', 0);
    expect(JSON.stringify(linkOf(own, 'EndpointAddresses'))).toContain('DnsEntries');
    const endpointAddresses = ['keyserver.example.com', '10.0.0.7'];
    const { network: named } = synthesizeOne({ network: { endpointAddresses } });
    expect(linkOf(named, 'EndpointAddresses')).toBe('keyserver.example.com 10.0.0.7');
  });
});

describe('a VPC that is imported', () => {
  const {
    network: imported,
    fleet,
    image,
  } = synthesizeOne({
    network: {
      vpcId: 'vpc-0123456789abcdef0',
      fleetSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      buildSubnetId: 'subnet-0123456789abcdef2',
    },
  });

  it('gets an endpoint and groups, and keeps its own routes', () => {
    imported.resourceCountIs('AWS::EC2::VPC', 0);
    imported.resourceCountIs('AWS::EC2::Subnet', 0);
    expect(only(imported, 'AWS::EC2::VPCEndpoint').SubnetIds).toHaveLength(2);
  });

  it('has instances and builds where the configuration says', () => {
    const subnets = Object.values<Json>(fleet.findResources('AWS::EC2::LaunchTemplate')).map(
      ({ Properties }) => text(Properties.LaunchTemplateData.NetworkInterfaces[0].SubnetId),
    );
    expect(subnets).toEqual(['<LinkFleetSubnet1>', '<LinkFleetSubnet2>']);
    expect(linkOf(imported, 'FleetSubnet1')).toBe('subnet-0123456789abcdef0');
    expect(linkOf(imported, 'FleetSubnet2')).toBe('subnet-0123456789abcdef1');
    const infrastructure = only(image, 'AWS::ImageBuilder::InfrastructureConfiguration');
    expect(text(infrastructure.SubnetId)).toBe('<LinkBuildSubnet>');
    expect(linkOf(imported, 'BuildSubnet')).toBe('subnet-0123456789abcdef2');
  });
});
