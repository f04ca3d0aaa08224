/**
 * Who may import whom (docs: the layering in README). Each layer names what it may reach; everything else is an error.
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

const SERVICE = '^lambda/(keyserver|operator|preseed)/';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that need each other are one file, or miss a third.',
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
    layer('platform', '^lambda/platform/', 'The platform connects services to AWS.', {
      pathNot: ['^protocol/', '^lambda/platform/', SDK, TYPES_FOR_LAMBDA],
      dependencyTypesNot: ['core'],
    }),
    layer('domain', '^lambda/domain/', 'The domain is what several services share.', {
      pathNot: [
        '^protocol/',
        '^lambda/domain/',
        '^lambda/platform/',
        SDK,
        TYPES_FOR_LAMBDA,
        '^(node:)?crypto$',
      ],
    }),
    layer('core', `${SERVICE}core/`, 'Decisions are pure: the protocol, the domain, ports and hashing.', {
      pathNot: [
        '^protocol/',
        '^lambda/$1/core/',
        '^lambda/domain/',
        '^lambda/platform/(ports|time)[.]ts$',
        '^(node:)?crypto$',
      ],
    }),
    layer('adapters', `${SERVICE}adapters/`, 'An adapter connects the core of its own service to an SDK.', {
      pathNot: [
        '^protocol/',
        '^lambda/$1/(core|adapters)/',
        '^lambda/(domain|platform)/',
        SDK,
        TYPES_FOR_LAMBDA,
      ],
      dependencyTypesNot: ['core'],
    }),
    layer('handler', `${SERVICE}[^/]+$`, 'A composition root wires its own service; SDKs stay in adapters.', {
      pathNot: ['^protocol/', '^lambda/$1/', '^lambda/(domain|platform)/', TYPES_FOR_LAMBDA],
      dependencyTypesNot: ['core'],
    }),
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
      'The app names handlers by path, never by import; of the wire it knows names and routes.',
      {
        pathNot: [
          '^protocol/(routes|names|operator|errors|access)[.]ts$',
          '^lib/',
          CDK,
          '^node_modules/esbuild/',
        ],
        dependencyTypesNot: ['core'],
      },
    ),
    layer('local', '^local/', 'The local cloud runs what was synthesized; it imports none of it.', {
      pathNot: ['^protocol/', '^local/', '^node_modules/(?!aws-cdk-lib|constructs|cdk-nag)'],
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
