import type { CommentStatus } from '../domain/comment.ts'
import { AppError } from '../lib/errors.ts'

/** In what capacity somebody changes the state of a comment; the subject is the person whom it is about, proven. */
export type TransitionActor = 'system' | 'author' | 'moderator' | 'admin' | 'subject'

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
    erased: ['admin', 'subject'],
  },
  approved: {
    pending: ['system', 'moderator'],
    rejected: ['moderator'],
    spam: ['moderator'],
    deleted: ['author', 'moderator'],
    erased: ['admin', 'subject'],
  },
  rejected: {
    approved: ['moderator'],
    pending: ['moderator'],
    deleted: ['author', 'moderator'],
    erased: ['admin', 'subject'],
  },
  spam: {
    approved: ['moderator'],
    pending: ['moderator'],
    deleted: ['author', 'moderator'],
    erased: ['admin', 'subject'],
  },
  // back to the one state that `restorableTo` names, and to no other
  deleted: {
    pending: ['moderator'],
    approved: ['moderator'],
    rejected: ['moderator'],
    spam: ['moderator'],
    erased: ['admin', 'subject'],
  },
  erased: {},
}

/** Where a comment stands, as far as it decides where it may go. */
export interface Standing {
  status: CommentStatus
  /** What a moderator deleted it from, as long as that can be taken back; null for everything else. */
  restorableTo: CommentStatus | null
  /** '' where the words were taken away for good. */
  source: string
}

/** States that hide everything below the comment as well. */
export const hidesReplies = (status: CommentStatus): boolean => status === 'rejected' || status === 'spam'

/** @returns the states to which this actor may take a comment from where it stands. */
export function transitionsFrom(from: Standing, actor: TransitionActor): CommentStatus[] {
  const targets = Object.entries(TRANSITIONS[from.status]) as [CommentStatus, readonly TransitionActor[]][]
  return targets.filter(([to, actors]) => actors.includes(actor) && isOpen(from, to)).map(([to]) => to)
}

function isOpen({ status, restorableTo, source }: Standing, to: CommentStatus): boolean {
  if (source === '' && WITH_WORDS.includes(to)) return false
  return status !== 'deleted' || to === 'erased' || to === restorableTo
}

/** States in which a comment is shown, or may be again: not without words. */
const WITH_WORDS: readonly string[] = ['approved', 'pending'] satisfies CommentStatus[]

/**
 * The one decision about states. From a state to itself is nothing, for everybody.
 * @throws INVALID_TRANSITION with `from` and `allowed`.
 */
export function checkTransition(from: Standing, to: CommentStatus, actor: TransitionActor): void {
  const allowed = transitionsFrom(from, actor)
  if (from.status !== to && !allowed.includes(to)) throw invalidTransition(from.status, allowed, `to ${to}`)
}

/** @param aim where it was meant to go, in words. */
export const invalidTransition = (from: CommentStatus, allowed: CommentStatus[], aim: string): AppError =>
  new AppError('INVALID_TRANSITION', {
    detail: `A comment cannot go from ${from} ${aim} here`,
    extra: { from, allowed },
  })
