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
const project = (name, timeoutMs, extra = {}) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  setupFiles: ['<rootDir>/setup/jest-environment.ts'],
  setupFilesAfterEnv: ['<rootDir>/setup/jest-timeout.ts'],
  globals: { SEALROOT_TEST_TIMEOUT_MS: timeoutMs },
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.sealroot'],
  transform,
  ...extra,
});

const SECONDS = 1000;
const MINUTES = 60 * SECONDS;

export default {
  globalSetup: '<rootDir>/setup/jest-scratch/make.ts',
  globalTeardown: '<rootDir>/setup/jest-scratch/remove.ts',
  projects: [
    project('unit', 20 * SECONDS),
    project('infra', 60 * SECONDS),
    project('local', 60 * SECONDS),
    // Emulated machines: one boot takes about a minute, a scenario several.
    project('newcomer', 20 * MINUTES),
    project('boot', 30 * MINUTES, { globalSetup: '<rootDir>/test/boot/support/global-setup.ts' }),
  ],
};
