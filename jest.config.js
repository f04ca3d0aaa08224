/** Sources are ES modules with `.ts` imports; swc turns them into CommonJS for jest, which is five times faster than ts-jest. */
const transform = {
  '\\.[cm]?[jt]s$': [
    '@swc/jest',
    {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'commonjs' },
      sourceMaps: 'inline',
    },
  ],
};

/** One project per kind of test; `--selectProjects NAME` picks. */
const project = (name, extra = {}) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  setupFiles: ['<rootDir>/setup/jest-environment.ts'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.sealroot'],
  transform,
  ...extra,
});

const MINUTES = 60_000;

export default {
  projects: [
    project('unit'),
    project('infra', { testTimeout: 30_000 }),
    project('local', { testTimeout: 30_000 }),
    // Emulated machines: one boot takes about a minute, a scenario several.
    project('boot', { testTimeout: 30 * MINUTES }),
  ],
};
