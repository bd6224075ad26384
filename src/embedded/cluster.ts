import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { connectionUrl, NAME, passwordFile } from './access.ts'
import { type Binaries, program } from './binaries.ts'
import { EmbeddedPostgresError, lastLines, recognise, USE_YOUR_OWN } from './errors.ts'
import { readText } from './files.ts'
import { dataOf, type Home } from './home.ts'
import { postgresEnvironment, run } from './processes.ts'

const DRAFT = 'pgdata.init-'
const INVALID_PASSWORD = '28P01'

/** Makes sure of a data directory that these binaries can run: the one there, or a new one. */
export async function ensureCluster(
  home: Home,
  binaries: Binaries,
  durable: boolean,
  log: (line: string) => void,
): Promise<void> {
  removeDrafts(home.dir)
  const data = dataOf(home.dir)
  const version = readText(join(data, 'PG_VERSION'))
  if (version === binaries.major) return
  if (version) throw otherVersion(data, version, binaries.major)
  if (existsSync(data) && readdirSync(data).length > 0) throw notADatabase(data)
  log(`Creating the embedded database in ${home.dir} (first start only)`)
  renameSync(await initdb(home, binaries, durable), data)
}

/** Creates the database itself, unless an earlier start came to that. */
export async function ensureDatabase(dir: string, port: number): Promise<void> {
  const sql = postgres(connectionUrl(dir, port, 'postgres'), { max: 1, fetch_types: false, onnotice() {} })
  try {
    const found = await sql`select from pg_database where datname = ${NAME}`
    if (found.length === 0) await sql`create database ${sql(NAME)}`
  } catch (error) {
    throw (error as { code?: unknown }).code === INVALID_PASSWORD ? wrongPassword(dir) : error
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** A data directory exists under its own name only when it is complete, however initdb may have ended. */
async function initdb({ dir, account }: Home, { native }: Binaries, durable: boolean): Promise<string> {
  // A name of its own each time: in a container our pid is that of the process whose initdb may still write.
  const draft = join(dir, `${DRAFT}${randomBytes(4).toString('hex')}`)
  const args = ['-D', draft, '-U', NAME, `--pwfile=${passwordFile(dir)}`, '-A', 'scram-sha-256']
  // Named in full, for the defaults come from LANG: in a bare container that would mean SQL_ASCII.
  args.push('-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8')
  args.push('--no-instructions', ...(durable ? [] : ['--no-sync']))
  const options = { ...account.ids, cwd: dir, env: postgresEnvironment() }
  const { status, output } = await run(program(native, 'initdb'), args, options)
  if (status === 0) return draft
  rmSync(draft, { recursive: true, force: true })
  throw recognise(output) ?? initdbFailed(dir, output)
}

function removeDrafts(dir: string): void {
  for (const name of readdirSync(dir).filter((entry) => entry.startsWith(DRAFT))) {
    try {
      rmSync(join(dir, name), { recursive: true, force: true, maxRetries: 3, retryDelay: 100 })
    } catch {
      // Its initdb outlived the process that was killed and still writes: the next start removes it.
    }
  }
}

function wrongPassword(dir: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${passwordFile(dir)} does not hold the password of the database beside it: put the right one back, ` +
      `or ${USE_YOUR_OWN}.`,
  )
}

function otherVersion(data: string, found: string, ours: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The database in ${data} was made by PostgreSQL ${found}, but the embedded one is PostgreSQL ${ours}: ` +
      `export it with the Broadsheet that made it and import it into an empty directory, or ${USE_YOUR_OWN}.`,
  )
}

function notADatabase(data: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${data} is where the embedded database goes, but holds something else: move that away, or ${USE_YOUR_OWN}.`,
  )
}

function initdbFailed(dir: string, output: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The embedded database could not be created in ${dir}: see below, or ${USE_YOUR_OWN}.\n${lastLines(output)}`,
  )
}
