import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ArticleFilters } from '../../src/core/article-filters.ts'
import { prepareFilter } from '../../src/core/article-filters.ts'
import type { AdjacentInput } from '../../src/core/article-views.ts'
import { ANYBODY, type Look } from '../../src/core/viewer.ts'
import type { Viewer } from '../../src/domain/viewer.ts'
import { startApp } from '../setup/app.ts'
import { applyAll, contents, empty, LOCALES } from './content.ts'
import { allLists, type Order, visible, walk } from './readers.ts'

const { deps, database } = await startApp()
const { sql } = database
const { articles } = deps.core

const EDITOR: Viewer = {
  kind: 'key',
  keyId: '00000000-0000-4000-8000-000000000001',
  name: 'desk',
  scopes: new Set(['content:read']),
  sandbox: false,
  budget: null,
}
const DAY = 86_400_000
const dayFromNow = (days: number) => new Date(Date.now() + days * DAY).toISOString()
/** Days from now, around the moments at which articles of `contents` appear and vanish; null for now itself. */
const moments = fc.constantFrom(null, -29, -25, -15, -9, 2, 3, 8, 30, 60)
const lookAt = (moment: string | null): Look => (moment === null ? ANYBODY : { viewer: EDITOR, asOf: moment })

const FULL = fc
  .sample(contents, { seed: 5, numRuns: 40 })
  .reduce((fullest, content) => (content.length > fullest.length ? content : fullest))

/** Runs a property over random publications, in which articles also differ in what `contents` leaves alike. */
async function overContents<T>(
  seed: fc.Arbitrary<T>,
  numRuns: number,
  property: (value: T, moment: string | null) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(contents, seed, moments, async (content, value, days) => {
      await empty(sql)
      await applyAll(sql, content, true)
      await sql`update articles set
        updated_at = now() - make_interval(days => ('x' || right(slug, 4))::bit(16)::int % 5),
        comment_count = ('x' || right(slug, 4))::bit(16)::int % 3, featured = slug like '%1',
        title = case when slug like '%2' then 'same' when slug like '%3' then 'Ähnlich' else 'b' || right(md5(slug), 3) end`
      await property(value, days === null ? null : dayFromNow(days))
    }),
    // the first publication is a full one, seen now: no property shall hold for want of anything to look at
    {
      numRuns,
      endOnFailure: true,
      examples: [[FULL, fc.sample(seed, { seed: 5, numRuns: 1 })[0] as T, null]],
    },
  )
}

test('at any moment every list is what is visible then, and is counted so', async () => {
  await overContents(fc.integer({ min: 1, max: 5 }), 5, async (limit, moment) => {
    const look = lookAt(moment)
    for (const { filters, whole } of await allLists(sql, moment)) {
      const input = { ...filters, limit, ...(filters.series === undefined && { sort: 'publishedAt' }) }
      expect(await walk(articles, input, 'after', look)).toEqual(whole)
      expect(await walk(articles, input, 'before', look)).toEqual(whole)
      expect((await articles.list({ ...input, count: 'exact' }, {}, look)).count).toBe(whole.length)
    }
  })
})

test('at any moment the neighbours of an article are those beside it then', async () => {
  await overContents(fc.integer({ min: 1, max: 3 }), 5, async (count, moment) => {
    const every = (await sql`select id from articles`).map((row) => row['id'] as string)
    const lists = await allLists(sql, moment)
    for (const { within, whole } of lists) {
      const found = await articles.byIds(every, { adjacent: [{ within, count }] }, lookAt(moment))
      expect(new Set(found.keys())).toEqual(new Set(lists[0]?.whole))
      for (const [id, { adjacents }] of found) expectBeside(adjacents[0], whole, id, count)
    }
  })
})

type Adjacent = Awaited<ReturnType<typeof articles.find>>['article']['adjacents'][number] | undefined

function expectBeside(adjacent: Adjacent, whole: string[], id: string, count: number): void {
  const place = whole.indexOf(id)
  if (place < 0) {
    expect(adjacent).toBeNull()
    return
  }
  expect(adjacent?.older.map((card) => card.id)).toEqual(
    whole.slice(Math.max(0, place - count), place).reverse(),
  )
  expect(adjacent?.newer.map((card) => card.id)).toEqual(whole.slice(place + 1, place + 1 + count))
}

