import { sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { param, statements, uuidArray } from './statement.ts'
import { bySlug } from './terms.ts'
import { statusAt } from './visible.ts'

/** An article in the order of a series, as an editor sees it: hidden ones too. */
export interface PlacedRow {
  id: string
  slug: string
  locale: string
  title: string
  status: 'draft' | 'scheduled' | 'published' | 'expired' | 'archived' | 'trashed'
  publishedAt: string | null
  unpublishAt: string | null
}

/** The whole order of a series by its id or a slug that it has or had; nothing where there is no such series. */
export const seriesOrder = statements<{ by: 'id' | 'slug' }, { articles: PlacedRow[] }>(
  'series_order',
  ({ by }) => sql`
    select json_build_object('articles', (
      select coalesce(json_agg(json_build_object(
        'id', a.id, 'slug', a.slug, 'locale', a.locale, 'title', a.title, 'status', ${statusAt(sql`a`)},
        'publishedAt', a.published_at, 'unpublishAt', a.unpublish_at) order by l.position), '[]')
      from series_articles l join articles a on a.id = l.article_id where l.series_id = t.id)) as answer
    from series t where t.id = ${by === 'id' ? param.uuid('id') : bySlug('series')}`,
)

/** @returns the articles of a series in their order. */
export async function orderOf(tx: Db, seriesId: string): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(
    sql`select article_id as id from series_articles where series_id = ${seriesId}::uuid order by position`,
  )
  return rows.map(({ id }) => id)
}

/** @returns those of the articles that are there, whatever their state. */
export async function articlesThere(tx: Db, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.execute<{ id: string }>(
    sql`select id from articles where id = any(${uuidArray(ids)}::uuid[])`,
  )
  return new Set(rows.map(({ id }) => id))
}

/**
 * Makes other writers of these articles wait, all at once and in one order, for the statements that follow would take them
 * a few at a time. @returns those that are there.
 */
export async function lockArticles(tx: Db, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.execute<{ id: string }>(sql`
    select id from articles where id = any(${uuidArray(ids)}::uuid[]) order by id for no key update`)
  return new Set(rows.map(({ id }) => id))
}

/**
 * Puts a series in this order, from 1 and without holes. Rows that are right stay; the others go and come again, because
 * no two articles may have one place even in between. The caller holds the series and the articles.
 */
export async function writeOrder(tx: Db, seriesId: string, ids: readonly string[]): Promise<void> {
  const wanted = sql`unnest(${uuidArray(ids)}::uuid[]) with ordinality w (id, place)`
  await tx.execute(sql`
    delete from series_articles l where l.series_id = ${seriesId}::uuid
      and not exists (select from ${wanted} where w.id = l.article_id and w.place = l.position)`)
  await tx.execute(sql`
    insert into series_articles (series_id, article_id, position)
    select ${seriesId}::uuid, w.id, w.place from ${wanted}
    where not exists (
      select from series_articles l where l.series_id = ${seriesId}::uuid and l.article_id = w.id)`)
}
