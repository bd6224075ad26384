import { type SQL, sql } from 'drizzle-orm'
import type { Heading, Image, Seo } from '../domain/article.ts'
import type { CommentPolicy } from '../domain/comment.ts'
import {
  type ArticleState,
  articlesOf,
  byDate,
  countOf,
  entriesOf,
  type FilterVariant,
  keyOf,
} from './article-filter.ts'
import { type AdjacentRow, type ArticleParts, articleJson, type CardRow } from './article-parts.ts'
import type { Db } from './client.ts'
import type { ThreadsRow } from './comments.ts'
import { type KeysetPage, type KeyType, type PageRow, page, type Side, type WalkStart } from './keyset.ts'
import { hits, type Marked, score } from './search.ts'
import { currentSlug } from './series.ts'
import { type Params, param, statements, uuidArray } from './statement.ts'
import { clockOf, visibleArticle } from './visible.ts'

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
  status: ArticleState
  unpublishAt: string | null
  firstPublishedAt: string | null
  createdAt: string
  version: number
  seo: Seo
  bodies?: { html?: string; text?: string; markdown?: string | null }
  headings?: Heading[]
  images?: Image[]
  adjacent?: (AdjacentRow | null)[]
  comments?: ThreadsRow
  related?: CardRow[]
  translations?: CardRow[]
  highlight?: { title: Marked; excerpt: Marked }
}

interface FindVariant {
  by: 'ids' | 'slug'
  /** Whether drafts, scheduled, expired, archived and trashed articles are seen: all, or the one of `previewed`. */
  hidden: 'none' | 'all' | 'previewed'
  parts: ArticleParts
}

/** Params: articleIds, or locale and slug; previewed. */
export const findArticles = statements<FindVariant, ArticleRow>('find_articles', ({ by, hidden, parts }) => {
  const a = sql`a`
  const wanted =
    by === 'ids'
      ? // not `ids`, which is a filter of the list in which neighbours may be asked for
        sql`a.id = any(${param.uuids('articleIds')})`
      : sql`a.id = (select subject_id from slugs
                    where kind = 'article' and locale = ${param.text('locale')} and slug = ${param.text('slug')})`
  const visible = visibleArticle(a, clockOf(parts.clock))
  const seen = {
    none: sql` and ${visible}`,
    all: sql``,
    previewed: sql` and (a.id = ${param.uuid('previewed')} or ${visible})`,
  }
  return sql`
    select ${articleJson(a, parts)} as answer
    from articles a
    where ${wanted}${seen[hidden]}`
})

/** @returns the articles of these ids that may be seen, in no order. */
export function articlesByIds(
  db: Db,
  ids: readonly string[],
  { hidden, parts }: Omit<FindVariant, 'by'>,
  params: Params,
) {
  return findArticles.run(db, { by: 'ids', hidden, parts }, { ...params, articleIds: uuidArray(ids) })
}

/** @returns the article that a current or old slug names in a locale, if it may be seen. Its `slug` is the current one. */
export async function articleBySlug(
  db: Db,
  locale: string,
  slug: string,
  { hidden, parts }: Omit<FindVariant, 'by'>,
  params: Params,
): Promise<ArticleRow | undefined> {
  const [row] = await findArticles.run(db, { by: 'slug', hidden, parts }, { ...params, locale, slug })
  return row
}

/**
 * What a list is ordered by. `publishedAt` and `position` are steps along the entries of a series; `updatedAt`, `title`
 * and `commentCount` along an index of `articles`, of the site or a locale; `relevance` ranks the hits of a search.
 */
export type SortKey = 'publishedAt' | 'position' | 'updatedAt' | 'title' | 'commentCount' | 'relevance'

export const SORT_TYPES: Record<SortKey, KeyType> = {
  publishedAt: 'moment',
  position: 'integer',
  updatedAt: 'moment',
  title: 'text',
  commentCount: 'integer',
  relevance: 'integer',
}

interface ListVariant {
  filter: FilterVariant
  sort: SortKey
  order: 'ascending' | 'descending'
  side: Side
  count: 'none' | 'estimated' | 'exact'
  parts: ArticleParts
}