/** Filters that leave something over more often than not. */
async function someFilters(n: number): Promise<ArticleFilters> {
  const [row] = await sql`
    select a.id, a.slug, a.locale, c.slug as category, t.slug as tag, u.slug as author, m.slug as series, a.published_at
    from articles a
    left join article_categories ac on ac.article_id = a.id left join categories c on c.id = ac.category_id
    left join article_tags at on at.article_id = a.id left join tags t on t.id = at.tag_id
    left join article_authors aa on aa.article_id = a.id left join authors u on u.id = aa.author_id
    left join series_articles sa on sa.article_id = a.id left join series m on m.id = sa.series_id
    order by md5(a.slug || ${String(n)}), category, tag, author, series limit 1`
  const every = (await sql`select id, slug from articles order by md5(slug || ${String(n)}) limit 9`) as {
    id: string
    slug: string
  }[]
  const chosen = (bit: number) => (Math.imul(n + 1, 2_654_435_761) >>> (bit * 2)) % 5 === 0
  const near = new Date(row?.['published_at'])
  return {
    ...(row?.['category'] && chosen(0) && { category: row['category'], subtree: n % 2 === 0 }),
    ...(row?.['tag'] && chosen(1) && { tag: row['tag'] }),
    ...(row?.['author'] && chosen(2) && { author: row['author'] }),
    ...(chosen(3) && { locale: row?.['locale'] }),
    ...(row?.['series'] && chosen(4) && { series: row['series'] }),
    ...(chosen(5) && { publishedAfter: new Date(near.getTime() - (n % 2) * DAY).toISOString() }),
    ...(chosen(6) && { publishedBefore: new Date(near.getTime() + (n % 3) * DAY).toISOString() }),
    ...(chosen(7) && { updatedAfter: dayFromNow(-2.5) }),
    ...(chosen(8) && { featured: n % 2 === 0 }),
    ...(chosen(9) && { ids: every.map(({ id }) => id).join() }),
    ...(chosen(10) && { slugs: every.map(({ slug }) => slug).join() }),
  }
}

test('all filters together give the articles that pass each of them, in the order of time', async () => {
  let notEmpty = 0
  await overContents(
    fc.array(fc.nat({ max: 100_000 }), { minLength: 12, maxLength: 12 }),
    5,
    async (seeds, moment) => {
      for (const n of seeds) {
        const filters = await someFilters(n)
        const whole = await visible(sql, filters, moment, (s) => s`a.published_at, a.id`)
        const input = { ...filters, sort: 'publishedAt', limit: 1 + (n % 4) }
        expect(await walk(articles, input, 'after', lookAt(moment))).toEqual(whole)
        expect(await walk(articles, { ...input, sort: '-publishedAt' }, 'before', lookAt(moment))).toEqual(
          [...whole].reverse(),
        )
        for (const count of ['exact', 'estimated'] as const)
          expect([filters, (await articles.list({ ...input, count }, {}, lookAt(moment))).count]).toEqual([
            filters,
            whole.length,
          ])
        if (whole.length > 0 && Object.keys(filters).length > 1) notEmpty++
      }
    },
  )
  expect(notEmpty).toBeGreaterThan(0)
})

test('within=list gives the neighbours in the very list that the filters make', async () => {
  let inside = 0
  await overContents(
    fc.array(fc.nat({ max: 100_000 }), { minLength: 6, maxLength: 6 }),
    5,
    async (seeds, moment) => {
      const every = (await sql`select id from articles`).map((row) => row['id'] as string)
      for (const n of seeds) {
        const filters = await someFilters(n)
        const whole = await visible(sql, filters, moment, (s) => s`a.published_at, a.id`)
        const count = 1 + (n % 3)
        const within = prepareFilter(filters, 'en', moment ?? undefined)
        const found = await articles.byIds(every, { adjacent: [{ within, count }] }, lookAt(moment))
        for (const [id, { adjacents }] of found) expectBeside(adjacents[0], whole, id, count)
        if (whole.length > 1) inside++
      }
    },
  )
  expect(inside).toBeGreaterThan(0)
})

/** Each sort as SQL; ids break ties in the direction of the key. */
const SORTS: Record<string, Order> = {
  '-updatedAt': (s) => s`a.updated_at desc, a.id desc`,
  title: (s) => s`a.title collate "und-x-icu", a.id`,
  '-commentCount': (s) => s`a.comment_count desc, a.id desc`,
}

