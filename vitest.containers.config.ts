import { defineConfig } from 'vitest/config'
import { shared } from './test/setup/vitest.ts'

/** What needs a database, on a Postgres in a container: apart from `npm test`, which needs no Docker engine. */
export default defineConfig(
  shared('test/{db,api,parity,faults,import,containers}/**/*.test.ts', {
    globalSetup: 'test/setup/container.ts',
  }),
)
