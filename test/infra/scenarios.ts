/** Members of a stage's configuration that between them bring every resource and statement there is into a template. */
export const SCENARIOS: Readonly<Record<string, object>> = {
  'the defaults': {},
  'every kind of person': {
    access: {
      operator: {
        principals: {
          users: ['ada', 'engineering/grace'],
          groups: ['operators'],
          accounts: ['444455556666'],
          saml: [
            { provider: 'arn:aws:iam::111122223333:saml-provider/work', mfa: { tag: 'MFA', value: 'yes' } },
          ],
          oidc: [
            {
              provider: 'arn:aws:iam::111122223333:oidc-provider/id.example.com/tenant',
              audiences: ['sealroot'],
              subjects: ['*'],
              mfa: { amr: 'mfa' },
            },
          ],
        },
      },
    },
    keyserver: {
      custodians: ['arn:aws:iam::111122223333:role/custodian'],
      alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alarms',
      reservedConcurrency: 5,
    },
  },
  'a volatile root in an imported network': {
    image: { preset: 'volatile', parentImage: 'ssm:/golden/ami', schedule: 'cron(0 4 ? * mon *)' },
    network: {
      vpcId: 'vpc-0123456789abcdef0',
      fleetSubnetIds: ['subnet-0123456789abcdef0'],
      buildSubnetId: 'subnet-0fedcba9876543210',
    },
    fleet: { egress: [{ cidr: '10.0.0.0/8', port: 5432 }] },
  },
  'keys of one’s own for snapshots and volumes': {
    image: { kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/00000000-1111-4222-8333-444444444444' },
    fleet: { kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/55555555-6666-4777-8888-999999999999' },
  },
};
