import { type SQL, sql } from 'drizzle-orm'
import { type AnyPgColumn, customType, timestamp } from 'drizzle-orm/pg-core'

/**
 * A moment, to the millisecond. `timestamptz(3)` because a cursor made from a JavaScript date must name the
 * exact stored value: microseconds would be cut off and the page after it would repeat rows.
 */
export const moment = () => timestamp({ withTimezone: true, precision: 3, mode: 'string' })

export const createdAt = () => moment().notNull().default(sql`now()`)

/** That moments, where there are any, lie in the years 1 to 9999 UTC: what RFC 3339 can write. */
export const inCalendar = (...moments: AnyPgColumn[]): SQL =>
  sql.join(
    moments.map((m) => sql`${m} between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999Z'`),
    sql` and `,
  )

export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' })

export const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' })

/** Only objects go into jsonb: Drizzle turns a bare JSON string such as "10.5" into a number on the way out. */
export type JsonObject = Record<string, unknown>
