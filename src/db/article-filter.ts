import { type SQL, sql } from 'drizzle-orm'
import { offIndex, type WalkStart } from './keyset.ts'
import { hits } from './search.ts'
import { isManual, type SeriesVariant, seriesId } from './series.ts'
import { param } from './statement.ts'
import { type Clock, clockOf, visibleArticle, visibleEntry } from './visible.ts'

/** What decides which articles a list holds, as far as it is part of the text of a statement; values are parameters. */
export interface FilterVariant {
  /** The first is the one that is walked, the others only filter. Their keys are `key0`, `key1`… */
  series: [SeriesVariant, ...SeriesVariant[]]
  /** Which conditions apply, each with parameters of its name. */
  conditions: Condition[]
  /** Whether words are sought, in one language (`searchLocale`) or in all. */
  search: 'no' | 'locale' | 'everywhere'
  /** What editors list beyond the public; null for what is visible. */
  states: ArticleState[] | null
  clock: Clock
}

/** The states of an article; the clock tells scheduled, published and expired apart. */
export const ARTICLE_STATES = ['draft', 'scheduled', 'published', 'expired', 'archived', 'trashed'] as const
export type ArticleState = (typeof ARTICLE_STATES)[number]

/** Those of articles that stand in series, with a date. */
const DATED_STATES: readonly ArticleState[] = ['scheduled', 'published', 'expired']
export const areDated = (states: readonly ArticleState[]): boolean =>
  states.every((state) => DATED_STATES.includes(state))

export const keyOf = (i: number): string => `key${i}`

/**
 * The rows of `series_entries`, under the alias `e`, that belong to a list.
 * @param start where a walk along their dates starts from a cursor: see `offIndex`.
 */
export function entriesOf(filter: FilterVariant, e: SQL, start: WalkStart = null): SQL {
  const [first] = filter.series
  const published = dateOf(e, start)
  return all([
    sql`${e}.series_id = ${seriesId(first, keyOf(0))}`,
    // all entries of a manual series have places of their own
    ...(isManual(first) ? [] : [sql`${e}.position = 0`]),
    filter.states
      ? any(filter.states.map((state) => ofDatedState(state, e, clockOf(filter.clock))))
      : visibleEntry(e, clockOf(filter.clock), published.high),
    ...narrowing(filter, sql`${e}.article_id`, published),
  ])
}

/** The same for a walk along dates: the index of those in manual series has to be told that they are. */
export const byDate = (filter: FilterVariant, e: SQL, start: WalkStart): SQL =>
  isManual(filter.series[0])
    ? sql`${e}.position > 0 and ${entriesOf(filter, e, start)}`
    : entriesOf(filter, e, start)

/**
 * Whether an entry, public or only would-be, stands in a list, whatever the clock says.
 * @param entries the relation of all entries of its article.
 */
export function standsIn(filter: FilterVariant, e: SQL, entries: SQL): SQL {
  const [first, ...others] = filter.series
  return all([
    sql`${e}.series_id = ${seriesId(first, keyOf(0))}`,
    ...others.map(
      (series, i) => sql`${seriesId(series, keyOf(i + 1))} in (select f.series_id from ${entries} f)`,
    ),
    ...conditionsOf(filter, sql`${e}.article_id`, dateOf(e)),
  ])
}

/** The rows of `articles`, under the alias `a`, that belong to a list: for orders that no series has, and for drafts. */
export function articlesOf(filter: FilterVariant, a: SQL): SQL {
  const clock = clockOf(filter.clock)
  return all([
    filter.states ? any(filter.states.map((state) => ofState(state, a, clock))) : visibleArticle(a, clock),
    ...filter.series.flatMap((series, i) => linkedTo(series, keyOf(i), a) ?? []),
    ...conditionsOf(filter, sql`${a}.id`, dateOf(a)),
  ])
}

/**
 * OFFSET 0 keeps each probe a probe: made into a join, a plan that misjudges the series reads one of them whole for
 * every row of the other (294 ms against 3 ms seen).
 */
const probe = (table: SQL, condition: SQL): SQL =>
  sql`exists (select from ${table} where ${condition} offset 0)`

function narrowing(filter: FilterVariant, id: SQL, published: Bounded): SQL[] {
  const [, ...others] = filter.series
  const inOthers = others.map((series, i) =>
    probe(
      sql`series_entries f`,
      sql`f.article_id = ${id} and f.series_id = ${seriesId(series, keyOf(i + 1))}`,
    ),
  )
  return [...inOthers, ...conditionsOf(filter, id, published)]
}

/** A date as the bounds at either end name it. */
interface Bounded {
  low: SQL
  high: SQL
}

