import type { FeedPosition } from '../db/changes.ts'
import type { Db } from '../db/client.ts'
import { type CommentFeedItem, commentFeed } from '../db/comment-changes.ts'
import { isoMoment } from '../db/statement.ts'
import { decodeCursor, encodeCursor, listHash } from '../lib/cursor.ts'
import type { CommentChange, CommentChanges } from '../shapes/comment-changes.ts'
import { DEFAULT_LIMIT } from '../shapes/common.ts'
import { presentComment } from './comment-views.ts'

const FEED = listHash({ list: 'comment changes' })
const BEGINNING: FeedPosition = { xid: '0', id: '0' }

/** The changes of all comments, for whoever keeps a copy of them. */
export function commentFeedCore(db: Db) {
  /**
   * A page of the comments that changed after a cursor, or from the beginning, each as everybody sees it now. A page may
   * be short, or empty, and go on.
   * @throws CURSOR_INVALID. One statement.
   */
  async function changes({ after, limit = DEFAULT_LIMIT }: { after?: string; limit?: number }) {
    const position = after === undefined ? BEGINNING : readPosition(after)
    const { items, end, more } = await commentFeed(db, position, limit)
    const { xid, id } = end ?? position
    const page = { next: encodeCursor(FEED, [xid, id]), hasNext: more }
    return { data: items.map(presentChange), page } satisfies CommentChanges
  }

  return { changes }
}

/** @throws CURSOR_INVALID. */
function readPosition(cursor: string): FeedPosition {
  const [xid, id] = decodeCursor(cursor, FEED, ['serial', 'serial'], '/after')
  return { xid: xid as string, id: id as string }
}

function presentChange({ id, articleId, at, comment }: CommentFeedItem): CommentChange {
  const change = { id, articleId, at: isoMoment(at) }
  return comment
    ? { type: 'upsert', ...change, comment: presentComment(comment) }
    : { type: 'removed', ...change, comment: null }
}
