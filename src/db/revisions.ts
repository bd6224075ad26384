import { sql } from 'drizzle-orm'
import type { ArticleDocument, ArticleStanding } from '../domain/document.ts'
import type { Db } from './client.ts'
import { type PageRow, page, type Side } from './keyset.ts'
import { param, statements } from './statement.ts'

/** A version of an article, without its words. */
export interface RevisionRow {
  articleId: string
  version: number
  state: ArticleStanding
  /** As the change log names whoever wrote it. */
  actor: string
  createdAt: string
}

export interface FullRevisionRow extends RevisionRow {
  document: ArticleDocument
}

const fields = sql`
  'articleId', r.article_id, 'version', r.version, 'state', r.state, 'actor', r.actor, 'createdAt', r.created_at`

/** A version of an article with its document. Params: articleId, version. */
export const oneRevision = statements<'only', FullRevisionRow>(
  'one_revision',
  () => sql`
    select json_build_object(${fields}, 'document', r.document) as answer
    from article_revisions r
    where r.article_id = ${param.uuid('articleId')} and r.version = ${param.integer('version')}`,
)

/** @returns what an article was at a version; undefined where it had no such version. */
export async function readRevision(
  db: Db,
  articleId: string,
  version: number,
): Promise<FullRevisionRow | undefined> {
  const [row] = await oneRevision.run(db, 'only', { articleId, version })
  return row
}

/** The versions of an article, newest first. Params: articleId, limit, cursorKey, cursorId. */
export const listRevisions = statements<{ side: Side }, PageRow<RevisionRow>>(
  'list_revisions',
  ({ side }) => {
    const revisions = page({
      table: sql`article_revisions`,
      alias: sql`r`,
      where: sql`r.article_id = ${param.uuid('articleId')}`,
      key: sql`r.version`,
      keyType: 'integer',
      // no two versions of an article are the same, so that it decides nothing here
      id: sql`r.article_id`,
      order: 'descending',
      side,
      item: sql`json_build_object(${fields})`,
      params: { limit: 'limit', key: 'cursorKey', id: 'cursorId' },
    })
    return sql`select ${revisions} as answer`
  },
)
