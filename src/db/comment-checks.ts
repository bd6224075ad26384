import { eq, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { commentChecks } from './tables/comments.ts'

/** Seconds in which whoever asks keeps a check for itself: longer than the hook may take. */
const LEASE = 30

/** Puts a comment down to be checked by whoever asks next; the transaction that wrote it asks first. */
export async function dueCheck(tx: Db, commentId: string): Promise<void> {
  const nextAt = sql`now() + make_interval(secs => ${LEASE})`
  await tx
    .insert(commentChecks)
    .values({ commentId, nextAt })
    .onConflictDoUpdate({ target: commentChecks.commentId, set: { attempts: 0, nextAt } })
}

/** A comment waits for no check any more. */
export async function forgetCheck(tx: Db, commentId: string): Promise<void> {
  await tx.delete(commentChecks).where(eq(commentChecks.commentId, commentId))
}

/**
 * The check failed: it is due again later.
 * @returns how often it failed by now; 0 where nothing waits any more.
 */
export async function postponeCheck(tx: Db, commentId: string, waits: readonly number[]): Promise<number> {
  const [row] = await tx
    .update(commentChecks)
    .set({
      attempts: sql`attempts + 1`,
      nextAt: sql`now() + make_interval(secs => (${sql.param(`{${waits.join(',')}}`)}::int[])[least(attempts + 1, ${waits.length})])`,
    })
    .where(eq(commentChecks.commentId, commentId))
    .returning({ attempts: commentChecks.attempts })
  return row?.attempts ?? 0
}

/** Takes checks that are due, so that nobody else does meanwhile. @returns ids of comments, at most `limit`. */
export async function takeDueChecks(tx: Db, limit: number): Promise<string[]> {
  const rows = await tx.execute<{ comment_id: string }>(sql`
    update comment_checks set next_at = now() + make_interval(secs => ${LEASE})
    where comment_id in (
      select comment_id from comment_checks where next_at <= now()
      order by next_at limit ${limit} for update skip locked)
    returning comment_id`)
  return rows.map((row) => row.comment_id)
}
