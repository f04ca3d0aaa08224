/**
 * Imports that are allowed, as the table of ARCHITECTURE.md has them. Each layer names what it may reach; everything else is an error.
 * Type-only imports count like any other, so that a port cannot leak an SDK's shapes into the core.
 */

const TYPES_FOR_LAMBDA = '^node_modules/@types/aws-lambda/';
const SDK = '^node_modules/(@aws-sdk|@smithy|@aws-crypto)/';
const CDK = '^node_modules/(aws-cdk-lib|constructs|cdk-nag)/';

/** A layer may import only what `allowed` lists, by path; node's builtins are `core`. */
const layer = (name, from, comment, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: allowed,
});

const NPM_BUT_CDK = '^node_modules/(?!aws-cdk-lib|constructs|cdk-nag)';

/** Everything in lambda/ that is not shared; `$1` is its name. */
const SERVICE = '^lambda/(?!platform/|domain/)([^/]+)/';
const PORTS = '^lambda/platform/ports/';
const HASHING = '^(node:)?crypto$';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Files that import each other can only be read, tested and loaded together.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    layer('protocol', '^protocol/', 'The wire depends on nothing but node.', {
      pathNot: ['^protocol/'],
      dependencyTypesNot: ['core'],
    }),
    layer(
      'platform',
      '^lambda/platform/',
      'The platform connects services to AWS and knows nothing of ours.',
      {
        pathNot: ['^protocol/', '^lambda/platform/', SDK, TYPES_FOR_LAMBDA],
        dependencyTypesNot: ['core'],
      },
    ),
    layer(
      'domain',
      '^lambda/domain/',
      'The domain decides and keeps books by way of ports, without an SDK.',
      {
        pathNot: ['^protocol/', '^lambda/domain/', PORTS, HASHING],
      },
    ),
    layer('core', `${SERVICE}core/`, 'Decisions are pure: the protocol, the domain, ports and hashing.', {
      pathNot: ['^protocol/', '^lambda/$1/core/', '^lambda/domain/', PORTS, HASHING],
    }),
    layer(
      'service',
      `${SERVICE}(?!core/)`,
      'A service wires its own core; what AWS offers comes by the platform.',
      {
        pathNot: ['^protocol/', '^lambda/$1/', '^lambda/(domain|platform)/'],
      },
    ),
    {
      name: 'no-mailbox-with-disk-keys',
      comment: 'The service that releases disk keys knows nothing of preseeding.',
      severity: 'error',
      from: { path: '^lambda/(keyserver/|domain/(instances|volumes)/)' },
      to: { path: '^lambda/domain/mailbox/' },
    },
    {
      name: 'operators-are-not-instances',
      comment: 'The operator service is asked by people: how instances are known is no business of it.',
      severity: 'error',
      from: { path: '^lambda/(operator/|domain/(volumes|mailbox)/)' },
      to: { path: '^lambda/domain/instances/' },
    },
    layer('cli', '^cli/', 'The CLI knows the protocol and the APIs, not who implements them.', {
      pathNot: ['^protocol/', '^cli/', SDK, '^node_modules/commander/'],
      dependencyTypesNot: ['core'],
    }),
    layer(
      'lib',
      '^lib/',
      'The app names handlers by path, never by import; of the wire it knows operations and names.',
      {
        pathNot: [
          '^protocol/operations/',
          '^protocol/(access|environment|errors|names|pins|release-policy)[.]ts$',
          '^lib/',
          CDK,
          '^node_modules/esbuild/',
        ],
        dependencyTypesNot: ['core'],
      },
    ),
    layer(
      'local-engine',
      '^local/engine/',
      'The engine of the local cloud serves every service and knows none.',
      {
        pathNot: ['^protocol/', '^local/engine/'],
        dependencyTypesNot: ['core'],
      },
    ),
    layer('local-vm', '^local/vm/', 'A virtual machine knows nothing of EC2, whose instance it is.', {
      pathNot: ['^local/(engine|vm)/'],
      dependencyTypesNot: ['core'],
    }),
    layer(
      'local-services',
      '^local/services/([^/]+)/',
      'A service of the local cloud knows the others by their contracts, in local/engine/contracts.',
      {
        pathNot: ['^protocol/', '^local/(engine|vm)/', '^local/services/$1/', NPM_BUT_CDK],
        dependencyTypesNot: ['core'],
      },
    ),
    {
      name: 'machines-are-of-ec2',
      comment: 'EC2 alone starts and reaches virtual machines; the other services ask EC2.',
      severity: 'error',
      from: { path: '^local/services/(?!ec2/)' },
      to: { path: '^local/vm/' },
    },
    layer('local-bake', '^local/bake/', 'The bake is given AWS by whoever starts it.', {
      pathNot: ['^protocol/', '^local/(engine|vm|bake)/', NPM_BUT_CDK],
      dependencyTypesNot: ['core'],
    }),
    layer('local-cloud', '^local/[^/]+$', 'The composition root enters each service by its service.ts.', {
      pathNot: ['^protocol/', '^local/engine/', '^local/services/[^/]+/service[.]ts$', '^local/[^/]+$'],
      dependencyTypesNot: ['core'],
    }),
    layer('local-start', '^local/start/', '`npm start` uses the local cloud from outside.', {
      pathNot: [
        '^protocol/',
        '^local/(engine|vm|bake|start)/',
        '^local/services/[^/]+/service[.]ts$',
        '^local/[^/]+$',
        SDK,
      ],
      dependencyTypesNot: ['core'],
    }),
    layer('bin-app', '^bin/app[.]ts$', 'Entries are thin.', {
      pathNot: ['^lib/', CDK],
      dependencyTypesNot: ['core'],
    }),
    layer('bin-sealroot', '^bin/sealroot[.]', 'Entries are thin.', {
      pathNot: ['^bin/', '^cli/', '^node_modules/(commander|tsx)/'],
      dependencyTypesNot: ['core'],
    }),
    {
      name: 'cdk-stays-in-lib',
      comment: 'What runs in Lambda, on the wire or at an operator’s desk does not load the CDK.',
      severity: 'error',
      from: { path: '^(lambda|protocol|cli)/' },
      to: { path: CDK },
    },
    {
      name: 'nothing-needs-tests',
      comment: 'Tests, benchmarks and the set-up are leaves.',
      severity: 'error',
      from: { path: '^(bin|lib|protocol|lambda|cli|local)/' },
      to: { path: '^(test|bench|setup)/' },
    },
    {
      name: 'shipped-dependencies',
      comment: 'What is shipped may not rest on a development dependency.',
      severity: 'error',
      from: { path: '^(protocol|lambda|cli)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(cdk[.]out[^/]*|[.]sealroot)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
