import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type Database, inTransaction, openDatabase } from '../../src/db/client.ts'
import { findAppError } from '../../src/lib/errors.ts'
import { cloneDatabase, type TestDatabase } from '../setup/database.ts'
import { type FaultyProxy, startProxy } from '../setup/proxy.ts'

let clone: TestDatabase
let proxy: FaultyProxy
let database: Database
/** What nobody caught: in a server each of these would end the process. */
const uncaught: unknown[] = []
const note = (error: unknown) => void uncaught.push(error)

beforeAll(async () => {
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  clone = await cloneDatabase()
  await clone.sql`create table counters (id int primary key, n int not null)`
})

beforeEach(async () => {
  proxy = await startProxy(clone.url)
  database = openDatabase({
    url: proxy.url,
    connections: 4,
    acquireTimeout: 20_000,
    statementTimeout: 500,
    prepare: true,
  })
  await clone.sql`truncate counters`
  await clone.sql`insert into counters select i, 0 from generate_series(1, 4) i`
})

afterEach(async () => {
  proxy.weather = 'pass'
  await database.close()
  await proxy.close()
  expect(uncaught).toEqual([])
})

afterAll(async () => {
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
  await clone.drop()
})

const one = () => database.db.execute(sql`select 1 as one`)
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => findAppError(error)?.code ?? 'not ours',
  )

/** Adds one to a counter by reading and writing, in a transaction with several statements at once. */
const count = (id: number) =>
  inTransaction(database.db, 'test', async (tx) => {
    const [row] = await tx.execute<{ n: number }>(sql`select n from counters where id = ${id} for update`)
    await Promise.all([tx.execute(sql`select 1`), tx.execute(sql`select 2`)])
    await tx.execute(sql`update counters set n = ${(row?.n ?? 0) + 1} where id = ${id}`)
  })

