import { type Database, type Db, inTransaction } from '../db/client.ts'
import {
  countBelow,
  insertNoun,
  lockNoun,
  lockSlugs,
  lockTree,
  type NounKind,
  type NounRow,
  takenSlugs,
  updateNoun,
} from '../db/term-writes.ts'
import { MAX_CATEGORIES, MAX_CATEGORY_DEPTH, MAX_MOVED } from '../domain/term.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import { isId, newId } from '../lib/ids.ts'
import { numberedSlug, slugify } from '../lib/text.ts'
import { type Faults, NOT_FOUND, namesNothing, pointing } from './faults.ts'
import { once } from './idempotency.ts'
import { changedColumns, type NounInput, readColumns } from './term-input.ts'
import { actorOf, requireScope } from './viewer.ts'

/** How a new thing reached us. */
export interface Creation {
  viewer: Viewer
  /** From `Idempotency-Key`. */
  idempotencyKey: string | undefined
}

export interface Created<T> {
  answer: T
  /** The same request had been sent before. */
  replayed: boolean
}

/**
 * How categories, tags, authors and series are made and changed.
 * @param read the thing as its own read shows it. @throws where it is not there.
 */
export function termWriting<T>(db: Database['db'], kind: NounKind, read: (db: Db, id: string) => Promise<T>) {
  /**
   * Makes one. Without a slug it gets that of its name, numbered where that is taken.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, VALIDATION_FAILED, SLUG_TAKEN, REFERENCE_NOT_FOUND, CATEGORY_TOO_DEEP,
   * CATEGORY_LIMIT, IDEMPOTENCY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED.
   */
  async function create(input: NounInput, { viewer, idempotencyKey }: Creation): Promise<Created<T>> {
    requireScope(viewer, 'content:write')
    const columns = readColumns(input)
    const request = idempotencyKey
      ? { scope: `${actorOf(viewer)}:create:${kind}`, key: idempotencyKey, content: input }
      : undefined
    return pointing(
      inTransaction(db, actorOf(viewer), async (tx) => {
        const { subjectId, replayed } = await once(tx, request, async () => {
          if (kind === 'category') await lockTree(tx)
          await lockSlugs(tx, kind)
          if (columns.parentId) await requireParent(tx, columns.parentId)
          const id = newId()
          const slug = columns.slug ?? (await freeSlug(tx, input.name ?? input.title ?? ''))
          await insertNoun(tx, kind, id, { ...columns, slug })
          return { status: 201, subjectId: id }
        })
        return { answer: await read(tx, subjectId), replayed }
      }),
      FAULTS,
    )
  }

  /**
   * Changes members of one; what is not named stays. A former slug goes on to name it. A category that gets another parent
   * takes everything below it along.
   * @param ref id or current slug.
   * @throws as `create`, and CATEGORY_NOT_FOUND, TAG_NOT_FOUND…, CATEGORY_CYCLE, TOO_MANY_ARTICLES.
   */
  async function edit(ref: string, patch: NounInput, viewer: Viewer): Promise<T> {
    requireScope(viewer, 'content:write')
    const moves = patch.parentId !== undefined
    return pointing(
      inTransaction(
        db,
        actorOf(viewer),
        async (tx) => {
          if (moves) await lockTree(tx)
          if (patch.slug !== undefined) await lockSlugs(tx, kind)
          const row = await lockNamed(tx, kind, ref)
          const columns = changedColumns(readColumns(patch, row), row)
          if (columns.parentId) await requireParent(tx, columns.parentId)
          if (columns.parentId !== undefined) requireMovable(await countBelow(tx, row.id))
          if (Object.keys(columns).length > 0) await updateNoun(tx, kind, row.id, columns)
          return read(tx, row.id)
        },
        moves ? 'patient' : 'usual',
      ),
      FAULTS,
    )
  }

  /** The first slug of these words that nobody has or had. */
  async function freeSlug(tx: Db, words: string): Promise<string> {
    const base = slugify(words) || kind
    for (let [from, size] = [1, 1]; ; from += size, size = 10 * from) {
      const slugs = Array.from({ length: size }, (_, i) => numberedSlug(base, from + i))
      const taken = await takenSlugs(tx, kind, slugs)
      const free = slugs.find((slug) => !taken.has(slug))
      if (free) return free
    }
  }

  return { create, edit }
}

/**
 * The row that a write means, locked.
 * @throws CATEGORY_NOT_FOUND… also for an old slug: what it means now may be something else than the caller had in mind.
 */
export async function lockNamed(tx: Db, kind: NounKind, ref: string): Promise<NounRow> {
  const row = await lockNoun(tx, kind, isId(ref) ? { id: ref.toLowerCase() } : { slug: ref })
  if (row && (isId(ref) || row.slug === ref)) return row
  throw new AppError(NOT_FOUND[kind], {
    ...(row && { detail: `"${ref}" is an old slug; the current one is "${row.slug}"` }),
  })
}

/** The caller holds the tree. */
async function requireParent(tx: Db, id: string): Promise<void> {
  if (await lockNoun(tx, 'category', { id })) return
  throw namesNothing([{ path: '/parentId', message: 'names no category' }])
}

/** @throws TOO_MANY_ARTICLES with their number. */
function requireMovable(articles: number): void {
  if (articles <= MAX_MOVED) return
  throw new AppError('TOO_MANY_ARTICLES', {
    detail: `${articles} articles stand in the category or below it, and a move takes ${MAX_MOVED}: move what is below it first`,
    extra: { articles, limit: MAX_MOVED },
  })
}

const FAULTS: Faults = {
  SLUG_TAKEN: { path: '/slug', message: 'belongs to something else, or did once' },
  CATEGORY_CYCLE: { path: '/parentId', message: 'is the category itself, or stands below it' },
  CATEGORY_TOO_DEEP: { path: '/parentId', message: `would make more than ${MAX_CATEGORY_DEPTH} levels` },
  CATEGORY_LIMIT: { path: '', message: `there may be ${MAX_CATEGORIES} categories` },
}
