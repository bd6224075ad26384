import type { Config } from '../config.ts'
import { openDatabase } from '../db/client.ts'
import { applyMigrations, schemaState } from '../db/migrate.ts'
import { startEmbeddedPostgres } from '../embedded/supervisor.ts'

/** Something that the operator has to put right; the message says what. Ends a command without a stack. */
export class OperatorError extends Error {}

export interface Running {
  url: string
  embedded: boolean
  stop(): Promise<void>
}

/**
 * The database of a command: the one that `DATABASE_URL` names, else the embedded one.
 * @param whenOwned what to do where a running server holds the embedded one: a second server must not, a command
 * beside it shares it.
 */
export async function startDatabase(
  config: Config,
  whenOwned: 'refuse' | 'share',
  log: (line: string) => void,
): Promise<Running> {
  if (config.databaseUrl) return { url: config.databaseUrl, embedded: false, stop: async () => {} }
  const postgres = await startEmbeddedPostgres({ dir: config.dataDir, durable: true, whenOwned, log })
  return { url: postgres.url, embedded: true, stop: () => postgres.stop() }
}

/**
 * Makes sure that the schema fits this build: migrates where that is allowed, else says what to do.
 * @throws OperatorError for a database that cannot be reached, is empty, older or newer.
 */
export async function ensureSchema(
  config: Config,
  url: string,
  migrate: boolean,
  log: (line: string) => void,
): Promise<void> {
  const database = openDatabase({
    url,
    connections: 1,
    acquireTimeout: config.acquireTimeout,
    statementTimeout: config.statementTimeout,
    prepare: false,
  })
  try {
    const state = await reachable(() => schemaState(database.db))
    if (state === 'current') return
    if (state === 'newer') {
      throw new OperatorError(
        'The schema of the database is newer than this build: run the build that migrated it, or a later one.',
      )
    }
    if (!migrate) {
      throw new OperatorError(
        `The schema of the database is ${state === 'empty' ? 'not there yet' : 'older than this build'}: run \`broadsheet migrate\` first, or start with --migrate.`,
      )
    }
    const applied = await reachable(() => applyMigrations(url))
    log(`${applied} migration${applied === 1 ? '' : 's'} applied`)
  } finally {
    await database.close()
  }
}

async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new OperatorError(`The database cannot be used: ${reasonOf(error)}. Check DATABASE_URL.`, {
      cause: error,
    })
  }
}

/** What the driver says of a failed connection; it holds no SQL and no password. */
function reasonOf(error: unknown): string {
  let cause = error
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  return cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : String(cause)
}
