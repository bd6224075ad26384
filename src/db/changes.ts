import { sql } from 'drizzle-orm'
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

/** How far a tail has read: everything below `horizon`, and beyond it the ids in `seen`. */
export interface TailPosition {
  horizon: string
  seen: ReadonlySet<string>
}

interface TailRow {
  horizon: string
  rows: ChangeRow[]
}

const changeJson = sql`json_build_object(
  'id', c.id::text, 'xid', c.xid::text, 'at', c.at, 'kind', c.kind, 'subjectId', c.subject_id,
  'articleId', c.article_id, 'actor', c.actor,
  'oldPosition', c.old_position, 'newPosition', c.new_position, 'payload', c.payload)`

export const tailStatement = statements<'only', TailRow>(
  'tail_changes',
  () => sql`
    select json_build_object(
      'horizon', pg_snapshot_xmin(pg_current_snapshot())::text,
      'rows', coalesce((select json_agg(${changeJson} order by c.id) from changes c
                        where c.xid >= ${param.text('horizon')}::xid8), '[]')) as answer`,
)

export const horizonStatement = statements<'only', { horizon: string }>(
  'change_horizon',
  () => sql`
    select json_build_object('horizon', pg_snapshot_xmin(pg_current_snapshot())::text) as answer`,
)

/** @returns the position of a tail that starts now: what commits from here on is seen, and perhaps a little before. */
export async function tailFromNow(db: Db): Promise<TailPosition> {
  const [row] = await horizonStatement.run(db, 'only', {})
  return { horizon: (row as { horizon: string }).horizon, seen: new Set() }
}

/**
 * Every change that committed since `position`, each exactly once, as soon as it is committed: a transaction that
 * stays open hides and delays nobody else's. By id, which is not the order of commit.
 */
export async function tailChanges(
  db: Db,
  position: TailPosition,
): Promise<{ changes: ChangeRow[]; position: TailPosition }> {
  const [row] = await tailStatement.run(db, 'only', { horizon: position.horizon })
  const { horizon, rows } = row as TailRow
  return {
    changes: rows.filter(({ id }) => !position.seen.has(id)),
    // what lies below the new horizon is never read again, so only the rest has to be remembered
    position: {
      horizon,
      seen: new Set(rows.filter(({ xid }) => BigInt(xid) >= BigInt(horizon)).map(({ id }) => id)),
    },
  }
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
