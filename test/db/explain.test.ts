import { createHash } from 'node:crypto'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DERIVED } from '../../bench/load.ts'
import { loadConfig } from '../../src/config.ts'
import { prepareFilter } from '../../src/core/article-filters.ts'
import type { Parts } from '../../src/core/article-views.ts'
import { articlesCore, type ListInput } from '../../src/core/articles.ts'
import { commentCounting } from '../../src/core/comment-counts.ts'
import type { Within } from '../../src/core/series.ts'
import { type TermsInput, termsCore } from '../../src/core/terms.ts'
import { presentReplies, type RepliesInput, readReplies } from '../../src/core/threads.ts'
import { ANONYMOUS, ANYBODY } from '../../src/core/viewer.ts'
import type { Database, Db } from '../../src/db/client.ts'
import { firstRepliesOfMany, fullComments, listReplies, publicComments } from '../../src/db/comments.ts'
import { listQueue, type QueueVariant } from '../../src/db/moderation-queue.ts'
import { readPostingFacts } from '../../src/db/posting.ts'
import { uuidArray } from '../../src/db/statement.ts'
import { COMMENT_SORTS } from '../../src/shapes/comments.ts'
import { cloneDatabase } from '../setup/database.ts'
import { EDITOR } from './viewers.ts'

/** An id as the SQL below makes it. */
const md5 = (text: string): string =>
  createHash('md5')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

/** The plans of what is really sent: each statement is caught on its way, with its parameters, and explained. */
const database = await cloneDatabase()
const { sql } = database
const client = postgres(database.url, { max: 1, onnotice: () => {} })
const caught: { text: string; params: unknown[] }[] = []
const db: Db = drizzle(client, {
  casing: 'snake_case',
  logger: { logQuery: (text, params) => void caught.push({ text, params }) },
})
const counts = commentCounting(db, { locale: 'en' })
const tags = termsCore(db as Database['db'], 'tag')
const articles = articlesCore(db, { locale: 'en', comments: loadConfig({}).comments, articleUrl: () => '' })
afterAll(async () => {
  await client.end({ timeout: 1 })
  await database.drop()
})

const ARTICLES = 20_000
const CROWD = 50_000
const CHAIN = 10_000
const ARTICLE = md5('article 33')
/** In the middle of the comments, by time. */
const MIDDLE = '2026-02-15T00:00:00.000Z'
const BULK = ['articles', 'article_categories', 'article_tags', 'article_authors', 'series_articles']

