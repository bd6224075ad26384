import { type SQL, sql } from 'drizzle-orm'
import { param } from './statement.ts'

/** Where a page lies from its cursor; `start` and `end`, the first and the last page, have none. */
export type Side = 'start' | 'after' | 'before' | 'end'

export interface KeysetPage {
  /** The table, and the alias under which everything else here names it. */
  table: SQL
  alias: SQL
  /** Which of its rows belong to the list. Bounds of the key at the end where a walk starts have to stand off the index. */
  where: SQL | ((start: WalkStart) => SQL)
  /** The order: a key, then an id that no two rows share. An index must hold both, after the columns of `where`. */
  key: SQL
  keyType: KeyType
  /** What orders rows with the same key, before the id does: columns of the same index, in the same direction. */
  further?: FurtherKey[]
  id: SQL
  order: 'ascending' | 'descending'
  side: Side
  /** JSON of one row. */
  item: SQL
  /**
   * Leaves out rows for which `keep` is false, where no index knows. At most `rows` are looked at: a page may be shorter than
   * asked for, and the list goes on nevertheless.
   */
  sieve?: { keep: SQL; rows: number } | undefined
  /**
   * Where a list holds several values of what stands first in the index: a walk for each of them, merged. As a UNION, a plan
   * reads each part whole (seen).
   */
  split?: { column: SQL; values: readonly string[] } | undefined
  /** Names of the placeholders. */
  params: PageParams
}

/** The end of the key's range at which a walk starts from a cursor; null where it has none, and starts at any bound. */
export type WalkStart = 'low' | 'high' | null

/**
 * A moment that no index knows. Of a bound and a cursor at the same end of a key, a B-tree starts at the bound and walks to
 * the cursor: through half a million rows for a page in the middle of a million (39 times the pages of the first, seen).
 */
export const offIndex = (moment: SQL): SQL => sql`(${moment} + interval '0')`

/** What a list is ordered by: the type of `key` above, as a placeholder takes it and a cursor holds it. */
export type KeyType = 'moment' | 'text' | 'integer'

export interface FurtherKey {
  key: SQL
  type: KeyType
  /** Name of the placeholder. */
  param: string
}

export interface PageParams {
  limit: string
  key: string
  id: string
}

/** A page as `page` answers it. */
export interface PageRow<T> {
  /** In the order of the list, from the far end for `before` and `end`; ask for one more than wanted to learn whether it goes on. */
  items: T[]
  /** True where something lies on the other side of the cursor; through a sieve or not. */
  beyond: boolean
  /** The last row that a sieve looked at, where it looked at as many as it may. */
  stopped?: { key: string | number; further?: (string | number)[]; id: string } | null
}

/**
 * One page of a list, as JSON: the one way in which every list of this API is read. A step into an index and a
 * walk of `limit` rows along it, wherever the page lies. Row comparison, not OR, because only it uses the index.
 */
export function page(list: KeysetPage): SQL {
  const { alias, key, keyType, further = [], id, order, side, item, sieve, params } = list
  const where = (start: WalkStart) => (typeof list.where === 'function' ? list.where(start) : list.where)
  const forward = side === 'start' || side === 'after'
  const ascending = (order === 'ascending') === forward
  const open = side === 'start' || side === 'end'
  const columns = [key, ...further.map((column) => column.key), id]
  const place = sql`(${listed(columns)})`
  const values = further.map((column) => param[column.type](column.param))
  const cursor = sql`(${listed([param[keyType](params.key), ...values, param.uuid(params.id)])})`
  const start = open ? sql`` : sql` and ${place} ${ascending ? sql`>` : sql`<`} ${cursor}`
  // one step back along the index; as EXISTS, a plan that expects many such rows reads the table until it meets one
  const orderBy = (way: SQL) => sql`order by ${listed(columns.map((column) => sql`${column} ${way}`))}`
  const behind = sql`${where(ascending ? 'high' : 'low')} and ${place} ${ascending ? sql`<=` : sql`>=`} ${cursor}`
  const beyond = open
    ? sql`false`
    : sql`(
      select true ${walkOf(list, behind, orderBy(ascending ? sql`desc` : sql`asc`), sql`1`)} limit 1) is not null`
  const along = orderBy(ascending ? sql`asc` : sql`desc`)
  const limit = param.integer(params.limit)
  const ahead = sql`${where(open ? null : ascending ? 'low' : 'high')}${start}`
  const walk = walkOf(list, ahead, along, sieve ? sql`${sieve.rows}::int` : limit)
  const looked = sieve
    ? sql`from (select ${alias}.* ${walk} limit ${sieve.rows}::int) ${alias} where ${sieve.keep} ${along}`
    : walk
  const between =
    further.length > 0 ? sql`, 'further', json_build_array(${listed(columns.slice(1, -1))})` : sql``
  const stopped = sieve
    ? sql`, 'stopped', (
      select json_build_object('key', ${key}${between}, 'id', ${id}) ${walk} offset ${sieve.rows - 1}::int limit 1)`
    : sql``
  // the items are made above the limit: below it, a plan that sorts would make one for every row of the list
  return sql`json_build_object(
    'items', coalesce((
      select json_agg(${item} ${along})
      from (
        select ${alias}.* ${looked} limit ${limit}
      ) ${alias}), '[]'),
    'beyond', ${beyond}${stopped})`
}

/** The rows of a list that `where` leaves, in an order; whoever asks takes no more than `rows` of them. */
function walkOf({ table, alias, split }: KeysetPage, where: SQL, order: SQL, rows: SQL): SQL {
  if (!split) return sql`from ${table} ${alias} where ${where} ${order}`
  return sql`from (
      select ${alias}.* from unnest(${`{${split.values.join(',')}}`}::text[]) part (value) cross join lateral (
        select ${alias}.* from ${table} ${alias} where ${split.column} = part.value and ${where} ${order} limit ${rows}) ${alias}
    ) ${alias} ${order}`
}

const listed = (parts: SQL[]): SQL => sql.join(parts, sql`, `)
