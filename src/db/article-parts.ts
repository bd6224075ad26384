import { type SQL, sql } from 'drizzle-orm'
import { type ThreadsVariant, threadsOf } from './comments.ts'
import { type SeriesKind, seriesId } from './series.ts'
import { param } from './statement.ts'
import { NOW, visibleArticle, visibleEntry } from './visible.ts'

/** What an answer holds of each article. Part of the text of a statement, so only words of bounded sets. */
export interface ArticleParts {
  bodies: (keyof typeof bodies)[]
  authors: boolean
  categories: boolean
  tags: boolean
  /** The kinds of series whose neighbours are asked for, in order; keys and counts are parameters. */
  adjacent: SeriesKind[]
  comments: ThreadsVariant | null
}

/** Placeholders of the n-th entry of `adjacent`. */
export const adjacentParams = (n: number) => ({ key: `adjacentKey${n}`, count: `adjacentCount${n}` })

export interface CardRow {
  id: string
  slug: string
  locale: string
  title: string
  subtitle: string | null
  excerpt: string
  cover: object | null
  publishedAt: string | null
}

const cardFields = (a: SQL): SQL => sql`
  'id', ${a}.id, 'slug', ${a}.slug, 'locale', ${a}.locale, 'title', ${a}.title, 'subtitle', ${a}.subtitle,
  'excerpt', ${a}.excerpt, 'cover', ${a}.cover, 'publishedAt', ${a}.published_at`

const ownFields = (a: SQL): SQL => sql`
  'featured', ${a}.featured, 'wordCount', ${a}.word_count, 'readingMinutes', ${a}.reading_minutes,
  'commentCount', ${a}.comment_count, 'commentPolicy', ${a}.comment_policy,
  'takesComments', (${visibleArticle(a)}) and (${a}.comments_close_at is null or ${a}.comments_close_at > ${NOW}),
  'status', case
    when ${a}.status = 'published' and ${a}.published_at > ${NOW} then 'scheduled'
    when ${a}.status = 'published' and ${a}.unpublish_at <= ${NOW} then 'expired'
    else ${a}.status end,
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

/**
 * The neighbours of a visible article in one series, nearest first on both sides: two steps along the key of
 * `series_entries`. Null where the article does not stand in the series.
 */
function adjacent(a: SQL, kind: SeriesKind, n: number): SQL {
  const { key, count } = adjacentParams(n)
  const side = (comparison: SQL, direction: SQL) => sql`(
    select coalesce(json_agg(s.card order by s.published_at ${direction}, s.article_id ${direction}), '[]')
    from (
      select e.published_at, e.article_id, json_build_object(${cardFields(sql`b`)}) as card
      from series_entries e join articles b on b.id = e.article_id
      where e.series_id = me.series_id and e.position = 0
        and (e.published_at, e.article_id) ${comparison} (me.published_at, me.article_id)
        and ${visibleEntry(sql`e`)}
      order by e.published_at ${direction}, e.article_id ${direction}
      limit ${param.integer(count)}
    ) s)`
  return sql`(
    select json_build_object(
      'older', ${side(sql`<`, sql`desc`)},
      'newer', ${side(sql`>`, sql`asc`)})
    from series_entries me
    where me.article_id = ${a}.id and me.series_id = ${seriesId(kind, key)} and ${visibleEntry(sql`me`)})`
}

/** An article as JSON, with the parts that are asked for: see `ArticleRow`. `a` is the alias of `articles`. */
export function articleJson(a: SQL, parts: ArticleParts): SQL {
  const fields = [cardFields(a), ownFields(a)]
  if (parts.bodies.length > 0) {
    const forms = parts.bodies.map((form) => sql`${form}::text, ${bodies[form](a)}`)
    fields.push(sql`'bodies', json_build_object(${sql.join(forms, sql`, `)})`)
  }
  if (parts.authors) fields.push(sql`'authors', ${authors(a)}`)
  if (parts.categories) fields.push(sql`'categories', ${categories(a)}`)
  if (parts.tags) fields.push(sql`'tags', ${tags(a)}`)
  if (parts.adjacent.length > 0) {
    const series = parts.adjacent.map((kind, n) => adjacent(a, kind, n))
    fields.push(sql`'adjacent', json_build_array(${sql.join(series, sql`, `)})`)
  }
  if (parts.comments) fields.push(sql`'comments', ${threadsOf(sql`${a}.id`, parts.comments)}`)
  return sql`json_build_object(${sql.join(fields, sql`, `)})`
}
