import { eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { categories, slugs } from './tables/terms.ts'
import { type NounKind, tableOf } from './term-writes.ts'

/** What becomes of articles, categories and slugs when a category, tag, author or series goes. The caller holds the tree. */

const LINKS: Record<NounKind, { table: SQL; term: SQL }> = {
  category: { table: sql`article_categories`, term: sql`category_id` },
  tag: { table: sql`article_tags`, term: sql`tag_id` },
  author: { table: sql`article_authors`, term: sql`author_id` },
  series: { table: sql`series_articles`, term: sql`series_id` },
}

export interface Inside {
  /** In it, whatever their state. */
  articles: number
  /** Right below it. */
  children: number
  /** In what is below it. */
  articlesBelow: number
}

/** @returns how much stands in a term. */
export async function countInside(tx: Db, kind: NounKind, id: string): Promise<Inside> {
  const { table, term } = LINKS[kind]
  const below =
    kind === 'category'
      ? sql`(select count(*)::int from categories where parent_id = ${id}::uuid) as children,
            (select count(distinct ac.article_id)::int
             from article_categories ac join categories c on c.id = ac.category_id
             where c.path @> array[${id}::uuid] and c.id <> ${id}::uuid) as below`
      : sql`0 as children, 0 as below`
  const [row] = await tx.execute<{ articles: number; children: number; below: number }>(sql`
    select (select count(*)::int from ${table} where ${term} = ${id}::uuid) as articles, ${below}`)
  return { articles: row?.articles ?? 0, children: row?.children ?? 0, articlesBelow: row?.below ?? 0 }
}

/** How many articles stand in one manual series or in the other. */
export async function countInEither(tx: Db, one: string, other: string): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(distinct article_id)::int as count from series_articles
    where series_id in (${one}::uuid, ${other}::uuid)`)
  return row?.count ?? 0
}

/** Gives an editor's choices of neighbours in one term to another one, where that has none of its own. */
export async function moveOverrides(tx: Db, kind: NounKind, from: string, into: string): Promise<void> {
  const names = kind === 'category' ? ['category', 'category-only'] : [kind]
  for (const name of names) {
    await tx.execute(sql`
      update adjacent_overrides o set within = ${`${name}:${into}`}
      where within = ${`${name}:${from}`} and not exists (
        select from adjacent_overrides t
        where t.article_id = o.article_id and t.side = o.side and t.within = ${`${name}:${into}`})`)
  }
}

/** The articles of a term that are taken in hand: all, or the first of them by id. */
async function firstArticles(tx: Db, kind: NounKind, id: string, most: number): Promise<SQL> {
  const { table, term } = LINKS[kind]
  const [last] = await tx.execute<{ id: string }>(sql`
    select article_id as id from ${table} where ${term} = ${id}::uuid
    order by article_id offset ${most - 1}::int limit 1`)
  return last ? sql` and l.article_id <= ${last.id}::uuid` : sql``
}

/** Takes the articles out of a term, `most` of them at most. */
export async function unlinkArticles(tx: Db, kind: NounKind, id: string, most: number): Promise<void> {
  const { table, term } = LINKS[kind]
  const wanted = await firstArticles(tx, kind, id, most)
  await tx.execute(sql`delete from ${table} l where l.${term} = ${id}::uuid${wanted}`)
}

/**
 * Gives the articles of one term to another, `most` of them at most. One that stands in both stands there once, at the
 * better of its two places, so that what was primary stays so. Into a series they come at the end, in their order.
 */
export async function moveArticles(
  tx: Db,
  kind: NounKind,
  from: string,
  into: string,
  most: number,
): Promise<void> {
  const { table, term } = LINKS[kind]
  const wanted = sql`l.${term} = ${from}::uuid${await firstArticles(tx, kind, from, most)}`
  const twin = sql`t.article_id = l.article_id and t.${term} = ${into}::uuid`
  if (kind !== 'series') {
    await tx.execute(sql`
      update ${table} t set position = l.position from ${table} l
      where ${twin} and ${wanted} and l.position < t.position`)
  }
  await tx.execute(
    sql`delete from ${table} l where ${wanted} and exists (select from ${table} t where ${twin})`,
  )
  if (kind === 'series') await appendSeries(tx, from, into)
  else await tx.execute(sql`update ${table} l set ${term} = ${into}::uuid where ${wanted}`)
}

async function appendSeries(tx: Db, from: string, into: string): Promise<void> {
  await tx.execute(sql`
    update series_articles l set series_id = ${into}::uuid, position = n.last + n.rank
    from (
      select article_id, row_number() over (order by position) as rank,
        (select coalesce(max(position), 0) from series_articles where series_id = ${into}::uuid) as last
      from series_articles where series_id = ${from}::uuid
    ) n
    where l.series_id = ${from}::uuid and l.article_id = n.article_id`)
}

/** Hangs the categories right below one below another one, or makes them roots. */
export async function moveChildren(tx: Db, from: string, parentId: string | null): Promise<void> {
  await tx.update(categories).set({ parentId, updatedAt: sql`now()` }).where(eq(categories.parentId, from))
}

/** Every slug that one had names the other from now on. */
export async function moveSlugs(tx: Db, from: string, into: string): Promise<void> {
  await tx.update(slugs).set({ subjectId: into }).where(eq(slugs.subjectId, from))
}

/** Slugs that it still has are free again. */
export async function deleteNoun(tx: Db, kind: NounKind, id: string): Promise<void> {
  const table = tableOf(kind)
  await tx.delete(table).where(eq(table.id, id))
}
