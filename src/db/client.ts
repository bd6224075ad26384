import { sql } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { countStatement, timeDatabase } from '../lib/meter.ts'
import { Gate } from './gate.ts'
import { toAppError } from './pg-errors.ts'
import { type Shape, Slot, type Statement } from './slot.ts'

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
  /** Milliseconds that one may wait for a connection, open or not; beyond that, a quick 503 serves everybody better. */
  acquireTimeout: number
  /** Milliseconds that the server gives one statement. */
  statementTimeout: number
  /** False behind a pooler that hands each transaction another connection. */
  prepare: boolean
}

/** How many may wait for a connection at once. */
const QUEUE = 500

/**
 * Milliseconds that a statement may take which changes the places of thousands of articles. Less than the time of a request
 * (app.ts), so that its caller still learns how it ended.
 */
const PATIENCE = 8000

/** Beside each database: the same connections, on which a statement of a transaction may take as long as that. */
const patient = new WeakMap<object, { db: PostgresJsDatabase; limit: number }>()

/** Opens the pool. Connects on first use; never throws by itself. */
export function openDatabase({ connections, acquireTimeout, ...options }: DatabaseOptions): Database {
  const slots = Array.from({ length: connections }, () => new Slot(options))
  const gate = new Gate(slots, {
    queue: QUEUE,
    wait: acquireTimeout,
    isReady: (slot) => slot.isReady(),
    prepare: (slot) => slot.makeReady(),
  })
  const limit = Math.max(options.statementTimeout, PATIENCE)
  const over = (client: postgres.Sql) =>
    drizzle(client, { casing: 'snake_case', logger: { logQuery: countStatement } })
  const db = over(gatedClient(gate))
  patient.set(db, { db: over(gatedClient(gate, limit)), limit })
  return {
    db,
    close: async () => {
      gate.close()
      await Promise.all(slots.map((slot) => slot.close()))
    },
  }
}

/**
 * Runs `work` on one connection, for what belongs to a session: not through a pooler. Once that is lost, nothing more is
 * said, and `work` fails. @throws what the connection or `work` does.
 */
export async function onOneConnection<T>(
  options: { url: string; statementTimeout: number },
  work: (db: PostgresJsDatabase) => Promise<T>,
): Promise<T> {
  const slot = new Slot({ ...options, prepare: true })
  try {
    await slot.connect()
    return await work(drizzle(clientOn(slot, slot.connection())))
  } finally {
    await slot.close()
  }
}

/**
 * What Drizzle knows of a postgres.js client, over connections of our own: each statement takes one for itself,
 * each transaction keeps one.
 * @param limit milliseconds for a statement of a transaction, where that is not the limit of the session.
 */
function gatedClient(gate: Gate<Slot>, limit?: number): postgres.Sql {
  const client = {
    options: { parsers: {}, serializers: {} },
    unsafe: (...statement: Statement) =>
      deferred((shape) => gate.use((slot) => slot.send(slot.connection(), statement, shape))),
    begin: <T>(work: (client: postgres.Sql) => Promise<T>) =>
      gate.use((slot) => transact(slot, slot.connection(), work, limit)),
  }
  return client as unknown as postgres.Sql
}

/** The same over one connection of a slot. */
function clientOn(slot: Slot, connection: postgres.Sql): postgres.Sql {
  const client = {
    options: { parsers: {}, serializers: {} },
    unsafe: (...statement: Statement) => deferred((shape) => slot.send(connection, statement, shape)),
    begin: <T>(work: (client: postgres.Sql) => Promise<T>) => transact(slot, connection, work),
  }
  return client as unknown as postgres.Sql
}

/** The same within a transaction, until that is over: what comes late would be part of somebody else's. */
function clientWithin(
  slot: Slot,
  connection: postgres.Sql,
  isOver: () => boolean,
  limit?: number,
): postgres.Sql {
  const client = {
    options: { parsers: {}, serializers: {} },
    unsafe: (...statement: Statement) =>
      deferred(async (shape) => {
        if (isOver()) throw new Error('A statement came after the end of its transaction')
        return slot.send(connection, statement, shape, limit)
      }),
  }
  return client as unknown as postgres.Sql
}

