import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Image } from '../domain/article.ts'
import type { AuthorLink } from '../domain/term.ts'
import type { Db } from './client.ts'
import { authors, categories, series, slugs, tags } from './tables/terms.ts'

/** What is written of categories, tags, authors and series alike. Slugs, paths, order, counts and log follow by trigger. */

const TABLES = { category: categories, tag: tags, author: authors, series }
export type NounKind = keyof typeof TABLES

/** The columns that an editor may set, of any kind. */
export interface NounColumns {
  slug?: string
  name?: string
  title?: string
  description?: string
  bio?: string
  cover?: Image | null
  avatar?: Image | null
  links?: AuthorLink[]
  parentId?: string | null
  position?: number
}

/** A row as it is in its table; members that its kind does not have are absent. */
export type NounRow = NounColumns & { id: string; slug: string }

/** The tables are alike in what is done with them here. */
export const tableOf = (kind: NounKind) => TABLES[kind] as typeof categories

/**
 * Makes everybody wait who changes the tree, or derives from it where an article stands: all writers of articles and of
 * their terms. Taken before anything else, for they hold rows while they wait.
 */
export async function lockTree(tx: Db): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('broadsheet.category_tree'))`)
}

/** Makes those wait who change the tree, and them alone. Taken first, as `lockTree` is. */
export async function holdTree(tx: Db): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock_shared(hashtext('broadsheet.category_tree'))`)
}

/** Those who give slugs of a kind take turns, so that a slug that was found free stays so. */
export async function lockSlugs(tx: Db, kind: NounKind): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`broadsheet.slugs.${kind}`}))`)
}

/** @returns those of the slugs that name something of this kind, now or once. */
export async function takenSlugs(tx: Db, kind: NounKind, wanted: readonly string[]): Promise<Set<string>> {
  const rows = await tx
    .select({ slug: slugs.slug })
    .from(slugs)
    .where(and(eq(slugs.kind, kind), eq(slugs.locale, ''), inArray(slugs.slug, [...wanted])))
  return new Set(rows.map(({ slug }) => slug))
}

/**
 * The row that an id or a slug, current or old, names; undefined where there is none. Makes other writers of it wait for
 * the transaction.
 */
export async function lockNoun(
  tx: Db,
  kind: NounKind,
  by: { id: string } | { slug: string },
): Promise<NounRow | undefined> {
  const table = tableOf(kind)
  const id =
    'id' in by
      ? sql`${by.id}::uuid`
      : sql`(select subject_id from slugs where kind = ${kind} and locale = '' and slug = ${by.slug})`
  const [row] = await tx.select().from(table).where(sql`${table.id} = ${id}`).for('no key update')
  return row
}

export async function insertNoun(tx: Db, kind: NounKind, id: string, columns: NounColumns): Promise<void> {
  const values = { ...columns, id, ...(kind === 'category' && { path: [] }) }
  await tx.insert(tableOf(kind)).values(values as typeof categories.$inferInsert)
}

export async function updateNoun(tx: Db, kind: NounKind, id: string, columns: NounColumns): Promise<void> {
  const table = tableOf(kind)
  await tx
    .update(table)
    .set({ ...columns, updatedAt: sql`now()` })
    .where(eq(table.id, id))
}

/** @returns how many articles, whatever their state, stand in a category or below it. */
export async function countBelow(tx: Db, categoryId: string): Promise<number> {
  const [row] = await tx.execute<{ n: number }>(sql`
    select count(distinct ac.article_id)::int as n
    from article_categories ac join categories c on c.id = ac.category_id
    where c.path @> array[${categoryId}::uuid]`)
  return row?.n ?? 0
}
