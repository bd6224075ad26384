import { type Database, type Db, inTransaction } from '../db/client.ts'
import { slugOwners } from '../db/imports.ts'
import {
  articlesThere,
  lockArticles,
  orderOf,
  type PlacedRow,
  seriesOrder,
  writeOrder,
} from '../db/manual-series.ts'
import { isoMomentOrNull } from '../db/statement.ts'
import { holdTree } from '../db/term-writes.ts'
import { MAX_SERIES_ARTICLES } from '../domain/term.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError, invalid } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import { sha256 } from '../lib/secrets.ts'
import type { Placing, SeriesPlace } from '../shapes/terms.ts'
import { namesNothing } from './faults.ts'
import { readEntityTags, required, type TagPrecondition } from './preconditions.ts'
import { lockNamed } from './term-writing.ts'
import { readRef } from './terms.ts'
import { actorOf, requireScope } from './viewer.ts'

/** How a change of an order came: who asks, in which language slugs are looked up, and the header `If-Match`. */
export interface Ordering {
  viewer: Viewer
  locale: string | undefined
  ifMatch: string | undefined
}

/** The order of a series, hidden articles included, and the entity tag that names it. */
export interface SeriesOrder {
  places: SeriesPlace[]
  tag: string
}

/** The order of a series, which editors make by hand. Two who change one take turns. */
export function manualSeries(db: Database['db'], site: { locale: string }) {
  /** @throws AUTHENTICATION_FAILED, FORBIDDEN without content:read; SERIES_NOT_FOUND. One statement. */
  async function order(ref: string, viewer: Viewer): Promise<SeriesOrder> {
    requireScope(viewer, 'content:read')
    return readOrder(db, ref)
  }

  /**
   * Replaces the whole order; `If-Match` has to name the one that it is made from, so that nobody's work is undone unseen.
   * @param refs articles by id or slug, each once.
   * @throws SERIES_NOT_FOUND, PRECONDITION_REQUIRED, ORDER_STALE, REFERENCE_NOT_FOUND, VALIDATION_FAILED.
   */
  function reorder(ref: string, refs: readonly string[], how: Ordering): Promise<SeriesOrder> {
    requireScope(how.viewer, 'content:write')
    required(how.ifMatch, 'the order')
    return change(ref, how, async (tx) => {
      const ids = await resolve(tx, refs, how.locale, (i) => `/articles/${i}`)
      const twice = ids.findIndex((id, i) => ids.indexOf(id) < i)
      if (twice >= 0) throw invalid(`/articles/${twice}`, 'is named twice')
      return ids
    })
  }

  /**
   * Gives an article a place, whether it stood in the series or not: at a position, before or after another one, or at
   * the end. Sent again, it changes nothing.
   * @throws SERIES_NOT_FOUND, ORDER_STALE, REFERENCE_NOT_FOUND, VALIDATION_FAILED, SERIES_FULL.
   */
  function place(ref: string, { article, ...where }: Placing, how: Ordering): Promise<SeriesOrder> {
    const [name, ...others] = Object.keys(where)
    if (others[0] !== undefined) throw invalid(`/${others[0]}`, `cannot be combined with ${name}`)
    return change(ref, how, async (tx, current) => {
      const [id = ''] = await resolve(tx, [article], how.locale, () => '/article')
      const rest = current.filter((other) => other !== id)
      if (rest.length >= MAX_SERIES_ARTICLES) {
        throw new AppError('SERIES_FULL', { detail: `A series holds ${MAX_SERIES_ARTICLES} articles` })
      }
      rest.splice(await indexAt(tx, rest, where, how.locale), 0, id)
      return rest
    })
  }

  /** Takes an article out. @throws SERIES_NOT_FOUND, ORDER_STALE, ARTICLE_NOT_FOUND, NOT_IN_SERIES. */
  function take(ref: string, article: string, how: Ordering): Promise<SeriesOrder> {
    return change(ref, how, async (tx, current) => {
      const [id] = await namesOf(tx, [article], how.locale)
      if (!id) throw new AppError('ARTICLE_NOT_FOUND')
      if (!current.includes(id)) throw new AppError('NOT_IN_SERIES')
      return current.filter((other) => other !== id)
    })
  }

  async function change(
    ref: string,
    { viewer, ifMatch }: Ordering,
    work: (tx: Db, current: string[]) => Promise<string[]>,
  ): Promise<SeriesOrder> {
    requireScope(viewer, 'content:write')
    const wanted = readEntityTags(ifMatch) ?? 'any'
    return inTransaction(
      db,
      actorOf(viewer),
      async (tx) => {
        await holdTree(tx)
        const { id } = await lockNamed(tx, 'series', ref)
        const current = await orderOf(tx, id)
        checkOrder(current, wanted)
        const next = await work(tx, current)
        await write(tx, id, current, next)
        return readOrder(tx, id)
      },
      'patient',
    )
  }

  async function write(tx: Db, id: string, current: string[], next: string[]): Promise<void> {
    const there = await lockArticles(tx, [...new Set([...current, ...next])])
    if (!next.every((articleId) => there.has(articleId))) {
      throw new AppError('REFERENCE_NOT_FOUND', { detail: 'An article of the order has just been deleted' })
    }
    await writeOrder(tx, id, next)
  }

  /** The index at which an article comes into the others. */
  async function indexAt(
    tx: Db,
    others: string[],
    { position, before, after }: Omit<Placing, 'article'>,
    locale: string | undefined,
  ): Promise<number> {
    const beside = before ?? after
    if (beside === undefined) return Math.min((position ?? Number.POSITIVE_INFINITY) - 1, others.length)
    const path = before === undefined ? '/after' : '/before'
    const [id = ''] = await resolve(tx, [beside], locale, () => path)
    const index = others.indexOf(id)
    if (index < 0) throw namesNothing([{ path, message: 'names no other article of the series' }])
    return before === undefined ? index + 1 : index
  }

  /** @throws REFERENCE_NOT_FOUND with every place that names no article. */
  async function resolve(
    tx: Db,
    refs: readonly string[],
    locale: string | undefined,
    pathOf: (i: number) => string,
  ): Promise<string[]> {
    const ids = await namesOf(tx, refs, locale)
    const there = await articlesThere(
      tx,
      ids.filter((id) => id !== undefined),
    )
    const faults = ids.flatMap((id, i) =>
      id && there.has(id) ? [] : [{ path: pathOf(i), message: 'names no article' }],
    )
    if (faults.length > 0) throw namesNothing(faults)
    return ids as string[]
  }

  /** @returns what each reference names: an id is its own name, a slug is looked up. */
  async function namesOf(
    tx: Db,
    refs: readonly string[],
    locale = site.locale,
  ): Promise<(string | undefined)[]> {
    const slugs = refs.filter((ref) => !isId(ref))
    const owners = await slugOwners(tx, 'article', slugs, locale)
    return refs.map((ref) => (isId(ref) ? ref.toLowerCase() : owners.get(ref)))
  }

  return { order, reorder, place, take }
}

async function readOrder(db: Db, ref: string): Promise<SeriesOrder> {
  const { by, key } = readRef(ref)
  const [row] = await seriesOrder.run(db, { by }, key)
  if (!row) throw new AppError('SERIES_NOT_FOUND')
  return { places: row.articles.map(presentPlace), tag: tagOf(row.articles.map(({ id }) => id)) }
}

function presentPlace(row: PlacedRow, i: number): SeriesPlace {
  return {
    position: i + 1,
    ...row,
    publishedAt: isoMomentOrNull(row.publishedAt),
    unpublishAt: isoMomentOrNull(row.unpublishAt),
  }
}

/** Names an order by what it is: the same order has the same tag, whoever made it. */
const tagOf = (ids: readonly string[]): string => `"${sha256(ids.join()).toString('base64url').slice(0, 22)}"`

/** @throws ORDER_STALE with the tag of the order as it is now. */
function checkOrder(current: readonly string[], wanted: TagPrecondition): void {
  const tag = tagOf(current)
  if (wanted === 'any' || wanted.includes(tag)) return
  throw new AppError('ORDER_STALE', { headers: { etag: tag } })
}
