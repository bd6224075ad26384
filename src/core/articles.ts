import { type ArticleParts, adjacentParams, type CardRow } from '../db/article-parts.ts'
import { type ArticleRow, articleBySlug, articlesByIds, listArticles } from '../db/articles.ts'
import type { Db } from '../db/client.ts'
import type { SeriesKind } from '../db/series.ts'
import { isoMoment, isoMomentOrNull, type Params } from '../db/statement.ts'
import type { CommentPolicy } from '../domain/comment.ts'
import type { Viewer } from '../domain/viewer.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError, type ErrorCode, invalid } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import { nearest } from '../lib/text.ts'
import type { Adjacent, Article, ArticleCard, BodyChoice, Include } from '../shapes/articles.ts'
import { INCLUDES } from '../shapes/articles.ts'
import type { TermReference } from '../shapes/terms.ts'
import { type PageInput, presentPage, readPage, type Slice } from './paging.ts'
import { type Within, writeWithin } from './series.ts'
import { presentThreads, readThreads, type ThreadsInput, type ThreadView } from './threads.ts'
import { may } from './viewer.ts'

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

export interface ArticleFilters {
  category?: string
  subtree?: boolean
  tag?: string
  author?: string
  locale?: string
}

export interface ListInput extends ArticleFilters, PageInput {
  sort?: string
}

