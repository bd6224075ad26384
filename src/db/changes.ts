import { type SQL, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { param, statements } from './statement.ts'

export interface ChangeRow {
  /** As text: it is a bigint. */
  id: string
  xid: string
  at: string
  kind: string
  subjectId: string
  articleId: string | null
  actor: string
  oldPosition: object | null
  newPosition: object | null
  payload: Record<string, unknown>
}

/**
 * How far a tail has read: the snapshot of its last step, as the database writes it (`xmin:xmax:` and the transactions
 * between them that were open). What was committed by then is read; what was open is not, however early its number.
 */
export type TailPosition = string

interface TailRow {
  snapshot: TailPosition
  rows: ChangeRow[]
}

const changeJson = sql`json_build_object(
  'id', c.id::text, 'xid', c.xid::text, 'at', c.at, 'kind', c.kind, 'subjectId', c.subject_id,
  'articleId', c.article_id, 'actor', c.actor,
  'oldPosition', c.old_position, 'newPosition', c.new_position, 'payload', c.payload)`

/**
 * Rows of `changes` under the alias `c` that were not committed at a position. The horizon finds them in an index;
 * above it there may be others, of transactions that were over while an older one was still open.
 */
export const committedSince = (position: SQL): SQL => sql`c.xid >= pg_snapshot_xmin(${position}::pg_snapshot)
    and not pg_visible_in_snapshot(c.xid, ${position}::pg_snapshot)`

export const tailStatement = statements<'only', TailRow>(
  'tail_changes',
  () => sql`
    select json_build_object(
      'snapshot', pg_current_snapshot()::text,
      'rows', coalesce((select json_agg(${changeJson} order by c.id) from changes c
                        where ${committedSince(param.text('position'))}), '[]')) as answer`,
)

export const snapshotStatement = statements<'only', TailPosition>(
  'change_snapshot',
  () => sql`select to_json(pg_current_snapshot()::text) as answer`,
)

/** @returns the position of a tail that starts now: what commits from here on is seen, and nothing else. */
export async function tailFromNow(db: Db): Promise<TailPosition> {
  const [snapshot] = await snapshotStatement.run(db, 'only', {})
  return snapshot as TailPosition
}

/**
 * Every change that committed since `position`, each exactly once, as soon as it is committed: a transaction that
 * stays open hides and delays nobody else's. By id, which is not the order of commit.
 */
export async function tailChanges(
  db: Db,
  position: TailPosition,
): Promise<{ changes: ChangeRow[]; position: TailPosition }> {
  const [row] = await tailStatement.run(db, 'only', { position })
  const { snapshot, rows } = row as TailRow
  return { changes: rows, position: snapshot }
}

/** A place in the stable feed: `(xid, id)` of the last change read. */
export interface FeedPosition {
  xid: string
  id: string
}

export const feedStatement = statements<'only', ChangeRow>(
  'feed_changes',
  () => sql`
    select ${changeJson} as answer from changes c
    where (c.xid, c.id) > (${param.text('xid')}::xid8, ${param.text('id')}::bigint)
      and c.xid < pg_snapshot_xmin(pg_current_snapshot())
    order by c.xid, c.id limit ${param.integer('limit')}`,
)

/**
 * The stable prefix of the log, in an order that never changes afterwards: nothing can appear before what was
 * read. A transaction that stays open holds back what began after it.
 * @returns at most `limit` changes after `position`, in `(xid, id)` order.
 */
export function feedChanges(db: Db, position: FeedPosition, limit: number): Promise<ChangeRow[]> {
  return feedStatement.run(db, 'only', { ...position, limit })
}
