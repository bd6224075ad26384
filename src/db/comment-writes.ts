import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import type { CommentStatus, ReportResolution, StatusReason } from '../domain/comment.ts'
import type { Db } from './client.ts'
import { type FullCommentRow, fullComments } from './comments.ts'
import { uuidArray } from './statement.ts'
import { commentPrivate, commentReports, comments } from './tables/comments.ts'

/**
 * Makes everybody who changes the thread of this comment wait for the transaction: replies, decisions, edits and
 * their counters all begin here, so none of them can meet in the middle.
 */
export async function lockThread(tx: Db, commentId: string): Promise<void> {
  await tx.execute(sql`
    select from comments root
    where root.id = (select root_id from comments where id = ${commentId}::uuid) for no key update`)
}

/** The same for the threads of several comments, all at once and in one order. */
export async function lockThreads(tx: Db, commentIds: readonly string[]): Promise<void> {
  await tx.execute(sql`
    select from comments root
    where root.id in (select root_id from comments where id = any(${uuidArray(commentIds)}::uuid[]))
    order by root.article_id, root.id for no key update`)
}

export interface NewCommentRow {
  id: string
  articleId: string
  parentId: string | null
  rootId: string
  depth: number
  replyToId: string | null
  status: CommentStatus
  statusReason: StatusReason
  /** All that the rules found. */
  reasons?: StatusReason[]
  decidedBy: string
  /** Left out: nothing above hides it. */
  hiddenBy?: string | null
  authorName: string
  authorUrl: string | null
  authorVerified?: boolean
  body: string
  bodyHtml: string
  bodyText: string
  sandbox: boolean
  /** Left out: now. */
  createdAt?: string
}

export interface NewPrivateRow {
  email: string | null
  ipPrefix: string | null
  ipHmac: Buffer | null
  authorKey: Buffer | null
  /** Left out by importers, who prove nobody. */
  identityKey?: Buffer | null
  bodyHash?: Buffer | null
  receiptNonce: Buffer | null
}

/** Writes a comment and its private side, in one statement. Counters and the change log follow by trigger. */
export async function insertComment(tx: Db, comment: NewCommentRow, hidden: NewPrivateRow): Promise<void> {
  const seen = tx.insert(comments).values(comment)
  const unseen = tx.insert(commentPrivate).values({ commentId: comment.id, ...hidden })
  await tx.execute(sql`with seen as ${seen} ${unseen.getSQL()}`)
}

export interface StatusChange {
  status: CommentStatus
  reason: StatusReason
  /** All that was found, where that is another than before. */
  reasons?: StatusReason[] | undefined
  decidedBy: string
}

/** What goes with a change of state. */
export interface KeptWithStatus {
  /** A person approved these very words. */
  vetted: boolean
  /** What a moderator deletes it from; null for every other change. */
  deletedFrom: CommentStatus | null
}

/** A comment without its words. */
const WORDLESS = { body: '', bodyHtml: '', bodyText: '', scrubbedAt: sql`coalesce(scrubbed_at, now())` }

/** And without an author, or anything that was found about either. */
const NAMELESS = { authorName: '', authorUrl: null, authorVerified: false, reasons: [], vetted: false }

/**
 * Moves a comment from the state and revision that were read to another state. Erased, it has neither words nor name.
 * @returns false where it is no longer in that revision; nothing has changed then.
 */
export async function updateStatus(
  tx: Db,
  id: string,
  revision: number,
  change: StatusChange & KeptWithStatus,
): Promise<boolean> {
  const updated = await tx
    .update(comments)
    .set({
      status: change.status,
      statusReason: change.reason,
      reasons: change.reasons,
      vetted: change.vetted,
      deletedFrom: change.deletedFrom,
      decidedBy: change.decidedBy,
      decidedAt: sql`now()`,
      revision: revision + 1,
      ...(change.status === 'erased' && { ...WORDLESS, ...NAMELESS }),
    })
    .where(and(eq(comments.id, id), eq(comments.revision, revision)))
    .returning({ id: comments.id })
  return updated.length === 1
}

/** What is told of the state of a comment, beside the state. It stays in its revision. */
export async function updateStanding(
  tx: Db,
  id: string,
  standing: { vetted: boolean; statusReason?: StatusReason },
): Promise<void> {
  await tx.update(comments).set(standing).where(eq(comments.id, id))
}

