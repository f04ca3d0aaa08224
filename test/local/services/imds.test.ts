import { describe, expect, it } from '@jest/globals';
import type { Credentials, IssueOptions } from '../../../local/engine/contracts/identity.ts';
import type { InstanceFacts } from '../../../local/engine/contracts/services.ts';
import { metadataTree } from '../../../local/services/imds/metadata.ts';
import { imds } from '../../../local/services/imds/requests.ts';
import { roleSession } from '../../../local/services/imds/role-session.ts';

const FACTS: InstanceFacts = {
  id: 'i-0123456789abcdef0',
  imageId: 'ami-0123456789abcdef0',
  instanceType: 't3.small',
  availabilityZone: 'us-east-1a',
  privateIp: '169.254.16.10',
  mac: '02:5e:a9:fe:10:0a',
  launchIndex: 0,
  launchTime: '2026-11-01T00:00:00.000Z',
  subnetId: 'subnet-1',
  vpcId: 'vpc-1',
  reservationId: 'r-1',
  volumes: [{ device: '/dev/sda1' }, { device: '/dev/sdf' }],
  instanceProfile: {
    arn: 'arn:aws:iam::000000000000:instance-profile/p',
    id: 'AIPA1',
    role: 'sealroot-role',
  },
  tags: { Name: 'web' },
  userData: Buffer.from([0, 1, 255]),
};
const OWNER = { account: '000000000000', region: 'us-east-1' };
const CREDENTIALS: Credentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'secret',
  sessionToken: 'session',
  expiration: new Date('2026-11-01T06:00:00.500Z'),
};
const TOKEN = 'x-aws-ec2-metadata-token';
const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';

function service(
  change: { facts?: Partial<InstanceFacts>; tokenRequired?: boolean; now?: () => number } = {},
) {
  const { facts, tokenRequired = true, now } = change;
  const tree = () => metadataTree({ ...FACTS, ...facts }, OWNER, () => CREDENTIALS);
  const answer = imds({ tree, tokenRequired, ...(now && { now }) });
  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    answer({ method, path, headers, body: Buffer.alloc(0) });
  const token = (ttl = '60'): string => ask('PUT', '/latest/api/token', { [TTL]: ttl }).body.toString();
  const get = (path: string): string => ask('GET', path, { [TOKEN]: token() }).body.toString();
  return { ask, token, get };
}

describe('when a token is asked for', () => {
  it.each(['0', '21601', '-1', 'x', ''])('refuses the lifetime %j', (ttl) => {
    expect(service().ask('PUT', '/latest/api/token', { [TTL]: ttl }).status).toBe(400);
  });
  it('refuses one without a lifetime, one through a proxy, and a GET', () => {
    const { ask } = service();
    expect(ask('PUT', '/latest/api/token').status).toBe(400);
    expect(ask('PUT', '/latest/api/token', { [TTL]: '60', 'x-forwarded-for': '10.0.0.1' }).status).toBe(403);
    expect(ask('GET', '/latest/api/token', { [TTL]: '60' }).status).toBe(405);
  });
});

