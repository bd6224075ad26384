import { pino } from 'pino'
import type postgres from 'postgres'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { applyMigrations } from '../../src/db/migrate.ts'
import { demoRecords } from '../../src/demo/publication.ts'
import { createDeps } from '../../src/deps.ts'
import {
  BULK,
  CHANGES,
  deciding,
  difference,
  EDITS,
  FATES,
  failEach,
  IMPORTS,
  importing,
  KEYS,
  openStage,
  POSTINGS,
  PREVIEWS,
  settled,
  snapshot,
  TERMS,
  type Write,
} from '../faults/nth.ts'
import { cloneDatabase, emptyDatabase } from '../setup/database.ts'
import { type Fate, startStatementProxy } from '../setup/statement-proxy.ts'

const WRITES: Write[] = [
  ...POSTINGS,
  ...CHANGES,
  ...EDITS,
  BULK,
  ...PREVIEWS,
  deciding('REST', 1),
  deciding('REST', 3),
  deciding('GraphQL', 1),
  deciding('GraphQL', 3),
  ...KEYS,
  ...TERMS,
  ...IMPORTS,
]

test.each(WRITES)('whichever statement fails of $name: all or nothing', async (write) => {
  // a database each: what is compared after every try is all of it
  const stage = await openStage()
  onTestFinished(() => stage.close())
  const tries = await failEach(stage, write)
  console.info(`${write.name}: ${tries} tries`)
  expect(tries).toBeGreaterThan(FATES.length)
})

/** Lets each statement of some work fail in turn, each time on a database of its own. */
async function eachStatement(
  fates: typeof FATES,
  attempt: (nth: number, fate: Fate, at: string) => Promise<string | undefined>,
): Promise<number> {
  let tries = 0
  for (const { name, fate } of fates) {
    for (let nth = 1; ; nth++) {
      tries++
      if ((await attempt(nth, fate, `${name}, statement ${nth}`)) === undefined) break
    }
  }
  return tries
}

/** Everything that migrations make, and what they note of it. */
async function schemaOf(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ item: string }[]>`
    select 'relation ' || relname as item from pg_class
      where relnamespace = to_regnamespace('public') and relkind in ('r', 'i', 'S', 'v')
    union all select 'function ' || proname from pg_proc where pronamespace = to_regnamespace('public')
    union all select 'trigger ' || tgname from pg_trigger where not tgisinternal order by 1`
  return rows.map(({ item }) => item)
}

describe('what is done before there is a server', () => {
  test('whichever statement of the migrations fails: each is there whole or not, and the next run completes', async () => {
    const clone = await cloneDatabase()
    const whole = await schemaOf(clone.sql)
    const [all] = await clone.sql`select count(*)::int as count from drizzle.__drizzle_migrations`
    await clone.drop()
    const stages = new Set<string>()
    const tries = await eachStatement(FATES.slice(0, 3), async (nth, fate, at) => {
      const empty = await emptyDatabase()
      const proxy = await startStatementProxy(empty.url)
      try {
        proxy.arm(nth, fate)
        const failure = await applyMigrations(proxy.url).then(
          () => undefined,
          (error: unknown) => error,
        )
        const met = proxy.disarm()
        await settled(empty.sql, at)
        expect(failure !== undefined, `${at} (${met})`).toBe(met !== undefined)
        const [found] =
          await empty.sql`select to_regclass('drizzle.__drizzle_migrations') is not null as noted`
        const [{ count = 0 } = {}] = found?.['noted']
          ? await empty.sql`select count(*)::int as count from drizzle.__drizzle_migrations`
          : []
        stages.add(JSON.stringify([count, await schemaOf(empty.sql)]))
        await applyMigrations(proxy.url)
        expect(await schemaOf(empty.sql), at).toEqual(whole)
        return met
      } finally {
        await proxy.close()
        await empty.drop()
      }
    })
    // nothing, or all of it: the migrations are one transaction
    expect([...stages].map((stage) => JSON.parse(stage)[0]).sort()).toEqual([0, all?.['count']])
    console.info(`migrations: ${tries} tries`)
  })

  test('whichever statement of the first start fails, there is one secret in the end, and it is kept', async () => {
    const tries = await eachStatement(FATES, async (nth, fate, at) => {
      const clone = await cloneDatabase()
      const proxy = await startStatementProxy(clone.url)
      const start = async () => {
        const deps = await createDeps(loadConfig({}), proxy.url, pino({ level: 'silent' }))
        await deps.close()
      }
      try {
        proxy.arm(nth, fate)
        const failed = await start().then(
          () => false,
          () => true,
        )
        const met = proxy.disarm()
        expect(failed, `${at} (${met})`).toBe(met !== undefined)
        const kept = await clone.sql`select value from secrets`
        expect(kept.length, at).toBeLessThanOrEqual(1)
        await start()
        const then = await clone.sql`select value from secrets`
        expect(then, at).toHaveLength(1)
        if (kept.length === 1) expect(then, at).toEqual(kept)
        return met
      } finally {
        await proxy.close()
        await clone.drop()
      }
    })
    console.info(`the secret: ${tries} tries`)
  })
})

test('whichever statement of loading the sample publication fails, a second run completes it', async () => {
  const records = demoRecords()
  const reference = await openStage()
  const before = await snapshot(reference.sql)
  expect(await importing(reference, records)).toBe('done')
  const whole = difference(before, await snapshot(reference.sql))
  await reference.close()
  let last = 0
  for (const { name, fate, told } of FATES.slice(0, 3)) {
    // all of them would take an hour; these are spread over all that there are
    for (let nth = 1; ; nth += 1 + Math.floor(Math.random() * 40)) {
      const own = await openStage()
      const from = await snapshot(own.sql)
      own.proxy.arm(nth, fate)
      const answer = await importing(own, records)
      const met = own.proxy.disarm()
      const at = `${name}, statement ${nth} (${met})`
      await settled(own.sql, at)
      if (met !== undefined) expect(told, at).toContain(answer)
      expect(await importing(own, records), at).toBe('done')
      expect(difference(from, await snapshot(own.sql)), at).toEqual(whole)
      await own.close()
      if (met === undefined) break
      last = Math.max(last, nth)
    }
  }
  console.info(`the sample publication: up to statement ${last}`)
})