beforeAll(async () => {
  await sql`insert into categories (id, slug, name, parent_id)
            select md5('category ' || i)::uuid, 'category-' || i, 'C', case when i > 3 then md5('category ' || i % 3 + 1)::uuid end
            from generate_series(1, 12) i`
  await sql`insert into tags (id, slug, name) select md5('tag ' || i)::uuid, 'tag-' || i, 'T' from generate_series(1, 40) i`
  await sql`insert into tags (id, slug, name) select md5('other ' || i)::uuid, 'other-' || i, 'U' || i from generate_series(1, 4000) i`
  await sql`insert into authors (id, slug, name) select md5('author ' || i)::uuid, 'author-' || i, 'A' from generate_series(1, 20) i`
  // rows by the ten thousand: what triggers keep is worked out at once, after the last of them
  for (const table of BULK) await sql`alter table ${sql(table)} disable trigger user`
  await sql`
    insert into articles (id, locale, slug, status, title, excerpt, body_format, body_source, body_html, body_text, word_count,
      reading_minutes, published_at)
    select md5('article ' || i)::uuid, case when i % 10 = 0 then 'de' else 'en' end, 'article-' || i,
      case when i % 20 = 0 then 'draft' else 'published' end, 'Title ' || md5(i::text), 'Excerpt', 'text', repeat('word ', 100),
      repeat('word ', 100), repeat('word ', 100), 100, 1, '2026-01-01Z'::timestamptz - i / 2 * interval '1 hour'
    from generate_series(1, ${ARTICLES}::int) i`
  await sql`insert into article_categories select md5('article ' || i)::uuid, md5('category ' || i % 12 + 1)::uuid, 0
            from generate_series(1, ${ARTICLES}::int) i`
  await sql`insert into article_tags select md5('article ' || i)::uuid, md5('tag ' || i % 40 + 1)::uuid, 0
            from generate_series(1, ${ARTICLES}::int) i`
  await sql`insert into article_authors select md5('article ' || i)::uuid, md5('author ' || i % 20 + 1)::uuid, 0
            from generate_series(1, ${ARTICLES}::int) i`
  await sql`insert into series (id, slug, title) values (md5('series')::uuid, 'voyage', 'S')`
  await sql`insert into series_articles select md5('series')::uuid, md5('article ' || i * 7)::uuid, i from generate_series(1, 400) i`
  await sql`update articles set updated_at = '2026-01-01Z'::timestamptz + i % 9973 * interval '1 minute', comment_count = i % 50,
      translation_group = case when i % 1000 < 2 then md5('article ' || i / 1000 * 1000 + 1)::uuid end,
      body_text = case when i % 1000 = 1 then 'the word lighthouse' else body_text end,
      locale = case when i % 1000 = 0 then 'fr' else locale end
    from generate_series(1, ${ARTICLES}::int) i where id = md5('article ' || i)::uuid`
  await sql`delete from slugs`
  for (const [, text] of DERIVED) await sql.unsafe(text)
  for (const table of BULK) await sql`alter table ${sql(table)} enable trigger user`
  await sql`
    insert into comments (id, article_id, root_id, depth, status, status_reason, decided_by, author_name, body, body_html,
      body_text, created_at)
    select md5('comment ' || i)::uuid, md5('article ' || i % 500 + 1)::uuid, md5('comment ' || i)::uuid, 0,
      case when i % 50 = 0 then 'pending' else 'approved' end, 'accepted', 'system', 'N', 'b', 'b', 'b',
      '2026-02-01Z'::timestamptz + i * interval '1 second'
    from generate_series(1, 5000) i`
  await sql`
    insert into comments (id, article_id, parent_id, root_id, depth, status, status_reason, decided_by, author_name, body,
      body_html, body_text, created_at)
    select md5('reply ' || i)::uuid, md5('article ' || j % 500 + 1)::uuid, md5('comment ' || j)::uuid,
      md5('comment ' || j)::uuid, 1, 'approved', 'accepted', 'system', 'N', 'b', 'b', 'b',
      '2026-03-01Z'::timestamptz + i * interval '1 second'
    from (select i, i % 50 + 1 as j from generate_series(1, 5000) i) replies`
  // under one article of no other comments: 50,000 threads, and 10,000 replies below the first of them
  await sql`alter table comments disable trigger user`
  await sql`
    insert into comments (id, article_id, parent_id, root_id, depth, status, status_reason, decided_by, author_name, body,
      body_html, body_text, score, reply_count, created_at)
    select md5('busy ' || i)::uuid, md5('article 1999')::uuid, case when i > ${CROWD}::int then md5('busy 1')::uuid end,
      case when i > ${CROWD}::int then md5('busy 1')::uuid else md5('busy ' || i)::uuid end, (i > ${CROWD}::int)::int,
      case when i % 50 = 7 then 'rejected' else 'approved' end, 'accepted', 'system', 'N', 'b', 'b', 'b',
      case when i = 1 then 1000 else i * 7919 % 40 - 10 end, case when i = 1 then 9800 else 0 end,
      '2026-04-01Z'::timestamptz + i % 9973 * interval '1 second'
    from generate_series(1, ${CROWD + CHAIN}::int) i`
  await sql`alter table comments enable trigger user`
  await sql`
    insert into comment_private (comment_id, author_key, ip_hmac, ip_prefix)
    select id, decode(md5((row_number() over (order by id) % 2800)::text), 'hex'),
      case when row_number() over (order by id) <= 20 then decode(repeat('07', 32), 'hex') else sha256(id::text::bytea) end, '203.0.113.0/24'
    from comments`
  await sql`update comments set report_count = 1 where id in (select md5('comment ' || i * 7)::uuid from generate_series(1, 700) i)`
  // what is new in the index of words waits in a list until then, and what was updated leaves dead rows: a plan would read them
  await sql`vacuum analyze`
})

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  'Shared Hit Blocks'?: number
  'Shared Read Blocks'?: number
  Plans?: Plan[]
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

