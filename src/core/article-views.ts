import {
  type AdjacentRow,
  type AdjacentVariant,
  type ArticleParts,
  adjacentParams,
  type CardRow,
  type TermParts,
} from '../db/article-parts.ts'
import type { ArticleRow } from '../db/articles.ts'
import { isoMoment, isoMomentOrNull, type Params } from '../db/statement.ts'
import type { Clock } from '../db/visible.ts'
import type { Heading, Image } from '../domain/article.ts'
import type { CommentSettings } from '../domain/comment.ts'
import type { Adjacent, Article, ArticleCard, BodyChoice, Highlight } from '../shapes/articles.ts'
import type { TermReference } from '../shapes/terms.ts'
import type { PreparedFilter } from './article-filters.ts'
import { takesComments } from './comment-policy.ts'
import { presentHighlight } from './highlights.ts'
import type { Slice } from './paging.ts'
import { seriesVariant, type Within, writeWithin } from './series.ts'
import { presentThreads, readThreads, type ThreadsInput, type ThreadView } from './threads.ts'

/** What a caller wants of each article beside its own fields. */
export interface Parts {
  /** In which forms. */
  bodies?: BodyForm[]
  /** Of the body. */
  headings?: boolean
  images?: boolean
  authors?: boolean
  categories?: boolean
  tags?: boolean
  adjacent?: AdjacentInput[]
  comments?: ThreadsInput
  related?: RelatedInput
  translations?: CardParts
}

export type BodyForm = Exclude<BodyChoice, 'none'>

/** What a caller wants of each card beside its own fields. */
export type CardParts = Partial<TermParts>

export interface AdjacentInput {
  /** A series, or the filter of a list. */
  within: Within | PreparedFilter
  /** Neighbours on each side, 1 to 10. */
  count: number
  cards?: CardParts
}

export interface RelatedInput {
  /** 1 to 20. */
  count: number
  cards?: CardParts
}

/** An article as core answers it: its fields, and the parts that were asked for. */
export type ArticleView = Omit<Article, PartName> & ArticlePartsView

type PartName = 'body' | 'headings' | 'images' | 'authors' | 'categories' | 'tags' | 'adjacent' | 'comments'

export interface ArticlePartsView {
  bodies: Partial<Record<BodyForm, string | null>>
  headings?: Heading[]
  images?: Image[]
  authors?: TermReference[]
  categories?: TermReference[]
  tags?: TermReference[]
  /** What `Parts.adjacent` asked for, in that order; null where the article does not stand in the series. */
  adjacents: (Adjacent | null)[]
  comments?: Slice<ThreadView>
}

export interface ArticlesConfig {
  locale: string
  comments: CommentSettings
  articleUrl: (article: { id: string; slug: string; locale: string }) => string
}

/** How a statement looks at articles, beside the parts. */
export interface Gaze {
  clock: Clock
  /** Also at those that are not public: with the places that they would have. */
  wouldBe: boolean
  /** At those that match what is sought. */
  highlight: boolean
}

/** Parts, ready for a statement and for its answer. */
export interface PreparedParts {
  variant: ArticleParts
  params: Params
  present(row: ArticleRow): ArticleView
}

/** Splits what a caller wants into the text of the statement, its parameters, and how the rows are presented. */
export function prepareParts(parts: Parts, gaze: Gaze, config: ArticlesConfig): PreparedParts {
  const adjacent = parts.adjacent ?? []
  const threads = parts.comments && readThreads(parts.comments)
  const variant: ArticleParts = {
    ...gaze,
    ...termParts(parts),
    bodies: parts.bodies ?? [],
    outline: Boolean(parts.headings || parts.images),
    adjacent: adjacent.map(adjacentVariant),
    comments: threads ? threads.variant : null,
    related: parts.related ? termParts(parts.related.cards) : null,
    translations: parts.translations ? termParts(parts.translations) : null,
  }
  const params: Params = { ...threads?.params, ...(parts.related && { relatedLimit: parts.related.count }) }
  adjacent.forEach(({ within, count }, n) => {
    if ('kind' in within) params[adjacentParams(n).key] = within.key
    else Object.assign(params, within.params)
    params[adjacentParams(n).count] = count
  })
  const presentParts = (row: ArticleRow): ArticlePartsView => ({
    bodies: row.bodies ?? {},
    ...termsOf(row),
    ...(parts.headings && { headings: row.headings ?? [] }),
    ...(parts.images && { images: row.images ?? [] }),
    ...(row.comments && threads && { comments: presentThreads(row.comments, threads) }),
    ...(row.related && { related: row.related.map((card) => presentCard(card, config)) }),
    ...(row.translations && { translations: row.translations.map((card) => presentCard(card, config)) }),
    adjacents: adjacent.map((input, n) => presentAdjacent(input, row.adjacent?.[n] ?? null, config)),
  })
  return { variant, params, present: (row) => presentArticle(row, presentParts(row), config) }
}

const termParts = ({ authors = false, categories = false, tags = false }: CardParts = {}): TermParts => ({
  authors,
  categories,
  tags,
})

const adjacentVariant = ({ within, cards }: AdjacentInput): AdjacentVariant => ({
  within: 'kind' in within ? { series: seriesVariant(within) } : { list: within.variant },
  cards: termParts(cards),
})

const termsOf = ({ authors, categories, tags }: CardRow) => ({
  ...(authors && { authors }),
  ...(categories && { categories }),
  ...(tags && { tags }),
})

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
    ...termsOf(row),
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
    commentsOpen: takesComments(row, config.comments),
    status: row.status,
    unpublishAt: isoMomentOrNull(row.unpublishAt),
    firstPublishedAt: isoMomentOrNull(row.firstPublishedAt),
    createdAt: isoMoment(row.createdAt),
    updatedAt: isoMoment(row.updatedAt),
    version: row.version,
    seo: row.seo,
    ...(row.highlight && { highlight: presentHighlight(row.highlight) satisfies Highlight }),
    ...parts,
  }
}

/** An override stands in the place of the nearest, and the others stay in their order behind it. */
function presentAdjacent(
  { within, count }: AdjacentInput,
  row: AdjacentRow | null,
  config: ArticlesConfig,
): Adjacent | null {
  if (!row) return null
  const side = (natural: CardRow[], override: CardRow | null | undefined): ArticleCard[] => {
    const cards = override ? [override, ...natural.filter(({ id }) => id !== override.id)] : natural
    return cards.slice(0, count).map((card) => presentCard(card, config))
  }
  const older = side(row.older, row.previousOverride)
  const newer = side(row.newer, row.nextOverride)
  return {
    within: 'kind' in within ? writeWithin(within) : 'list',
    previous: older[0] ?? null,
    next: newer[0] ?? null,
    older,
    newer,
  }
}
