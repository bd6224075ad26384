import { type ArticleRow, articleBySlug, articlesByIds, listArticles } from '../db/articles.ts'
import type { Db } from '../db/client.ts'
import type { SeriesKind } from '../db/series.ts'
import type { Viewer } from '../domain/viewer.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError, type ErrorCode, invalid } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import { nearest } from '../lib/text.ts'
import { INCLUDES, type Include } from '../shapes/articles.ts'
import { type ArticlesConfig, type ArticleView, type Parts, prepareParts } from './article-views.ts'
import { type PageInput, presentPage, readPage, type Slice } from './paging.ts'
import { type Within, writeWithin } from './series.ts'
import { may } from './viewer.ts'

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
    const { variant, params, present } = prepareParts(parts, config)
    const hidden = may(viewer, 'content:read')
    const row = isId(ref)
      ? (await articlesByIds(db, [ref.toLowerCase()], hidden, variant, params))[0]
      : await articleBySlug(db, locale ?? config.locale, ref, hidden, variant, params)
    if (!row) throw new AppError('ARTICLE_NOT_FOUND')
    return {
      article: present(row),
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
    const { variant, params, present } = prepareParts(parts, config)
    const rows = await articlesByIds(db, ids, may(viewer, 'content:read'), variant, params)
    return new Map(rows.map((row) => [row.id, present(row)]))
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
    const { variant, params, present } = prepareParts(parts, config)
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
        ...(request.position && { cursorKey: request.position.key, cursorId: request.position.id }),
      },
    )
    if (!row) throw new AppError('INTERNAL')
    row.known.forEach((known, i) => {
      if (!known) throw unknownSeries((series[i] as Within).kind)
    })
    const positionOf = (item: ArticleRow) => ({ key: item.publishedAt as string, id: item.id })
    return presentPage(row.page, request, hash, positionOf, present)
  }

  return { find, byIds, list }
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
