import { sql } from 'drizzle-orm'
import type { Seo } from '../domain/article.ts'
import type { CommentPolicy } from '../domain/comment.ts'
import { type ArticleParts, articleJson, type CardRow } from './article-parts.ts'
import type { Db } from './client.ts'
import type { ThreadsRow } from './comments.ts'
import { type PageRow, page, type Side } from './keyset.ts'
import { type SeriesKind, seriesId } from './series.ts'
import { type Params, param, statements, uuidArray } from './statement.ts'
import { visibleArticle, visibleEntry } from './visible.ts'

export interface TermRow {
  id: string
  slug: string
  name: string
}

/** An article as the statements below answer it; moments are text as Postgres writes JSON. */
export interface ArticleRow extends CardRow {
  featured: boolean
  wordCount: number
  readingMinutes: number
  commentCount: number
  commentPolicy: CommentPolicy | null
  updatedAt: string
  /** Visible, and the closing date has not come: a comment depends on policy alone. */
  takesComments: boolean
  status: 'draft' | 'scheduled' | 'published' | 'expired' | 'archived' | 'trashed'
  unpublishAt: string | null
  firstPublishedAt: string | null
  createdAt: string
  version: number
  seo: Seo
  bodies?: { html?: string; text?: string; markdown?: string | null }
  authors?: TermRow[]
  categories?: TermRow[]
  tags?: TermRow[]
  adjacent?: ({ older: CardRow[]; newer: CardRow[] } | null)[]
  comments?: ThreadsRow
}

interface FindVariant {
  by: 'ids' | 'slug'
  /** True lets drafts, scheduled, expired, archived and trashed articles be seen. */
  hidden: boolean
  parts: ArticleParts
}

export const findArticles = statements<FindVariant, ArticleRow>('find_articles', ({ by, hidden, parts }) => {
  const a = sql`a`
  const wanted =
    by === 'ids'
      ? sql`a.id = any(${param.uuids('ids')})`
      : sql`a.id = (select subject_id from slugs
                    where kind = 'article' and locale = ${param.text('locale')} and slug = ${param.text('slug')})`
  return sql`
    select ${articleJson(a, parts)} as answer
    from articles a
    where ${wanted}${hidden ? sql`` : sql` and ${visibleArticle(a)}`}`
})

/** @returns the visible articles (all that exist, where `hidden`) of these ids, in no order. */
export function articlesByIds(
  db: Db,
  ids: readonly string[],
  hidden: boolean,
  parts: ArticleParts,
  params: Params,
) {
  return findArticles.run(db, { by: 'ids', hidden, parts }, { ...params, ids: uuidArray(ids) })
}

/** @returns the article that a current or old slug names in a locale, if it may be seen. Its `slug` is the current one. */
export async function articleBySlug(
  db: Db,
  locale: string,
  slug: string,
  hidden: boolean,
  parts: ArticleParts,
  params: Params,
): Promise<ArticleRow | undefined> {
  const [row] = await findArticles.run(db, { by: 'slug', hidden, parts }, { ...params, locale, slug })
  return row
}

interface ListVariant {
  /** The series that gives the order; the others only filter. */
  series: SeriesKind
  filters: Exclude<SeriesKind, 'site'>[]
  order: 'newest' | 'oldest'
  side: Side
  parts: ArticleParts
}

export interface ListRow {
  /** Whether each filter's slug names anything, in the order [series, ...filters]. */
  known: boolean[]
  page: PageRow<ArticleRow>
}

/** A page of the articles that stand in all of some series. Params: key0, key1…, limit, cursorKey, cursorId. */
export const listArticles = statements<ListVariant, ListRow>('list_articles', (variant) => {
  const { series, filters, order, side, parts } = variant
  const ids = [seriesId(series, 'key0'), ...filters.map((kind, i) => seriesId(kind, `key${i + 1}`))]
  // OFFSET 0 keeps each probe a probe: made into a join, a plan that misjudges the series reads one of them whole
  // for every row of the other (294 ms against 3 ms seen)
  const inOthers = ids.slice(1).map(
    (id) => sql` and exists (
        select from series_entries f where f.article_id = e.article_id and f.series_id = ${id} offset 0)`,
  )
  const articles = page({
    table: sql`series_entries`,
    alias: sql`e`,
    where: sql`e.series_id = ${ids[0]} and e.position = 0 and ${visibleEntry(sql`e`)}${sql.join(inOthers)}`,
    key: sql`e.published_at`,
    keyType: 'moment',
    id: sql`e.article_id`,
    order: order === 'oldest' ? 'ascending' : 'descending',
    side,
    item: sql`(select ${articleJson(sql`a`, parts)} from articles a where a.id = e.article_id)`,
    params: { limit: 'limit', key: 'cursorKey', id: 'cursorId' },
  })
  return sql`
    select json_build_object(
      'known', json_build_array(${sql.join(
        ids.map((id) => sql`${id} is not null`),
        sql`, `,
      )}),
      'page', ${articles}) as answer`
})
