import { type SQL, sql } from 'drizzle-orm'
import { param } from './statement.ts'

/**
 * The moment at which a statement looks: its own, or one that an editor asks for, in the parameter `asOf`. No timer takes
 * part: what appears or vanishes at a time does so because every read asks the clock.
 */
export type Clock = 'now' | 'asOf'

export const clockOf = (clock: Clock): SQL => (clock === 'now' ? NOW : param.moment('asOf'))

export const NOW = sql`now()`

/**
 * What the public may see at a moment: published, its time has come, and it has not gone. Every read goes through one of
 * these.
 */

/** For a row of `articles` under the alias `a`. */
export const visibleArticle = (a: SQL, clock: SQL = NOW): SQL =>
  sql`${a}.status = 'published' and ${visibleEntry(a, clock)}`

/**
 * For a row of `series_entries` under the alias `e`: only published articles have entries.
 * @param published the date of the entry, where a walk along its index must not begin at it: see `offIndex`.
 */
export const visibleEntry = (e: SQL, clock: SQL = NOW, published: SQL = sql`${e}.published_at`): SQL =>
  sql`${published} <= ${clock} and (${e}.unpublish_at is null or ${e}.unpublish_at > ${clock})`

/** For a row of `comments`: stands in lists, in full or as a placeholder. The article must be visible as well. */
export const listedComment = (c: SQL): SQL => sql`${c}.listed`

/** The status of a row of `articles` as it is told: what is published may still be to come, or be over. */
export const statusAt = (a: SQL, clock: SQL = NOW): SQL => sql`case
    when ${a}.status = 'published' and ${a}.published_at > ${clock} then 'scheduled'
    when ${a}.status = 'published' and ${a}.unpublish_at <= ${clock} then 'expired'
    else ${a}.status end`
