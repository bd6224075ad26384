import { type Database, type Db, inTransaction } from '../db/client.ts'
import { lockThreads, updateStanding } from '../db/comment-writes.ts'
import type { FullCommentRow } from '../db/comments.ts'
import {
  type BatchItemRow,
  type BatchRow,
  lockBatch,
  markUndone,
  readBatch,
} from '../db/moderation-batches.ts'
import { isoMoment, isoMomentOrNull } from '../db/statement.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { DecisionResult, DecisionResults, ModerationBatch } from '../shapes/moderation.ts'
import { findComment, transition } from './comment-states.ts'
import { checkRevision, NOTHING_CHANGED, resultOf } from './moderation.ts'
import { actorOf, requireScope } from './viewer.ts'

/** Decisions of one request, which can be undone together. */
export function moderationBatches(db: Database['db']) {
  /** @throws AUTHENTICATION_FAILED, FORBIDDEN, BATCH_NOT_FOUND. */
  async function batch(id: string, viewer: Viewer): Promise<ModerationBatch> {
    requireScope(viewer, 'comments:moderate')
    return presentBatch(await findBatch(db, id))
  }

  /**
   * Takes back the decisions of a batch, any moderator's, for 24 hours: each comment that still has the revision which the
   * batch made stands as it stood before. The others stay as they are, with REVISION_STALE as their result. All in one
   * transaction, so that nothing is half undone and a second undoing finds it done.
   * @returns a result for each decision that the batch holds, in the order of its request.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, BATCH_NOT_FOUND, BATCH_UNDONE, UNDO_WINDOW_CLOSED.
   */
  async function undo(id: string, viewer: Viewer): Promise<DecisionResults> {
    requireScope(viewer, 'comments:moderate')
    const work = async (tx: Db): Promise<DecisionResults> => {
      await lockBatch(tx, id)
      const { items, undoneAt, undoableUntil } = await findBatch(tx, id)
      if (undoneAt !== null) throw new AppError('BATCH_UNDONE')
      if (undoableUntil === null) throw new AppError('UNDO_WINDOW_CLOSED')
      await lockThreads(
        tx,
        items.map(({ commentId }) => commentId),
      )
      const results = await undoAll(tx, items, viewer)
      await markUndone(tx, id)
      return { batchId: id, results }
    }
    return inTransaction(db, actorOf(viewer), work, 'patient')
  }

  return { batch, undo }
}

/** The last decision first: two of a batch may be about one comment. */
async function undoAll(tx: Db, items: BatchItemRow[], viewer: Viewer): Promise<DecisionResult[]> {
  const results: DecisionResult[] = []
  /** The revision to which a comment has come back, as the batch counts them. */
  const revisions = new Map<string, number>()
  for (const item of [...items].reverse()) {
    const result = await resultOf(item, async () => {
      const row = await findComment(tx, item.commentId)
      if (item.revision === NOTHING_CHANGED) return row
      checkRevision(row, item.revision, revisions.get(row.id))
      const moved = await undoOne(tx, row, item, viewer)
      revisions.set(row.id, moved ? item.revision - 1 : item.revision)
      return findComment(tx, row.id)
    })
    results.unshift(result)
  }
  return results
}

/** The log tells that it was undone; then the comment stands for the reason for which it stood. */
async function undoOne(tx: Db, row: FullCommentRow, item: BatchItemRow, viewer: Viewer): Promise<boolean> {
  const change = { status: item.fromStatus, reason: 'undone', decidedBy: actorOf(viewer) } as const
  const moved = await transition(tx, row, change, 'moderator')
  await updateStanding(tx, row.id, { statusReason: item.fromReason, vetted: item.fromVetted })
  return moved
}

async function findBatch(db: Db, id: string): Promise<BatchRow> {
  const row = await readBatch(db, id)
  if (!row) throw new AppError('BATCH_NOT_FOUND')
  return row
}

function presentBatch({ id, actor, createdAt, undoableUntil, undoneAt, items }: BatchRow): ModerationBatch {
  return {
    id,
    createdBy: actor,
    createdAt: isoMoment(createdAt),
    undoableUntil: isoMomentOrNull(undoableUntil),
    undoneAt: isoMomentOrNull(undoneAt),
    items: items.map(({ commentId, fromStatus, fromReason, revision }) => ({
      commentId,
      fromStatus,
      fromReason,
      revision,
    })),
  }
}
