import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { article, category, tag } from '../setup/data.ts'
import { cloneDatabase } from '../setup/database.ts'
import { applyAll, changes, contents, empty } from './content.ts'
import { wrongCounts, wrongEntries, wrongPaths } from './judge.ts'

/** restrict_violation since Postgres 18, foreign_key_violation before. */
const REFERENCED = expect.stringMatching(/^(23001|23503)$/)

const database = await cloneDatabase()
const { sql } = database
afterAll(() => database.drop())

const HOUR = 3_600_000
const later = (milliseconds: number) => `(now() + interval '${milliseconds} milliseconds')`

test('whatever is written, the entries, counts and paths are those worked out anew from the written tables', async () => {
  await fc.assert(
    fc.asyncProperty(
      contents,
      fc.array(fc.tuple(changes, fc.boolean()), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 0, max: 60 * 24 * HOUR }), { minLength: 2, maxLength: 2 }),
      async (content, batches, moments) => {
        await empty(sql)
        await applyAll(sql, content, true)
        for (const [batch, together] of [[[], false] as const, ...batches]) {
          await applyAll(sql, batch, together)
          expect(await wrongPaths(sql)).toEqual([])
          expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
          for (const moment of ['now()', ...moments.map(later)])
            expect(await wrongCounts(sql, moment)).toEqual([])
        }
      },
    ),
    { numRuns: 25, endOnFailure: true },
  )
})

test('a stored count of any age gives the number of visible articles at any later moment', async () => {
  await fc.assert(
    fc.asyncProperty(
      contents,
      fc.integer({ min: 0, max: 60 * 24 * HOUR }),
      fc.integer({ min: 0, max: 60 * 24 * HOUR }),
      async (content, before, after) => {
        await empty(sql)
        await applyAll(sql, content, true)
        // the counts as somebody would have stored them long ago
        const [then] =
          await sql`select (now() - ${`${before} milliseconds`}::interval)::timestamptz(3)::text as moment`
        await sql`
          update series_counts c set as_of = ${then?.['moment']}, article_count = (
            select count(*) from series_entries e where e.series_id = c.series_id
              and e.published_at <= ${then?.['moment']}
              and (e.unpublish_at is null or e.unpublish_at > ${then?.['moment']}))`
        expect(await wrongCounts(sql, later(after))).toEqual([])
        // the next write carries them on to its own moment first
        await applyAll(sql, [{ kind: 'setMany', a: 0, b: before, c: after }], false)
        expect(await wrongCounts(sql, 'now()')).toEqual([])
        expect(await wrongCounts(sql, later(after))).toEqual([])
      },
    ),
    { numRuns: 15, endOnFailure: true },
  )
})

test('articles come into and go out of the counts when their moment passes, though nothing is written', async () => {
  await empty(sql)
  const port = await category(sql, 'port')
  await article(sql, { categories: [port] })
  const comes = await article(sql, { categories: [port], publishedAt: await moment('1 second') })
  await article(sql, { categories: [port], unpublishAt: await moment('1 second') })
  await article(sql, { categories: [port], unpublishAt: await moment('1 second') })
  const counted = async () => {
    const [row] = await sql`
      select article_count + count_crossing(series_id, as_of, now()) as n from series_counts where series_id = ${port}`
    return Number(row?.['n'])
  }
  expect(await wrongCounts(sql)).toEqual([])
  const passed = async () =>
    (
      await sql`select from articles where id = ${comes} and published_at + interval '100 milliseconds' < now()`
    ).length === 1
  await expect.poll(passed, { timeout: 10_000 }).toBe(true)
  expect(await counted()).toBe(2)
  expect(await wrongCounts(sql)).toEqual([])
  await article(sql, { categories: [port] })
  expect(await counted()).toBe(3)
  expect(await wrongCounts(sql)).toEqual([])
})

const moment = async (interval: string): Promise<string> => {
  const [row] = await sql`select now() + ${interval}::interval as moment`
  return new Date(row?.['moment']).toISOString()
}

test('a statement that moves several categories at once leaves right paths and entries, or is refused for a cycle', async () => {
  const SIZE = 7
  const moves = fc.array(
    fc.array(fc.record({ moved: fc.nat(SIZE - 1), to: fc.nat(SIZE) }), { minLength: 1, maxLength: 4 }),
    { minLength: 3, maxLength: 8 },
  )
  await fc.assert(
    fc.asyncProperty(moves, async (statements) => {
      await empty(sql)
      const ids: string[] = []
      for (let i = 0; i < SIZE; i++)
        ids.push(await category(sql, `category-${i}`, ids[Math.floor((i - 1) / 2)]))
      for (const id of ids) await article(sql, { categories: [id] })
      for (const statement of statements) {
        const parents = new Map(statement.map(({ moved, to }) => [ids[moved] as string, ids[to] ?? null]))
        const before = new Map(
          (await sql`select id, parent_id from categories`).map((row) => [row['id'], row['parent_id']]),
        )
        const update = sql`
          update categories c set parent_id = m.parent_id::uuid
          from jsonb_to_recordset(${JSON.stringify([...parents].map(([id, parent_id]) => ({ id, parent_id })))}::text::jsonb)
            as m (id text, parent_id text)
          where c.id = m.id::uuid`
        if (hasCycle(new Map([...before, ...parents]))) {
          await expect(update).rejects.toMatchObject({ constraint_name: 'categories_no_cycle' })
        } else {
          await update
        }
        expect(await wrongPaths(sql)).toEqual([])
        expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
        expect(await wrongCounts(sql)).toEqual([])
      }
    }),
    { numRuns: 20, endOnFailure: true },
  )
})

function hasCycle(parents: Map<string, string | null>): boolean {
  return [...parents.keys()].some((start) => {
    let steps = 0
    for (let id: string | null = start; id; id = parents.get(id) ?? null)
      if (steps++ > parents.size) return true
    return false
  })
}

test('categories inserted by one statement may name parents that it inserts later', async () => {
  await empty(sql)
  const [top, middle, leaf] = ['3', '2', '1'].map(
    (digit) => `00000000-0000-4000-8000-00000000000${digit}`,
  ) as [string, string, string]
  await sql`
    insert into categories (id, slug, name, parent_id)
    values (${leaf}, 'leaf', '', ${middle}), (${middle}, 'middle', '', ${top}), (${top}, 'top', '', null)`
  await article(sql, { categories: [leaf] })
  expect(await wrongPaths(sql)).toEqual([])
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  const ring = sql`
    insert into categories (id, slug, name, parent_id) select a::uuid, a, '', b::uuid from (values
      ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'),
      ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a')) v (a, b)`
  await expect(ring).rejects.toMatchObject({ constraint_name: 'categories_no_cycle' })
})

test('a term with articles cannot be deleted, and an article takes its entries and its counts with it', async () => {
  await empty(sql)
  const ships = await tag(sql, 'ships')
  const port = await category(sql, 'port')
  const id = await article(sql, { tags: [ships], categories: [port] })
  await expect(sql`delete from tags where id = ${ships}`).rejects.toMatchObject({ code: REFERENCED })
  await expect(sql`delete from categories where id = ${port}`).rejects.toMatchObject({ code: REFERENCED })
  await sql`delete from articles where id = ${id}`
  expect(await sql`select from series_entries`).toHaveLength(0)
  expect(await sql`select from series_counts where article_count <> 0`).toHaveLength(0)
  await sql`delete from tags where id = ${ships}`
  await sql`delete from categories where id = ${port}`
})
