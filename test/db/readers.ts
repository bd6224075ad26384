import type postgres from 'postgres'
import { expect } from 'vitest'
import type { ArticleFilters } from '../../src/core/article-filters.ts'
import type { ArticlesCore, ListInput } from '../../src/core/articles.ts'
import type { Within } from '../../src/core/series.ts'
import { ANYBODY, type Look } from '../../src/core/viewer.ts'
import { LOCALES } from './content.ts'

/** What lists should hold, worked out a second time by SQL that shares nothing with src/db. */

/** A list of the API, and the articles in it by SQL of the test's own, oldest first; of a manual series in its order. */
export interface List {
  filters: ArticleFilters
  within: Within
  whole: string[]
}

/** How the articles of a list are put in order: SQL over the columns of `articles` and the place in a manual series. */
export type Order = (sql: postgres.ISql) => postgres.Fragment

const OLDEST: Order = (sql) => sql`coalesce(a.published_at, t), a.id`
const PLACED: Order = (sql) => sql`s.position, a.id`

/**
 * The ids of what is visible at a moment and passes the filters. By the slugs of terms; a subtree is walked by
 * `parent_id`.
 * @param also an article that is taken for visible, whatever it is.
 */
export async function visible(
  sql: postgres.Sql,
  filters: ArticleFilters,
  moment: string | null = null,
  order: Order = filters.series === undefined ? OLDEST : PLACED,
  also: string | null = null,
): Promise<string[]> {
  const { category, subtree = true, tag, author, locale, series, featured } = filters
  const { publishedAfter, publishedBefore, updatedAfter, ids, slugs } = filters
  const rows = await sql`
    with recursive filed as (
      select id from categories where slug = ${category ?? null}
      union all
      select c.id from categories c join filed on c.parent_id = filed.id where ${subtree}
    ), clock as (select coalesce(${moment}::timestamptz, now()) as t)
    select a.id from clock, articles a
    left join (select l.article_id, l.position from series_articles l join series m on m.id = l.series_id where m.slug = ${series ?? null}) s
      on s.article_id = a.id
    where (a.id = ${also} or a.status = 'published' and a.published_at <= t and coalesce(a.unpublish_at > t, true))
      and (${category ?? null}::text is null or a.id in (
        select article_id from article_categories where category_id in (select id from filed)))
      and (${tag ?? null}::text is null or a.id in (
        select article_id from article_tags l join tags t on t.id = l.tag_id where t.slug = ${tag ?? null}))
      and (${author ?? null}::text is null or a.id in (
        select article_id from article_authors l join authors t on t.id = l.author_id where t.slug = ${author ?? null}))
      and (${locale ?? null}::text is null or a.locale = ${locale ?? null})
      and (${series ?? null}::text is null or s.position is not null)
      and (${featured ?? null}::boolean is null or a.featured = ${featured ?? null})
      and (${publishedAfter ?? null}::timestamptz is null or a.published_at > ${publishedAfter ?? null})
      and (${publishedBefore ?? null}::timestamptz is null or a.published_at < ${publishedBefore ?? null})
      and (${updatedAfter ?? null}::timestamptz is null or a.updated_at > ${updatedAfter ?? null})
      and (${ids ?? null}::text is null or a.id::text = any(string_to_array(${ids ?? null}, ',')))
      and (${slugs ?? null}::text is null or a.locale = ${locale ?? 'en'} and a.slug = any(string_to_array(${slugs ?? null}, ',')))
    order by ${order(sql)}`
  return rows.map((row) => row['id'])
}

/** Every series there is, with what stands in it at a moment. */
export async function allLists(sql: postgres.Sql, moment: string | null = null): Promise<List[]> {
  const slugsOf = async (table: string): Promise<string[]> =>
    (await sql`select slug from ${sql(table)} order by slug`).map((row) => row['slug'])
  const lists: Omit<List, 'whole'>[] = [
    { filters: {}, within: { kind: 'site', key: '' } },
    ...LOCALES.map((locale) => ({ filters: { locale }, within: { kind: 'locale' as const, key: locale } })),
  ]
  for (const slug of await slugsOf('categories')) {
    lists.push({ filters: { category: slug }, within: { kind: 'category', key: slug } })
    lists.push({ filters: { category: slug, subtree: false }, within: { kind: 'category-only', key: slug } })
  }
  for (const slug of await slugsOf('tags'))
    lists.push({ filters: { tag: slug }, within: { kind: 'tag', key: slug } })
  for (const slug of await slugsOf('authors'))
    lists.push({ filters: { author: slug }, within: { kind: 'author', key: slug } })
  for (const slug of await slugsOf('series'))
    lists.push({ filters: { series: slug }, within: { kind: 'series', key: slug } })
  return Promise.all(
    lists.map(async (list) => ({ ...list, whole: await visible(sql, list.filters, moment) })),
  )
}

/** Follows cursors to the end, and checks that every page knows whether it has a next and a previous one. */
export async function walk(
  articles: ArticlesCore,
  input: ListInput,
  way: 'after' | 'before',
  look: Look = ANYBODY,
): Promise<string[]> {
  const forward = way === 'after'
  const found: string[] = []
  let page = await articles.list(forward ? input : { ...input, fromEnd: true }, {}, look)
  expect(forward ? page.hasPrevious : page.hasNext).toBe(false)
  for (;;) {
    const ids = page.nodes.map(({ id }) => id)
    expect(ids.length).toBeLessThanOrEqual(input.limit as number)
    if (forward) found.push(...ids)
    else found.unshift(...ids)
    if (!(forward ? page.hasNext : page.hasPrevious)) return found
    expect(ids).toHaveLength(input.limit as number)
    const cursor = page.cursors.at(forward ? -1 : 0) as string
    page = await articles.list({ ...input, [way]: cursor }, {}, look)
    expect(forward ? page.hasPrevious : page.hasNext).toBe(true)
    expect(page.nodes.length).toBeGreaterThan(0)
  }
}
