import {
  type ArticleRow,
  articleBySlug,
  articlesByIds,
  type ListItem,
  listArticles,
  SORT_TYPES,
} from '../db/articles.ts'
import type { Db } from '../db/client.ts'
import type { Clock } from '../db/visible.ts'
import type { Viewer } from '../domain/viewer.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import type { CountMode } from '../shapes/common.ts'
import { type ArticleFilters, type PreparedFilter, prepareFilter } from './article-filters.ts'
import { readSort, SORTS } from './article-sorts.ts'
import {
  type ArticlesConfig,
  type ArticleView,
  type Gaze,
  type Parts,
  prepareParts,
} from './article-views.ts'
import { readClock } from './clock.ts'
import { type PageInput, pageParams, presentPage, readPage, type Slice } from './paging.ts'
import { unknownSeries } from './series.ts'
import { type Look, may, requireScope } from './viewer.ts'

export interface ListInput extends ArticleFilters, PageInput {
  sort?: string
  count?: CountMode
}

/** Where a thing now lives, for one that was asked for by an old slug. */
export interface Found<T> {
  article: T
  /** Set where the article was asked for by an old slug: the current one, and the locale where that is another one now. */
  moved: { slug: string; locale?: string } | null
}

export interface ArticleList extends Slice<ArticleView> {
  /** The current slugs of the terms in the filter. */
  slugs: Partial<Record<FilterTerm, string>>
}

export type FilterTerm = 'category' | 'tag' | 'author' | 'series'

export type ArticlesCore = ReturnType<typeof articlesCore>

/** @param openPreview the id of the article that a preview link shows; throws PREVIEW_NOT_FOUND. */
export function articlesCore(
  db: Db,
  config: ArticlesConfig,
  openPreview: (token: string) => Promise<string> = noPreviews,
) {
  /**
   * One article, by id or by slug within a locale (default: the site's). One statement, beside that for a preview link.
   * @throws ARTICLE_NOT_FOUND, the same for absent and hidden; PREVIEW_NOT_FOUND; AUTHENTICATION_FAILED, FORBIDDEN for
   * `asOf`.
   */
  async function find(
    ref: string,
    locale: string | undefined,
    parts: Parts,
    look: Look,
  ): Promise<Found<ArticleView>> {
    const previewed = look.preview === undefined ? undefined : await openPreview(look.preview)
    const { hidden, gaze, params: lookParams } = readLook(look, previewed)
    const { variant, params, present } = prepareParts(parts, gaze, config)
    const values = { ...params, ...lookParams }
    const row = isId(ref)
      ? (await articlesByIds(db, [ref.toLowerCase()], { hidden, parts: variant }, values))[0]
      : await articleBySlug(db, locale ?? config.locale, ref, { hidden, parts: variant }, values)
    if (!row) throw new AppError('ARTICLE_NOT_FOUND')
    return {
      article: present(row),
      moved: isId(ref) ? null : movedTo(row, ref, locale ?? config.locale),
    }
  }

  /** @returns what may be seen of these ids, by id. One statement. @throws as `find`, but for what is not there. */
  async function byIds(ids: readonly string[], parts: Parts, look: Look): Promise<Map<string, ArticleView>> {
    const { hidden, gaze, params: lookParams } = readLook(look)
    const { variant, params, present } = prepareParts(parts, gaze, config)
    const rows = await articlesByIds(db, ids, { hidden, parts: variant }, { ...params, ...lookParams })
    return new Map(rows.map((row) => [row.id, present(row)]))
  }

  /**
   * A page of the articles that pass all filters, in one of the orders of `readSort`. One statement. Only an editor who
   * names states sees what is not public.
   * @throws VALIDATION_FAILED, SORT_UNSUPPORTED, CURSOR_INVALID; CATEGORY_NOT_FOUND, TAG_NOT_FOUND, AUTHOR_NOT_FOUND,
   * SERIES_NOT_FOUND; AUTHENTICATION_FAILED, FORBIDDEN for `status` and `asOf`.
   */
  async function list(input: ListInput, parts: Parts, look: Look): Promise<ArticleList> {
    if (input.status !== undefined) requireScope(look.viewer, 'content:read')
    const { gaze, params: lookParams } = readLook(look)
    const filter = prepareFilter(input, config.locale, lookParams.asOf)
    const sort = readSort(input.sort, filter)
    const { key, order } = SORTS[sort]
    const hash = listHash({ list: 'articles', sort, ...filter.name })
    const request = readPage(input, hash, SORT_TYPES[key])
    const { variant, params, present } = prepareParts(
      parts,
      { ...gaze, wouldBe: filter.variant.states !== null, highlight: filter.variant.search !== 'no' },
      config,
    )
    const count = input.count ?? 'none'
    const [row] = await listArticles.run(
      db,
      { filter: filter.variant, sort: key, order, side: request.side, count, parts: variant },
      {
        ...lookParams,
        ...params,
        ...filter.params,
        ...pageParams(request),
      },
    )
    if (!row) throw new AppError('INTERNAL')
    const positionOf = (item: ListItem) => ({ key: item.key, id: item.article.id })
    return {
      ...presentPage(row.page, request, hash, positionOf, (item) => present(item.article)),
      ...(row.count !== null && { count: row.count }),
      slugs: slugsOf(filter, row.slugs),
    }
  }

  return { find, byIds, list, locale: config.locale }
}

/** What of `hidden` articles is seen, and from which moment. @throws AUTHENTICATION_FAILED, FORBIDDEN for `asOf`. */
function readLook({ viewer, asOf }: Look, previewed?: string) {
  const { clock, params } = readClock(asOf, viewer)
  const hidden = seesHidden(viewer, clock, previewed)
  const gaze: Gaze = { clock, wouldBe: hidden !== 'none', highlight: false }
  return {
    hidden,
    gaze,
    params: { ...params, ...(hidden === 'previewed' && { previewed: previewed as string }) },
  }
}

const noPreviews = async (): Promise<never> => {
  throw new AppError('PREVIEW_NOT_FOUND')
}

/** Who looks at another moment sees what the public sees then. */
function seesHidden(
  viewer: Viewer,
  clock: Clock,
  previewed: string | undefined,
): 'none' | 'all' | 'previewed' {
  if (clock === 'asOf') return 'none'
  if (may(viewer, 'content:read')) return 'all'
  return previewed === undefined ? 'none' : 'previewed'
}

function movedTo(row: ArticleRow, slug: string, locale: string): Found<never>['moved'] {
  if (row.locale !== locale) return { slug: row.slug, locale: row.locale }
  return row.slug === slug ? null : { slug: row.slug }
}

/** @throws the NOT_FOUND of the first that names nothing. */
function slugsOf({ series }: PreparedFilter, current: (string | null)[]): ArticleList['slugs'] {
  const slugs: ArticleList['slugs'] = {}
  series.forEach(({ kind }, i) => {
    const slug = current[i]
    if (slug === null || slug === undefined) throw unknownSeries(kind)
    if (kind !== 'site' && kind !== 'locale') slugs[kind === 'category-only' ? 'category' : kind] = slug
  })
  return slugs
}
