import { type Database, type Db, inTransaction, rehearse } from '../db/client.ts'
import { forgetCheck } from '../db/comment-checks.ts'
import { lockThread, lockThreads, updateAuthor, updateReasons, updateText } from '../db/comment-writes.ts'
import type { FullCommentRow } from '../db/comments.ts'
import { hasBatchItem, holdBatch, insertBatch, insertBatchItem } from '../db/moderation-batches.ts'
import type { CommentStatus, StatusReason } from '../domain/comment.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { ModeratedComment } from '../shapes/comments.ts'
import type { Decision, DecisionAction, DecisionResult, ModeratorEdit } from '../shapes/moderation.ts'
import { waits } from './comment-checks.ts'
import { findComment, transition, vouchFor } from './comment-states.ts'
import { invalidTransition, transitionsFrom } from './comment-transitions.ts'
import { presentModerated } from './comment-views.ts'
import { readBody, readName, readUrl } from './comment-words.ts'
import { type IdempotentRequest, once } from './idempotency.ts'
import { actorOf, requireScope } from './viewer.ts'

const TARGETS: Record<Exclude<DecisionAction, 'restore'>, CommentStatus> = {
  approve: 'approved',
  reject: 'rejected',
  spam: 'spam',
  hold: 'pending',
  delete: 'deleted',
}

/** How decisions came, beside themselves. */
export interface DecisionDelivery {
  viewer: Viewer
  /** From `Idempotency-Key`. */
  idempotencyKey?: string | undefined
  /** Tell what would happen, and write nothing. */
  dryRun?: boolean | undefined
}

export interface Decided {
  /** What was done, to be undone together; null where nothing was. */
  batchId: string | null
  /** One for each decision, in their order. */
  results: DecisionResult[]
  /** The same request came before. */
  replayed: boolean
}

/** The batch of a request. The first decision that succeeds makes it; where the request came before, it is there. */
interface Batch {
  id: string
  made: boolean
  replayed: boolean
}

export function moderationCore(db: Database['db']) {
  /**
   * Decides up to 100 comments, each on its own: one that fails changes nothing and stops no other. A request that comes
   * again under its key finds what it did, and does what it left undone: each decision is remembered in its own transaction.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, IDEMPOTENCY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED.
   */
  async function decide(decisions: readonly Decision[], delivery: DecisionDelivery): Promise<Decided> {
    const { viewer, idempotencyKey: key, dryRun } = delivery
    requireScope(viewer, 'comments:moderate')
    if (dryRun) return { batchId: null, results: await foresee(decisions, viewer), replayed: false }
    const request = key ? { scope: `${actorOf(viewer)}:decisions`, key, content: decisions } : undefined
    let batch: Batch = { id: newId(), made: false, replayed: false }
    const results: DecisionResult[] = []
    // one after the other: two decisions of a batch may be about one thread
    for (const [position, decision] of decisions.entries()) {
      const result = await resultOf(decision, async () => {
        const work = (tx: Db) => decideInBatch(tx, batch, position, decision, { viewer, request })
        const done = await inTransaction(db, actorOf(viewer), work, 'patient')
        batch = done.batch
        return done.comment
      })
      results.push(result)
    }
    return { batchId: batch.made ? batch.id : null, results, replayed: batch.replayed }
  }

  /** Everything is done in its order, in one transaction, and taken back. */
  function foresee(decisions: readonly Decision[], viewer: Viewer): Promise<DecisionResult[]> {
    const work = async (tx: Db) => {
      await lockThreads(
        tx,
        decisions.map(({ commentId }) => commentId),
      )
      const results: DecisionResult[] = []
      for (const decision of decisions) {
        results.push(await resultOf(decision, async () => (await decideOne(tx, decision, viewer)).after))
      }
      return results
    }
    return rehearse(db, actorOf(viewer), work, 'patient')
  }

  /**
   * New words or another name, from a moderator: the same checks of shape as for everybody, none of content. What is asked
   * and is so already changes nothing.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, COMMENT_NOT_FOUND, REVISION_STALE, VALIDATION_FAILED; INVALID_TRANSITION for
   * what has no words any more, or is deleted.
   */
  async function edit(
    id: string,
    { body, author, revision }: ModeratorEdit,
    viewer: Viewer,
  ): Promise<ModeratedComment> {
    requireScope(viewer, 'comments:moderate')
    const text = body === undefined ? undefined : readBody(body)
    const name = author?.name === undefined ? undefined : readName(author.name)
    const url = author?.url === undefined ? undefined : readUrl(author.url)
    return inTransaction(db, actorOf(viewer), async (tx) => {
      await lockThread(tx, id)
      const row = await findComment(tx, id)
      checkRevision(row, revision)
      if (row.status === 'deleted' || row.status === 'erased' || row.scrubbed) {
        throw invalidTransition(row.status, transitionsFrom(row, 'moderator'), 'to other words')
      }
      const authorName = name ?? row.authorName ?? ''
      const authorUrl = url === undefined ? row.authorUrl : url
      const renamed = authorName !== row.authorName || authorUrl !== row.authorUrl
      if (text && text.source !== row.source) {
        const words = { body: text.source, bodyHtml: text.html, bodyText: text.text }
        await updateText(tx, id, row.revision, { ...words, authorName, authorUrl })
      } else if (renamed) await updateAuthor(tx, id, row.revision, { authorName, authorUrl })
      return presentModerated(await findComment(tx, id))
    })
  }

  return { decide, edit }
}

