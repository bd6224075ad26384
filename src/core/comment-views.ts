import type { CommentRow, FullCommentRow } from '../db/comments.ts'
import { isoMoment, isoMomentOrNull } from '../db/statement.ts'
import type { Comment, ModeratedComment, OwnComment } from '../shapes/comments.ts'
import { LIMITS } from './comment-rules.ts'

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
    author: approved ? { name: row.authorName ?? '', url: row.authorUrl } : null,
    html: approved ? row.html : null,
    text: approved ? row.text : null,
    createdAt: isoMoment(row.createdAt),
    editedAt: approved ? isoMomentOrNull(row.editedAt) : null,
    replyCount: row.replyCount,
  }
}

/**
 * A comment as its author sees it: spam looks like pending, so that it is no oracle for spammers. The revision stays
 * inside for the same reason: it grows with a decision.
 */
export function presentOwn(row: FullCommentRow): OwnComment {
  const status = row.status === 'spam' ? 'pending' : row.status
  const own = status === 'deleted' ? { author: null, html: null, text: null } : ownWords(row)
  return {
    ...presentComment(row),
    ...own,
    status,
    ...(status === 'rejected' && { statusReason: row.statusReason }),
    editableUntil: editableUntil(row),
    source: status === 'deleted' ? '' : row.source,
  }
}

const ownWords = (row: FullCommentRow) => ({
  placeholder: null,
  author: { name: row.authorName ?? '', url: row.authorUrl },
  html: row.html,
  text: row.text,
  editedAt: row.editedAt === null ? null : isoMoment(row.editedAt),
})

/** Until when the author may change the words; null where that is over, or never was. */
export function editableUntil(row: FullCommentRow): string | null {
  const until = new Date(row.createdAt).getTime() + LIMITS.editWindowSeconds * 1000
  const changeable = row.status === 'approved' || row.status === 'pending' || row.status === 'spam'
  return changeable && until > Date.now() ? new Date(until).toISOString() : null
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
    author: { name: row.authorName ?? '', url: row.authorUrl },
    html: row.html,
    text: row.text,
    createdAt: isoMoment(row.createdAt),
    editedAt: isoMomentOrNull(row.editedAt),
    replyCount: row.replyCount,
    status: row.status,
    statusReason: row.statusReason,
    revision: row.revision,
    decidedBy: row.decidedBy,
    decidedAt: isoMoment(row.decidedAt),
    hiddenBy: row.hiddenBy,
    source: row.source,
    email: row.email,
    ipPrefix: row.ipPrefix,
  }
}
