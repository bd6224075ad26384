import { type Database, type Db, inTransaction } from '../db/client.ts'
import {
  countInEither,
  countInside,
  deleteNoun,
  type Inside,
  moveArticles,
  moveChildren,
  moveOverrides,
  moveSlugs,
  unlinkArticles,
} from '../db/term-removal.ts'
import { lockNoun, lockTree, type NounKind, type NounRow } from '../db/term-writes.ts'
import { MAX_CATEGORY_DEPTH, MAX_MOVED, MAX_SERIES_ARTICLES } from '../domain/term.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError, invalid } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import type { MergeInput, RemovalRule } from '../shapes/terms.ts'
import { type Faults, namesNothing, pointing } from './faults.ts'
import { lockNamed } from './term-writing.ts'
import { actorOf, requireScope } from './viewer.ts'

/** What a request did: all of it, or a first part that leaves so many articles for the next one. */
export type Outcome<T> = { done: true; answer: T } | { done: false; remaining: number }

/**
 * How categories, tags, authors and series become one, and how they go. Each is one transaction that holds the tree, so
 * that no article can be filed meanwhile.
 * @param read the thing as its own read shows it.
 */
export function termRemoval<T>(db: Database['db'], kind: NounKind, read: (db: Db, id: string) => Promise<T>) {
  /**
   * Gives all that one holds to another one: articles, categories below it, and its slugs, which lead there from now on.
   * @param ref id or current slug, as is `into`.
   * @returns the other one, as it is now.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, CATEGORY_NOT_FOUND…, REFERENCE_NOT_FOUND, VALIDATION_FAILED, CATEGORY_CYCLE,
   * CATEGORY_TOO_DEEP, SERIES_FULL, TOO_MANY_ARTICLES.
   */
  async function merge(ref: string, { into, partial }: MergeInput, viewer: Viewer): Promise<Outcome<T>> {
    requireScope(viewer, 'content:write')
    return patiently(viewer, async (tx) => {
      const from = await lockNamed(tx, kind, ref)
      const target = await lockInto(tx, from, into)
      const inside = await countInside(tx, kind, from.id)
      const remaining = requireMovable(inside, inside.children > 0, partial)
      if (kind === 'series') await requireRoom(tx, from.id, target.id)
      await moveArticles(tx, kind, from.id, target.id, MAX_MOVED)
      if (remaining > 0) return { done: false, remaining }
      if (inside.children > 0) await moveChildren(tx, from.id, target.id)
      await moveOverrides(tx, kind, from.id, target.id)
      await moveSlugs(tx, from.id, target.id)
      await deleteNoun(tx, kind, from.id)
      return { done: true, answer: await read(tx, target.id) }
    })
  }

  /**
   * Deletes one. What is inside needs a rule: where there is none, nothing is deleted. Its slugs are free again.
   * @param ref id or current slug.
   * @throws as `merge`, and CATEGORY_NOT_EMPTY, TERM_NOT_EMPTY.
   */
  async function remove(ref: string, rule: RemovalRule, viewer: Viewer): Promise<Outcome<null>> {
    requireScope(viewer, 'content:write')
    const { articles, children, into } = checkRule(rule)
    return patiently(viewer, async (tx) => {
      const row = await lockNamed(tx, kind, ref)
      const target = into === undefined ? undefined : await lockInto(tx, row, into)
      const inside = await countInside(tx, kind, row.id)
      requireRule(inside, { articles, children })
      const remaining = requireMovable(inside, inside.children > 0, rule.partial)
      if (articles === 'move' && target) {
        if (kind === 'series') await requireRoom(tx, row.id, target.id)
        await moveArticles(tx, kind, row.id, target.id, MAX_MOVED)
      } else if (inside.articles > 0) await unlinkArticles(tx, kind, row.id, MAX_MOVED)
      if (remaining > 0) return { done: false, remaining }
      if (inside.children > 0)
        await moveChildren(tx, row.id, children === 'move' && target ? target.id : (row.parentId ?? null))
      await deleteNoun(tx, kind, row.id)
      return { done: true, answer: null }
    })
  }

  function patiently<R>(viewer: Viewer, work: (tx: Db) => Promise<R>): Promise<R> {
    const whole = async (tx: Db) => {
      await lockTree(tx)
      return work(tx)
    }
    return pointing(inTransaction(db, actorOf(viewer), whole, 'patient'), FAULTS)
  }

  async function lockInto(tx: Db, from: NounRow, into: string): Promise<NounRow> {
    const row = await lockNoun(tx, kind, isId(into) ? { id: into.toLowerCase() } : { slug: into })
    if (!row || (!isId(into) && row.slug !== into)) {
      const message = row ? `is an old slug; the current one is "${row.slug}"` : `names no ${kind}`
      throw namesNothing([{ path: '/into', message }])
    }
    if (row.id === from.id) throw invalid('/into', `is the ${kind} itself`)
    return row
  }

  /** @throws SERIES_FULL where all that stand in the two series are too many for one. */
  async function requireRoom(tx: Db, from: string, into: string): Promise<void> {
    const articles = await countInEither(tx, from, into)
    if (articles <= MAX_SERIES_ARTICLES) return
    throw new AppError('SERIES_FULL', {
      detail: `${articles} articles are more than the ${MAX_SERIES_ARTICLES} of a series`,
    })
  }

  /** @throws CATEGORY_NOT_EMPTY, TERM_NOT_EMPTY with the numbers of what no rule is given for. */
  function requireRule({ articles, children }: Inside, rule: RemovalRule): void {
    const held = {
      ...(rule.articles === 'refuse' && articles > 0 && { articles }),
      ...(rule.children === 'refuse' && children > 0 && { children }),
    }
    if (Object.keys(held).length === 0) return
    const parts = [
      ...(held.articles
        ? [`${articles} ${articles === 1 ? 'article' : 'articles'} (articles=unlink or move)`]
        : []),
      ...(held.children
        ? [`${children} ${children === 1 ? 'category' : 'categories'} (children=lift or move)`]
        : []),
    ]
    throw new AppError(kind === 'category' ? 'CATEGORY_NOT_EMPTY' : 'TERM_NOT_EMPTY', {
      detail: `Say what shall become of ${parts.join(' and of ')}`,
      extra: held,
    })
  }

  return { merge, remove }
}