/** A statement that is sent when it is awaited, as rows of names or, by `values()`, as rows of columns. */
function deferred(send: (shape: Shape) => Promise<unknown>) {
  // named here, whoever asks; Drizzle wraps it once more, and `findAppError` finds it again
  const sent = (shape: Shape) =>
    send(shape).catch((error: unknown) => {
      throw toAppError(error)
    })
  return {
    values: () => sent((query) => query.values()),
    // biome-ignore lint/suspicious/noThenProperty: Drizzle awaits it, as it would the driver's own query
    then: (resolve: (rows: unknown) => unknown, reject: (error: unknown) => unknown) =>
      sent((query) => query).then(resolve, reject),
  }
}

/** BEGIN … COMMIT on one connection. Where it is lost on the way, nothing more is said on another one. */
async function transact<T>(
  slot: Slot,
  connection: postgres.Sql,
  work: (client: postgres.Sql) => Promise<T>,
  limit?: number,
): Promise<T> {
  const say = (text: string) => slot.send(connection, [text], (query) => query, limit)
  let over = false
  await say('begin')
  try {
    const result = await work(clientWithin(slot, connection, () => over, limit))
    over = true
    // a transaction in which something failed is rolled back by COMMIT too, and without an error
    const ended = (await say('commit')) as postgres.RowList<postgres.Row[]>
    if (ended.command !== 'COMMIT') throw new Error('A statement failed in a transaction that went on')
    return result
  } catch (error) {
    over = true
    // of a lost connection the server rolls back by itself; one that cannot even do that is not used again
    if (slot.holds(connection)) await say('rollback').catch(() => slot.discard())
    throw error
  }
}

/** Who writes, as the change log names it: `anonymous`, `receipt`, `key:<id>`, `user:<hash>`, `cli`. */
export type Actor = string

const RETRIES = 5
/** serialization_failure, deadlock_detected: the transaction did nothing and may simply run again */
const RETRYABLE = new Set(['40001', '40P01'])

/** How long a statement of a transaction may take: as any other, or some seconds, where one hides thousands of replies. */
export type Pace = 'usual' | 'patient'

/**
 * The one way to write: runs `work` in a transaction whose change rows carry `actor`. `work` may run more than
 * once, so it must have no effect outside the database.
 * @param pace `patient` for what changes the places of thousands of articles, and bounds their number itself.
 * @throws AppError for what the database refuses (see pg-errors.ts), and whatever `work` throws.
 */
export async function inTransaction<T>(
  database: Database['db'],
  actor: Actor,
  work: (tx: Db) => Promise<T>,
  pace: Pace = 'usual',
): Promise<T> {
  const slow = pace === 'patient' ? patient.get(database) : undefined
  const limited = slow ? sql`, set_config('statement_timeout', ${String(slow.limit)}, true)` : sql``
  for (let attempt = 1; ; attempt++) {
    try {
      return await timeDatabase(() =>
        (slow?.db ?? database).transaction(async (tx) => {
          await tx.execute(sql`select set_config('broadsheet.actor', ${actor}, true)${limited}`)
          return work(tx)
        }),
      )
    } catch (error) {
      if (attempt > RETRIES || !RETRYABLE.has(sqlState(error) ?? '')) throw toAppError(error)
    }
  }
}

/** What a rehearsal came to, on its way out of the transaction that it ends. */
class Rehearsed<T> extends Error {
  readonly result: T

  constructor(result: T) {
    super('rehearsed')
    this.result = result
  }
}

/** Does all that `work` does as `inTransaction` would, and takes it back. @returns what `work` does. @throws as that. */
export async function rehearse<T>(
  database: Database['db'],
  actor: Actor,
  work: (tx: Db) => Promise<T>,
  pace: Pace = 'usual',
): Promise<T> {
  const rehearsal = async (tx: Db): Promise<never> => {
    throw new Rehearsed(await work(tx))
  }
  try {
    return await inTransaction(database, actor, rehearsal, pace)
  } catch (error) {
    if (error instanceof Rehearsed) return error.result
    throw error
  }
}

/** The SQLSTATE of an error, however deep Drizzle wrapped it. */
export function sqlState(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof postgres.PostgresError) return cause.code
  }
  return undefined
}
