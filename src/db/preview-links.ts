import { and, eq, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { type PageRow, page, type Side } from './keyset.ts'
import { param, statements } from './statement.ts'
import { previewLinks } from './tables/articles.ts'

/** Moments as JSON from Postgres has them. */
export interface PreviewLinkRow {
  id: string
  articleId: string
  expiresAt: string
  revokedAt: string | null
  /** Who made it, as the change log names them. */
  actor: string
  createdAt: string
}

const fields = sql`
  'id', p.id, 'articleId', p.article_id, 'expiresAt', p.expires_at, 'revokedAt', p.revoked_at,
  'actor', p.actor, 'createdAt', p.created_at`

/** A link, whatever its state. Params: id. */
export const onePreviewLink = statements<'only', PreviewLinkRow>(
  'one_preview_link',
  () =>
    sql`select json_build_object(${fields}) as answer from preview_links p where p.id = ${param.uuid('id')}`,
)

/** Writes a link that ends so many seconds from now. */
export async function insertPreviewLink(
  tx: Db,
  { seconds, ...row }: { id: string; articleId: string; seconds: number; actor: string },
): Promise<void> {
  const expiresAt = sql`now() + make_interval(secs => ${seconds})`
  await tx.insert(previewLinks).values({ ...row, expiresAt })
}

export async function readPreviewLink(db: Db, id: string): Promise<PreviewLinkRow | undefined> {
  const [row] = await onePreviewLink.run(db, 'only', { id })
  return row
}

/** The links of an article, newest first. Params: articleId, limit, cursorKey, cursorId. */
export const listPreviewLinks = statements<{ side: Side }, PageRow<PreviewLinkRow>>(
  'list_preview_links',
  ({ side }) => {
    const links = page({
      table: sql`preview_links`,
      alias: sql`p`,
      where: sql`p.article_id = ${param.uuid('articleId')}`,
      key: sql`p.created_at`,
      keyType: 'moment',
      id: sql`p.id`,
      order: 'descending',
      side,
      item: sql`json_build_object(${fields})`,
      params: { limit: 'limit', key: 'cursorKey', id: 'cursorId' },
    })
    return sql`select ${links} as answer`
  },
)

/** The id of the article that a link shows now; no row where it is revoked, over or gone. Params: id, articleId. */
export const livePreviewLink = statements<'only', { articleId: string }>(
  'live_preview_link',
  () => sql`
    select json_build_object('articleId', p.article_id) as answer from preview_links p
    where p.id = ${param.uuid('id')} and p.article_id = ${param.uuid('articleId')}
      and p.revoked_at is null and p.expires_at > now()`,
)

/** Ends a link of an article; once more keeps the first moment. @returns false where there is none. */
export async function revokePreviewLink(tx: Db, articleId: string, id: string): Promise<boolean> {
  const rows = await tx
    .update(previewLinks)
    .set({ revokedAt: sql`coalesce(${previewLinks.revokedAt}, now())` })
    .where(and(eq(previewLinks.id, id), eq(previewLinks.articleId, articleId)))
    .returning({ id: previewLinks.id })
  return rows.length === 1
}