/** Where an article now lives, for one that was asked for by an old slug. */
export interface Found<T> {
  article: T
  /** Set where the article was asked for by an old slug: the current one, and the locale where that is another one now. */
  moved: { slug: string; locale?: string } | null
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

export type ArticlesCore = ReturnType<typeof articlesCore>

/** @returns the parts that `include=` names. @throws VALIDATION_FAILED for an unknown word, naming the nearest. */
export function readInclude(include: string | undefined): Set<Include> {
  const words = (include ?? '').split(',').filter((word) => word !== '')
  for (const word of words) {
    if (INCLUDES.some((known) => known === word)) continue
    const near = nearest(word, INCLUDES)
    throw invalid(
      '/include',
      near
        ? `"${word.slice(0, 64)}" is not known; did you mean "${near}"?`
        : `takes any of: ${INCLUDES.join(', ')}`,
    )
  }
  return new Set(words as Include[])
}

export function articlesCore(db: Db, config: ArticlesConfig) {
  /**
   * One article, by id or by slug within a locale (default: the site's). One statement.
   * @throws ARTICLE_NOT_FOUND, the same for absent and hidden.
   */
  async function find(
    ref: string,
    locale: string | undefined,
    parts: Parts,
    viewer: Viewer,
  ): Promise<Found<ArticleView>> {
    const { variant, params, present } = prepareParts(parts)
    const hidden = may(viewer, 'content:read')
    const row = isId(ref)
      ? (await articlesByIds(db, [ref.toLowerCase()], hidden, variant, params))[0]
      : await articleBySlug(db, locale ?? config.locale, ref, hidden, variant, params)
    if (!row) throw new AppError('ARTICLE_NOT_FOUND')
    return {
      article: presentArticle(row, present),
      moved: isId(ref) ? null : movedTo(row, ref, locale ?? config.locale),
    }
  }

  /**
   * @returns what may be seen of these ids, by id. One statement.
   */
  async function byIds(
    ids: readonly string[],
    parts: Parts,
    viewer: Viewer,
  ): Promise<Map<string, ArticleView>> {
    const { variant, params, present } = prepareParts(parts)
    const rows = await articlesByIds(db, ids, may(viewer, 'content:read'), variant, params)
    return new Map(rows.map((row) => [row.id, presentArticle(row, present)]))
  }

  /**
   * A page of the visible articles that stand in all the named series, newest first or oldest first. One statement.
   * @throws CATEGORY_NOT_FOUND, TAG_NOT_FOUND, AUTHOR_NOT_FOUND, SORT_UNSUPPORTED, CURSOR_INVALID.
   */
  async function list(input: ListInput, parts: Parts): Promise<Slice<ArticleView>> {
    const order = readSort(input.sort)
    const [first, ...others] = readFilters(input)
    const hash = listHash({ list: 'articles', order, series: [first, ...others].map(writeWithin).sort() })
    const request = readPage(input, hash)
    const { variant, params, present } = prepareParts(parts)
    const series = [first, ...others]
    const [row] = await listArticles.run(
      db,
      {
        series: first.kind,
        filters: others.map(({ kind }) => kind as Exclude<SeriesKind, 'site'>),
        order,
        side: request.side,
        parts: variant,
      },
      {
        ...params,
        ...Object.fromEntries(series.map(({ key }, i) => [`key${i}`, key])),
        limit: request.limit + 1,
        ...(request.position && { cursorTime: request.position.time, cursorId: request.position.id }),
      },
    )
    if (!row) throw new AppError('INTERNAL')
    row.known.forEach((known, i) => {
      if (!known) throw unknownSeries((series[i] as Within).kind)
    })
    const positionOf = (item: ArticleRow) => ({ time: item.publishedAt as string, id: item.id })
    return presentPage(row.page, request, hash, positionOf, (item) => presentArticle(item, present))
  }

  function presentCard(row: CardRow): ArticleCard {
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

  function presentArticle(row: ArticleRow, present: PresentParts): ArticleView {
    return {
      ...presentCard(row),
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
      ...present(row),
    }
  }

  /** Splits what a caller wants into the text of the statement, its parameters, and how the rows are presented. */
  function prepareParts(parts: Parts): PreparedParts {
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
    const present: PresentParts = (row) => ({
      bodies: row.bodies ?? {},
      ...(row.authors && { authors: row.authors }),
      ...(row.categories && { categories: row.categories }),
      ...(row.tags && { tags: row.tags }),
      ...(row.comments && threads && { comments: presentThreads(row.comments, threads) }),
      adjacents: adjacent.map(({ within }, n) => presentAdjacent(within, row.adjacent?.[n] ?? null)),
    })
    return { variant, params, present }
  }

  function presentAdjacent(
    within: Within,
    row: { older: CardRow[]; newer: CardRow[] } | null,
  ): Adjacent | null {
    if (!row) return null
    const older = row.older.map(presentCard)
    const newer = row.newer.map(presentCard)
    return { within: writeWithin(within), previous: older[0] ?? null, next: newer[0] ?? null, older, newer }
  }

  return { find, byIds, list }
}

type PresentParts = (row: ArticleRow) => ArticlePartsView

interface PreparedParts {
  variant: ArticleParts
  params: Params
  present: PresentParts
}

function movedTo(row: ArticleRow, slug: string, locale: string): Found<never>['moved'] {
  if (row.locale !== locale) return { slug: row.slug, locale: row.locale }
  return row.slug === slug ? null : { slug: row.slug }
}

const SORTS = { '-publishedAt': 'newest', publishedAt: 'oldest' } as const

function readSort(sort = '-publishedAt'): 'newest' | 'oldest' {
  const order = Object.hasOwn(SORTS, sort) ? SORTS[sort as keyof typeof SORTS] : undefined
  if (order) return order
  const message = `takes one of: ${Object.keys(SORTS).join(', ')}`
  throw new AppError('SORT_UNSUPPORTED', { detail: `sort ${message}`, errors: [{ path: '/sort', message }] })
}

/** The series that a list is made of, narrowest first: the first one gives the order, and its index is walked. */
function readFilters({
  tag,
  author,
  category,
  subtree = true,
  locale,
}: ArticleFilters): [Within, ...Within[]] {
  const series: Within[] = []
  if (tag !== undefined) series.push({ kind: 'tag', key: tag })
  if (author !== undefined) series.push({ kind: 'author', key: author })
  if (category !== undefined) series.push({ kind: subtree ? 'category' : 'category-only', key: category })
  if (locale !== undefined) series.push({ kind: 'locale', key: locale })
  const [first, ...others] = series
  return first ? [first, ...others] : [{ kind: 'site', key: '' }]
}

const UNKNOWN: Partial<Record<SeriesKind, { code: ErrorCode; path: string }>> = {
  category: { code: 'CATEGORY_NOT_FOUND', path: '/category' },
  'category-only': { code: 'CATEGORY_NOT_FOUND', path: '/category' },
  tag: { code: 'TAG_NOT_FOUND', path: '/tag' },
  author: { code: 'AUTHOR_NOT_FOUND', path: '/author' },
}

function unknownSeries(kind: SeriesKind): AppError {
  const { code, path } = UNKNOWN[kind] ?? { code: 'INTERNAL' as const, path: '' }
  return new AppError(code, { errors: [{ path, message: 'names nothing' }] })
}
