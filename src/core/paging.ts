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
  /** Where a page begins and ends, where that is not at its first and last row: rows beyond were looked at and left out. */
  ends?: { first?: string; last?: string }
  /** How many rows the whole list has, where that was asked for. */
  count?: number
}

/** A place in a list: what it is ordered by, and an id, as every list of this API ends its order. */
export interface Position {
  key: string | number
  /** What orders rows with the same key, before the id does; left out where nothing does. */
  further?: (string | number)[]
  id: string
}

export interface PageRequest {
  limit: number
  keyType: KeyType
  /** Of each further key. */
  furtherTypes: readonly KeyType[]
  side: Side
  /** Null at the start. */
  position: Position | null
}

/**
 * @param hash names the list: see `listHash`.
 * @param keyType what the list is ordered by.
 * @param furtherTypes what it is ordered by where the key is the same, before the id.
 * @throws VALIDATION_FAILED for both directions at once, CURSOR_INVALID.
 */
export function readPage(
  { limit = DEFAULT_LIMIT, after, before, fromEnd = false }: PageInput,
  hash: string,
  keyType: KeyType = 'moment',
  furtherTypes: readonly KeyType[] = [],
): PageRequest {
  if (after !== undefined && before !== undefined) throw invalid('/before', 'cannot be combined with after')
  const cursor = after ?? before
  const order = { limit, keyType, furtherTypes }
  if (cursor === undefined) return { ...order, side: fromEnd ? 'end' : 'start', position: null }
  const side = after !== undefined ? 'after' : 'before'
  const tuple = decodeCursor(cursor, hash, [keyType, ...furtherTypes, 'uuid'], `/${side}`)
  const position = {
    key: tuple[0] as string | number,
    further: tuple.slice(1, -1),
    id: tuple.at(-1) as string,
  }
  return { ...order, side, position }
}

/** A page as the statement of a list with one key takes it: one row more, which tells whether the list goes on. */
export const pageParams = ({ limit, position }: PageRequest) => ({
  limit: limit + 1,
  ...(position && { cursorKey: position.key, cursorId: position.id }),
})

/**
 * Turns what the database answered into a slice: cuts the row beyond it, puts the rows in the order of the list,
 * and gives each its cursor.
 */
export function presentPage<Row, Item>(
  { items, beyond, stopped }: PageRow<Row>,
  { limit, side, keyType, furtherTypes }: PageRequest,
  hash: string,
  positionOf: (row: Row) => Position,
  present: (row: Row) => Item,
): Slice<Item> {
  const backward = side === 'before' || side === 'end'
  const full = items.length > limit
  const goesOn = full || Boolean(stopped)
  const rows = items.slice(0, limit)
  if (backward) rows.reverse()
  const types = [keyType, ...furtherTypes]
  const cursorAt = ({ key, further = [], id }: Position) =>
    encodeCursor(hash, [...[key, ...further].map((value, i) => canonical(value, types[i])), id])
  return {
    nodes: rows.map(present),
    cursors: rows.map((row) => cursorAt(positionOf(row))),
    ...(!full && stopped && { ends: endsAt(cursorAt(stopped), backward, rows.length === 0) }),
    hasNext: backward ? beyond : goesOn,
    hasPrevious: backward ? goesOn : beyond,
  }
}

/** A moment comes as JSON from Postgres writes it, and stands in cursors in the one form that they take. */
const canonical = (value: string | number, type: KeyType | undefined) =>
  type === 'moment' ? isoMoment(String(value)) : value

/** A page without rows lies at one place, before and after which the list goes on. */
function endsAt(stopped: string, backward: boolean, empty: boolean): { first?: string; last?: string } {
  return { ...((backward || empty) && { first: stopped }), ...((!backward || empty) && { last: stopped }) }
}
