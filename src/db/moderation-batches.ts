import { and, eq, sql } from 'drizzle-orm'
import type { CommentStatus, StatusReason } from '../domain/comment.ts'
import type { Db } from './client.ts'
import { param, statements } from './statement.ts'
import { moderationBatches, moderationBatchItems } from './tables/moderation.ts'

/** How a comment stood before a decision of a batch, and the revision that the decision made, 0 where it changed nothing. */
export interface BatchItemRow {
  position: number
  commentId: string
  fromStatus: CommentStatus
  fromReason: StatusReason
  fromVetted: boolean
  revision: number
}

/** Moments as JSON from Postgres has them. */
export interface BatchRow {
  id: string
  actor: string
  createdAt: string
  undoneAt: string | null
  /** Until when it can be undone; null where that is over, or was done. */
  undoableUntil: string | null
  /** In the order of the request. */
  items: BatchItemRow[]
}

/** How long a batch can be undone. */
const UNDOABLE = sql`interval '24 hours'`

/** A batch with its items. Params: id. */
export const oneBatch = statements<'only', BatchRow>(
  'one_batch',
  () => sql`
    select json_build_object('id', b.id, 'actor', b.actor, 'createdAt', b.created_at, 'undoneAt', b.undone_at,
      'undoableUntil', case when b.undone_at is null and b.created_at > now() - ${UNDOABLE} then b.created_at + ${UNDOABLE} end,
      'items', (
        select coalesce(json_agg(json_build_object('position', i.position, 'commentId', i.comment_id,
          'fromStatus', i.from_status, 'fromReason', i.from_reason, 'fromVetted', i.from_vetted, 'revision', i.revision)
          order by i.position), '[]')
        from moderation_batch_items i where i.batch_id = b.id)) as answer
    from moderation_batches b where b.id = ${param.uuid('id')}`,
)

export async function readBatch(db: Db, id: string): Promise<BatchRow | undefined> {
  const [row] = await oneBatch.run(db, 'only', { id })
  return row
}

export async function insertBatch(tx: Db, id: string, actor: string): Promise<void> {
  await tx.insert(moderationBatches).values({ id, actor })
}

export async function insertBatchItem(tx: Db, batchId: string, item: BatchItemRow): Promise<void> {
  await tx.insert(moderationBatchItems).values({ batchId, ...item })
}

/** Makes whoever would undo a batch wait for the transaction. @returns its state, or undefined where there is none. */
export async function holdBatch(tx: Db, id: string): Promise<{ undone: boolean } | undefined> {
  const [row] = await tx
    .select({ undone: sql<boolean>`${moderationBatches.undoneAt} is not null` })
    .from(moderationBatches)
    .where(eq(moderationBatches.id, id))
    .for('share')
  return row
}

/** @returns true where a batch holds a decision at this position of its request. */
export async function hasBatchItem(tx: Db, batchId: string, position: number): Promise<boolean> {
  const rows = await tx
    .select({ position: moderationBatchItems.position })
    .from(moderationBatchItems)
    .where(and(eq(moderationBatchItems.batchId, batchId), eq(moderationBatchItems.position, position)))
  return rows.length > 0
}

/** Makes everybody else who would undo a batch, or go on with it, wait for the transaction. */
export async function lockBatch(tx: Db, id: string): Promise<void> {
  await tx
    .select({ id: moderationBatches.id })
    .from(moderationBatches)
    .where(eq(moderationBatches.id, id))
    .for('no key update')
}

/** Notes that a batch is undone, now. */
export async function markUndone(tx: Db, id: string): Promise<void> {
  await tx.update(moderationBatches).set({ undoneAt: sql`now()` }).where(eq(moderationBatches.id, id))
}
