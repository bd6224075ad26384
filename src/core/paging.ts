import type { KeyType, PageRow, Side } from '../db/keyset.ts'
import { isoMoment } from '../db/statement.ts'
import { decodeCursor, encodeCursor } from '../lib/cursor.ts'
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

/** A place in a list: what it is ordered by, and an id, as every list of this API ends its order. */
export interface Position {
  key: string | number
  id: string
}

export interface PageRequest {
  limit: number
  keyType: KeyType
  side: Side
  /** Null at the start. */
  position: Position | null
}

/**
 * @param hash names the list: see `listHash`.
 * @param keyType what the list is ordered by.
 * @throws VALIDATION_FAILED for both directions at once, CURSOR_INVALID.
 */
export function readPage(
  { limit = DEFAULT_LIMIT, after, before, fromEnd = false }: PageInput,
  hash: string,
  keyType: KeyType = 'moment',
): PageRequest {
  if (after !== undefined && before !== undefined) throw invalid('/before', 'cannot be combined with after')
  const cursor = after ?? before
  if (cursor === undefined) return { limit, keyType, side: fromEnd ? 'end' : 'start', position: null }
  const side = after !== undefined ? 'after' : 'before'
  const [key, id] = decodeCursor(cursor, hash, [keyType, 'uuid'], `/${side}`)
  return { limit, keyType, side, position: { key: key as string | number, id: id as string } }
}

/**
 * Turns what the database answered into a slice: cuts the row beyond it, puts the rows in the order of the list,
 * and gives each its cursor.
 */
export function presentPage<Row, Item>(
  { items, beyond }: PageRow<Row>,
  { limit, side, keyType }: PageRequest,
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
      const { key, id } = positionOf(row)
      return encodeCursor(hash, [keyType === 'moment' ? isoMoment(String(key)) : key, id])
    }),
    hasNext: backward ? beyond : goesOn,
    hasPrevious: backward ? goesOn : beyond,
  }
}
