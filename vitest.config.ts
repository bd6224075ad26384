import { defineConfig } from 'vitest/config'
import { shared } from './test/setup/vitest.ts'

/** `npm test`: everything that needs nothing but Node. */
export default defineConfig(
  shared('test/**/*.test.ts', { exclude: ['test/{long,browser,containers}/**', '**/node_modules/**'] }),
)