const FAULTS: Faults = {
  CATEGORY_CYCLE: { path: '/into', message: 'stands below the category: move it up first' },
  CATEGORY_TOO_DEEP: { path: '/into', message: `would have more than ${MAX_CATEGORY_DEPTH} levels` },
}

/** @throws VALIDATION_FAILED for a target that is missing, or that no rule asks for. */
function checkRule({ articles = 'refuse', children = 'refuse', into }: RemovalRule) {
  const moves = articles === 'move' || children === 'move'
  if (moves && into === undefined) throw invalid('/into', 'is required to move what is inside')
  if (!moves && into !== undefined) throw invalid('/into', 'goes with articles=move or children=move')
  return { articles, children, into }
}

/**
 * @returns how many articles are left for another request.
 * @throws TOO_MANY_ARTICLES with their number.
 */
function requireMovable({ articles, articlesBelow }: Inside, withBelow: boolean, partial = false): number {
  const own = partial ? Math.min(articles, MAX_MOVED) : articles
  const all = articles > own ? own : own + (withBelow ? articlesBelow : 0)
  if (all <= MAX_MOVED) return articles - own
  const hint = articles > MAX_MOVED ? 'send partial=true until it is done' : 'move what is below it first'
  throw new AppError('TOO_MANY_ARTICLES', {
    detail: `${articles + articlesBelow} articles would change, and one request changes ${MAX_MOVED}: ${hint}`,
    extra: { articles: articles + articlesBelow, limit: MAX_MOVED },
  })
}
