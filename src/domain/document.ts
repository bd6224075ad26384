import type { Cover, Seo } from './article.ts'
import type { BodyFormat } from './interchange.ts'

/**
 * What an editor writes of an article, references by id: what `article_document` of the migrations answers, a revision
 * keeps and a diff compares. Everything else about an article follows from it, or belongs to its state.
 */
export interface ArticleDocument {
  locale: string
  slug: string
  title: string
  subtitle: string | null
  /** Null: the excerpt follows the body. */
  excerpt: string | null
  body: { format: BodyFormat; source: string }
  cover: Cover | null
  seo: Seo
  featured: boolean
  /** Null: as the site. */
  commentPolicy: 'open' | 'known' | 'held' | 'closed' | null
  /** UTC, with milliseconds. */
  commentsCloseAt: string | null
  /** The original; null for the original itself, and for an article without translations. */
  translationOf: string | null
  authors: string[]
  /** Primary first. */
  categories: string[]
  tags: string[]
  /** By series (`site`, `category:<id>`…): which article shall stand before and after in place of the one by order. */
  adjacent: Record<string, AdjacentChoice>
}

export interface AdjacentChoice {
  previous?: string
  next?: string
}

export const ARTICLE_STATUSES = ['draft', 'published', 'archived', 'trashed'] as const
/** As it is stored. */
export type ArticleStatus = (typeof ARTICLE_STATUSES)[number]

/** As the clock makes of it: a published article waits for its moment, is public, or has gone again. */
export type ArticleState = ArticleStatus | 'scheduled' | 'expired'

/** Of an article at one version, beside its document. Moments in UTC, with milliseconds. */
export interface ArticleStanding {
  status: ArticleStatus
  publishedAt: string | null
  unpublishAt: string | null
}

export const ARTICLE_ACTIONS = [
  'publish',
  'schedule',
  'unpublish',
  'archive',
  'trash',
  'restore',
  'purge',
] as const
export type ArticleAction = (typeof ARTICLE_ACTIONS)[number]
