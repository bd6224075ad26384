import { eq, inArray, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { CommentStatus } from '../domain/comment.ts'
import type { Db } from './client.ts'
import { importSources } from './tables/access.ts'
import { articleAuthors, articleCategories, articles, articleTags } from './tables/articles.ts'
import { comments } from './tables/comments.ts'
import { authors, categories, slugs, tags } from './tables/terms.ts'

/** What the importer writes and looks up. Order, counts, slugs and the change log follow by trigger. */

export type SourceKind = 'article' | 'comment' | 'image'
export type TermKind = 'category' | 'tag' | 'author'
export type ArticleInsert = typeof articles.$inferInsert
export type SourceInsert = typeof importSources.$inferInsert

/** Importers take turns, transaction by transaction: two of them may bring the same terms. */
export async function lockImports(tx: Db): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('broadsheet.import'))`)
}

export interface SourceRow {
  externalId: string
  subjectId: string | null
  fingerprint: Buffer
  coverExternalId: string | null
}

/** @returns what is known of these external ids, by external id. */
export async function findSources(
  db: Db,
  source: string,
  kind: SourceKind,
  externalIds: readonly string[],
): Promise<Map<string, SourceRow>> {
  if (externalIds.length === 0) return new Map()
  const { externalId, subjectId, fingerprint, coverExternalId } = importSources
  const rows = await db
    .select({ externalId, subjectId, fingerprint, coverExternalId })
    .from(importSources)
    .where(
      sql`${importSources.source} = ${source} and ${importSources.kind} = ${kind} and ${inArray(externalId, [...externalIds])}`,
    )
  return new Map(rows.map((row) => [row.externalId, row]))
}

/** Remembers what was read, over what was remembered of it before. */
export async function upsertSources(tx: Db, rows: SourceInsert[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insert(importSources)
    .values(rows)
    .onConflictDoUpdate({
      target: [importSources.source, importSources.kind, importSources.externalId],
      set: {
        subjectId: sql`excluded.subject_id`,
        fingerprint: sql`excluded.fingerprint`,
        coverExternalId: sql`excluded.cover_external_id`,
        imageUrl: sql`excluded.image_url`,
        imageAlt: sql`excluded.image_alt`,
        imageCaption: sql`excluded.image_caption`,
        imageCredit: sql`excluded.image_credit`,
        imageWidth: sql`excluded.image_width`,
        imageHeight: sql`excluded.image_height`,
        importedAt: sql`now()`,
      },
    })
}

const TERMS = { category: categories, tag: tags, author: authors }

/** @returns what these slugs, current or old, name already, by slug. Only articles have a locale. */
export async function slugOwners(
  db: Db,
  kind: TermKind | 'article',
  wanted: readonly string[],
  locale = '',
): Promise<Map<string, string>> {
  if (wanted.length === 0) return new Map()
  const rows = await db
    .select({ slug: slugs.slug, id: slugs.subjectId })
    .from(slugs)
    .where(
      sql`${slugs.kind} = ${kind} and ${slugs.locale} = ${locale} and ${inArray(slugs.slug, [...wanted])}`,
    )
  return new Map(rows.map(({ slug, id }) => [slug, id]))
}

export interface TermInsert {
  id: string
  slug: string
  name: string
  /** Description of a category or tag, bio of an author. */
  text?: string
  parentId?: string | null
}

export async function insertTerm(
  tx: Db,
  kind: TermKind,
  { text = '', parentId, ...row }: TermInsert,
): Promise<void> {
  if (kind === 'category')
    await tx.insert(categories).values({ ...row, description: text, parentId: parentId ?? null, path: [] })
  if (kind === 'tag') await tx.insert(tags).values({ ...row, description: text })
  if (kind === 'author') await tx.insert(authors).values({ ...row, bio: text })
}

type TermWords = Omit<TermInsert, 'id' | 'slug'>

/** Where a term is not as the source says it is. */
function differing(kind: TermKind, id: string, { name, text = '', parentId = null }: TermWords) {
  const { table, words } = tableOf(kind)
  const parent =
    kind === 'category' ? sql`or ${categories.parentId} is distinct from ${parentId}::uuid` : sql``
  return sql`${table.id} = ${id} and ((${table.name}, ${words}) is distinct from (${name}, ${text}) ${parent})`
}

/** Tables of terms are alike, but for the column of the words about them. */
function tableOf(kind: TermKind) {
  return {
    table: TERMS[kind] as typeof tags,
    words: kind === 'author' ? authors.bio : TERMS[kind].description,
  }
}

/** Brings name, text and parent of a term in line. @returns false where they were so already. */
export async function updateTerm(tx: Db, kind: TermKind, id: string, term: TermWords): Promise<boolean> {
  const { name, text = '', parentId = null } = term
  const values = {
    name,
    ...(kind === 'author' ? { bio: text } : { description: text }),
    ...(kind === 'category' && { parentId }),
    updatedAt: sql`now()`,
  }
  const { table } = tableOf(kind)
  const rows = await tx
    .update(table)
    .set(values)
    .where(differing(kind, id, term))
    .returning({ id: table.id })
  return rows.length > 0
}

/** @returns whether `updateTerm` would change something; true too for a term that is not there. */
export async function termDiffers(db: Db, kind: TermKind, id: string, term: TermWords): Promise<boolean> {
  const { table } = tableOf(kind)
  const [differs, present] = await Promise.all([
    db
      .select({ id: table.id })
      .from(table)
      .where(differing(kind, id, term)),
    db.select({ id: table.id }).from(table).where(eq(table.id, id)),
  ])
  return differs.length > 0 || present.length === 0
}

export async function insertArticles(tx: Db, rows: ArticleInsert[]): Promise<void> {
  if (rows.length > 0) await tx.insert(articles).values(rows)
}

/** Saves an article anew; its version grows. @returns false where there is none. */
export async function updateArticle(tx: Db, { id, createdAt: _, ...row }: ArticleInsert): Promise<boolean> {
  const rows = await tx
    .update(articles)
    .set({
      ...row,
      firstPublishedAt: sql`coalesce(${articles.firstPublishedAt}, ${row.firstPublishedAt ?? null}::timestamptz)`,
      version: sql`${articles.version} + 1`,
    })
    .where(eq(articles.id, id))
    .returning({ id: articles.id })
  return rows.length > 0
}

/** The terms of an article, in order. */
export interface ArticleLinks {
  articleId: string
  authors: string[]
  categories: string[]
  tags: string[]
}

/** Sets the terms of articles. `replace` for articles that have some already. */
export async function writeLinks(tx: Db, links: ArticleLinks[], replace: boolean): Promise<void> {
  const ids = links.map(({ articleId }) => articleId)
  const write = async (table: PgTable, articleId: (typeof articleTags)['articleId'], rows: object[]) => {
    if (replace && ids.length > 0) await tx.delete(table).where(inArray(articleId, ids))
    if (rows.length > 0) await tx.insert(table).values(rows)
  }
  const rows = (kind: 'authors' | 'categories' | 'tags', column: string) =>
    links.flatMap((link) =>
      link[kind].map((id, position) => ({ articleId: link.articleId, [column]: id, position })),
    )
  await write(articleAuthors, articleAuthors.articleId as never, rows('authors', 'authorId'))
  await write(articleCategories, articleCategories.articleId as never, rows('categories', 'categoryId'))
  await write(articleTags, articleTags.articleId, rows('tags', 'tagId'))
}

/** Gives every article of a source the image that it names as its cover. @returns how many articles changed. */
export async function resolveCovers(tx: Db, source: string): Promise<number> {
  const rows = await tx.execute<{ id: string }>(sql`
    update articles a set cover = found.cover
    from (
      select article.subject_id, jsonb_build_object('url', image.image_url, 'alt', image.image_alt,
        'width', image.image_width, 'height', image.image_height,
        'caption', image.image_caption, 'credit', image.image_credit) as cover
      from import_sources article
      join import_sources image
        on image.source = article.source and image.kind = 'image' and image.external_id = article.cover_external_id
      where article.source = ${source} and article.kind = 'article'
    ) found
    where a.id = found.subject_id and a.cover is distinct from found.cover
    returning a.id`)
  return rows.length
}

/** Where an imported comment hangs, for the replies to it. */
export interface CommentPlace {
  externalId: string
  id: string
  articleId: string
  parentId: string | null
  rootId: string
  depth: number
  status: CommentStatus
  hiddenBy: string | null
}

/** @returns the places of comments of a source, by external id. */
export async function commentPlaces(
  db: Db,
  source: string,
  externalIds: readonly string[],
): Promise<Map<string, CommentPlace>> {
  if (externalIds.length === 0) return new Map()
  const { id, articleId, parentId, rootId, depth, status, hiddenBy } = comments
  const rows = await db
    .select({
      externalId: importSources.externalId,
      id,
      articleId,
      parentId,
      rootId,
      depth,
      status,
      hiddenBy,
    })
    .from(importSources)
    .innerJoin(comments, eq(comments.id, importSources.subjectId))
    .where(
      sql`${importSources.source} = ${source} and ${importSources.kind} = 'comment' and ${inArray(importSources.externalId, [...externalIds])}`,
    )
  return new Map(rows.map((row) => [row.externalId, row]))
}

/** The place of an article in the order of the whole site. */
export interface SitePlace {
  id: string
  title: string
  publishedAt: string
}

interface SitePlaceRow extends SitePlace {
  [column: string]: unknown
}

/** @returns the published article with this very title, the newest where there are several. */
export async function articleByTitle(db: Db, title: string): Promise<SitePlace | undefined> {
  const [row] = await db.execute<SitePlaceRow>(sql`
    select a.id, a.title, a.published_at as "publishedAt" from articles a
    where a.title = ${title} and a.status = 'published' order by a.published_at desc, a.id desc limit 1`)
  return row
}

/** @returns the place of an article that has a date, public or not. */
export async function articlePlace(db: Db, articleId: string): Promise<SitePlace | undefined> {
  const [row] = await db.execute<SitePlaceRow>(sql`
    select a.id, a.title, a.published_at as "publishedAt" from articles a
    where a.id = ${articleId}::uuid and a.published_at is not null`)
  return row
}

/** @returns the published articles right before and right after one in the order of the site, in time or to come. */
export async function siteNeighbours(
  db: Db,
  articleId: string,
): Promise<{ previous: SitePlace | undefined; next: SitePlace | undefined }> {
  const step = async (comparison: ReturnType<typeof sql>, direction: ReturnType<typeof sql>) => {
    const [row] = await db.execute<SitePlaceRow>(sql`
      select a.id, a.title, e.published_at as "publishedAt"
      from series_entries me
      join series_entries e on e.series_id = me.series_id and (e.published_at, e.article_id) ${comparison} (me.published_at, me.article_id)
      join articles a on a.id = e.article_id
      where me.article_id = ${articleId}::uuid and me.series_id = series_id('site', '')
      order by e.published_at ${direction}, e.article_id ${direction} limit 1`)
    return row
  }
  return { previous: await step(sql`<`, sql`desc`), next: await step(sql`>`, sql`asc`) }
}
