import { defineConfig } from 'vitest/config'
import { shared } from './test/setup/vitest.ts'

/** Faults and figures: minutes, not seconds, and one after the other. */
export default defineConfig(
  shared('test/long/**/*.test.ts', {
    testTimeout: 30 * 60_000,
    fileParallelism: false,
    // progress and figures, as they come
    disableConsoleIntercept: true,
  }),
)
