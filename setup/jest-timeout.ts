import { jest } from '@jest/globals';

// jest reads `testTimeout` of a project nowhere: it is an option of the whole run only.
const { SEALROOT_TEST_TIMEOUT_MS } = globalThis as unknown as { SEALROOT_TEST_TIMEOUT_MS: number };
jest.setTimeout(SEALROOT_TEST_TIMEOUT_MS);