describe('when metadata is asked for', () => {
  it('answers 401 without a token, with a wrong one, and with one whose time is over', () => {
    let now = 0;
    const { ask, token } = service({ now: () => now });
    const ours = token('60');
    const status = (headers: Record<string, string>): number =>
      ask('GET', '/latest/meta-data/', headers).status;
    expect([status({}), status({ [TOKEN]: 'AQ==' }), status({ [TOKEN]: ours })]).toEqual([401, 401, 200]);
    now = 60_000;
    expect(status({ [TOKEN]: ours })).toBe(401);
  });

  it('answers without a token only where the instance allows IMDSv1', () => {
    const { ask } = service({ tokenRequired: false });
    expect(ask('GET', '/latest/meta-data/instance-id').status).toBe(200);
    expect(ask('GET', '/latest/meta-data/instance-id', { [TOKEN]: 'wrong' }).status).toBe(401);
  });

  it.each([
    ['/latest/meta-data/instance-id', 'i-0123456789abcdef0'],
    ['/latest/meta-data/ami-id', 'ami-0123456789abcdef0'],
    ['/latest/meta-data/local-ipv4', '169.254.16.10'],
    ['/latest/meta-data/mac', '02:5e:a9:fe:10:0a'],
    ['/latest/meta-data/placement/region', 'us-east-1'],
    ['/latest/meta-data/placement/availability-zone', 'us-east-1a'],
    ['/latest/meta-data/placement/', 'availability-zone\nregion'],
    ['/latest/meta-data/iam/security-credentials/', 'sealroot-role'],
    ['/latest/meta-data/tags/instance/Name', 'web'],
    ['/2021-07-15/meta-data/instance-id', 'i-0123456789abcdef0'],
    ['/latest/', 'dynamic\nmeta-data\nuser-data'],
    ['/2009-04-04/meta-data/instance-id', 'i-0123456789abcdef0'],
    ['/2021-03-23/meta-data/tags/', 'instance/'],
    ['/2021-03-23/dynamic/instance-identity', 'document'],
    ['/latest/meta-data/block-device-mapping/', 'ami\nebs1\nroot'],
    ['/latest/meta-data/block-device-mapping/ami', '/dev/sda1'],
    ['/latest/meta-data/block-device-mapping/ebs1', 'sdf'],
  ])('answers %s', (path, expected) => {
    expect(service().get(path)).toBe(expected);
  });

  it('lists the versions that there are, and knows no other', () => {
    const { ask, get, token } = service();
    const versions = get('/').split('\n');
    expect(versions).toEqual(
      expect.arrayContaining(['1.0', '2009-04-04', '2016-09-02', '2021-03-23', 'latest']),
    );
    for (const version of versions) expect(get(`/${version}/meta-data/ami-id`)).toBe(FACTS.imageId);
    expect(ask('GET', '/2021-03-24/meta-data/ami-id', { [TOKEN]: token() }).status).toBe(404);
  });

  // In cloud-init's own steps, with what it makes of a listing: a slash is a category, `N=NAME` an SSH key.
  it('can be read to the end by who follows the listings', () => {
    const { ask, token } = service();
    const read = (path: string): string => {
      const { status, body } = ask('GET', path, { [TOKEN]: token() });
      expect([path, status]).toEqual([path, 200]);
      return body.toString();
    };
    const walk = (path: string): string[] =>
      read(path)
        .split('\n')
        .filter((name) => name !== 'security-credentials/')
        .flatMap((name) => (name.endsWith('/') ? walk(path + name) : [path + name]));
    const leaves = walk('/2021-03-23/meta-data/');
    for (const leaf of leaves) read(leaf);
    const mac = `/2021-03-23/meta-data/network/interfaces/macs/${FACTS.mac}`;
    expect(leaves).toEqual(expect.arrayContaining([`${mac}/device-number`, `${mac}/local-ipv4s`]));
  });

  it('gives user data as the bytes they are', () => {
    const { ask, token } = service();
    expect(ask('GET', '/latest/user-data', { [TOKEN]: token() }).body).toEqual(FACTS.userData);
  });

  it('says who the instance is', () => {
    const document = JSON.parse(service().get('/latest/dynamic/instance-identity/document')) as unknown;
    expect(document).toMatchObject({ instanceId: FACTS.id, region: 'us-east-1', accountId: '000000000000' });
  });

  it('gives credentials in the form that SDKs read', () => {
    const json = service().get('/latest/meta-data/iam/security-credentials/sealroot-role');
    expect(JSON.parse(json)).toMatchObject({
      Code: 'Success',
      Type: 'AWS-HMAC',
      AccessKeyId: 'ASIAEXAMPLE',
      SecretAccessKey: 'secret',
      Token: 'session',
      Expiration: '2026-11-01T06:00:00Z',
    });
  });

  it.each([
    '/latest/meta-data/nothing',
    '/latest/meta-data/constructor',
    '/latest/meta-data/instance-id/more',
    '/other',
  ])('knows no %s', (path) => {
    const { ask, token } = service();
    expect(ask('GET', path, { [TOKEN]: token() }).status).toBe(404);
  });

  it('answers 400 to a path that cannot be decoded', () => {
    expect(service().ask('GET', '/latest/%E0%A4%A').status).toBe(400);
  });

  it('keeps tags and user data to itself where there are none to give', () => {
    const { tags: _tags, userData: _userData, ...bare } = FACTS;
    const answer = imds({ tree: () => metadataTree(bare, OWNER, () => CREDENTIALS), tokenRequired: false });
    const status = (path: string): number =>
      answer({ method: 'GET', path, headers: {}, body: Buffer.alloc(0) }).status;
    expect([status('/latest/meta-data/tags/instance'), status('/latest/user-data')]).toEqual([404, 404]);
  });
});

describe('when credentials of the role are handed out', () => {
  const source = { instanceId: FACTS.id, privateIp: FACTS.privateIp, vpcId: 'vpc-1', vpceId: 'vpce-1' };

  function session(role: string) {
    let now = Date.parse('2026-11-01T00:00:00Z');
    const issued: { service: string; role: string; name: string; options: IssueOptions | undefined }[] = [];
    const sessions = {
      issueToService: (
        service: string,
        name: string,
        sessionName: string,
        options?: IssueOptions,
      ): Credentials => {
        issued.push({ service, role: name, name: sessionName, options });
        const expiration = new Date(now + 1000 * (options?.durationSeconds ?? 0));
        return { accessKeyId: `ASIA${issued.length}`, secretAccessKey: 's', sessionToken: 't', expiration };
      },
    };
    const credentials = roleSession({ ...OWNER, sessions }, role, source, () => now);
    return { credentials, issued, pass: (seconds: number) => (now += seconds * 1000) };
  }

  it('names the session after the instance and marks where it runs', () => {
    const { credentials, issued } = session('sealroot-role');
    credentials();
    expect(issued[0]).toMatchObject({
      service: 'ec2.amazonaws.com',
      role: 'sealroot-role',
      name: FACTS.id,
      options: {
        context: {
          'aws:Ec2InstanceSourceVpc': 'vpc-1',
          'aws:Ec2InstanceSourcePrivateIPv4': '169.254.16.10',
          'ec2:SourceInstanceArn': `arn:aws:ec2:us-east-1:000000000000:instance/${FACTS.id}`,
        },
      },
    });
  });

  it('renews them before they end, and not at every question', () => {
    const { credentials, pass } = session('sealroot-role');
    const first = credentials().accessKeyId;
    pass(5 * 3600);
    expect(credentials().accessKeyId).toBe(first);
    pass(50 * 60);
    expect(credentials().accessKeyId).not.toBe(first);
  });
});
