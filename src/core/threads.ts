import type { CommentRow, ThreadRow, ThreadsRow, ThreadsVariant } from '../db/comments.ts'
import type { Params } from '../db/statement.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError } from '../lib/errors.ts'
import { COMMENT_SORTS, type Comment, type CommentSort } from '../shapes/comments.ts'
import { presentComment } from './comment-views.ts'
import { type PageInput, type PageRequest, presentPage, readPage, type Slice } from './paging.ts'

export interface RepliesInput extends PageInput {
  sort?: string
}

export interface ThreadsInput extends RepliesInput {
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

const repliesHash = (commentId: string, sort: CommentSort) => listHash({ list: 'replies', commentId, sort })

/** @throws SORT_UNSUPPORTED, CURSOR_INVALID, VALIDATION_FAILED. */
export function readThreads(input: ThreadsInput): PreparedThreads {
  const sort = readCommentSort(input.sort)
  const request = readSorted(input, threadsHash(sort), sort)
  const replies = input.replies ?? DEFAULT_REPLIES
  return {
    variant: { order: sort, side: request.side },
    params: {
      threadsLimit: request.limit + 1,
      repliesLimit: replies + 1,
      ...placeOf(request, 'threads'),
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

/** A cursor of `top` holds the score as well: a row whose score stays is met once, whatever becomes of the others. */
const readSorted = (input: PageInput, hash: string, sort: CommentSort): PageRequest =>
  sort === 'top' ? readPage(input, hash, 'integer', ['moment']) : readPage(input, hash)

const positionIn = (sort: CommentSort) => (row: CommentRow) =>
  sort === 'top'
    ? { key: row.score, further: [row.createdAt], id: row.id }
    : { key: row.createdAt, id: row.id }

/** The place of a cursor as the statement of the list takes it. */
function placeOf({ position }: PageRequest, list: 'threads' | 'cursor'): Params {
  if (!position) return {}
  const { key, further: [moment = null] = [], id } = position
  return { [`${list}Key`]: key, [`${list}Moment`]: moment, [`${list}Id`]: id }
}

export function presentThreads(row: ThreadsRow, prepared: PreparedThreads): Slice<ThreadView> {
  const hash = threadsHash(prepared.sort)
  return presentPage(row, prepared.request, hash, positionIn(prepared.sort), (thread) =>
    presentThread(thread, prepared.replies),
  )
}

function presentThread(row: ThreadRow, replies: number): ThreadView {
  return { ...presentComment(row), replies: presentFirstReplies(row.replies, row.id, replies, 'oldest') }
}

/** The first replies to a comment as a page, from rows of which there may be one more than `replies`. */
export function presentFirstReplies(
  rows: CommentRow[],
  commentId: string,
  replies: number,
  sort: CommentSort,
): Slice<Comment> {
  const prepared = readReplies({ limit: replies, sort }, commentId)
  return presentReplies({ items: rows, beyond: false }, commentId, prepared)
}

/** A page of replies, ready for the statement. */
export interface PreparedReplies {
  variant: ThreadsVariant
  params: Params
  sort: CommentSort
  request: PageRequest
}

/** @throws SORT_UNSUPPORTED, CURSOR_INVALID, VALIDATION_FAILED. */
export function readReplies(input: RepliesInput, commentId: string): PreparedReplies {
  const sort = readCommentSort(input.sort)
  const request = readSorted(input, repliesHash(commentId, sort), sort)
  return {
    variant: { order: sort, side: request.side },
    params: { id: commentId, limit: request.limit + 1, ...placeOf(request, 'cursor') },
    sort,
    request,
  }
}

export function presentReplies(
  row: { items: CommentRow[]; beyond: boolean },
  commentId: string,
  { sort, request }: PreparedReplies,
): Slice<Comment> {
  return presentPage(row, request, repliesHash(commentId, sort), positionIn(sort), presentComment)
}
