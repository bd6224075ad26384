import { sql } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { countStatement, timeDatabase } from '../lib/meter.ts'
import { toAppError } from './pg-errors.ts'

/** Anything that runs statements: the pool, or a transaction on one of its connections. */
export type Db = Pick<PostgresJsDatabase, 'select' | 'insert' | 'update' | 'delete' | 'execute'>

export interface Database {
  /** The pool. */
  db: PostgresJsDatabase
  close(): Promise<void>
}

export interface DatabaseOptions {
  url: string
  /** Connections at most. */
  connections: number
  /** Milliseconds that the server gives one statement. */
  statementTimeout: number
  /** False behind a pooler that hands each transaction another connection. */
  prepare: boolean
}

/** Opens the pool. Connects on first use; never throws by itself. */
export function openDatabase(options: DatabaseOptions): Database {
  // This client belongs to Drizzle, which changes its parsers (dates come back as text): no raw tags on it.
  const client = postgres(options.url, {
    max: options.connections,
    prepare: options.prepare,
    connect_timeout: 5,
    idle_timeout: 60,
    max_lifetime: 60 * 30,
    onnotice: () => {},
    connection: {
      application_name: 'broadsheet',
      TimeZone: 'UTC',
      statement_timeout: options.statementTimeout,
      lock_timeout: Math.min(2000, options.statementTimeout),
      idle_in_transaction_session_timeout: 10_000,
      // JIT costs more than it saves on statements of a few milliseconds, and its timing jumps
      jit: 'off' as unknown as boolean,
    },
  })
  return {
    db: drizzle(client, { casing: 'snake_case', logger: { logQuery: countStatement } }),
    close: () => client.end({ timeout: 5 }),
  }
}

/** Who writes, as the change log names it: `anonymous`, `receipt`, `key:<id>`, `cli`. */
export type Actor = string

const RETRIES = 5
/** serialization_failure, deadlock_detected: the transaction did nothing and may simply run again */
const RETRYABLE = new Set(['40001', '40P01'])

/**
 * The one way to write: runs `work` in a transaction whose change rows carry `actor`. `work` may run more than
 * once, so it must have no effect outside the database.
 * @throws AppError for what the database refuses (see pg-errors.ts), and whatever `work` throws.
 */
export async function inTransaction<T>(
  database: Database['db'],
  actor: Actor,
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await timeDatabase(() =>
        database.transaction(async (tx) => {
          await tx.execute(sql`select set_config('broadsheet.actor', ${actor}, true)`)
          return work(tx)
        }),
      )
    } catch (error) {
      if (attempt > RETRIES || !RETRYABLE.has(sqlState(error) ?? '')) throw toAppError(error)
    }
  }
}

/** The SQLSTATE of an error, however deep Drizzle wrapped it. */
export function sqlState(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof postgres.PostgresError) return cause.code
  }
  return undefined
}
