import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ArticleFilters } from '../../src/core/article-filters.ts'
import type { ListInput } from '../../src/core/articles.ts'
import type { Within } from '../../src/core/series.ts'
import { ANYBODY } from '../../src/core/viewer.ts'
import { startApp } from '../setup/app.ts'
import { article, category } from '../setup/data.ts'
import { applyAll, contents, empty } from './content.ts'
import { allLists, type List, visible, walk } from './readers.ts'

const { deps, database } = await startApp()
const { sql } = database
const { articles, categories } = deps.core

const ordered = (whole: string[], sort: string): string[] =>
  sort.startsWith('-') ? [...whole].reverse() : whole

async function expectPages(filters: ArticleFilters, whole: string[], limits: number[]): Promise<void> {
  const sorts = filters.series === undefined ? ['publishedAt', '-publishedAt'] : ['position', '-position']
  for (const sort of sorts) {
    for (const limit of limits) {
      const input = { ...filters, sort, limit }
      expect(await walk(articles, input, 'after')).toEqual(ordered(whole, sort))
      expect(await walk(articles, input, 'before')).toEqual(ordered(whole, sort))
    }
  }
}

test('pages joined are the whole list, there and back, in every series, order and page size', async () => {
  await fc.assert(
    fc.asyncProperty(contents, fc.integer({ min: 1, max: 7 }), async (content, limit) => {
      await empty(sql)
      await applyAll(sql, content, true)
      for (const { filters, whole } of await allLists(sql)) await expectPages(filters, whole, [limit, 100])
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
        const whole = await visible(sql, filters)
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
      const lists = await allLists(sql)
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
  for (const { within, whole } of await allLists(sql)) {
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
  const lists = await allLists(sql)
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
        expect(articleCount).toBe((await visible(sql, { category: slug, subtree: false })).length)
        expect(articleCountWithSubtree).toBe((await visible(sql, { category: slug })).length)
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
