import type { Database, Db } from '../db/client.ts'
import type { PageRow } from '../db/keyset.ts'
import { findTerm, listTerms, type TermKind, type TermRows } from '../db/terms.ts'
import type { Viewer } from '../domain/viewer.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import type { CountMode } from '../shapes/common.ts'
import { readClock } from './clock.ts'
import { NOT_FOUND } from './faults.ts'
import { type PageInput, pageParams, presentPage, readPage, type Slice } from './paging.ts'
import { termRemoval } from './term-removal.ts'
import { termWriting } from './term-writing.ts'

export interface TermsInput extends PageInput {
  hideEmpty?: boolean
  count?: CountMode
  asOf?: string
}

/** What was asked for by a reference, and its current slug where that was an old one. */
export interface FoundTerm<T> {
  term: T
  moved: { slug: string } | null
}

/** Tags, authors or manual series: all three are read and written alike. */
export function termsCore<K extends TermKind>(db: Database['db'], kind: K) {
  /**
   * A page of all, by name, with the number of visible articles of each. One statement.
   * @throws CURSOR_INVALID; AUTHENTICATION_FAILED, FORBIDDEN for `asOf` without the scope content:read.
   */
  async function list(input: TermsInput, viewer: Viewer): Promise<Slice<TermRows[K]>> {
    const { hideEmpty = false, count = 'none', asOf } = input
    const { clock, params } = readClock(asOf, viewer)
    const hash = listHash({ list: kind, hideEmpty, asOf: params['asOf'] })
    const request = readPage(input, hash, 'text')
    const [row] = await listTerms.run(
      db,
      { kind, side: request.side, clock, hideEmpty, count },
      {
        ...params,
        ...pageParams(request),
      },
    )
    if (!row) throw new AppError('INTERNAL')
    const positionOf = (term: TermRows[K]) => ({ key: labelOf(term), id: term.id })
    const slice = presentPage(
      row.page as PageRow<TermRows[K]>,
      request,
      hash,
      positionOf,
      (term: TermRows[K]) => term,
    )
    return { ...slice, ...(row.count !== undefined && { count: row.count }) }
  }

  /**
   * One, by id, slug or old slug. One statement.
   * @throws TAG_NOT_FOUND, AUTHOR_NOT_FOUND, SERIES_NOT_FOUND; AUTHENTICATION_FAILED, FORBIDDEN for `asOf` as `list`.
   */
  async function find(
    ref: string,
    { asOf }: { asOf?: string },
    viewer: Viewer,
  ): Promise<FoundTerm<TermRows[K]>> {
    const { clock, params } = readClock(asOf, viewer)
    const { by, key } = readRef(ref)
    const [row] = await findTerm.run(db, { kind, by, clock }, { ...params, ...key })
    if (!row) throw new AppError(NOT_FOUND[kind])
    return { term: row as TermRows[K], moved: movedTo(row, ref) }
  }

  /** @throws as `find`. */
  async function read(tx: Db, id: string): Promise<TermRows[K]> {
    const [row] = await findTerm.run(tx, { kind, by: 'id', clock: 'now' }, { id })
    if (!row) throw new AppError(NOT_FOUND[kind])
    return row as TermRows[K]
  }

  return { list, find, ...termWriting(db, kind, read), ...termRemoval(db, kind, read) }
}

/** How a reference names a term: by id, or by a slug that it has or had. */
export function readRef(ref: string): { by: 'id' | 'slug'; key: Record<string, string> } {
  return isId(ref) ? { by: 'id', key: { id: ref.toLowerCase() } } : { by: 'slug', key: { slug: ref } }
}

/** The current slug of what was asked for by an old one. */
export function movedTo({ slug }: { slug: string }, ref: string): { slug: string } | null {
  return isId(ref) || slug === ref ? null : { slug }
}

const labelOf = (term: TermRows[TermKind]): string => ('title' in term ? term.title : term.name)