/** @param start where a walk along the dates starts from a cursor: bounds at that end stand off the index. */
export function dateOf(row: SQL, start: WalkStart = null): Bounded {
  const date = sql`${row}.published_at`
  return { low: start === 'low' ? offIndex(date) : date, high: start === 'high' ? offIndex(date) : date }
}

const CONDITIONS = {
  ids: (id: SQL) => sql`${id} = any(${param.uuids('ids')})`,
  slugs: (id: SQL) => sql`${id} = any(array(
    select subject_id from slugs
    where kind = 'article' and locale = ${param.text('slugsLocale')} and slug = any(${param.texts('slugs')})))`,
  publishedAfter: (_: SQL, published: Bounded) => sql`${published.low} > ${param.moment('publishedAfter')}`,
  publishedBefore: (_: SQL, published: Bounded) =>
    sql`${published.high} < ${param.moment('publishedBefore')}`,
  updatedAfter: (id: SQL) =>
    probe(sql`articles u`, sql`u.id = ${id} and u.updated_at > ${param.moment('updatedAfter')}`),
  featured: (id: SQL) =>
    probe(sql`articles u`, sql`u.id = ${id} and u.featured = ${param.boolean('featured')}`),
} as const
export type Condition = keyof typeof CONDITIONS

function conditionsOf({ conditions, search }: FilterVariant, id: SQL, published: Bounded): SQL[] {
  const given = conditions.map((name) => CONDITIONS[name](id, published))
  if (search === 'no') return given
  return [...given, sql`${id} in (select h.article_id from ${hits(search === 'locale')} h)`]
}

/** By the links themselves: an article without a date has no entries. Undefined for the site, which holds all. */
function linkedTo(series: SeriesVariant, key: string, a: SQL): SQL | undefined {
  const id = seriesId(series, key)
  switch (series.kind) {
    case 'site':
      return undefined
    case 'locale':
      return sql`${a}.locale = ${param.text(key)}`
    case 'category':
      return probe(
        sql`article_categories l join categories c on c.id = l.category_id`,
        sql`l.article_id = ${a}.id and ${id} = any(c.path)`,
      )
    case 'category-only':
      return probe(
        sql`article_categories l`,
        sql`l.article_id = ${a}.id and series_id('category-only', l.category_id::text) = ${id}`,
      )
    case 'tag':
      return probe(sql`article_tags l`, sql`l.article_id = ${a}.id and l.tag_id = ${id}`)
    case 'author':
      return probe(sql`article_authors l`, sql`l.article_id = ${a}.id and l.author_id = ${id}`)
    case 'series':
      return probe(sql`series_articles l`, sql`l.article_id = ${a}.id and l.series_id = ${id}`)
  }
}

/** Of a row with a date that is, was or will be public. */
function ofDatedState(state: ArticleState, row: SQL, clock: SQL): SQL {
  if (state === 'scheduled') return sql`${row}.published_at > ${clock}`
  if (state === 'expired') return sql`(${row}.published_at <= ${clock} and ${row}.unpublish_at <= ${clock})`
  return sql`(${visibleEntry(row, clock)})`
}

const ofState = (state: ArticleState, a: SQL, clock: SQL): SQL =>
  areDated([state])
    ? sql`(${a}.status = 'published' and ${ofDatedState(state, a, clock)})`
    : sql`${a}.status = ${state}`

const all = (conditions: SQL[]): SQL => sql.join(conditions, sql` and `)
const any = (conditions: SQL[]): SQL => sql`(${sql.join(conditions, sql` or `)})`

/**
 * How many articles a list holds. Of a series alone the kept count, brought up to date. Of several conditions at once,
 * `exact` looks at each row; `estimated` looks at a thousand, and beyond that answers the count of the smallest series. Of
 * drafts no series knows: they are counted one by one.
 * @param rows the relation of all rows of the list.
 */
export function countOf(filter: FilterVariant, mode: 'estimated' | 'exact', rows: SQL): SQL {
  const kept = filter.series.map(
    (series, i) => sql`visible_count(${seriesId(series, keyOf(i))}, ${clockOf(filter.clock)})`,
  )
  const alone = filter.series.length === 1 && filter.conditions.length === 0 && filter.search === 'no'
  if (alone && filter.states === null) return kept[0] as SQL
  if (mode === 'exact' || filter.states !== null) return sql`(select count(*) from ${rows})`
  return sql`(
    select case when n.few < ${COUNTED}::int then n.few else least(${sql.join(kept, sql`, `)}) end
    from (select count(*) as few from (select from ${rows} limit ${COUNTED}::int) first_ones) n)`
}

/** Up to this many, an estimate is exact. */
const COUNTED = 1000
