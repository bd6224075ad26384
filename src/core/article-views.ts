import { type ArticleParts, adjacentParams, type CardRow } from '../db/article-parts.ts'
import type { ArticleRow } from '../db/articles.ts'
import { isoMoment, isoMomentOrNull, type Params } from '../db/statement.ts'
import type { CommentPolicy } from '../domain/comment.ts'
import type { Adjacent, Article, ArticleCard, BodyChoice } from '../shapes/articles.ts'
import type { TermReference } from '../shapes/terms.ts'
import type { Slice } from './paging.ts'
import { type Within, writeWithin } from './series.ts'
import { presentThreads, readThreads, type ThreadsInput, type ThreadView } from './threads.ts'

/** What a caller wants of each article beside its own fields. */
export interface Parts {
  /** In which forms. */
  bodies?: BodyForm[]
  authors?: boolean
  categories?: boolean
  tags?: boolean
  adjacent?: AdjacentInput[]
  comments?: ThreadsInput
}

export type BodyForm = Exclude<BodyChoice, 'none'>

export interface AdjacentInput {
  within: Within
  /** Neighbours on each side, 1 to 10. */
  count: number
}

/** An article as core answers it: its fields, and the parts that were asked for. */
export type ArticleView = Omit<Article, PartName> & ArticlePartsView

type PartName = 'body' | 'authors' | 'categories' | 'tags' | 'adjacent' | 'comments'

export interface ArticlePartsView {
  bodies: Partial<Record<BodyForm, string | null>>
  authors?: TermReference[]
  categories?: TermReference[]
  tags?: TermReference[]
  /** What `Parts.adjacent` asked for, in that order; null where the article does not stand in the series. */
  adjacents: (Adjacent | null)[]
  comments?: Slice<ThreadView>
}

export interface ArticlesConfig {
  locale: string
  comments: CommentPolicy
  articleUrl: (article: { id: string; slug: string; locale: string }) => string
}

/** Parts, ready for a statement and for its answer. */
export interface PreparedParts {
  variant: ArticleParts
  params: Params
  present(row: ArticleRow): ArticleView
}

/** Splits what a caller wants into the text of the statement, its parameters, and how the rows are presented. */
export function prepareParts(parts: Parts, config: ArticlesConfig): PreparedParts {
  const adjacent = parts.adjacent ?? []
  const threads = parts.comments && readThreads(parts.comments)
  const variant: ArticleParts = {
    bodies: parts.bodies ?? [],
    authors: parts.authors ?? false,
    categories: parts.categories ?? false,
    tags: parts.tags ?? false,
    adjacent: adjacent.map(({ within }) => within.kind),
    comments: threads ? threads.variant : null,
  }
  const params: Params = { ...threads?.params }
  adjacent.forEach(({ within, count }, n) => {
    params[adjacentParams(n).key] = within.key
    params[adjacentParams(n).count] = count
  })
  const presentParts = (row: ArticleRow): ArticlePartsView => ({
    bodies: row.bodies ?? {},
    ...(row.authors && { authors: row.authors }),
    ...(row.categories && { categories: row.categories }),
    ...(row.tags && { tags: row.tags }),
    ...(row.comments && threads && { comments: presentThreads(row.comments, threads) }),
    adjacents: adjacent.map(({ within }, n) => presentAdjacent(within, row.adjacent?.[n] ?? null, config)),
  })
  return { variant, params, present: (row) => presentArticle(row, presentParts(row), config) }
}

function presentCard(row: CardRow, config: ArticlesConfig): ArticleCard {
  return {
    id: row.id,
    slug: row.slug,
    locale: row.locale,
    title: row.title,
    subtitle: row.subtitle,
    excerpt: row.excerpt,
    cover: row.cover as ArticleCard['cover'],
    publishedAt: isoMomentOrNull(row.publishedAt),
    url: config.articleUrl(row),
  }
}

function presentArticle(row: ArticleRow, parts: ArticlePartsView, config: ArticlesConfig): ArticleView {
  return {
    ...presentCard(row, config),
    featured: row.featured,
    wordCount: row.wordCount,
    readingMinutes: row.readingMinutes,
    commentCount: row.commentCount,
    commentPolicy: row.commentPolicy,
    commentsOpen: row.takesComments && (row.commentPolicy ?? config.comments) !== 'closed',
    status: row.status,
    unpublishAt: isoMomentOrNull(row.unpublishAt),
    firstPublishedAt: isoMomentOrNull(row.firstPublishedAt),
    createdAt: isoMoment(row.createdAt),
    updatedAt: isoMoment(row.updatedAt),
    version: row.version,
    seo: row.seo,
    ...parts,
  }
}

function presentAdjacent(
  within: Within,
  row: { older: CardRow[]; newer: CardRow[] } | null,
  config: ArticlesConfig,
): Adjacent | null {
  if (!row) return null
  const older = row.older.map((card) => presentCard(card, config))
  const newer = row.newer.map((card) => presentCard(card, config))
  return { within: writeWithin(within), previous: older[0] ?? null, next: newer[0] ?? null, older, newer }
}
