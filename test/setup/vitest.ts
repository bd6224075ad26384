import type { ViteUserConfig } from 'vitest/config'

/** What all test runs share. */
export const shared = (include: string, test: ViteUserConfig['test'] = {}): ViteUserConfig => ({
  // Vite would load the ES build of graphql beside the CommonJS one that mercurius loads: two sets of classes
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: [include],
    globalSetup: 'test/setup/postgres.ts',
    pool: 'forks',
    maxWorkers: 3,
    // against hanging, not a bound: machines are slow at times
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    ...test,
  },
})
