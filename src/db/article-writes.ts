import { and, eq, ne, sql } from 'drizzle-orm'
import type { ArticleDocument, ArticleStanding } from '../domain/document.ts'
import type { Db } from './client.ts'
import type { ArticleKey } from './references.ts'
import { param, statements, uuidArray } from './statement.ts'
import {
  adjacentOverrides,
  articleAuthors,
  articleCategories,
  articles,
  articleTags,
} from './tables/articles.ts'
import { holdTree } from './term-writes.ts'

/** Everything that a decision about an article depends on. Moments in UTC, with milliseconds. */
export interface EditedRow extends ArticleStanding {
  id: string
  version: number
  document: ArticleDocument
  firstPublishedAt: string | null
  /** The clock of the transaction. */
  now: string
}

/** Drafts and all: who asks has been let in. */
export const editedArticle = statements<{ by: 'id' | 'slug' }, EditedRow>(
  'edited_article',
  ({ by }) => sql`
    select json_build_object(
      'id', a.id, 'version', a.version, 'document', article_document(a), 'status', a.status,
      'publishedAt', iso_moment(a.published_at), 'unpublishAt', iso_moment(a.unpublish_at),
      'firstPublishedAt', iso_moment(a.first_published_at),
      'now', iso_moment(date_trunc('milliseconds', now()))) as answer
    from articles a
    where a.id = ${
      by === 'id'
        ? param.uuid('id')
        : sql`(select subject_id from slugs
               where kind = 'article' and locale = ${param.text('locale')} and slug = ${param.text('slug')})`
    }`,
)

/** @returns the article as an editor writes it, whatever its state; undefined where there is none. */
export async function readEdited(db: Db, key: ArticleKey): Promise<EditedRow | undefined> {
  const [row] = await editedArticle.run(db, { by: 'id' in key ? 'id' : 'slug' }, { ...key })
  return row
}

/**
 * As `readEdited`, and makes other writers of the article wait for the transaction.
 *
 * The category tree is held before the row, as the triggers do: who waited for the tree with an article in hand would
 * stop those whom its next holder waits for. NO KEY UPDATE, because links and entries that name the article may come in
 * meanwhile.
 */
export async function lockArticle(tx: Db, key: ArticleKey): Promise<EditedRow | undefined> {
  await holdTree(tx)
  const wanted =
    'id' in key
      ? sql`${key.id}::uuid`
      : sql`(select subject_id from slugs
             where kind = 'article' and locale = ${key.locale} and slug = ${key.slug})`
  const [held] = await tx.execute<{ id: string }>(
    sql`select id from articles where id = ${wanted} for no key update`,
  )
  // a statement of its own: the one that waited would show the terms as they were before it waited
  return held && readEdited(tx, { id: held.id })
}

export type ArticleColumns = Partial<Omit<typeof articles.$inferInsert, 'id' | 'version' | 'createdAt'>>

export type NewArticleRow = Omit<typeof articles.$inferInsert, 'version' | 'createdAt' | 'updatedAt'>

/** Writes a new article at version 1, without its terms. @throws SLUG_TAKEN, TRANSLATION_EXISTS. */
export async function insertArticle(tx: Db, row: NewArticleRow): Promise<void> {
  await tx.insert(articles).values({ ...row, updatedAt: MILLISECOND, createdAt: MILLISECOND })
}

/** Now, to the millisecond that is not over: rounded, a stored moment could lie ahead of the clock. */
const MILLISECOND = sql`date_trunc('milliseconds', now())`

/**
 * Writes these columns of a locked article as its next version, which `keep_revision` keeps at the end of the
 * transaction. @throws SLUG_TAKEN, TRANSLATION_EXISTS.
 */
export async function updateArticle(tx: Db, id: string, columns: ArticleColumns): Promise<void> {
  await tx
    .update(articles)
    .set({ ...columns, version: sql`${articles.version} + 1`, updatedAt: MILLISECOND })
    .where(eq(articles.id, id))
}

/** Removes an article with all that belongs to it. Its slugs are free again. */
export async function deleteArticle(tx: Db, id: string): Promise<void> {
  await tx.delete(articles).where(eq(articles.id, id))
}

const LINKS = {
  authors: { table: articleAuthors, term: sql`author_id` },
  categories: { table: articleCategories, term: sql`category_id` },
  tags: { table: articleTags, term: sql`tag_id` },
} as const

export type LinkKind = keyof typeof LINKS

/** Gives an article these terms, in this order. What stays where it is is not written. */
export async function setLinks(
  tx: Db,
  kind: LinkKind,
  articleId: string,
  ids: readonly string[],
): Promise<void> {
  const { table, term } = LINKS[kind]
  const wanted = sql`${uuidArray(ids)}::uuid[]`
  await tx.execute(sql`
    delete from ${table} where article_id = ${articleId}::uuid and ${term} <> all (${wanted})`)
  if (ids.length === 0) return
  await tx.execute(sql`
    insert into ${table} as l (article_id, ${term}, position)
    select ${articleId}::uuid, w.id, w.n - 1 from unnest(${wanted}) with ordinality as w(id, n)
    on conflict (article_id, ${term}) do update set position = excluded.position
    where l.position <> excluded.position`)
}

export interface OverrideRow {
  /** By ids: see `adjacentOverrides`. */
  within: string
  side: 'previous' | 'next'
  target: string
}

/** Gives an article these neighbours in place of those by order. What stays is not written. */
export async function setOverrides(tx: Db, articleId: string, rows: readonly OverrideRow[]): Promise<void> {
  const wanted = sql`json_to_recordset(${JSON.stringify(rows)}::json) as w(within text, side text, target uuid)`
  await tx.execute(sql`
    delete from ${adjacentOverrides} o where o.article_id = ${articleId}::uuid
      and not exists (select from ${wanted} where w.within = o.within and w.side = o.side)`)
  if (rows.length === 0) return
  await tx.execute(sql`
    insert into ${adjacentOverrides} as o (article_id, within, side, target_id)
    select ${articleId}::uuid, w.within, w.side, w.target from ${wanted}
    on conflict (article_id, series_id, side) do update set target_id = excluded.target_id
    where o.target_id <> excluded.target_id`)
}

/**
 * The group of translations that an article leads or belongs to, for one more to join. The article is locked; where
 * it had no translation it leads them from now on. @returns undefined where it is gone.
 */
export async function joinTranslations(tx: Db, originalId: string): Promise<string | undefined> {
  const [row] = await tx
    .select({ group: articles.translationGroup })
    .from(articles)
    .where(eq(articles.id, originalId))
    .for('no key update')
  if (!row) return undefined
  if (row.group !== null) return row.group
  await tx.update(articles).set({ translationGroup: originalId }).where(eq(articles.id, originalId))
  return originalId
}

/** @returns whether other articles are translations of this one. */
export async function hasTranslations(tx: Db, id: string): Promise<boolean> {
  const rows = await tx
    .select({ id: articles.id })
    .from(articles)
    .where(and(eq(articles.translationGroup, id), ne(articles.id, id)))
    .limit(1)
  return rows.length > 0
}

/**
 * Lets those who join articles as translations take turns: each locks the one and then the other, in whichever order they
 * are named. To be taken before any row.
 */
export async function holdTranslations(tx: Db): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('broadsheet.translations'))`)
}

/** Makes others who choose a slug from the same words wait for the transaction. */
export async function lockSlugChoice(tx: Db, locale: string, base: string): Promise<void> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`broadsheet.slug\n${locale}\n${base}`}, 0))`,
  )
}
