import { type SQL, sql } from 'drizzle-orm'
import { byDate, dateOf, type FilterVariant, standsIn } from './article-filter.ts'
import { type ThreadsVariant, threadsOf } from './comments.ts'
import type { WalkStart } from './keyset.ts'
import { relatedTo } from './related.ts'
import { highlight } from './search.ts'
import { isManual, type SeriesVariant, seriesId } from './series.ts'
import { param } from './statement.ts'
import { type Clock, clockOf, statusAt, visibleArticle, visibleEntry } from './visible.ts'

/** What an answer holds of each article. Part of the text of a statement, so only words of bounded sets. */
export interface ArticleParts extends TermParts {
  clock: Clock
  bodies: (keyof typeof bodies)[]
  /** Headings and images of the body. */
  outline: boolean
  /** The neighbours that are asked for, in order; keys and counts are parameters. */
  adjacent: AdjacentVariant[]
  /** Also of articles that are not public: where they would stand. */
  wouldBe: boolean
  comments: ThreadsVariant | null
  related: TermParts | null
  translations: TermParts | null
  /** The parts of a text that match what is sought. */
  highlight: boolean
}

/** The terms of an article, or of a card. */
export interface TermParts {
  authors: boolean
  categories: boolean
  tags: boolean
}

export interface AdjacentVariant {
  /** A series, or the very filter that a reader's list came from. */
  within: { series: SeriesVariant } | { list: FilterVariant }
  cards: TermParts
}

/** Placeholders of the n-th entry of `adjacent`; a list has those of its filter. */
export const adjacentParams = (n: number) => ({ key: `adjacentKey${n}`, count: `adjacentCount${n}` })

export interface TermRow {
  id: string
  slug: string
  name: string
}

export interface CardRow {
  id: string
  slug: string
  locale: string
  title: string
  subtitle: string | null
  excerpt: string
  cover: object | null
  publishedAt: string | null
  authors?: TermRow[]
  categories?: TermRow[]
  tags?: TermRow[]
}

/** The neighbours of an article, nearest first. An override is what an editor set in place of the nearest, if it is visible. */
export interface AdjacentRow {
  older: CardRow[]
  newer: CardRow[]
  previousOverride?: CardRow | null
  nextOverride?: CardRow | null
}

const cardFields = (a: SQL): SQL => sql`
  'id', ${a}.id, 'slug', ${a}.slug, 'locale', ${a}.locale, 'title', ${a}.title, 'subtitle', ${a}.subtitle,
  'excerpt', ${a}.excerpt, 'cover', ${a}.cover, 'publishedAt', ${a}.published_at`

const ownFields = (a: SQL, clock: SQL): SQL => sql`
  'featured', ${a}.featured, 'wordCount', ${a}.word_count, 'readingMinutes', ${a}.reading_minutes,
  'commentCount', ${a}.comment_count, 'commentPolicy', ${a}.comment_policy,
  'takesComments', (${visibleArticle(a, clock)}) and (${a}.comments_close_at is null or ${a}.comments_close_at > ${clock}),
  'status', ${statusAt(a, clock)},
  'unpublishAt', ${a}.unpublish_at, 'firstPublishedAt', ${a}.first_published_at, 'createdAt', ${a}.created_at,
  'updatedAt', ${a}.updated_at, 'version', ${a}.version, 'seo', ${a}.seo`

const bodies = {
  html: (a: SQL) => sql`${a}.body_html`,
  text: (a: SQL) => sql`${a}.body_text`,
  markdown: (a: SQL) => sql`case when ${a}.body_format <> 'html' then ${a}.body_source end`,
}

const authors = (a: SQL): SQL => sql`(
  select coalesce(json_agg(json_build_object('id', t.id, 'slug', t.slug, 'name', t.name) order by l.position), '[]')
  from article_authors l join authors t on t.id = l.author_id where l.article_id = ${a}.id)`

const categories = (a: SQL): SQL => sql`(
  select coalesce(json_agg(json_build_object('id', t.id, 'slug', t.slug, 'name', t.name) order by l.position), '[]')
  from article_categories l join categories t on t.id = l.category_id where l.article_id = ${a}.id)`

const tags = (a: SQL): SQL => sql`(
  select coalesce(json_agg(json_build_object('id', t.id, 'slug', t.slug, 'name', t.name) order by l.position), '[]')
  from article_tags l join tags t on t.id = l.tag_id where l.article_id = ${a}.id)`

function termFields(a: SQL, parts: TermParts): SQL[] {
  const fields: SQL[] = []
  if (parts.authors) fields.push(sql`'authors', ${authors(a)}`)
  if (parts.categories) fields.push(sql`'categories', ${categories(a)}`)
  if (parts.tags) fields.push(sql`'tags', ${tags(a)}`)
  return fields
}

