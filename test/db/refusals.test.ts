import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { article, author, category, comment, tag } from '../setup/data.ts'
import { cloneDatabase } from '../setup/database.ts'
import { wrongComments, wrongCounts, wrongEntries } from './judge.ts'

const database = await cloneDatabase()
const { sql } = database
afterAll(() => database.drop())

const expectRight = async () => {
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  expect(await wrongCounts(sql)).toEqual([])
  expect(await wrongComments(sql)).toEqual([])
}

const MOMENTS = {
  articles: [
    'published_at',
    'unpublish_at',
    'first_published_at',
    'comments_close_at',
    'created_at',
    'updated_at',
  ],
  comments: ['created_at', 'edited_at', 'decided_at'],
} as const
const OUTSIDE = [
  'infinity',
  '-infinity',
  '10000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-15:00',
  '9999-12-31T23:59:59.9996Z',
  '0001-01-01T00:00:00+15:00',
  '0001-12-31T23:59:59.999Z BC',
]
const EDGES = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z']

for (const [table, columns] of Object.entries(MOMENTS)) {
  test.each(columns)(
    `%s of ${table} lies in the years 1 to 9999, to the last millisecond`,
    async (column) => {
      const articleId = await article(sql, { status: 'draft', publishedAt: null })
      const id = table === 'articles' ? articleId : await comment(sql, articleId)
      const set = (moment: string) =>
        sql`update ${sql(table)} set ${sql(column)} = ${moment}::text::timestamptz where id = ${id}`
      for (const moment of OUTSIDE) {
        await expect(set(moment), moment).rejects.toMatchObject({
          constraint_name: `${table}_dates_in_calendar`,
        })
      }
      for (const moment of EDGES) {
        await set(moment)
        const [row] =
          await sql`select to_json(${sql(column)}) #>> '{}' as moment from ${sql(table)} where id = ${id}`
        expect(new Date(row?.['moment']).getTime()).toBe(new Date(moment).getTime())
      }
    },
  )
}

test('two transactions on snapshots that each take a link from an article are refused, and nothing is stale', async () => {
  const parent = await category(sql, 'parent')
  const [one, two] = [await category(sql, 'one', parent), await category(sql, 'two', parent)]
  const id = await article(sql, { categories: [one, two] })
  const unlink = (isolation: string, from: string) =>
    sql.begin(`isolation level ${isolation}`, async (tx) => {
      await tx`select from article_categories`
      await tx`delete from article_categories where article_id = ${id} and category_id = ${from}`
    })
  for (const isolation of ['repeatable read', 'serializable']) {
    const outcomes = await Promise.allSettled([unlink(isolation, one), unlink(isolation, two)])
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        reason: {
          code: '0A000',
          message: 'article_categories can only be written in a READ COMMITTED transaction',
        },
      })
    }
  }
  await Promise.all([unlink('read committed', one), unlink('read uncommitted', two)])
  expect(await sql`select from series_entries where series_id = ${parent}`).toHaveLength(0)
  await expectRight()
})

test('whatever order, the tree and the counters follow from is not written on a snapshot, but may be read on one', async () => {
  const port = await category(sql, 'port')
  const ships = await tag(sql, 'ships')
  const id = await article(sql, { categories: [port] })
  const commentId = await comment(sql, id)
  const statements = [
    `update articles set status = 'draft' where id = '${id}'`,
    `delete from articles where id = '${id}'`,
    `insert into article_tags values ('${id}', '${ships}', 0)`,
    `update categories set parent_id = null where id = '${port}'`,
    `update comments set status = 'spam' where id = '${commentId}'`,
    `delete from comments where id = '${commentId}'`,
  ]
  for (const statement of statements) {
    const attempt = sql.begin('isolation level repeatable read', (tx) => tx.unsafe(statement))
    await expect(attempt, statement).rejects.toMatchObject({ code: '0A000' })
  }
  const read = await sql.begin(
    'isolation level repeatable read',
    (tx) => tx`select from articles where id = ${id}`,
  )
  expect(read).toHaveLength(1)
  await expectRight()
})

test.each([
  'articles',
  'article_authors',
  'article_categories',
  'article_tags',
  'series_articles',
  'authors',
  'categories',
  'tags',
  'series',
  'comments',
  'slugs',
  'series_entries',
  'series_counts',
])('%s cannot be truncated, because no trigger would follow', async (table) => {
  const id = await article(sql, { tags: [await tag(sql, `tag-${randomUUID()}`)] })
  await comment(sql, id)
  for (const how of ['', 'cascade']) {
    await expect(sql.unsafe(`truncate ${table} ${how}`)).rejects.toBeInstanceOf(postgres.PostgresError)
  }
  await expect(sql.unsafe(`truncate ${table} cascade`)).rejects.toMatchObject({
    code: '0A000',
    message: expect.stringContaining(`cannot be truncated`),
  })
  await expectRight()
})

test('an article, a term or a series keeps its id', async () => {
  const seriesId = randomUUID()
  await sql`insert into series (id, slug, title) values (${seriesId}, 'parts', 'Parts')`
  const rows: [string, string][] = [
    ['articles', await article(sql, { status: 'draft' })],
    ['authors', await author(sql, 'ada')],
    ['categories', await category(sql, 'kept')],
    ['tags', await tag(sql, 'kept')],
    ['series', seriesId],
  ]
  for (const [table, id] of rows) {
    await expect(
      sql`update ${sql(table)} set id = ${randomUUID()} where id = ${id}`,
      table,
    ).rejects.toMatchObject({ constraint_name: `${table}_keep_id` })
    await sql`update ${sql(table)} set id = id where id = ${id}`
  }
  expect(await sql`select from slugs where subject_id = any(${rows.map(([, id]) => id)})`).toHaveLength(5)
})