export interface ListRow {
  /** The current slug of each series of the filter, '' of those that have none; null where the key names nothing. */
  slugs: (string | null)[]
  page: PageRow<ListItem>
  count: number | null
}

/** An article with its place in the list. */
export interface ListItem {
  key: string | number
  article: ArticleRow
}

/** A page of articles. Params: those of the filter, limit, cursorKey, cursorId. */
export const listArticles = statements<ListVariant, ListRow>('list_articles', (variant) => {
  const { filter, sort, order, side, count, parts } = variant
  const { ranked, list, rows, article } = sources[sourceOf(variant)](variant)
  const articles = page({
    ...list,
    keyType: SORT_TYPES[sort],
    order,
    side,
    item: sql`json_build_object('key', ${list.key}, 'article', ${article(articleJson(sql`a`, parts))})`,
    params: { limit: 'limit', key: 'cursorKey', id: 'cursorId' },
  })
  const slugs = filter.series.map((series, i) => currentSlug(series, keyOf(i)))
  return sql`
    ${ranked}select json_build_object(
      'slugs', json_build_array(${sql.join(slugs, sql`, `)}),
      'page', ${articles},
      'count', ${count === 'none' ? sql`null` : countOf(filter, count, rows)}) as answer`
})

interface Source {
  /** What comes before the statement. */
  ranked: SQL
  list: Pick<KeysetPage, 'table' | 'alias' | 'where' | 'key' | 'id'>
  /** All rows of the list, to be counted. */
  rows: SQL
  /** The article `a` of a row. */
  article(json: SQL): SQL
}

function sourceOf({ sort }: ListVariant): keyof typeof sources {
  if (sort === 'relevance') return 'hits'
  return sort === 'publishedAt' || sort === 'position' ? 'entries' : 'articles'
}

const articleOf = (id: SQL) => (json: SQL) => sql`(select ${json} from articles a where a.id = ${id})`

const sources = {
  entries: ({ filter, sort }: ListVariant): Source => {
    const where = (start: WalkStart) =>
      sort === 'publishedAt' ? byDate(filter, sql`e`, start) : entriesOf(filter, sql`e`)
    return {
      ranked: sql``,
      list: {
        table: sql`series_entries`,
        alias: sql`e`,
        where,
        key: sort === 'position' ? sql`e.position` : sql`e.published_at`,
        id: sql`e.article_id`,
      },
      rows: sql`series_entries e where ${where(null)}`,
      article: articleOf(sql`e.article_id`),
    }
  },

  articles: ({ filter, sort }: ListVariant): Source => {
    const where = articlesOf(filter, sql`a`)
    return {
      ranked: sql``,
      list: { table: sql`articles`, alias: sql`a`, where, key: keyOfArticle(sort), id: sql`a.id` },
      rows: sql`articles a where ${where}`,
      article: (json) => json,
    }
  },

  /** Only the best are ranked into pages. Of what half the publication holds, so many are looked at and no more. */
  hits: ({ filter }: ListVariant): Source => {
    const { search, ...rest } = filter
    const where = entriesOf({ ...rest, search: 'no' }, sql`e`)
    const found = sql`${hits(search === 'locale')} h join series_entries e on e.article_id = h.article_id where ${where}`
    return {
      ranked: sql`with found as materialized (
        select e.article_id, h.words, h.query from ${found} limit ${LOOKED_AT}::int
      ), ranked as materialized (
        select f.article_id, ${score(sql`f`)} as score from found f order by score desc, f.article_id desc limit ${RANKED}::int
      ) `,
      list: { table: sql`ranked`, alias: sql`r`, where: sql`true`, key: sql`r.score`, id: sql`r.article_id` },
      rows: found,
      article: articleOf(sql`r.article_id`),
    }
  },
} as const

const RANKED = 1000
const LOOKED_AT = 10_000

const keyOfArticle = (sort: SortKey): SQL => {
  if (sort === 'title') return sql`a.title collate "und-x-icu"`
  return sort === 'commentCount' ? sql`a.comment_count` : sql`a.updated_at`
}
