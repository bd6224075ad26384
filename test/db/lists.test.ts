import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ArticleFilters } from '../../src/core/article-filters.ts'
import type { ListInput } from '../../src/core/articles.ts'
import type { Within } from '../../src/core/series.ts'
import { ANYBODY } from '../../src/core/viewer.ts'
import { startApp } from '../setup/app.ts'
import { article, category } from '../setup/data.ts'
import { applyAll, contents, empty, LOCALES } from './content.ts'

const { deps, database } = await startApp()
const { sql } = database
const { articles, categories } = deps.core

/** A list of the API, and the articles in it by SQL of the test's own, oldest first. */
interface List {
  filters: ArticleFilters
  within: Within
  whole: string[]
}

/** By the slugs of terms; a subtree is walked by `parent_id`. */
async function visible({ category, subtree = true, tag, author, locale }: ArticleFilters): Promise<string[]> {
  const rows = await sql`
    with recursive filed as (
      select id from categories where slug = ${category ?? null}
      union all
      select c.id from categories c join filed on c.parent_id = filed.id where ${subtree}
    )
    select a.id from articles a
    where a.status = 'published' and a.published_at <= now() and coalesce(a.unpublish_at > now(), true)
      and (${category ?? null}::text is null or a.id in (
        select article_id from article_categories where category_id in (select id from filed)))
      and (${tag ?? null}::text is null or a.id in (
        select article_id from article_tags l join tags t on t.id = l.tag_id where t.slug = ${tag ?? null}))
      and (${author ?? null}::text is null or a.id in (
        select article_id from article_authors l join authors t on t.id = l.author_id where t.slug = ${author ?? null}))
      and (${locale ?? null}::text is null or a.locale = ${locale ?? null})
    order by a.published_at, a.id`
  return rows.map((row) => row['id'])
}

async function allLists(): Promise<List[]> {
  const slugs = async (table: string): Promise<string[]> =>
    (await sql`select slug from ${sql(table)} order by slug`).map((row) => row['slug'])
  const lists: Omit<List, 'whole'>[] = [
    { filters: {}, within: { kind: 'site', key: '' } },
    ...LOCALES.map((locale) => ({ filters: { locale }, within: { kind: 'locale' as const, key: locale } })),
  ]
  for (const slug of await slugs('categories')) {
    lists.push({ filters: { category: slug }, within: { kind: 'category', key: slug } })
    lists.push({ filters: { category: slug, subtree: false }, within: { kind: 'category-only', key: slug } })
  }
  for (const slug of await slugs('tags'))
    lists.push({ filters: { tag: slug }, within: { kind: 'tag', key: slug } })
  for (const slug of await slugs('authors'))
    lists.push({ filters: { author: slug }, within: { kind: 'author', key: slug } })
  return Promise.all(lists.map(async (list) => ({ ...list, whole: await visible(list.filters) })))
}

/** Follows cursors to the end, and checks that every page knows whether it has a next and a previous one. */
async function walk(input: ListInput, way: 'after' | 'before'): Promise<string[]> {
  const forward = way === 'after'
  const found: string[] = []
  let page = await articles.list(forward ? input : { ...input, fromEnd: true }, {}, ANYBODY)
  expect(forward ? page.hasPrevious : page.hasNext).toBe(false)
  for (;;) {
    const ids = page.nodes.map(({ id }) => id)
    expect(ids.length).toBeLessThanOrEqual(input.limit as number)
    if (forward) found.push(...ids)
    else found.unshift(...ids)
    if (!(forward ? page.hasNext : page.hasPrevious)) return found
    expect(ids).toHaveLength(input.limit as number)
    const cursor = page.cursors.at(forward ? -1 : 0) as string
    page = await articles.list({ ...input, [way]: cursor }, {}, ANYBODY)
    expect(forward ? page.hasPrevious : page.hasNext).toBe(true)
    expect(page.nodes.length).toBeGreaterThan(0)
  }
}

const ordered = (whole: string[], sort: string): string[] =>
  sort === 'publishedAt' ? whole : [...whole].reverse()

async function expectPages(filters: ArticleFilters, whole: string[], limits: number[]): Promise<void> {
  for (const sort of ['publishedAt', '-publishedAt']) {
    for (const limit of limits) {
      const input = { ...filters, sort, limit }
      expect(await walk(input, 'after')).toEqual(ordered(whole, sort))
      expect(await walk(input, 'before')).toEqual(ordered(whole, sort))
    }
  }
}

test('pages joined are the whole list, there and back, in every series, order and page size', async () => {
  await fc.assert(
    fc.asyncProperty(contents, fc.integer({ min: 1, max: 7 }), async (content, limit) => {
      await empty(sql)
      await applyAll(sql, content, true)
      for (const { filters, whole } of await allLists()) await expectPages(filters, whole, [limit, 100])
    }),
    { numRuns: 5, endOnFailure: true },
  )
})

