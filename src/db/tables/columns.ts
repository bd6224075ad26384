import { sql } from 'drizzle-orm'
import { customType, timestamp } from 'drizzle-orm/pg-core'

/**
 * A moment, to the millisecond. `timestamptz(3)` because a cursor made from a JavaScript date must name the
 * exact stored value: microseconds would be cut off and the page after it would repeat rows.
 */
export const moment = () => timestamp({ withTimezone: true, precision: 3, mode: 'string' })

export const createdAt = () => moment().notNull().default(sql`now()`)

export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

export const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' })

/** Only objects go into jsonb: Drizzle turns a bare JSON string such as "10.5" into a number on the way out. */
export type JsonObject = Record<string, unknown>
