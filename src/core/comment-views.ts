import type { CommentRow, FullCommentRow, VoteSums } from '../db/comments.ts'
import { isoMoment, isoMomentOrNull } from '../db/statement.ts'
import type { CommentSettings, CommentStatus, StatusReason } from '../domain/comment.ts'
import type {
  Comment,
  CommentVerdict,
  ModeratedComment,
  NextAction,
  OwnComment,
  VerdictReason,
  Votes,
} from '../shapes/comments.ts'

/** The three ways to see a comment. Each names what it shows; nothing else leaves. */

/** A comment as everybody sees it. What is not approved stands as a placeholder, if it stands at all. */
export function presentComment(row: CommentRow): Comment {
  const approved = row.status === 'approved'
  const deleted = row.status === 'deleted' || row.status === 'erased'
  return {
    id: row.id,
    articleId: row.articleId,
    parentId: row.parentId,
    rootId: row.rootId,
    replyToId: row.replyToId,
    depth: row.depth,
    placeholder: approved ? null : deleted ? 'deleted' : 'withheld',
    deleted,
    author: approved ? authorOf(row) : null,
    html: approved ? row.html : null,
    text: approved ? row.text : null,
    createdAt: isoMoment(row.createdAt),
    editedAt: approved ? isoMomentOrNull(row.editedAt) : null,
    replyCount: row.replyCount,
    votes: approved ? votesOf(row) : NO_VOTES,
  }
}

const authorOf = (row: CommentRow): NonNullable<Comment['author']> => ({
  name: row.authorName ?? '',
  url: row.authorUrl,
  verified: row.authorVerified,
})

/** What readers voted, in sum. */
export const votesOf = ({ upvotes, downvotes, score }: VoteSums): Votes => ({
  up: upvotes,
  down: downvotes,
  score,
})

const NO_VOTES: Votes = { up: 0, down: 0, score: 0 }

/**
 * A comment as its author sees it: spam looks like pending, so that it is no oracle for spammers. The revision stays
 * inside for the same reason: it grows with a decision.
 * @param trusted a server that speaks for the author learns the real state.
 */
export function presentOwn(row: FullCommentRow, settings: CommentSettings, trusted = false): OwnComment {
  const status = row.status === 'spam' && !trusted ? 'pending' : row.status
  const own = status === 'deleted' ? { author: null, html: null, text: null } : ownWords(row)
  return {
    ...presentComment(row),
    ...own,
    status,
    ...(status === 'rejected' && { statusReason: row.statusReason }),
    editableUntil: editableUntil(row, settings),
    source: status === 'deleted' ? '' : row.source,
  }
}

const ownWords = (row: FullCommentRow) => ({
  placeholder: null,
  author: authorOf(row),
  html: row.html,
  text: row.text,
  editedAt: row.editedAt === null ? null : isoMoment(row.editedAt),
})

/** Until when the author may change the words; null where that is over, or never was. */
export function editableUntil(row: FullCommentRow, { editSeconds }: CommentSettings): string | null {
  const until = new Date(row.createdAt).getTime() + editSeconds * 1000
  const changeable = row.status === 'approved' || row.status === 'pending' || row.status === 'spam'
  return changeable && until > Date.now() ? new Date(until).toISOString() : null
}

/** A comment as its author sees it where every comment is answered alike: taken, and no more. */
export const presentReceived = (row: FullCommentRow, settings: CommentSettings): OwnComment =>
  presentOwn(row.status === 'deleted' ? row : { ...row, status: 'pending' }, settings)

/**
 * Reasons that authors may learn as they are; of the others they learn that somebody will look. Of spam they learn none
 * that nothing pending has.
 */
const TOLD: readonly StatusReason[] = [
  'policy',
  'unknown_author',
  'links',
  'check_unavailable',
  'banned_word',
  'sandbox',
]

/**
 * What became of a comment, for a program. Spam looks like pending, and so do its reasons; a trusted server learns both as
 * they are.
 * @param uniform nobody else learns anything.
 */
export function presentVerdict(
  { status, reasons }: { status: CommentStatus; reasons: readonly StatusReason[] },
  trusted: boolean,
  uniform: boolean,
): CommentVerdict {
  if (uniform && !trusted) return { status: 'pending', reasons: [], retryAfter: null, nextAction: null }
  const shown = status === 'spam' && !trusted ? 'pending' : status
  const isTold = (reason: StatusReason): boolean =>
    TOLD.includes(reason) && !(shown === 'pending' && reason === 'banned_word')
  const told = (reason: StatusReason): VerdictReason => (trusted || isTold(reason) ? reason : 'review')
  return {
    status: shown,
    // what is live is held by nothing any more
    reasons: shown === 'approved' ? [] : [...new Set(reasons.map(told))].sort(byTelling),
    retryAfter: null,
    nextAction: nextActionOf(shown, reasons),
  }
}

/** What tells least stands last: its place among the others would tell which rule it stands for. */
const byTelling = (a: VerdictReason, b: VerdictReason): number =>
  Number(a === 'review') - Number(b === 'review')

function nextActionOf(status: CommentStatus, reasons: readonly StatusReason[]): NextAction | null {
  if (status === 'approved' || status === 'deleted' || status === 'erased') return null
  return status === 'rejected' || reasons.includes('links') ? 'edit_text' : 'wait'
}

/** A comment as a moderator sees it. */
export function presentModerated(row: FullCommentRow): ModeratedComment {
  return {
    id: row.id,
    articleId: row.articleId,
    parentId: row.parentId,
    rootId: row.rootId,
    replyToId: row.replyToId,
    depth: row.depth,
    placeholder: null,
    deleted: row.status === 'deleted' || row.status === 'erased',
    author: authorOf(row),
    html: row.html,
    text: row.text,
    createdAt: isoMoment(row.createdAt),
    editedAt: isoMomentOrNull(row.editedAt),
    replyCount: row.replyCount,
    votes: votesOf(row),
    status: row.status,
    statusReason: row.statusReason,
    reasons: row.reasons,
    revision: row.revision,
    vetted: row.vetted,
    reportCount: row.reportCount,
    decidedBy: row.decidedBy,
    decidedAt: isoMoment(row.decidedAt),
    hiddenBy: row.hiddenBy,
    source: row.source,
    email: row.email,
    ipPrefix: row.ipPrefix,
  }
}
