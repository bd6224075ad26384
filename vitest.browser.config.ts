import { defineConfig } from 'vitest/config'
import { shared } from './test/setup/vitest.ts'

/** Real pages in a real Chromium (`CHROMIUM`, or the usual places): apart from `npm test`, which needs no browser. */
export default defineConfig(shared('test/browser/**/*.test.ts', { testTimeout: 60_000 }))