test('the site and each language can be read by change, title and comments, page by page there and back', async () => {
  await overContents(fc.integer({ min: 1, max: 5 }), 4, async (limit, moment) => {
    for (const filters of [{}, ...LOCALES.map((locale) => ({ locale }))]) {
      for (const [sort, order] of Object.entries(SORTS)) {
        const whole = await visible(sql, filters, moment, order)
        expect(await walk(articles, { ...filters, sort, limit }, 'after', lookAt(moment))).toEqual(whole)
        expect(await walk(articles, { ...filters, sort, limit }, 'before', lookAt(moment))).toEqual(whole)
      }
    }
  })
})

const STATES: Record<string, string> = {
  draft: `status = 'draft'`,
  scheduled: `status = 'published' and published_at > now()`,
  published: `status = 'published' and published_at <= now() and (unpublish_at is null or unpublish_at > now())`,
  expired: `status = 'published' and unpublish_at <= now()`,
  archived: `status = 'archived'`,
  trashed: `status = 'trashed'`,
}

test('an editor lists articles by state, dated ones by date, and nobody else does', async () => {
  await overContents(fc.subarray(Object.keys(STATES), { minLength: 1 }), 8, async (states) => {
    const status = states.join()
    const where = states.map((state) => `(${STATES[state]})`).join(' or ')
    const ids = async (order: string) =>
      (await sql.unsafe(`select id from articles where ${where} order by ${order}`)).map((row) => row['id'])
    const look = { viewer: EDITOR }
    for (const limit of [2, 100]) {
      const dated = states.every((state) => ['scheduled', 'published', 'expired'].includes(state))
      const sort = dated ? 'publishedAt' : '-updatedAt'
      const whole = await ids(dated ? 'published_at, id' : 'updated_at desc, id desc')
      expect(await walk(articles, { status, sort, limit }, 'after', look)).toEqual(whole)
      expect(await walk(articles, { status, sort, limit }, 'before', look)).toEqual(whole)
      expect((await articles.list({ status, count: 'exact' }, {}, look)).count).toBe(whole.length)
    }
    await expect(articles.list({ status }, {}, ANYBODY)).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
    })
  })
})

test('an editor sees where an article that is not public would stand, among what is visible', async () => {
  let drafts = 0
  await overContents(fc.constant(2), 6, async (count) => {
    const lists = await allLists(sql)
    const hidden = await sql<{ id: string }[]>`
      select id from articles where not (status = 'published' and published_at <= now() and coalesce(unpublish_at > now(), true))`
    for (const { within, filters } of lists) {
      const found = await articles.byIds(
        hidden.map(({ id }) => id),
        { adjacent: [{ within, count }] },
        { viewer: EDITOR },
      )
      for (const { id } of hidden) {
        const beside = await visible(sql, filters, null, undefined, id)
        expectBeside(found.get(id)?.adjacents[0], beside, id, count)
        if (beside.includes(id) && beside.length > 1) drafts++
      }
    }
  })
  expect(drafts).toBeGreaterThan(0)
})