const literal = (value: unknown): string =>
  value === null ? 'null' : `'${String(value).replaceAll("'", "''")}'`

/** The nodes of a statement's plan, run with its parameters: once made for them, once made for any. */
async function plansOf(
  work: () => Promise<unknown>,
  modes: string[],
): Promise<{ mode: string; nodes: Plan[] }[]> {
  caught.length = 0
  await work()
  expect(caught).toHaveLength(1)
  const [{ text, params }] = caught as [{ text: string; params: unknown[] }]
  const plans = []
  for (const mode of modes) {
    const nodes = await sql.begin(async (tx) => {
      await tx.unsafe(`set local plan_cache_mode = ${mode}`)
      await tx.unsafe('set local jit = off')
      await tx.unsafe(`prepare explained as ${text}`)
      const values = params.length > 0 ? `(${params.map(literal).join(', ')})` : ''
      const [row] = await tx.unsafe(`explain (analyze, buffers, format json) execute explained${values}`)
      await tx.unsafe('deallocate explained')
      return nodesOf(row?.['QUERY PLAN'][0].Plan)
    })
    plans.push({ mode, nodes })
  }
  return plans
}

const MODES = ['force_custom_plan', 'force_generic_plan']
const LARGE = ['articles', 'series_entries', 'comments', 'article_search']
/** Rows that a node took from its table, kept or not. */
const rowsRead = (node: Plan): number =>
  ((node['Actual Rows'] ?? 0) +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0)) *
  (node['Actual Loops'] ?? 1)

type Bounds = Partial<Record<string, number>>

/**
 * Pages that a node without others below it touched. An index is gone down once a loop, and a row has a page of its own at
 * most; what a walk along an index passes over shows here alone.
 */
const pagesRead = (node: Plan): number =>
  node.Plans ? 0 : (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0)
const PAGES_DOWN = 8

/** No large table is read from end to end, and no node touches more rows of one than the answer is made of. */
async function expectSteps(
  work: () => Promise<unknown>,
  bounds: Bounds,
  modes = MODES,
  tables = LARGE,
): Promise<void> {
  for (const { mode, nodes } of await plansOf(work, modes)) {
    const large = nodes.filter((node) => tables.includes(node['Relation Name'] ?? ''))
    expect(large, mode).not.toHaveLength(0)
    for (const node of large) {
      const about = `${mode}: ${JSON.stringify(node)}`
      expect(node['Node Type'], about).not.toContain('Seq Scan')
      expect(pagesRead(node), about).toBeLessThanOrEqual(
        rowsRead(node) + PAGES_DOWN * (node['Actual Loops'] ?? 1),
      )
      expect(rowsRead(node), about).toBeLessThanOrEqual(bounds[node['Relation Name'] as string] ?? 0)
    }
  }
}

const SERIES: Within[] = [
  { kind: 'site', key: '' },
  { kind: 'locale', key: 'de' },
  { kind: 'category', key: 'category-1' },
  { kind: 'category-only', key: 'category-5' },
  { kind: 'tag', key: 'tag-7' },
  { kind: 'author', key: 'author-3' },
  { kind: 'series', key: 'voyage' },
]