test('several filters at once give the articles that pass all of them', async () => {
  let notEmpty = 0
  await fc.assert(
    fc.asyncProperty(contents, fc.nat(), async (content, n) => {
      await empty(sql)
      await applyAll(sql, content, true)
      // every article with every second filter of its own, so that few of the lists are empty
      const rows = await sql`
        select a.locale, c.slug as category, t.slug as tag, u.slug as author
        from articles a
        left join article_categories ac on ac.article_id = a.id left join categories c on c.id = ac.category_id
        left join article_tags at on at.article_id = a.id left join tags t on t.id = at.tag_id
        left join article_authors aa on aa.article_id = a.id left join authors u on u.id = aa.author_id
        order by a.slug, category, tag, author limit 12`
      for (const [i, row] of rows.entries()) {
        const chosen = (bit: number) => ((n + i * 7) >> bit) % 2 === 0
        const filters: ArticleFilters = {
          ...(row['category'] && { category: row['category'], subtree: chosen(0) }),
          ...(row['tag'] && chosen(1) && { tag: row['tag'] }),
          ...(row['author'] && chosen(2) && { author: row['author'] }),
          ...(chosen(3) && { locale: row['locale'] }),
        }
        const whole = await visible(filters)
        if (whole.length > 0 && Object.keys(filters).length > 2) notEmpty++
        await expectPages(filters, whole, [1 + (i % 3)])
      }
    }),
    { numRuns: 5, endOnFailure: true },
  )
  expect(notEmpty).toBeGreaterThan(0)
})

test('the neighbours of every article are those beside it in the list, in every series, however many are asked for', async () => {
  await fc.assert(
    fc.asyncProperty(contents, fc.integer({ min: 1, max: 4 }), async (content, count) => {
      await empty(sql)
      await applyAll(sql, content, true)
      const lists = await allLists()
      const every = (await sql`select id from articles`).map((row) => row['id'] as string)
      const site = new Set((lists[0] as List).whole)
      for (const { within, whole } of lists) {
        const found = await articles.byIds(every, { adjacent: [{ within, count }] }, ANYBODY)
        expect(new Set(found.keys())).toEqual(site)
        for (const [id, { adjacents }] of found) {
          const [adjacent] = adjacents
          const place = whole.indexOf(id)
          if (place < 0) {
            expect(adjacent).toBeNull()
            continue
          }
          expect(adjacent?.older.map((card) => card.id)).toEqual(
            whole.slice(Math.max(0, place - count), place).reverse(),
          )
          expect(adjacent?.newer.map((card) => card.id)).toEqual(whole.slice(place + 1, place + 1 + count))
          expect(adjacent?.previous?.id).toBe(whole[place - 1])
          expect(adjacent?.next?.id).toBe(whole[place + 1])
        }
      }
    }),
    { numRuns: 6, endOnFailure: true },
  )
})

test('walking next from the oldest article meets every visible one once, and previous walks back the same way', async () => {
  const [content] = fc.sample(contents, { numRuns: 1, seed: 7 })
  await empty(sql)
  await applyAll(sql, content ?? [], true)
  for (const { within, whole } of await allLists()) {
    const step = async (id: string, side: 'next' | 'previous') => {
      const { article: found } = await articles.find(
        id,
        undefined,
        { adjacent: [{ within, count: 1 }] },
        ANYBODY,
      )
      return found.adjacents[0]?.[side]?.id
    }
    for (const side of ['next', 'previous'] as const) {
      const way: string[] = []
      let here = side === 'next' ? whole[0] : whole.at(-1)
      while (here !== undefined && way.length <= whole.length) {
        way.push(here)
        here = await step(here, side)
      }
      expect(way).toEqual(side === 'next' ? whole : [...whole].reverse())
    }
  }
})

test('neighbours in several series come with one article at once, each of its own series', async () => {
  const [content] = fc.sample(contents, { numRuns: 1, seed: 11 })
  await empty(sql)
  await applyAll(sql, content ?? [], true)
  const lists = await allLists()
  const adjacent = lists.map(({ within }, i) => ({ within, count: 1 + (i % 3) }))
  for (const id of (lists[0] as List).whole) {
    const { article: found } = await articles.find(id, undefined, { adjacent }, ANYBODY)
    lists.forEach(({ whole }, i) => {
      const place = whole.indexOf(id)
      const { count } = adjacent[i] as { count: number }
      const older = place < 0 ? undefined : whole.slice(Math.max(0, place - count), place).reverse()
      expect(found.adjacents[i]?.older.map((card) => card.id)).toEqual(older)
    })
  }
})