test('an override stands in place of the nearest while its article is visible, and only in its series', async () => {
  let overridden = 0
  await overContents(
    fc.array(fc.nat({ max: 1000 }), { minLength: 8, maxLength: 8 }),
    // enough that some override surely meets an article that is seen
    15,
    async (seeds, moment) => {
      const every = (await sql`select id from articles order by id`).map((row) => row['id'] as string)
      const lists = await allLists(sql, moment)
      const set = new Map<string, string>()
      for (const n of seeds) {
        const { within, whole } = lists[n % lists.length] as (typeof lists)[number]
        const [id, target] = [
          (whole[n % whole.length] ?? every[0]) as string,
          // more often than not one that is seen then
          ((n % 3 === 0 ? every : whole)[(n * 7 + 1) % (n % 3 === 0 ? every : whole).length] ??
            every[0]) as string,
        ]
        const side = n % 2 === 0 ? 'previous' : 'next'
        if (id === target || set.has(`${id} ${within.kind}:${within.key} ${side}`)) continue
        const [term] =
          await sql`select subject_id as id from slugs where kind = ${within.kind.replace('-only', '')} and slug = ${within.key}`
        const name = within.kind === 'site' ? 'site' : `${within.kind}:${term?.['id'] ?? within.key}`
        await sql`insert into adjacent_overrides (article_id, within, side, target_id) values (${id}, ${name}, ${side}, ${target})`
        set.set(`${id} ${within.kind}:${within.key} ${side}`, target)
      }
      const shown = new Set(await visible(sql, {}, moment))
      for (const { within, whole } of lists) {
        const found = await articles.byIds(every, { adjacent: [{ within, count: 2 }] }, lookAt(moment))
        for (const [id, { adjacents }] of found) {
          const place = whole.indexOf(id)
          if (place < 0) continue
          const side = (name: 'previous' | 'next', natural: string[]) => {
            const target = set.get(`${id} ${within.kind}:${within.key} ${name}`)
            if (target === undefined || !shown.has(target)) return natural.slice(0, 2)
            overridden++
            return [target, ...natural.filter((other) => other !== target)].slice(0, 2)
          }
          expect(adjacents[0]?.older.map((card) => card.id)).toEqual(
            side('previous', whole.slice(0, place).reverse()),
          )
          expect(adjacents[0]?.newer.map((card) => card.id)).toEqual(side('next', whole.slice(place + 1)))
          expect(adjacents[0]?.previous?.id).toBe(adjacents[0]?.older[0]?.id)
        }
      }
    },
  )
  expect(overridden).toBeGreaterThan(0)
})

test('a manual series can be read by date too', async () => {
  await overContents(fc.integer({ min: 1, max: 4 }), 4, async (limit, moment) => {
    const slugs = await sql`select slug from series`
    for (const { slug } of slugs) {
      const whole = await visible(sql, { series: slug }, moment, (s) => s`a.published_at desc, a.id desc`)
      const input = { series: slug, sort: '-publishedAt', limit }
      expect(await walk(articles, input, 'after', lookAt(moment))).toEqual(whole)
      expect(await walk(articles, input, 'before', lookAt(moment))).toEqual(whole)
    }
  })
})

test('what is related or a translation is visible then, another article, and related ones share most with it', async () => {
  let related = 0
  await overContents(fc.constant(null), 5, async (_, moment) => {
    await sql`update articles a set translation_group = g.id
      from (select min(id::text)::uuid as id, right(slug, 1) as digit from articles group by 2) g
      where right(a.slug, 1) = g.digit and not exists (
        select from articles b where b.locale = a.locale and right(b.slug, 1) = g.digit and b.id < a.id)`
    const shown = await visible(sql, {}, moment)
    const found = await articles.byIds(shown, { related: { count: 20 }, translations: {} }, lookAt(moment))
    for (const [id, article] of found) {
      const cards = article.related ?? []
      const ids = cards.map((card) => card.id)
      expect(ids).not.toContain(id)
      expect(new Set(ids).size).toBe(ids.length)
      const sameLanguage = await visible(sql, { locale: article.locale }, moment)
      expect([...ids].sort()).toEqual(
        sameLanguage
          .filter((other) => other !== id)
          .sort()
          .slice(0, ids.length).length === ids.length
          ? [...ids].sort()
          : [],
      )
      for (const other of ids) expect(sameLanguage).toContain(other)
      const weights = await sql<{ id: string; weight: number }[]>`
        select a.id, 3 * (select count(*) from article_tags x join article_tags y using (tag_id) where x.article_id = ${id} and y.article_id = a.id)::int
          + coalesce((select sum(case x.position when 0 then 2 else 1 end) from article_categories x
              where x.article_id = ${id} and x.category_id in (
                with recursive up as (
                  select c.id, c.parent_id from article_categories l join categories c on c.id = l.category_id where l.article_id = a.id
                  union select c.id, c.parent_id from up join categories c on c.id = up.parent_id)
                select up.id from up)), 0)::int as weight
        from articles a where a.id = any(${ids})`
      const weightOf = new Map(weights.map((row) => [row.id, row.weight]))
      // words in common add no more than one tag does
      ids.forEach((other, i) => {
        for (const later of ids.slice(i + 1))
          expect((weightOf.get(later) ?? 0) - (weightOf.get(other) ?? 0)).toBeLessThanOrEqual(3)
      })
      related += ids.length
      const [group] = await sql`select translation_group as id from articles where id = ${id}`
      const translations =
        await sql`select id from articles where translation_group = ${group?.['id']} and id <> ${id} order by locale collate "C"`
      expect(article.translations?.map((card) => card.id)).toEqual(
        translations.map((row) => row['id']).filter((other) => shown.includes(other)),
      )
    }
  })
  expect(related).toBeGreaterThan(0)
})