const filtersOf = ({ kind, key }: Within): ListInput => {
  if (kind === 'site') return {}
  if (kind === 'category-only') return { category: key, subtree: false }
  return { [kind]: key }
}

const ALL_PARTS: Parts = {
  bodies: ['html'],
  authors: true,
  categories: true,
  tags: true,
  comments: { limit: 5 },
}
const PAGE = 21
/**
 * One more than a page; each with six threads and up to four replies to each of them. Where a plan expects no more of
 * a series than a page, it may read what there is and sort it.
 */
const ofPage: Bounds = { series_entries: 5 * PAGE, articles: PAGE, comments: PAGE * 6 * 4 }
const ofOne: Bounds = { series_entries: 4, articles: 4, comments: 6 * 4 }

describe.each(SERIES)('in the series $kind', (within) => {
  test.each([{}, ALL_PARTS])(
    'every page of the list is a step into an index, however deep (%#)',
    async (parts) => {
      for (const sort of within.kind === 'series'
        ? ['position', '-position']
        : ['-publishedAt', 'publishedAt']) {
        const input = { ...filtersOf(within), sort, limit: PAGE - 1 }
        await expectSteps(() => articles.list(input, parts, ANYBODY), ofPage)
        await expectSteps(() => articles.list({ ...input, fromEnd: true }, parts, ANYBODY), ofPage)
        const { cursors } = await articles.list({ ...input, limit: 100 }, {}, ANYBODY)
        for (const cursor of [cursors[0], cursors[50]]) {
          await expectSteps(
            () => articles.list({ ...input, after: cursor as string }, parts, ANYBODY),
            ofPage,
          )
          await expectSteps(
            () => articles.list({ ...input, before: cursor as string }, parts, ANYBODY),
            ofPage,
          )
        }
      }
    },
  )

  test('the neighbours of an article are two steps along the index', async () => {
    const { nodes } = await articles.list({ ...filtersOf(within), limit: 60 }, {}, ANYBODY)
    const { id, slug, locale } = nodes[40] as { id: string; slug: string; locale: string }
    const adjacent = [{ within, count: 3 }]
    await expectSteps(() => articles.find(id, undefined, { adjacent }, ANYBODY), ofOne)
    await expectSteps(() => articles.find(slug, locale, { adjacent }, ANYBODY), ofOne)
  })
})

test('every page of the tags is a step into their index; of those with articles it looks at a thousand', async () => {
  const lists = [
    { input: {}, bounds: { tags: PAGE } },
    // the last of the thousand is looked for once more
    { input: { hideEmpty: true }, bounds: { tags: 1000 } },
  ]
  for (const { input, bounds } of lists) {
    const read = (more: TermsInput) => () => tags.list({ ...input, limit: PAGE - 1, ...more }, ANONYMOUS)
    const { cursors, ends } = await tags.list({ ...input, limit: 100 }, ANONYMOUS)
    const cursor = ends?.last ?? (cursors[50] as string)
    for (const more of [{}, { fromEnd: true }, { after: cursor }, { before: cursor }])
      await expectSteps(read(more), bounds, MODES, ['tags'])
  }
  await expectSteps(() => tags.find('tag-7', {}, ANONYMOUS), { tags: 1 }, MODES, ['tags'])
})

test('a page deep in the whole site touches no more rows than the first', async () => {
  let after: string | undefined
  for (let page = 0; page < 40; page++) {
    const { cursors } = await articles.list({ limit: 100, ...(after && { after }) }, {}, ANYBODY)
    after = cursors.at(-1)
  }
  await expectSteps(() => articles.list({ limit: PAGE - 1, ...(after && { after }) }, {}, ANYBODY), ofPage)
  await expectSteps(
    () => articles.list({ limit: PAGE - 1, ...(after && { before: after }) }, {}, ANYBODY),
    ofPage,
  )
})

