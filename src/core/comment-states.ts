import type { Db } from '../db/client.ts'
import {
  deleteTraces,
  readFullComment,
  type StatusChange,
  setHiddenBelow,
  updateStatus,
} from '../db/comment-writes.ts'
import type { FullCommentRow } from '../db/comments.ts'
import { AppError } from '../lib/errors.ts'
import { checkTransition, hidesReplies, type TransitionActor } from './comment-transitions.ts'

/**
 * The one way for a comment to change its state. The thread must be locked and `row` read after that; counters,
 * placeholders and the change log follow by trigger. What is erased leaves nothing but its place.
 * @returns false where it was in that state already: nothing is written, nothing announced.
 * @throws INVALID_TRANSITION, REVISION_STALE.
 */
export async function transition(
  tx: Db,
  row: FullCommentRow,
  change: StatusChange,
  actor: TransitionActor,
): Promise<boolean> {
  checkTransition(row.status, change.status, actor)
  if (row.status === change.status) return false
  if (!(await updateStatus(tx, row.id, row.revision, change))) throw new AppError('REVISION_STALE')
  if (change.status === 'erased') await deleteTraces(tx, row.id)
  const hid = hidesReplies(row.status)
  const hides = hidesReplies(change.status)
  if (hides && !hid) await setHiddenBelow(tx, row.id, row.id)
  if (hid && !hides) await setHiddenBelow(tx, row.id, row.hiddenBy)
  return true
}

/** A comment with everything about it. @throws COMMENT_NOT_FOUND. */
export async function findComment(db: Db, id: string): Promise<FullCommentRow> {
  const row = await readFullComment(db, id)
  if (!row) throw new AppError('COMMENT_NOT_FOUND')
  return row
}