const VOCABULARY = [
  'quay',
  'réseau',
  'Ærø',
  'mole',
  'übung',
  'kelp',
  'zürich',
  '漁港',

  '1984',
] as const
/** As the words of `VOCABULARY` are sought: without accents, and the letters of unspaced scripts alone. */
const bare = (text: string) =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[øØ]/g, 'o').toLowerCase()

test('a search finds what holds all its words, accents or not, in each language, and nothing that is hidden', async () => {
  let hits = 0
  const words = fc.constantFrom(...VOCABULARY)
  const texts = fc.array(fc.tuple(fc.array(words, { maxLength: 3 }), fc.array(words, { maxLength: 5 })), {
    minLength: 24,
    maxLength: 24,
  })
  await overContents(
    fc.tuple(texts, fc.array(words, { minLength: 1, maxLength: 2 })),
    8,
    async ([content, sought], moment) => {
      const rows = await sql<{ id: string; locale: string }[]>`select id, locale from articles order by id`
      const textOf = new Map<string, string>()
      for (const [i, { id }] of rows.entries()) {
        const [title, body] = content[i % content.length] as [string[], string[]]
        await sql`update articles set title = ${title.join(' ')}, body_text = ${body.join(' ')} where id = ${id}`
        textOf.set(id, bare(` ${title.join(' ')} ${body.join(' ')} `))
      }
      const shown = await visible(sql, {}, moment)
      const holding = (...all: string[]) =>
        shown.filter((id) => all.every((word) => textOf.get(id)?.includes(` ${bare(word)} `))).sort()
      const found = async (q: string, filters: ArticleFilters = {}) =>
        (await walk(articles, { q, ...filters, limit: 3 }, 'after', lookAt(moment))).sort()
      const expected = holding(...sought)
      hits += expected.length
      expect(await found(sought.join(' '))).toEqual(expected)
      expect(await found(bare(sought.join(' ')))).toEqual(expected)
      expect(await walk(articles, { q: sought.join(' '), limit: 2 }, 'before', lookAt(moment))).toEqual(
        await walk(articles, { q: sought.join(' '), limit: 5 }, 'after', lookAt(moment)),
      )
      const [word = ''] = sought
      expect(await found(`-${word} ${sought[1] ?? 'kelp'}`)).toEqual(
        holding(sought[1] ?? 'kelp').filter((id) => !textOf.get(id)?.includes(` ${bare(word)} `)),
      )
      for (const locale of LOCALES)
        expect(await found(word, { locale })).toEqual(
          holding(word).filter((id) => rows.find((row) => row.id === id)?.locale === locale),
        )
      if (/^[\p{Script=Latin}]+$/u.test(word)) {
        const prefix = bare(word).slice(0, 3)
        expect(await found(`${prefix}*`)).toEqual(
          shown.filter((id) => textOf.get(id)?.includes(` ${prefix}`)).sort(),
        )
      }
      expect(
        await walk(articles, { q: word, sort: '-publishedAt', limit: 4 }, 'after', lookAt(moment)),
      ).toEqual((await visible(sql, {}, moment)).filter((id) => holding(word).includes(id)).reverse())
      expect((await articles.list({ q: word, count: 'exact' }, {}, lookAt(moment))).count).toBe(
        holding(word).length,
      )
    },
  )
  expect(hits).toBeGreaterThan(0)
})

test('the neighbours that are asked for together are those that each asks for alone', async () => {
  await overContents(fc.constant(null), 2, async () => {
    const lists = await allLists(sql)
    const inputs: AdjacentInput[] = lists.slice(0, 6).map(({ within }, i) => ({ within, count: 1 + (i % 2) }))
    const together = await articles.byIds(lists[0]?.whole ?? [], { adjacent: inputs }, ANYBODY)
    for (const [i, input] of inputs.entries()) {
      const alone = await articles.byIds(lists[0]?.whole ?? [], { adjacent: [input] }, ANYBODY)
      for (const [id, { adjacents }] of alone) expect(together.get(id)?.adjacents[i]).toEqual(adjacents[0])
    }
  })
})