/** An article in short, with the terms that are asked for. */
const card = (a: SQL, parts: TermParts): SQL => object([cardFields(a), ...termFields(a, parts)])

/**
 * The neighbours of an article, nearest first on both sides: two steps along the key of `series_entries`. Null where
 * the article does not stand in the series. In a manual series the one before is the previous.
 */
function adjacent(a: SQL, { within, cards }: AdjacentVariant, n: number, parts: ArticleParts): SQL {
  const { key, count } = adjacentParams(n)
  const clock = clockOf(parts.clock)
  const manual = 'series' in within && isManual(within.series)
  const order = manual ? sql`position` : sql`published_at`
  // the walk to the older ones starts right below the article, that to the newer ones right above it
  const inSeries = (start: WalkStart) =>
    'list' in within
      ? byDate(within.list, sql`e`, start)
      : sql`e.series_id = me.series_id and ${manual ? sql`true` : sql`e.position = 0`}
          and ${visibleEntry(sql`e`, clock, dateOf(sql`e`, manual ? null : start).high)}`
  const side = (comparison: SQL, direction: SQL, start: WalkStart) => sql`(
    select coalesce(json_agg(s.card order by s.${order} ${direction}, s.article_id ${direction}), '[]')
    from (
      select e.${order}, e.article_id, ${card(sql`b`, cards)} as card
      from series_entries e join articles b on b.id = e.article_id
      where ${inSeries(start)} and (e.${order}, e.article_id) ${comparison} (me.${order}, me.article_id)
      order by e.${order} ${direction}, e.article_id ${direction}
      limit ${param.integer(count)}
    ) s)`
  const override = (name: 'previous' | 'next') => sql`(
    select ${card(sql`b`, cards)}
    from adjacent_overrides o join articles b on b.id = o.target_id
    where o.article_id = ${a}.id and o.series_id = me.series_id and o.side = ${name} and ${visibleArticle(sql`b`, clock)})`
  const overrides =
    'list' in within
      ? []
      : [sql`'previousOverride', ${override('previous')}, 'nextOverride', ${override('next')}`]
  const own = sql`(select * from series_entries where article_id = ${a}.id and ${visibleEntry(sql`series_entries`, clock)})`
  const entries = parts.wouldBe
    ? sql`(select * from would_be_entries(${a}.id, ${clock}) where not (${visibleArticle(a, clock)}) union all select * from ${own} own)`
    : own
  const here =
    'list' in within
      ? standsIn(within.list, sql`me`, entries)
      : sql`me.series_id = ${seriesId(within.series, key)}`
  return sql`(
    select ${object([
      sql`'older', ${side(sql`<`, sql`desc`, 'high')}`,
      sql`'newer', ${side(sql`>`, sql`asc`, 'low')}`,
      ...overrides,
    ])}
    from ${entries} me where ${here})`
}

const translations = (a: SQL, parts: TermParts, clock: SQL): SQL => sql`(
  select coalesce(json_agg(${card(sql`t`, parts)} order by t.locale collate "C"), '[]')
  from articles t
  where t.translation_group = ${a}.translation_group and t.id <> ${a}.id and ${visibleArticle(sql`t`, clock)})`

/** An article as JSON, with the parts that are asked for: see `ArticleRow`. `a` is the alias of `articles`. */
export function articleJson(a: SQL, parts: ArticleParts): SQL {
  const clock = clockOf(parts.clock)
  const fields = [cardFields(a), ownFields(a, clock), ...termFields(a, parts)]
  if (parts.bodies.length > 0) {
    const forms = parts.bodies.map((form) => sql`${form}::text, ${bodies[form](a)}`)
    fields.push(sql`'bodies', ${object(forms)}`)
  }
  if (parts.outline) fields.push(sql`'headings', ${a}.headings, 'images', ${a}.images`)
  if (parts.adjacent.length > 0) {
    const series = parts.adjacent.map((variant, n) => adjacent(a, variant, n, parts))
    fields.push(sql`'adjacent', json_build_array(${sql.join(series, sql`, `)})`)
  }
  if (parts.comments) fields.push(sql`'comments', ${threadsOf(sql`${a}.id`, parts.comments)}`)
  if (parts.related) fields.push(sql`'related', ${relatedTo(a, card(sql`b`, parts.related), clock)}`)
  if (parts.translations) fields.push(sql`'translations', ${translations(a, parts.translations, clock)}`)
  if (parts.highlight) fields.push(sql`'highlight', ${highlight(a)}`)
  return object(fields)
}

const object = (fields: SQL[]): SQL => sql`json_build_object(${sql.join(fields, sql`, `)})`
