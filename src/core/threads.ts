import type { CommentRow, ThreadRow, ThreadsRow, ThreadsVariant } from '../db/comments.ts'
import type { Params } from '../db/statement.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError } from '../lib/errors.ts'
import { COMMENT_SORTS, type Comment, type CommentSort } from '../shapes/comments.ts'
import { presentComment } from './comment-views.ts'
import { type PageInput, type PageRequest, presentPage, readPage, type Slice } from './paging.ts'

export interface ThreadsInput extends PageInput {
  sort?: string
  /** Replies inlined in each thread. */
  replies?: number
}

export const DEFAULT_REPLIES = 3

/** A first comment with the first replies to it. */
export type ThreadView = Comment & { replies: Slice<Comment> }

/** A page of threads, ready for the statement. */
export interface PreparedThreads {
  variant: ThreadsVariant
  params: Params
  sort: CommentSort
  replies: number
  request: PageRequest
}

const threadsHash = (sort: CommentSort) => listHash({ list: 'threads', sort })

const repliesHash = (commentId: string) => listHash({ list: 'replies', commentId })

/** @throws SORT_UNSUPPORTED, CURSOR_INVALID, VALIDATION_FAILED. */
export function readThreads(input: ThreadsInput): PreparedThreads {
  const sort = readCommentSort(input.sort)
  const request = readPage(input, threadsHash(sort))
  const replies = input.replies ?? DEFAULT_REPLIES
  return {
    variant: { order: sort, side: request.side },
    params: {
      threadsLimit: request.limit + 1,
      repliesLimit: replies + 1,
      ...(request.position && { threadsKey: request.position.key, threadsId: request.position.id }),
    },
    sort,
    replies,
    request,
  }
}

function readCommentSort(sort: string = COMMENT_SORTS[0]): CommentSort {
  const known = COMMENT_SORTS.find((word) => word === sort)
  if (known) return known
  const message = `takes one of: ${COMMENT_SORTS.join(', ')}`
  throw new AppError('SORT_UNSUPPORTED', { detail: `sort ${message}`, errors: [{ path: '/sort', message }] })
}

const positionOf = (row: CommentRow) => ({ key: row.createdAt, id: row.id })

export function presentThreads(row: ThreadsRow, prepared: PreparedThreads): Slice<ThreadView> {
  const hash = threadsHash(prepared.sort)
  return presentPage(row, prepared.request, hash, positionOf, (thread) =>
    presentThread(thread, prepared.replies),
  )
}

function presentThread(row: ThreadRow, replies: number): ThreadView {
  return { ...presentComment(row), replies: presentFirstReplies(row.replies, row.id, replies) }
}

/** The first replies to a comment as a page, from rows of which there may be one more than `replies`. */
export function presentFirstReplies(rows: CommentRow[], commentId: string, replies: number): Slice<Comment> {
  const request = readPage({ limit: replies }, repliesHash(commentId))
  return presentReplies({ items: rows, beyond: false }, commentId, request)
}

export function readReplies(input: PageInput, commentId: string): PageRequest {
  return readPage(input, repliesHash(commentId))
}

export function presentReplies(
  row: { items: CommentRow[]; beyond: boolean },
  commentId: string,
  request: PageRequest,
): Slice<Comment> {
  return presentPage(row, request, repliesHash(commentId), positionOf, presentComment)
}
