import type { Db } from '../db/client.ts'
import { type StatusChange, setHiddenBelow, updateStatus } from '../db/comment-writes.ts'
import type { FullCommentRow } from '../db/comments.ts'
import { isoMoment, isoMomentOrNull } from '../db/statement.ts'
import { AppError } from '../lib/errors.ts'
import type { ModeratedComment } from '../shapes/comments.ts'
import { checkTransition, hidesReplies, type TransitionActor } from './comment-transitions.ts'

/**
 * The one way for a comment to change its state. The thread must be locked and `row` read after that; counters,
 * placeholders and the change log follow by trigger.
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
  const hid = hidesReplies(row.status)
  const hides = hidesReplies(change.status)
  if (hides && !hid) await setHiddenBelow(tx, row.id, row.id)
  if (hid && !hides) await setHiddenBelow(tx, row.id, row.hiddenBy)
  return true
}

export function presentModerated(row: FullCommentRow): ModeratedComment {
  return {
    id: row.id,
    articleId: row.articleId,
    parentId: row.parentId,
    rootId: row.rootId,
    replyToId: row.replyToId,
    depth: row.depth,
    placeholder: null,
    deleted: row.status === 'deleted' || row.status === 'erased',
    author: { name: row.authorName ?? '', url: row.authorUrl },
    html: row.html,
    text: row.text,
    createdAt: isoMoment(row.createdAt),
    editedAt: isoMomentOrNull(row.editedAt),
    replyCount: row.replyCount,
    status: row.status,
    statusReason: row.statusReason,
    revision: row.revision,
    decidedBy: row.decidedBy,
    decidedAt: isoMoment(row.decidedAt),
    hiddenBy: row.hiddenBy,
    source: row.source,
    email: row.email,
    ipPrefix: row.ipPrefix,
  }
}