/** What is deleted stays deleted: nobody can bring it back any more. */
export async function keepDeleted(tx: Db, id: string): Promise<void> {
  await tx
    .update(comments)
    .set({ deletedFrom: null })
    .where(and(eq(comments.id, id), isNotNull(comments.deletedFrom)))
}

/** Answers the reports about a comment that are open; their number on the comment follows by trigger. */
export async function resolveReports(tx: Db, id: string, resolution: ReportResolution): Promise<void> {
  await tx
    .update(commentReports)
    .set({ resolution })
    .where(and(eq(commentReports.commentId, id), isNull(commentReports.resolution)))
}

/**
 * Sets what hides everything below a comment: itself, or what hides it. Stops at comments that hide their own
 * replies, which stay hidden by the nearer one.
 */
export async function setHiddenBelow(tx: Db, id: string, hiddenBy: string | null): Promise<void> {
  await tx.execute(sql`
    with recursive below as (
      select c.id, c.status from comments c where c.parent_id = ${id}::uuid
      union all
      select c.id, c.status from comments c join below b on c.parent_id = b.id
      where b.status not in ('rejected', 'spam')
    )
    update comments set hidden_by = ${hiddenBy}::uuid where id in (select id from below)`)
}

export interface TextChange {
  body: string
  bodyHtml: string
  bodyText: string
  /** All that the rules found in them. */
  reasons?: StatusReason[]
}

export interface AuthorChange {
  authorName: string
  authorUrl: string | null
}

/**
 * New words for a comment, as a new revision; the old ones are kept, and nobody has approved the new ones yet.
 * @returns false where the revision is no longer the one that was read.
 */
export async function updateText(
  tx: Db,
  id: string,
  revision: number,
  text: TextChange & Partial<AuthorChange>,
): Promise<boolean> {
  await keepWords(tx, id, revision)
  const updated = await tx
    .update(comments)
    .set({ ...text, vetted: false, editedAt: sql`now()`, revision: revision + 1 })
    .where(and(eq(comments.id, id), eq(comments.revision, revision)))
    .returning({ id: comments.id })
  return updated.length === 1
}

/** Other reasons for the state in which a comment stays: what waits, waits for something else now. */
export async function updateReasons(
  tx: Db,
  id: string,
  reason: StatusReason,
  reasons: StatusReason[] = [reason],
): Promise<void> {
  await tx.update(comments).set({ statusReason: reason, reasons }).where(eq(comments.id, id))
}

/** Another name or address for the author of a comment, as a new revision. @returns false as `updateText`. */
export async function updateAuthor(
  tx: Db,
  id: string,
  revision: number,
  author: AuthorChange,
): Promise<boolean> {
  const updated = await tx
    .update(comments)
    .set({ ...author, revision: revision + 1 })
    .where(and(eq(comments.id, id), eq(comments.revision, revision)))
    .returning({ id: comments.id })
  return updated.length === 1
}

/** What finds the same words again, once they are others. */
export async function updateBodyHash(tx: Db, id: string, bodyHash: Buffer): Promise<void> {
  await tx.update(commentPrivate).set({ bodyHash }).where(eq(commentPrivate.commentId, id))
}

/** @returns how often the words of a comment were replaced. */
export async function countRevisions(tx: Db, id: string): Promise<number> {
  const [row] = await tx.execute<{ n: number }>(
    sql`select count(*)::int as n from comment_revisions where comment_id = ${id}::uuid`,
  )
  return row?.n ?? 0
}

/** Keeps the words that a comment has in this revision, before others replace them; who does is the actor of the transaction. */
async function keepWords(tx: Db, id: string, revision: number): Promise<void> {
  await tx.execute(sql`
    insert into comment_revisions (comment_id, revision, body, replaced_by)
    select id, revision, body, coalesce(nullif(current_setting('broadsheet.actor', true), ''), 'system')
    from comments where id = ${id}::uuid and revision = ${revision}::int`)
}

/** @returns a comment with everything about it, hidden or not. */
export async function readFullComment(db: Db, id: string): Promise<FullCommentRow | undefined> {
  const [row] = await fullComments.run(db, 'only', { ids: uuidArray([id]) })
  return row
}
