import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { openDatabase, sqlState } from '../db/client.ts'
import { applyMigrations, schemaState } from '../db/migrate.ts'
import { isSilence } from '../db/pg-errors.ts'
import { DriverUnfit } from '../db/slot.ts'
import { startEmbeddedPostgres } from '../embedded/supervisor.ts'
import { findAppError } from '../lib/errors.ts'

/**
 * How long a database that does not answer yet is asked again. With the attempt under way and the start of the
 * process itself it stays below five seconds, also where nothing but silence comes back.
 */
const PATIENCE_MS = 2_000
const ASK_AGAIN_MS = 100

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
 * @param stopping true once nobody waits for the outcome any more: what can be given up is.
 * @throws OperatorError for a database that cannot be reached, is empty, older or newer.
 */
export async function ensureSchema(
  config: Config,
  url: string,
  migrate: boolean,
  log: (line: string) => void,
  stopping: () => boolean = () => false,
): Promise<void> {
  const database = openDatabase({
    url,
    connections: 1,
    acquireTimeout: config.acquireTimeout,
    statementTimeout: config.statementTimeout,
    prepare: config.prepare,
  })
  try {
    const state = await reachable(() => patiently(() => schemaState(database.db), log, stopping))
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
    const applied = await reachable(() => applyMigrations(url, stopping))
    log(`${applied} migration${applied === 1 ? '' : 's'} applied`)
  } finally {
    await database.close()
  }
}

/** Asks again for a while where the database is not up yet; what waiting does not heal is thrown at once. */
async function patiently<T>(
  work: () => Promise<T>,
  log: (line: string) => void,
  stopping: () => boolean,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isNotUpYet(error) || stopping() || performance.now() > deadline) throw error
      if (attempt === 1)
        log(`The database does not answer yet (${reasonOf(innermost(error))}): waiting for it`)
      await pause(ASK_AGAIN_MS)
    }
  }
}

/** Nobody answers, or the server says that it is starting: not that it declines us (password, name). */
function isNotUpYet(error: unknown): boolean {
  const declined = /^(28|3D)/.test(sqlState(error) ?? '')
  return findAppError(error)?.code === 'UNAVAILABLE' && !declined
}

async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const cause = innermost(error)
    if (cause instanceof DriverUnfit) throw new OperatorError(cause.message, { cause: error })
    throw new OperatorError(`The database cannot be used: ${reasonOf(cause)}. Check DATABASE_URL.`, {
      cause: error,
    })
  }
}

function innermost(error: unknown): unknown {
  let cause = error
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  return cause
}

/** What the driver says of a failed connection; it holds no SQL and no password. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  if (isSilence(cause)) return 'nothing answers there in time'
  return cause.message || String((cause as { code?: unknown }).code)
}
