import { type SQL, sql } from 'drizzle-orm'
import { param } from './statement.ts'

/** The kinds of series that order by time; each but `site` goes by a key: a slug, or a locale. */
export const SERIES_KINDS = ['site', 'category', 'category-only', 'tag', 'author', 'locale'] as const
export type SeriesKind = (typeof SERIES_KINDS)[number]

/**
 * The id of a series as an expression. Null where the slug names nothing; an old slug names what it always did.
 * @param key the name of the placeholder that holds the slug or locale.
 */
export function seriesId(kind: SeriesKind, key: string): SQL {
  switch (kind) {
    case 'site':
      return sql`series_id('site', '')`
    case 'locale':
      return sql`series_id('locale', ${param.text(key)})`
    case 'category-only':
      return sql`series_id('category-only', ${subjectOf('category', key)}::text)`
    default:
      return subjectOf(kind, key)
  }
}

function subjectOf(kind: 'category' | 'tag' | 'author', key: string): SQL {
  return sql`(select subject_id from slugs where kind = ${kind} and locale = '' and slug = ${param.text(key)})`
}
