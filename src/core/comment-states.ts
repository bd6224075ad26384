import type { Db } from '../db/client.ts'
import {
  readFullComment,
  resolveReports,
  type StatusChange,
  setHiddenBelow,
  updateStanding,
  updateStatus,
} from '../db/comment-writes.ts'
import type { FullCommentRow } from '../db/comments.ts'
import { deleteBare, deleteTraces, type Traces } from '../db/traces.ts'
import type { CommentStatus, ReportResolution } from '../domain/comment.ts'
import { AppError } from '../lib/errors.ts'
import { checkTransition, hidesReplies, type TransitionActor } from './comment-transitions.ts'

/** How a person's decision answers the reports about a comment; on hold, they go on waiting. */
const RESOLUTIONS: Partial<Record<CommentStatus, ReportResolution>> = {
  approved: 'dismissed',
  rejected: 'upheld',
  spam: 'upheld',
  deleted: 'upheld',
}

/**
 * The one way for a comment to change its state. The thread must be locked and `row` read after that; counters,
 * placeholders and the change log follow by trigger. What is erased leaves nothing but its place. A moderator also
 * answers the open reports, and vouches for what is approved.
 * @returns false where it was in that state already: nothing is written, nothing announced.
 * @throws INVALID_TRANSITION, REVISION_STALE.
 */
export async function transition(
  tx: Db,
  row: FullCommentRow,
  change: StatusChange,
  actor: TransitionActor,
): Promise<boolean> {
  checkTransition(row, change.status, actor)
  if (row.status === change.status) return false
  await move(tx, row, change, actor === 'moderator')
  return true
}

/** @returns what other tables knew of what is erased now. */
async function move(
  tx: Db,
  row: FullCommentRow,
  change: StatusChange,
  byModerator: boolean,
): Promise<Traces> {
  const kept = {
    vetted: byModerator ? change.status === 'approved' : row.vetted,
    deletedFrom: byModerator && change.status === 'deleted' ? row.status : null,
  }
  if (!(await updateStatus(tx, row.id, row.revision, { ...change, ...kept })))
    throw new AppError('REVISION_STALE')
  const resolution = byModerator && RESOLUTIONS[change.status]
  if (resolution) await resolveReports(tx, row.id, resolution)
  const hid = hidesReplies(row.status)
  const hides = hidesReplies(change.status)
  if (hides && !hid) await setHiddenBelow(tx, row.id, row.id)
  if (hid && !hides) await setHiddenBelow(tx, row.id, row.hiddenBy)
  return change.status === 'erased' ? deleteTraces(tx, row.id) : {}
}

/**
 * Erases a comment, in whatever state: its words, its author, and all that other tables know of either. Its place stays while
 * something hangs below it; then it goes altogether, and so do erased ones above that held nothing else. The thread must be
 * locked and `row` read after that.
 * @returns the rows changed or taken away, by store.
 */
export async function erase(tx: Db, row: FullCommentRow, decidedBy: string): Promise<Traces> {
  const fresh = row.status !== 'erased'
  const traces = fresh
    ? await move(tx, row, { status: 'erased', reason: 'erased', decidedBy }, false)
    : await deleteTraces(tx, row.id)
  for (let bare: string | null | undefined = row.id; bare; ) bare = await deleteBare(tx, bare)
  return { comments: fresh ? 1 : 0, ...traces }
}

/**
 * A moderator lets stand what is approved: vouches for these words, and answers the reports about them. No change of state.
 * The thread must be locked and `row` read after that. @returns false where that has been done: nothing is written.
 */
export async function vouchFor(tx: Db, row: FullCommentRow): Promise<boolean> {
  if (row.status !== 'approved' || (row.vetted && row.reportCount === 0)) return false
  if (!row.vetted) await updateStanding(tx, row.id, { vetted: true })
  if (row.reportCount > 0) await resolveReports(tx, row.id, 'dismissed')
  return true
}

/** A comment with everything about it. @throws COMMENT_NOT_FOUND. */
export async function findComment(db: Db, id: string): Promise<FullCommentRow> {
  const row = await readFullComment(db, id)
  if (!row) throw new AppError('COMMENT_NOT_FOUND')
  return row
}
