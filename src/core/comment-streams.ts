import type { TailPosition } from '../db/changes.ts'
import type { Db } from '../db/client.ts'
import { missedComments } from '../db/comment-changes.ts'
import { decodeCursor, encodeCursor, listHash } from '../lib/cursor.ts'
import type { ArticlesCore } from './articles.ts'
import { BACKLOG, type CommentEvent, type CommentTail, type Seat } from './comment-tail.ts'
import { ANYBODY } from './viewer.ts'

/** The id of the last event that a client has seen, and where it stands in the request. */
export interface LastEvent {
  id: string
  path: string
}

/** Somebody who follows the comments of an article. */
export interface Following {
  /** To resume from, before any event; undefined where what was missed has yet to be told. */
  firstId: string | undefined
  /** To resume from in a quiet time; undefined while there is something to be told. */
  currentId(): string | undefined
  leave(): void
}

/** As much of a snapshot as an id holds. With more transactions open than that, an id names the oldest of them alone. */
const SNAPSHOT_MAX = 400

/** The comments of an article as they come, change and go: docs/comments.md. */
export function commentStreams(db: Db, articles: ArticlesCore, tail: CommentTail) {
  /**
   * Follows the comments of an article that everybody may see, from now or from the event that was seen last. Events come
   * at least once, with the id to resume from after the last of them.
   * @param last where to go on; what was missed comes first, or `reset` where that is too much.
   * @throws ARTICLE_NOT_FOUND, the same for absent and hidden; CURSOR_INVALID; UNAVAILABLE.
   */
  async function follow(
    ref: string,
    locale: string | undefined,
    last: LastEvent | undefined,
    listener: (events: CommentEvent[], id: string) => void,
  ): Promise<Following> {
    const { article } = await articles.find(ref, locale, {}, ANYBODY)
    const idOf = (position: TailPosition) => encodeCursor(hashOf(article.id), [shortened(position)])
    const since = last && readPosition(last, article.id)
    const seat = await tail.join(article.id, (events, position) => listener(events, idOf(position)))
    try {
      if (since !== undefined) await catchUp(seat, since)
    } catch (error) {
      tail.leave(seat)
      throw error
    }
    seat.held = false
    const currentId = () => {
      const position = tail.positionOf(seat)
      return position === undefined ? undefined : idOf(position)
    }
    return { firstId: currentId(), currentId, leave: () => tail.leave(seat) }
  }

  /** What was missed waits with what comes meanwhile: the tail reads and tells both together, so that nothing is out of order. */
  async function catchUp(seat: Seat, since: TailPosition): Promise<void> {
    const missed = await missedComments(db, seat.articleId, since, BACKLOG)
    if (missed) for (const change of missed) seat.note(change)
    else seat.overflow()
  }

  return { follow }
}

const hashOf = (articleId: string) => listHash({ list: 'comment events', articleId })

/** @throws CURSOR_INVALID. */
function readPosition({ id, path }: LastEvent, articleId: string): TailPosition {
  const [position] = decodeCursor(id, hashOf(articleId), ['snapshot'], path)
  return position as TailPosition
}

/** From the oldest open transaction on, some of what is told has been told before. */
function shortened(position: TailPosition): TailPosition {
  if (position.length <= SNAPSHOT_MAX) return position
  const [oldest] = position.split(':')
  return `${oldest}:${oldest}:`
}
