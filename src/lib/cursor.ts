import { createHash } from 'node:crypto'
import { AppError } from './errors.ts'

/** One value of a sort tuple, as JSON holds it. */
export type CursorValue = string | number

export type CursorType = 'moment' | 'uuid' | 'integer' | 'text' | 'serial' | 'snapshot'

const SHAPES: Record<CursorType, (value: unknown) => boolean> = {
  moment: (value) =>
    // Postgres knows neither the year 0 nor the 30th of February, which JavaScript reads as a day of March
    typeof value === 'string' &&
    /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
    !Number.isNaN(Date.parse(value)) &&
    new Date(value).toISOString() === value,
  uuid: (value) => typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
  integer: (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31,
  serial: (value) => typeof value === 'string' && isSerial(value),
  snapshot: (value) => typeof value === 'string' && isSnapshot(value),
  // Postgres holds no U+0000, and a lone surrogate would not come back as it was
  text: (value) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0'),
}

/** A number of a row or of a transaction, as Postgres writes a bigint. */
const isSerial = (text: string): boolean => /^(0|[1-9]\d{0,18})$/.test(text) && BigInt(text) < 2n ** 63n

/** A snapshot as Postgres writes it, `xmin:xmax:xip,…`, which it would take back. */
function isSnapshot(text: string): boolean {
  const [xmin = '', xmax = '', open = '', ...rest] = text.split(':')
  const numbers = [xmin, ...(open === '' ? [] : open.split(',')), xmax]
  if (rest.length > 0 || xmin === '0' || !numbers.every(isSerial)) return false
  const [first = 0n, ...others] = numbers.map(BigInt)
  const last = others.pop() ?? 0n
  return first <= last && others.every((xid, i) => xid >= first && xid < last && xid > (others[i - 1] ?? 0n))
}

/**
 * Names a list by what decides its rows and their order (sort and filters, never the limit), so that a cursor
 * is only taken by the list that gave it.
 */
export function listHash(list: Record<string, unknown>): string {
  const canonical = JSON.stringify(
    Object.entries(list)
      .filter(([, value]) => value !== undefined)
      .sort(),
  )
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 8)
}

/** @returns an opaque position: the sort tuple of a row of the list `hash`. Not signed: it can show nothing that is hidden. */
export function encodeCursor(hash: string, tuple: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([hash, ...tuple])).toString('base64url')
}

/**
 * @param types what the sort tuple is made of, in order.
 * @throws CURSOR_INVALID for anything that `encodeCursor` did not make for the same list.
 */
export function decodeCursor(
  cursor: string,
  hash: string,
  types: readonly CursorType[],
  path: string,
): CursorValue[] {
  const refuse = (message: string) =>
    new AppError('CURSOR_INVALID', { detail: message, errors: [{ path, message }] })
  const parsed = parse(cursor)
  if (!parsed || parsed.length !== types.length + 1) throw refuse('is not a cursor of this API')
  const [cursorHash, ...tuple] = parsed
  if (cursorHash !== hash) throw refuse('belongs to a list with another sort or filter')
  if (!types.every((type, i) => SHAPES[type](tuple[i]))) throw refuse('is not a cursor of this API')
  if (encodeCursor(hash, tuple as CursorValue[]) !== cursor) throw refuse('is not a cursor of this API')
  return tuple as CursorValue[]
}

/** The longest title of an article as a sort key, each letter of it escaped. */
export const CURSOR_MAX = 6000

function parse(cursor: string): unknown[] | undefined {
  if (!/^[\w-]+$/.test(cursor) || cursor.length > CURSOR_MAX) return undefined
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
