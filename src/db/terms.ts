import { type SQL, sql } from 'drizzle-orm'
import type { Image } from '../domain/article.ts'
import type { AuthorLink } from '../domain/term.ts'
import { type PageRow, page, type Side } from './keyset.ts'
import { param, statements } from './statement.ts'
import { type Clock, clockOf, visibleEntry } from './visible.ts'

/** Tags, authors and manual series: named things without a tree, each with a slug and articles. */
export const TERM_KINDS = ['tag', 'author', 'series'] as const
export type TermKind = (typeof TERM_KINDS)[number]

/** Each kind as the statements below answer it. */
export interface TermRows {
  tag: TermRow & { name: string; description: string }
  author: TermRow & { name: string; bio: string; avatar: Image | null; links: AuthorLink[] }
  series: TermRow & { title: string; description: string }
}

interface TermRow {
  id: string
  slug: string
  articleCount: number
}

interface TermSource {
  table: SQL
  /** What a list goes by. */
  label: SQL
  /** Members of the JSON beside id, slug and count. */
  fields: SQL
}

const SOURCES: Record<TermKind, TermSource> = {
  tag: { table: sql`tags`, label: sql`t.name`, fields: sql`'name', t.name, 'description', t.description` },
  author: {
    table: sql`authors`,
    label: sql`t.name`,
    fields: sql`'name', t.name, 'bio', t.bio, 'avatar', t.avatar, 'links', t.links`,
  },
  series: {
    table: sql`series`,
    label: sql`t.title`,
    fields: sql`'title', t.title, 'description', t.description`,
  },
}

/** How many articles of a series are visible. */
export const visibleCount = (series: SQL, clock: Clock): SQL =>
  sql`visible_count(${series}, ${clockOf(clock)})`

const termJson = (kind: TermKind, clock: Clock): SQL => sql`json_build_object(
  'id', t.id, 'slug', t.slug, ${SOURCES[kind].fields}, 'articleCount', ${visibleCount(sql`t.id`, clock)})`

interface FindVariant {
  kind: TermKind
  by: 'id' | 'slug'
  clock: Clock
}

/** One term, by its id or by a slug that it has or had. */
export const findTerm = statements<FindVariant, TermRows[TermKind]>('find_term', ({ kind, by, clock }) => {
  const wanted = by === 'id' ? param.uuid('id') : bySlug(kind)
  return sql`select ${termJson(kind, clock)} as answer from ${SOURCES[kind].table} t where t.id = ${wanted}`
})

/** The id of what a current or old slug names, in the parameter `slug`. */
export const bySlug = (kind: TermKind | 'category'): SQL =>
  sql`(select subject_id from slugs where kind = ${kind} and locale = '' and slug = ${param.text('slug')})`

export interface TermListVariant {
  kind: TermKind
  side: Side
  clock: Clock
  hideEmpty: boolean
  count: 'none' | 'estimated' | 'exact'
}

export interface TermListRow {
  page: PageRow<TermRows[TermKind]>
  count?: number
}

/** Terms that a page looks at, at most, to find some with articles. */
const LOOKED_AT = 1000

/** A page of all terms of a kind, by name. */
export const listTerms = statements<TermListVariant, TermListRow>('list_terms', (variant) => {
  const { kind, side, clock, hideEmpty, count } = variant
  const { table, label } = SOURCES[kind]
  const terms = page({
    table,
    alias: sql`t`,
    where: sql`true`,
    key: sql`${label} collate "und-x-icu"`,
    keyType: 'text',
    id: sql`t.id`,
    order: 'ascending',
    side,
    item: termJson(kind, clock),
    sieve: hideEmpty ? { keep: sql`${visibleCount(sql`t.id`, clock)} > 0`, rows: LOOKED_AT } : undefined,
    params: { limit: 'limit', key: 'cursorKey', id: 'cursorId' },
  })
  const counted = count === 'none' ? sql`` : sql`, 'count', ${COUNTS[count](variant)}`
  return sql`select json_build_object('page', ${terms}${counted}) as answer`
})

type Count = (variant: TermListVariant) => SQL

const COUNTS: Record<'estimated' | 'exact', Count> = {
  exact: ({ kind, clock, hideEmpty }) => {
    // a probe a term: the first entry of a series is its oldest, and so visible as a rule
    const filled = sql` where exists (
      select from series_entries e where e.series_id = t.id and ${visibleEntry(sql`e`, clockOf(clock))})`
    return sql`(select count(*) from ${SOURCES[kind].table} t${hideEmpty ? filled : sql``})`
  },
  estimated: ({ kind, hideEmpty }) =>
    hideEmpty
      ? // as of when each was last written
        sql`(select count(*) from ${SOURCES[kind].table} t
             join series_counts n on n.series_id = t.id where n.article_count > 0)`
      : // beyond some thousands, what the last ANALYZE found
        sql`(select case when n <= 10000 then n else greatest(n,
               (select reltuples::bigint from pg_class where oid = to_regclass(${tableName(kind)}))) end
             from (select count(*) as n from (select from ${SOURCES[kind].table} limit 10001) first) few)`,
}

const tableName = (kind: TermKind): string => (kind === 'series' ? kind : `${kind}s`)