test('a list by several filters walks one series and probes the others for each row that it walks', async () => {
  const filters = { tag: 'tag-7', category: 'category-3', locale: 'en' }
  const ofTag = ARTICLES / 40
  await expectSteps(() => articles.list({ ...filters, limit: PAGE - 1 }, {}, ANYBODY), {
    series_entries: ofTag,
    articles: PAGE,
  })
})

test.each([{}, { locale: 'en' }])(
  'the other orders of the site and of a language are steps into an index (%j)',
  async (filters) => {
    // where most articles are in the language, some of another may be passed over
    const ofOrder = { articles: 3 * PAGE }
    for (const sort of ['-updatedAt', 'title', '-commentCount']) {
      const input = { ...filters, sort, limit: PAGE - 1 }
      await expectSteps(() => articles.list(input, {}, ANYBODY), ofOrder)
      const { cursors } = await articles.list({ ...input, limit: 100 }, {}, ANYBODY)
      await expectSteps(() => articles.list({ ...input, after: cursors[60] as string }, {}, ANYBODY), ofOrder)
      await expectSteps(
        () => articles.list({ ...input, before: cursors[60] as string }, {}, ANYBODY),
        ofOrder,
      )
    }
  },
)

test('neighbours in the list of several filters are probed for, and come with those in a series', async () => {
  const within = prepareFilter({ tag: 'tag-7', locale: 'en' }, 'en', undefined)
  const { nodes } = await articles.list({ tag: 'tag-7', locale: 'en', limit: 60 }, {}, ANYBODY)
  const id = nodes[40]?.id as string
  // one in ten is in the other language, and is passed over
  await expectSteps(() => articles.find(id, undefined, { adjacent: [{ within, count: 3 }] }, ANYBODY), {
    series_entries: 12,
    articles: 4,
  })
})

test('related articles and translations come by index, however many stand in the same terms', async () => {
  const found = () =>
    articles.find('article-1001', 'en', { related: { count: 5 }, translations: {} }, ANYBODY)
  // the newest fifty of a tag, a category and the language, each of which is looked up in all of those, and among the words
  await expectSteps(found, { series_entries: 3 * 150, articles: 150, article_search: 150 })
})

test('a search looks at what it finds, and at no other article', async () => {
  const hits = ARTICLES / 1000
  for (const input of [
    { q: 'lighthouse' },
    { q: 'lighthouses', locale: 'en' },
    { q: 'light*', sort: '-publishedAt' },
  ]) {
    expect((await articles.list({ ...input, limit: 100 }, {}, ANYBODY)).nodes.length).toBeGreaterThan(
      hits / 2,
    )
    // each series of an article that is found may be met on the way to the one that counts
    await expectSteps(() => articles.list({ ...input, limit: PAGE - 1 }, {}, ANYBODY), {
      series_entries: 8 * hits,
      articles: 2 * PAGE,
      // each is met once for each of the three languages
      article_search: 3 * hits,
    })
  }
})

test('what editors list by state is a step into an index', async () => {
  const look = { viewer: EDITOR }
  await expectSteps(() => articles.list({ status: 'draft', limit: PAGE - 1 }, {}, look), ofPage)
})

test('the count of a series looks at what appeared and vanished since it was kept, and at nothing else', async () => {
  for (const filters of [{}, { tag: 'tag-7' }, { category: 'category-1' }, { series: 'voyage' }])
    await expectSteps(
      () => articles.list({ ...filters, count: 'exact', limit: PAGE - 1 }, {}, ANYBODY),
      ofPage,
    )
})

test('an article by slug or by ids comes by index with all its parts', async () => {
  await expectSteps(() => articles.find('article-33', undefined, ALL_PARTS, ANYBODY), ofOne)
  const { nodes } = await articles.list({ limit: 30 }, {}, ANYBODY)
  const ids = nodes.map(({ id }) => id)
  await expectSteps(() => articles.byIds(ids, { bodies: ['text'], tags: true }, ANYBODY), { articles: 30 })
})