test('backends that die at any moment lose nothing that was acknowledged, and stop nobody', async () => {
  let killed = 0
  let over = false
  const acknowledged = [0, 0, 0, 0, 0]
  const writer = async (id: number) => {
    while (!over) {
      if ((await codeOf(count(id))) === 'done') acknowledged[id] = (acknowledged[id] ?? 0) + 1
    }
  }
  const reader = async () => {
    while (!over) await codeOf(one())
  }
  const all = [1, 2, 3, 4, 1, 2, 3, 4].map(writer).concat(Array.from({ length: 4 }, reader))
  while (killed < 150) {
    const dead = await clone.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'broadsheet' and datname = current_database() order by random() limit 2`
    killed += dead.length
  }
  over = true
  await Promise.all(all)
  const rows = await clone.sql<{ id: number; n: number }[]>`select id, n from counters order by id`
  // a commit whose answer was lost may have happened; one that was acknowledged must have
  for (const { id, n } of rows) expect(n).toBeGreaterThanOrEqual(acknowledged[id] as number)
  expect(await codeOf(one())).toBe('done')
})

test('a transaction whose backend dies says nothing more on another connection', async () => {
  const torn = inTransaction(database.db, 'test', async (tx) => {
    await tx.execute(sql`update counters set n = 1 where id = 1`)
    const [own] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    await clone.sql`select pg_terminate_backend(${own?.pid ?? 0}, 5000)`
    // both ways: one that fails on the dead connection, and one after that
    await tx.execute(sql`update counters set n = 1 where id = 2`).catch(() => {})
    await tx.execute(sql`update counters set n = 1 where id = 3`)
  })
  expect(await codeOf(torn)).toBe('UNAVAILABLE')
  expect(await clone.sql`select from counters where n <> 0`).toHaveLength(0)
})

test('a statement that comes after its transaction is refused, and is part of nobody else’s', async () => {
  let late: Promise<string> | undefined
  await inTransaction(database.db, 'test', async (tx) => {
    late = clone.sql`select pg_sleep(0.05)`.then(() =>
      codeOf(tx.execute(sql`update counters set n = 77 where id = 1`)),
    )
    throw new Error('over')
  }).catch(() => {})
  await Promise.all([1, 2, 3, 4].map((id) => count(id)))
  expect(await late).toBe('not ours')
  expect(await clone.sql`select from counters where n <> 1`).toHaveLength(0)
})

test('once it is closed, what waits is turned away, what comes is too, and no connection is left', async () => {
  const closing = openDatabase({
    url: clone.url,
    connections: 1,
    acquireTimeout: 20_000,
    statementTimeout: 5000,
    prepare: true,
  })
  const ask = () => codeOf(closing.db.execute(sql`select 'asked of what closes'`))
  expect(await ask()).toBe('done')
  const answers = Array.from({ length: 6 }, ask)
  await closing.close()
  const turnedAway = (await Promise.all(answers)).filter((code) => code === 'UNAVAILABLE')
  expect(turnedAway.length).toBeGreaterThanOrEqual(5)
  expect(await ask()).toBe('UNAVAILABLE')
  const left = () => clone.sql`
    select from pg_stat_activity where datname = current_database() and query like '%asked of what closes%'
      and pid <> pg_backend_pid()`
  await vi.waitUntil(async () => (await left()).length === 0, 10_000)
})

test('connections that are reset are replaced', async () => {
  await Promise.all(Array.from({ length: 8 }, one))
  const during = Array.from({ length: 8 }, () => codeOf(database.db.execute(sql`select pg_sleep(0.2)`)))
  await clone.sql`select pg_sleep(0.05)`
  proxy.cut()
  expect(new Set(await Promise.all(during))).not.toContain('not ours')
  expect(await Promise.all(Array.from({ length: 8 }, () => codeOf(one())))).toEqual(Array(8).fill('done'))
})

test('a half-open connection does not hold a statement for ever, nor the ones after it', async () => {
  await Promise.all(Array.from({ length: 4 }, one))
  proxy.weather = 'blackhole'
  expect(new Set(await Promise.all(Array.from({ length: 4 }, () => codeOf(count(1)))))).toEqual(
    new Set(['UNAVAILABLE']),
  )
  proxy.weather = 'pass'
  expect(await codeOf(count(1))).toBe('done')
})

test('a network that went silent while nobody asked is noticed before anything is sent into it', async () => {
  // whoever sends into it would wait for ten minutes
  const patient = openDatabase({
    url: proxy.url,
    connections: 2,
    acquireTimeout: 1000,
    statementTimeout: 600_000,
    prepare: true,
  })
  const ask = () => codeOf(patient.db.execute(sql`select 1 as one`))
  expect(await ask()).toBe('done')
  const idle = () => clone.sql`
    select from pg_stat_activity where application_name = 'broadsheet' and datname = current_database()
      and state = 'idle' and state_change < now() - interval '600 milliseconds'`
  await vi.waitUntil(async () => (await idle()).length > 0, 10_000)
  proxy.weather = 'blackhole'
  expect(await ask()).toBe('UNAVAILABLE')
  proxy.weather = 'pass'
  await vi.waitUntil(async () => (await ask()) === 'done', 10_000)
  await patient.close()
})

test('a database that is away is UNAVAILABLE, and found again when it is back', async () => {
  proxy.weather = 'refuse'
  proxy.cut()
  const refused = await Promise.all(Array.from({ length: 12 }, () => codeOf(count(2))))
  expect(new Set(refused)).toEqual(new Set(['UNAVAILABLE']))
  proxy.weather = 'pass'
  expect(await codeOf(count(2))).toBe('done')
})

test('a slow statement keeps no fast one waiting while a connection is free', async () => {
  const lock = await clone.sql.reserve()
  await lock`select pg_advisory_lock(1)`
  // limits so large that the slow one ends when we let it
  const patient = openDatabase({
    url: clone.url,
    connections: 2,
    acquireTimeout: 20_000,
    statementTimeout: 600_000,
    prepare: true,
  })
  const ask = (statement: ReturnType<typeof sql>) => codeOf(patient.db.execute(statement))
  const slow = ask(sql`select set_config('lock_timeout', '0', false), pg_advisory_lock(1)`)
  for (let i = 0; i < 50; i++) expect(await ask(sql`select 1`)).toBe('done')
  await lock`select pg_advisory_unlock(1)`
  lock.release()
  expect(await slow).toBe('done')
  await patient.close()
})

test('two transactions never share a connection, however many come at once', async () => {
  const backends = await Promise.all(
    Array.from({ length: 100 }, () =>
      inTransaction(database.db, 'test', async (tx) => {
        const read = () =>
          tx.execute<{ pid: number; tx: string }>(
            sql`select pg_backend_pid() as pid, pg_current_xact_id()::text as tx`,
          )
        const [first, second] = [await read(), await read()]
        expect(second).toEqual(first)
        return first[0]?.tx
      }),
    ),
  )
  expect(new Set(backends).size).toBe(100)
})

test('what the database refuses inside a transaction undoes all of it, and the connection serves on', async () => {
  const refused = inTransaction(database.db, 'test', async (tx) => {
    await tx.execute(sql`update counters set n = 99`)
    await tx.execute(sql`insert into counters values (1, 1)`)
  })
  expect(await codeOf(refused)).toBe('CONFLICT')
  expect(await clone.sql`select from counters where n <> 0`).toHaveLength(0)
  expect(await codeOf(count(3))).toBe('done')
})

test('a transaction that goes on after a failed statement is not taken for done', async () => {
  const sloppy = inTransaction(database.db, 'test', async (tx) => {
    await tx.execute(sql`update counters set n = 99`)
    await tx.execute(sql`insert into counters values (1, 1)`).catch(() => {})
  })
  expect(await codeOf(sloppy)).toBe('not ours')
  expect(await clone.sql`select from counters where n <> 0`).toHaveLength(0)
  expect(await codeOf(count(3))).toBe('done')
})

test('a backend whose client has vanished is not left with its locks for long', async () => {
  const setting = async (name: string) =>
    (
      await database.db.execute<{ value: string | null }>(sql`select current_setting(${name}, true) as value`)
    )[0]?.value
  expect(await setting('tcp_keepalives_idle')).toBe('10')
  expect(await setting('idle_in_transaction_session_timeout')).toBe('10s')
  // there is none before 17
  expect(['30s', null]).toContain(await setting('transaction_timeout'))
})
