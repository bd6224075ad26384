import { type Database, inTransaction } from '../db/client.ts'
import { lockThread } from '../db/comment-writes.ts'
import type { FullCommentRow } from '../db/comments.ts'
import type { CommentStatus, StatusReason } from '../domain/comment.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { Decision, DecisionAction, DecisionResult } from '../shapes/comments.ts'
import { findComment, transition, vouchFor } from './comment-states.ts'
import { invalidTransition, transitionsFrom } from './comment-transitions.ts'
import { presentModerated } from './comment-views.ts'
import { actorOf, requireScope } from './viewer.ts'

const TARGETS: Record<Exclude<DecisionAction, 'restore'>, CommentStatus> = {
  approve: 'approved',
  reject: 'rejected',
  spam: 'spam',
  hold: 'pending',
  delete: 'deleted',
}

export function moderationCore(db: Database['db']) {
  /**
   * Decides up to 100 comments, each on its own: one that fails changes nothing and stops no other.
   * @returns a result for each decision, in their order. @throws AUTHENTICATION_FAILED, FORBIDDEN.
   */
  async function decide(decisions: readonly Decision[], viewer: Viewer): Promise<DecisionResult[]> {
    requireScope(viewer, 'comments:moderate')
    const results: DecisionResult[] = []
    // one after the other: two decisions of a batch may be about one thread
    for (const decision of decisions) results.push(await decideOne(decision, viewer))
    return results
  }

  async function decideOne(decision: Decision, viewer: Viewer): Promise<DecisionResult> {
    try {
      const comment = await inTransaction(db, actorOf(viewer), async (tx) => {
        const id = decision.commentId.toLowerCase()
        await lockThread(tx, id)
        const row = await findComment(tx, id)
        const status = targetOf(decision.action, row)
        // deciding what is already decided so is no conflict, whatever the revision
        if (row.status !== status && row.revision !== decision.revision) {
          throw new AppError('REVISION_STALE', {
            detail: `The comment is now ${row.status}, revision ${row.revision}`,
          })
        }
        const change = { status, reason: reasonOf(decision), decidedBy: actorOf(viewer) }
        const moved = await transition(tx, row, change, 'moderator')
        // words that the moderator has not seen are not vouched for
        if (!moved && row.revision === decision.revision) await vouchFor(tx, row)
        return findComment(tx, id)
      })
      return {
        commentId: decision.commentId,
        ok: true,
        comment: presentModerated(comment),
        code: null,
        detail: null,
      }
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error
      return {
        commentId: decision.commentId,
        ok: false,
        comment: null,
        code: error.code,
        detail: error.message,
      }
    }
  }

  return { decide }
}

/** @throws INVALID_TRANSITION for what cannot be restored: nobody deleted it, its author did, or too long ago. */
function targetOf(action: DecisionAction, row: FullCommentRow): CommentStatus {
  if (action !== 'restore') return TARGETS[action]
  if (row.restorableTo) return row.restorableTo
  throw invalidTransition(row.status, transitionsFrom(row, 'moderator'), 'back to where it was')
}

/** @throws VALIDATION_FAILED where a rejection gives no reason. */
function reasonOf({ action, reasonCode }: Decision): StatusReason {
  if (action === 'reject' && !reasonCode) {
    throw new AppError('VALIDATION_FAILED', { detail: 'reasonCode is required to reject' })
  }
  return reasonCode ?? 'moderator'
}