test('threads, replies and single comments come by index', async () => {
  const find = (threads: NonNullable<Parts['comments']>) =>
    articles.find('article-33', undefined, { comments: threads }, ANYBODY)
  const { article } = await find({ limit: 5 })
  const after = article.comments?.cursors[1] as string
  for (const sort of ['oldest', 'newest'] as const) {
    await expectSteps(() => find({ sort, limit: 5 }), ofOne)
    await expectSteps(() => find({ sort, limit: 5, fromEnd: true }), ofOne)
  }
  await expectSteps(() => find({ limit: 5, after }), ofOne)
  await expectSteps(() => find({ limit: 5, before: after }), ofOne)
  const [row] =
    await sql`select parent_id as id from comments where parent_id is not null order by id limit 1`
  const id: string = row?.['id']
  const ids = uuidArray([id])
  const ofReplies = { comments: 5, articles: 5 }
  await expectSteps(
    () => listReplies.run(db, { order: 'oldest', side: 'start' }, { id, limit: 4 }),
    ofReplies,
  )
  await expectSteps(() => firstRepliesOfMany.run(db, 'oldest', { ids, repliesLimit: 4 }), ofReplies)
  await expectSteps(() => publicComments.run(db, 'only', { ids }), ofReplies)
  await expectSteps(() => fullComments.run(db, 'only', { ids }), ofReplies)
})

describe.each(COMMENT_SORTS)('among 50,000 comments, %s first', (sort) => {
  test('a page of threads is as many steps as among ten, wherever it lies', async () => {
    const find = async (input: NonNullable<Parts['comments']>) => {
      const { article } = await articles.find(
        'article-1999',
        'en',
        { comments: { sort, limit: 5, ...input } },
        ANYBODY,
      )
      return article.comments as NonNullable<typeof article.comments>
    }
    const first = await find({})
    const last = await find({ fromEnd: true })
    const [start, end] = [first.cursors[1] as string, last.cursors[1] as string]
    for (const input of [
      {},
      { fromEnd: true },
      { after: start },
      { before: start },
      { after: end },
      { before: end },
    ])
      await expectSteps(() => find(input), ofOne)
  })

  test('a page of the 10,000 replies to one of them is, too', async () => {
    const [row] = await sql`select md5('busy 1')::uuid as id`
    const id: string = row?.['id']
    const find = async (input: RepliesInput) => {
      const prepared = readReplies({ sort, limit: 5, ...input }, id)
      const [found] = await listReplies.run(db, prepared.variant, prepared.params)
      return presentReplies(found as NonNullable<typeof found>, id, prepared)
    }
    const ofReplies = { comments: 6, articles: 1 }
    const first = await find({})
    const last = await find({ fromEnd: true })
    const [start, end] = [first.cursors[1] as string, last.cursors[1] as string]
    for (const input of [
      {},
      { fromEnd: true },
      { after: start },
      { before: start },
      { after: end },
      { before: end },
    ])
      await expectSteps(() => find(input), ofReplies)
    const ids = uuidArray([id])
    await expectSteps(() => firstRepliesOfMany.run(db, sort, { ids, repliesLimit: 6 }), ofReplies)
  })
})

test('the counts of a hundred articles are a step into the index for each, by id and by slug', async () => {
  const { nodes } = await articles.list({ limit: 100 }, {}, ANYBODY)
  const names = nodes.map(({ id, slug }, i) => (i % 2 ? id : slug)).join(',')
  const counted = { articles: 100, slugs: 100 }
  await expectSteps(() => counts.count(names, 'en'), counted, MODES, ['articles', 'slugs'])
})

const QUEUE: QueueVariant = {
  states: 'one',
  article: null,
  same: [],
  conditions: [],
  order: 'ascending',
  side: 'start',
}

