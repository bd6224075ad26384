import { rmSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { connectionUrl, ensurePassword, NAME, passwordFile, settlePort } from '../../src/embedded/access.ts'
import { prepareBinaries, program } from '../../src/embedded/binaries.ts'
import { dataOf, type Home, settleHome } from '../../src/embedded/home.ts'
import { launchPostmaster, type Postmaster } from '../../src/embedded/postmaster.ts'
import { postgresEnvironment, run } from '../../src/embedded/processes.ts'
import { NOT_DURABLE } from '../../src/embedded/supervisor.ts'
import { SETTINGS, serverDirectory } from './postgres.ts'

export interface VersionedServer {
  url: string
  /** In its own words, with the version of its collations: "PostgreSQL 15.18 on …, ICU collations 153.80". */
  version: string
  stop(): Promise<void>
}

/** A Postgres of any major that we support, for `TEST_DATABASE_URL`; nothing of it is left after `stop`. */
export async function startPostgres(native: string, major: string): Promise<VersionedServer> {
  const dir = serverDirectory()
  const home = settleHome(join(dir, 'data'), console.log)
  let postmaster: Postmaster | undefined
  const stop = async () => {
    await postmaster?.stop()
    for (const path of [home.dir, dir]) rmSync(path, { recursive: true, force: true })
  }
  try {
    const binaries = await prepareBinaries(home.account, console.log, native)
    await initdb(home, binaries.native)
    const port = await settlePort(home, console.log)
    postmaster = await launchPostmaster({ home, binaries, port, settings: { ...NOT_DURABLE, ...SETTINGS } })
    const url = connectionUrl(home.dir, port, 'postgres')
    return { url, version: await versionOf(url, major), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Not as our own initdb would: no provider of 17 and later, and a default collation that sorts by language, as
 * servers elsewhere have it. What leans on the default of the embedded one, which sorts by code point, fails here.
 */
async function initdb(home: Home, native: string): Promise<void> {
  ensurePassword(home)
  const args = [
    '-D',
    dataOf(home.dir),
    '-U',
    NAME,
    `--pwfile=${passwordFile(home.dir)}`,
    '-A',
    'scram-sha-256',
  ]
  args.push('-E', 'UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=und', '--no-sync')
  const options = { ...home.account.ids, cwd: home.dir, env: postgresEnvironment() }
  const { status, output } = await run(program(native, 'initdb'), args, options)
  if (status !== 0) throw new Error(`initdb failed:\n${output}`)
}

async function versionOf(url: string, major: string): Promise<string> {
  const sql = postgres(url, { max: 1 })
  try {
    const [row] = await sql<{ number: string; version: string; icu: string }[]>`
      select current_setting('server_version_num') as number, version(),
        (select collversion from pg_collation where collname = 'und-x-icu') as icu`
    if (!row?.number.startsWith(major)) throw new Error(`Expected PostgreSQL ${major}, not ${row?.version}.`)
    return `${row.version}, ICU collations ${row.icu}`
  } finally {
    await sql.end()
  }
}
