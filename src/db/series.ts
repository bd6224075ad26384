import { type SQL, sql } from 'drizzle-orm'
import { param } from './statement.ts'

/** The kinds of series; each but `site` goes by a key: a slug or id, or a locale. */
export const SERIES_KINDS = [
  'site',
  'category',
  'category-only',
  'tag',
  'author',
  'locale',
  'series',
] as const
export type SeriesKind = (typeof SERIES_KINDS)[number]

/** A series as the text of a statement names it; the key is a parameter. */
export interface SeriesVariant {
  kind: SeriesKind
  /** What the key is: a locale counts as a slug. */
  by: 'slug' | 'id'
}

/**
 * The id of a series as an expression. Null where the key names nothing; an old slug names what it always did.
 * @param key the name of the placeholder that holds the slug, id or locale.
 */
export function seriesId({ kind, by }: SeriesVariant, key: string): SQL {
  switch (kind) {
    case 'site':
      return sql`series_id('site', '')`
    case 'locale':
      return sql`series_id('locale', ${param.text(key)})`
    case 'category-only':
      return sql`series_id('category-only', ${subjectOf('category', by, key)}::text)`
    default:
      return subjectOf(kind, by, key)
  }
}

/** The slug that a series now goes by, '' of those that have none. Null where the key names nothing. */
export function currentSlug({ kind, by }: SeriesVariant, key: string): SQL {
  const slugOf = (noun: Noun, table: SQL) =>
    sql`(select slug from ${table} where id = ${subjectOf(noun, by, key)})`
  switch (kind) {
    case 'site':
    case 'locale':
      return sql`''`
    case 'category':
    case 'category-only':
      return slugOf('category', sql`categories`)
    case 'tag':
      return slugOf('tag', sql`tags`)
    case 'author':
      return slugOf('author', sql`authors`)
    case 'series':
      return slugOf('series', sql`series`)
  }
}

/** Manual series stand in an order of their own; all others in that of time, at position 0. */
export const isManual = ({ kind }: SeriesVariant): boolean => kind === 'series'

type Noun = 'category' | 'tag' | 'author' | 'series'

const byId: Record<Noun, (key: SQL) => SQL> = {
  category: (key) => sql`(select id from categories where id = ${key})`,
  tag: (key) => sql`(select id from tags where id = ${key})`,
  author: (key) => sql`(select id from authors where id = ${key})`,
  series: (key) => sql`(select id from series where id = ${key})`,
}

function subjectOf(noun: Noun, by: SeriesVariant['by'], key: string): SQL {
  if (by === 'id') return byId[noun](param.uuid(key))
  return sql`(select subject_id from slugs where kind = ${noun} and locale = '' and slug = ${param.text(key)})`
}