test.each<[string, Partial<QueueVariant>, object]>([
  ['of one state', {}, { status: 'approved' }],
  ['newest first', { order: 'descending' }, { status: 'approved' }],
  ['of any state', { states: 'any' }, {}],
  ['that readers reported', { conditions: ['reported'] }, { status: 'approved' }],
  ['in any state that readers reported', { states: 'any', conditions: ['reported'] }, {}],
  ['of one article', { article: 'id' }, { status: 'approved', articleId: ARTICLE }],
  ['of one article in any state', { article: 'id', states: 'any' }, { articleId: ARTICLE }],
])('the moderation queue is a step into its index: %s', async (_, variant, params) => {
  const cursor = { cursorKey: MIDDLE, cursorId: '00000000-0000-4000-8000-000000000000' }
  const bounds = { createdAfter: '2020-01-01T00:00:00Z', createdBefore: '2030-01-01T00:00:00Z' }
  for (const side of ['start', 'after', 'before', 'end'] as const)
    for (const bounded of [false, true]) {
      const conditions = [
        ...(variant.conditions ?? []),
        ...(bounded ? (['createdAfter', 'createdBefore'] as const) : []),
      ]
      const given = {
        ...params,
        ...(bounded && bounds),
        ...(side === 'after' || side === 'before' ? cursor : {}),
      }
      const queue = () =>
        listQueue.run(db, { ...QUEUE, ...variant, side, conditions }, { ...given, limit: PAGE })
      // of an article that is small, a plan may take all comments rather than follow their order
      const read = variant.article ? 2 * 110 : variant.states === 'any' ? 6 * PAGE : PAGE + 1
      await expectSteps(queue, { comments: read, articles: PAGE })
    }
})

test('the queue sieves a thousand at most for what no index knows', async () => {
  const asked: QueueVariant = { ...QUEUE, states: 'any', conditions: ['reason'] }
  const queue = () => listQueue.run(db, asked, { reason: 'links', limit: PAGE })
  // a thousand in each state, once for the rows, and once for where they end
  await expectSteps(queue, { comments: 6 * 1000, articles: 0 })
})

test('what the rules must know of who posts comes by index, however much was posted', async () => {
  const [known] = await sql<
    { key: Buffer }[]
  >`select author_key as key from comment_private where author_key is not null limit 1`
  const limits = {
    pauseSeconds: 15,
    perHour: 20,
    articlePerMinute: 60,
    sitePerMinute: 300,
    knownAfter: 2,
    twinHours: 24,
  }
  for (const key of [known?.key ?? Buffer.alloc(32), Buffer.alloc(32, 9)]) {
    const of = {
      names: ['Reader'],
      authorKeys: [key, Buffer.alloc(32, 8)],
      identityKey: key,
      networkKeys: [Buffer.alloc(32, 7), Buffer.alloc(32, 6)],
      bans: [{ kind: 'author', key }],
      bodyHash: key,
      parentId: md5('comment 32'),
      // ids of the rows here are no moments: so many are of this minute
      minuteFloor: 'ffc00000-0000-7000-8000-000000000000',
      limits,
    }
    for (const how of ['read', 'locked'] as const) {
      const facts = () => readPostingFacts(db, { id: ARTICLE }, of, how)
      await expectSteps(facts, { comments: 300, comment_private: 200, articles: 2 }, MODES, [
        ...LARGE,
        'comment_private',
      ])
    }
  }
})

test('comments of one author and of one network are found by index', async () => {
  const [row] = await sql`select comment_id as id from comment_private where author_key is not null limit 1`
  const params = { authorOf: row?.['id'], networkKeys: `{${'07'.repeat(32)}}`, limit: PAGE }
  const found = { comments: 2 * 25, comment_private: 100, articles: PAGE }
  for (const same of [['author'], ['network'], ['author', 'network']] as const)
    await expectSteps(() => listQueue.run(db, { ...QUEUE, states: 'any', same: [...same] }, params), found)
})
