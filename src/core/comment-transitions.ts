import type { CommentStatus } from '../domain/comment.ts'
import { AppError } from '../lib/errors.ts'

/** In what capacity somebody changes the state of a comment. */
export type TransitionActor = 'system' | 'author' | 'moderator' | 'admin'

/**
 * Who may take a comment from which state to which: the whole machine, as data. What is not here is refused.
 * Rules: docs/comments.md.
 */
export const TRANSITIONS: Record<
  CommentStatus,
  Partial<Record<CommentStatus, readonly TransitionActor[]>>
> = {
  pending: {
    approved: ['moderator', 'system'],
    rejected: ['moderator', 'system'],
    spam: ['moderator', 'system'],
    deleted: ['author', 'moderator'],
    erased: ['admin'],
  },
  approved: {
    pending: ['system', 'moderator'],
    rejected: ['moderator'],
    spam: ['moderator'],
    deleted: ['author', 'moderator'],
    erased: ['admin'],
  },
  rejected: {
    approved: ['moderator'],
    pending: ['moderator'],
    deleted: ['author', 'moderator'],
    erased: ['admin'],
  },
  spam: {
    approved: ['moderator'],
    pending: ['moderator'],
    deleted: ['author', 'moderator'],
    erased: ['admin'],
  },
  deleted: { erased: ['admin'] },
  erased: {},
}

/** States that hide everything below the comment as well. */
export const hidesReplies = (status: CommentStatus): boolean => status === 'rejected' || status === 'spam'

/**
 * The one decision about states. From a state to itself is nothing, for everybody.
 * @throws INVALID_TRANSITION with `from` and `allowed`.
 */
export function checkTransition(from: CommentStatus, to: CommentStatus, actor: TransitionActor): void {
  if (from === to || TRANSITIONS[from][to]?.includes(actor)) return
  const allowed = Object.entries(TRANSITIONS[from])
    .filter(([, actors]) => actors.includes(actor))
    .map(([status]) => status)
  throw new AppError('INVALID_TRANSITION', {
    detail: `A comment cannot go from ${from} to ${to} here`,
    extra: { from, allowed },
  })
}