test('no list, neighbour or look-up returns an article that is hidden', async () => {
  await empty(sql)
  const port = await category(sql, 'port')
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  const shown = await article(sql, { slug: 'shown', categories: [port], publishedAt: day(-5) })
  const hidden = [
    await article(sql, { slug: 'draft', status: 'draft', categories: [port], publishedAt: day(-5) }),
    await article(sql, { slug: 'undated', status: 'draft', categories: [port], publishedAt: null }),
    await article(sql, { slug: 'archived', status: 'archived', categories: [port], publishedAt: day(-4) }),
    await article(sql, { slug: 'trashed', status: 'trashed', categories: [port], publishedAt: day(-6) }),
    await article(sql, { slug: 'scheduled', categories: [port], publishedAt: day(1) }),
    await article(sql, { slug: 'expired', categories: [port], publishedAt: day(-9), unpublishAt: day(-8) }),
  ]
  const within: Within = { kind: 'category', key: 'port' }
  for (const fromEnd of [false, true]) {
    const { nodes } = await articles.list({ category: 'port', fromEnd }, {}, ANYBODY)
    expect(nodes.map(({ id }) => id)).toEqual([shown])
  }
  const found = await articles.byIds([shown, ...hidden], { adjacent: [{ within, count: 10 }] }, ANYBODY)
  expect([...found.keys()]).toEqual([shown])
  expect(found.get(shown)?.adjacents).toMatchObject([{ older: [], newer: [] }])
  for (const ref of ['draft', 'undated', 'archived', 'trashed', 'scheduled', 'expired', ...hidden]) {
    await expect(articles.find(ref, undefined, {}, ANYBODY)).rejects.toMatchObject({
      code: 'ARTICLE_NOT_FOUND',
    })
  }
  expect(await categories.find('port')).toMatchObject({
    term: { articleCount: 1, articleCountWithSubtree: 1 },
  })
})

test('the counts of categories are the lengths of their lists, with and without what is below', async () => {
  await fc.assert(
    fc.asyncProperty(contents, async (content) => {
      await empty(sql)
      await applyAll(sql, content, true)
      for (const { slug, articleCount, articleCountWithSubtree } of await categories.flat()) {
        expect(articleCount).toBe((await visible({ category: slug, subtree: false })).length)
        expect(articleCountWithSubtree).toBe((await visible({ category: slug })).length)
      }
    }),
    { numRuns: 6, endOnFailure: true },
  )
})

test('a cursor still works when its article has gone, and what is inserted before it is not met', async () => {
  await empty(sql)
  const day = (days: number) => `2026-03-${String(days).padStart(2, '0')}T00:00:00.000Z`
  const ids: string[] = []
  for (let i = 1; i <= 5; i++) ids.push(await article(sql, { publishedAt: day(i * 2) }))
  const first = await articles.list({ sort: 'publishedAt', limit: 2 }, {}, ANYBODY)
  await sql`delete from articles where id = ${ids[1] as string}`
  await article(sql, { publishedAt: day(3) })
  const inserted = await article(sql, { publishedAt: day(5) })
  const rest = await articles.list(
    { sort: 'publishedAt', limit: 10, after: first.cursors[1] as string },
    {},
    ANYBODY,
  )
  expect(rest.nodes.map(({ id }) => id)).toEqual([inserted, ...ids.slice(2)])
})

test('a cursor is refused by every list but the one that gave it', async () => {
  await empty(sql)
  await category(sql, 'port')
  await article(sql)
  const { cursors } = await articles.list({}, {}, ANYBODY)
  const after = cursors[0] as string
  const others: ListInput[] = [
    { sort: 'publishedAt' },
    { locale: 'en' },
    { category: 'port' },
    { category: 'port', subtree: false },
  ]
  for (const other of others) {
    await expect(articles.list({ ...other, after }, {}, ANYBODY)).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
    })
  }
  expect((await articles.list({ limit: 3, after }, {}, ANYBODY)).nodes).toEqual([])
})

test('an unknown category, tag or author is refused by name; an unknown locale is an empty list', async () => {
  await expect(articles.list({ category: 'nowhere' }, {}, ANYBODY)).rejects.toMatchObject({
    code: 'CATEGORY_NOT_FOUND',
  })
  await expect(articles.list({ category: 'nowhere', subtree: false }, {}, ANYBODY)).rejects.toMatchObject({
    code: 'CATEGORY_NOT_FOUND',
  })
  await expect(articles.list({ tag: 'nothing' }, {}, ANYBODY)).rejects.toMatchObject({
    code: 'TAG_NOT_FOUND',
  })
  await expect(articles.list({ author: 'nobody' }, {}, ANYBODY)).rejects.toMatchObject({
    code: 'AUTHOR_NOT_FOUND',
  })
  expect((await articles.list({ locale: 'xx' }, {}, ANYBODY)).nodes).toEqual([])
})
