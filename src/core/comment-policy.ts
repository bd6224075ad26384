import type { Db } from '../db/client.ts'
import { type ArticleKey, type PostingContext, readPostingContext } from '../db/comment-writes.ts'
import { isoMomentOrNull } from '../db/statement.ts'
import type { CommentPolicy } from '../domain/comment.ts'
import { AppError } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import type { CommentPolicyAnswer } from '../shapes/comments.ts'
import { LIMITS } from './comment-rules.ts'

/** An article as a caller names it, by id or by slug within a locale. */
export const articleKey = (ref: string, locale: string): ArticleKey =>
  isId(ref) ? { id: ref.toLowerCase() } : { locale, slug: ref }

/** @throws ARTICLE_NOT_FOUND, the same for absent and hidden. */
export async function readContext(
  db: Db,
  article: ArticleKey,
  parentId: string | null,
): Promise<PostingContext> {
  const context = await readPostingContext(db, article, parentId)
  if (!context) throw new AppError('ARTICLE_NOT_FOUND')
  return context
}

/** @returns the policy in force. @throws COMMENTS_CLOSED. */
export function openPolicy(context: PostingContext, ofSite: CommentPolicy): Exclude<CommentPolicy, 'closed'> {
  const policy = context.commentPolicy ?? ofSite
  if (policy !== 'closed' && context.takesComments) return policy
  throw new AppError('COMMENTS_CLOSED', { extra: { closedAt: isoMomentOrNull(context.commentsCloseAt) } })
}

/** What a form must know before it is drawn. */
export function presentPolicy(context: PostingContext, ofSite: CommentPolicy): CommentPolicyAnswer {
  const commentPolicy = context.commentPolicy ?? ofSite
  const { bodyLength, bodyBytes, nameLength, depth } = LIMITS
  return {
    articleId: context.articleId,
    commentPolicy,
    open: commentPolicy !== 'closed' && context.takesComments,
    closesAt: isoMomentOrNull(context.commentsCloseAt),
    requires: ['author.name'],
    limits: { bodyLength, bodyBytes, nameLength, depth },
    editWindowSeconds: LIMITS.editWindowSeconds,
  }
}