interface How {
  viewer: Viewer
  request: IdempotentRequest | undefined
}

async function decideInBatch(
  tx: Db,
  batch: Batch,
  position: number,
  decision: Decision,
  how: How,
): Promise<{ comment: FullCommentRow; batch: Batch }> {
  if (batch.made) return { comment: await goOn(tx, batch.id, position, decision, how), batch }
  const { viewer, request } = how
  let made = false
  const done = await once(tx, request, async () => {
    const decided = await decideOne(tx, decision, viewer)
    // what comes again under its key must find all that it did; without one, what changed nothing leaves nothing
    made = decided.changed || request !== undefined
    if (made) {
      await insertBatch(tx, batch.id, actorOf(viewer))
      await insertBatchItem(tx, batch.id, itemOf(position, decided))
    }
    return { status: 200, subjectId: batch.id }
  })
  const found: Batch = { id: done.subjectId, made: made || done.replayed, replayed: done.replayed }
  if (done.replayed) return { comment: await goOn(tx, found.id, position, decision, how), batch: found }
  return { comment: await findComment(tx, decision.commentId.toLowerCase()), batch: found }
}

/** Decides as part of a batch that is there, unless it has this decision already. */
async function goOn(
  tx: Db,
  batchId: string,
  position: number,
  decision: Decision,
  { viewer, request }: How,
): Promise<FullCommentRow> {
  const batch = await holdBatch(tx, batchId)
  if (!batch) throw new AppError('BATCH_NOT_FOUND')
  const id = decision.commentId.toLowerCase()
  // the same request at the same time: one of the two decides
  await lockThread(tx, id)
  if (await hasBatchItem(tx, batchId, position)) return findComment(tx, id)
  if (batch.undone) throw new AppError('BATCH_UNDONE')
  const decided = await decideOne(tx, decision, viewer)
  if (decided.changed || request) await insertBatchItem(tx, batchId, itemOf(position, decided))
  return decided.after
}

interface DecidedOne {
  /** False where it was decided so already. */
  changed: boolean
  before: FullCommentRow
  after: FullCommentRow
}

/** Stands for the revision of a decision that is remembered for its request alone: there is nothing to undo. */
export const NOTHING_CHANGED = 0

const itemOf = (position: number, { changed, before, after }: DecidedOne) => ({
  position,
  commentId: before.id,
  fromStatus: before.status,
  fromReason: before.statusReason,
  fromVetted: before.vetted,
  revision: changed ? after.revision : NOTHING_CHANGED,
})

/** @throws COMMENT_NOT_FOUND, REVISION_STALE, INVALID_TRANSITION, VALIDATION_FAILED, before anything is written. */
async function decideOne(tx: Db, decision: Decision, viewer: Viewer): Promise<DecidedOne> {
  const id = decision.commentId.toLowerCase()
  await lockThread(tx, id)
  const before = await findComment(tx, id)
  const restores = decision.action === 'restore'
  // deciding what is already decided so is no conflict, whatever the revision
  if (restores || before.status !== TARGETS[decision.action as 'hold'])
    checkRevision(before, decision.revision)
  const status = targetOf(decision.action, before)
  const change = { status, reason: reasonOf(decision), decidedBy: actorOf(viewer) }
  const moved = await transition(tx, before, change, 'moderator')
  // words that the moderator has not seen are not vouched for
  const confirmed = !moved && before.revision === decision.revision && (await confirm(tx, before))
  return { changed: moved || confirmed, before, after: await findComment(tx, id) }
}

/** A moderator decided what was so already. @returns false where that changes nothing. */
async function confirm(tx: Db, row: FullCommentRow): Promise<boolean> {
  if (!waits(row)) return vouchFor(tx, row)
  // what a person holds, no outside check lets go
  await forgetCheck(tx, row.id)
  await updateReasons(tx, row.id, 'moderator')
  return true
}

/** @throws REVISION_STALE where a comment is not any more as it was when somebody decided about it. */
export function checkRevision(row: FullCommentRow, decidedOn: number, now = row.revision): void {
  if (now === decidedOn) return
  throw new AppError('REVISION_STALE', {
    detail: `The comment is now ${row.status}, revision ${row.revision}`,
  })
}

/** Faults of the request as a whole, which are no result of one decision. */
const OF_ALL = ['IDEMPOTENCY_IN_FLIGHT', 'IDEMPOTENCY_KEY_REUSED']

/** What became of the comment of a decision, or why nothing did. @throws what is no refusal of this one decision. */
export async function resultOf(
  { commentId }: { commentId: string },
  work: () => Promise<FullCommentRow>,
): Promise<DecisionResult> {
  try {
    return { commentId, ok: true, comment: presentModerated(await work()), code: null, detail: null }
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500 || OF_ALL.includes(error.code)) throw error
    return { commentId, ok: false, comment: null, code: error.code, detail: error.message }
  }
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
