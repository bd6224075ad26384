import { and, eq, inArray, ne, or, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { articles } from './tables/articles.ts'
import { authors, categories, series, slugs, tags } from './tables/terms.ts'

const SUBJECTS = { article: articles, author: authors, category: categories, tag: tags, series }
export type SubjectKind = keyof typeof SUBJECTS

/** An article as a caller names it. */
export type ArticleKey = { id: string } | { locale: string; slug: string }

export interface SlugName {
  kind: SubjectKind
  /** Of an article; '' for the other kinds. */
  locale: string
  slug: string
}

export interface NamedSubject extends SlugName {
  id: string
}

/** @returns what these slugs, current or old, name; nothing for those that name nothing. */
export async function subjectsBySlug(db: Db, names: readonly SlugName[]): Promise<NamedSubject[]> {
  if (names.length === 0) return []
  return db
    .select({ kind: slugs.kind, locale: slugs.locale, slug: slugs.slug, id: slugs.subjectId })
    .from(slugs)
    .where(
      or(
        ...names.map(({ kind, locale, slug }) =>
          and(eq(slugs.kind, kind), eq(slugs.locale, locale), eq(slugs.slug, slug)),
        ),
      ),
    )
}

/** @returns the articles that a slug, current or old, names in the other languages. */
export async function articlesElsewhere(db: Db, locale: string, slug: string): Promise<string[]> {
  const rows = await db
    .select({ id: slugs.subjectId })
    .from(slugs)
    .where(
      and(
        eq(slugs.kind, 'article'),
        // the languages one by one, so that each is a step into the key
        inArray(slugs.locale, sql`(select * from locales_in_use())`),
        ne(slugs.locale, locale),
        eq(slugs.slug, slug),
      ),
    )
    .groupBy(slugs.subjectId)
  return rows.map(({ id }) => id)
}

/** @returns those of the ids that are there; they cannot be deleted before the transaction ends. */
export async function holdSubjects(
  tx: Db,
  kind: SubjectKind,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const table = SUBJECTS[kind] as typeof tags
  const rows = await tx
    .select({ id: table.id })
    .from(table)
    .where(inArray(table.id, [...ids]))
    .orderBy(table.id)
    .for('key share')
  return new Set(rows.map(({ id }) => id))
}
