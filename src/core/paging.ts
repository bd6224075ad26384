import type { PageRow, Side } from '../db/keyset.ts'
import { isoMoment } from '../db/statement.ts'
import { type CursorType, decodeCursor, encodeCursor } from '../lib/cursor.ts'
import { invalid } from '../lib/errors.ts'
import { DEFAULT_LIMIT } from '../shapes/common.ts'

export interface PageInput {
  limit?: number
  after?: string
  before?: string
  /** The last page, where no cursor is given. */
  fromEnd?: boolean
}

/** A part of a list, in its order, each row with the cursor that names its place. */
export interface Slice<T> {
  nodes: T[]
  cursors: string[]
  hasNext: boolean
  hasPrevious: boolean
}

/** A place in a list: a moment and an id, as every list of this API ends its order. */
export interface Position {
  time: string
  id: string
}

export interface PageRequest {
  limit: number
  side: Side
  /** Null at the start. */
  position: Position | null
}

/** Sort tuple of every list: docs/adr/0002. */
const TUPLE: CursorType[] = ['moment', 'uuid']

/**
 * @param hash names the list: see `listHash`.
 * @throws VALIDATION_FAILED for both directions at once, CURSOR_INVALID.
 */
export function readPage(
  { limit = DEFAULT_LIMIT, after, before, fromEnd = false }: PageInput,
  hash: string,
): PageRequest {
  if (after !== undefined && before !== undefined) throw invalid('/before', 'cannot be combined with after')
  const cursor = after ?? before
  if (cursor === undefined) return { limit, side: fromEnd ? 'end' : 'start', position: null }
  const side = after !== undefined ? 'after' : 'before'
  const [time, id] = decodeCursor(cursor, hash, TUPLE, `/${side}`) as [string, string]
  return { limit, side, position: { time, id } }
}

/**
 * Turns what the database answered into a slice: cuts the row beyond it, puts the rows in the order of the list,
 * and gives each its cursor.
 */
export function presentPage<Row, Item>(
  { items, beyond }: PageRow<Row>,
  { limit, side }: PageRequest,
  hash: string,
  positionOf: (row: Row) => Position,
  present: (row: Row) => Item,
): Slice<Item> {
  const backward = side === 'before' || side === 'end'
  const goesOn = items.length > limit
  const rows = items.slice(0, limit)
  if (backward) rows.reverse()
  return {
    nodes: rows.map(present),
    cursors: rows.map((row) => {
      const { time, id } = positionOf(row)
      return encodeCursor(hash, [isoMoment(time), id])
    }),
    hasNext: backward ? beyond : goesOn,
    hasPrevious: backward ? goesOn : beyond,
  }
}
