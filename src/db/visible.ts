import { type SQL, sql } from 'drizzle-orm'

/**
 * What the public may see, decided by the clock of the statement: published, its time has come, and it has not
 * gone. Every read goes through one of these; no timer takes part.
 */
export const clock = sql`now()`

/** For a row of `articles` under the alias `a`. */
export const visibleArticle = (a: SQL): SQL => sql`${a}.status = 'published' and ${visibleEntry(a)}`

/** For a row of `series_entries` under the alias `e`: only published articles have entries. */
export const visibleEntry = (e: SQL): SQL =>
  sql`${e}.published_at <= ${clock} and (${e}.unpublish_at is null or ${e}.unpublish_at > ${clock})`

/** For a row of `comments`: stands in lists, in full or as a placeholder. The article must be visible as well. */
export const listedComment = (c: SQL): SQL => sql`${c}.listed`
