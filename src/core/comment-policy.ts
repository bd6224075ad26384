import type { Db } from '../db/client.ts'
import { type PostingContext, readPostingContext } from '../db/posting.ts'
import type { ArticleKey } from '../db/references.ts'
import { isoMoment } from '../db/statement.ts'
import type { CommentPolicy, CommentSettings } from '../domain/comment.ts'
import { AppError } from '../lib/errors.ts'
import type { CommentPolicyAnswer } from '../shapes/comments.ts'
import { LIMITS } from './comment-words.ts'

const DAY = 86_400_000

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

/** When an article stops taking comments: by its own date, or so many days after it was published. Null for never. */
export function closingTime(
  article: { commentsCloseAt: string | null; publishedAt: string | null },
  { closeAfterDays }: CommentSettings,
): string | null {
  const times = [
    ...(article.commentsCloseAt === null ? [] : [Date.parse(article.commentsCloseAt)]),
    ...(closeAfterDays === 0 || article.publishedAt === null
      ? []
      : [Date.parse(article.publishedAt) + closeAfterDays * DAY]),
  ]
  return times.length === 0 ? null : new Date(Math.min(...times)).toISOString()
}

/** Whether an article takes comments now. Its own date has been held against the clock of the database. */
export function takesComments(
  row: { takesComments: boolean; commentPolicy: CommentPolicy | null; publishedAt: string | null },
  settings: CommentSettings,
): boolean {
  if (!row.takesComments || (row.commentPolicy ?? settings.policy) === 'closed') return false
  const closedAt = closingTime({ commentsCloseAt: null, publishedAt: row.publishedAt }, settings)
  return closedAt === null || Date.parse(closedAt) > Date.now()
}

/** @returns the policy in force. @throws COMMENTS_CLOSED. */
export function openPolicy(
  context: PostingContext,
  settings: CommentSettings,
): Exclude<CommentPolicy, 'closed'> {
  const policy = context.commentPolicy ?? settings.policy
  const closedAt = closingTime(context, settings)
  if (policy !== 'closed' && !isOver(closedAt, context)) return policy
  throw new AppError('COMMENTS_CLOSED', { extra: { closedAt: isOver(closedAt, context) ? closedAt : null } })
}

const isOver = (closedAt: string | null, { now }: PostingContext): boolean =>
  closedAt !== null && closedAt <= isoMoment(now)

/** What a form must know before it is drawn. */
export function presentPolicy(
  context: PostingContext,
  settings: CommentSettings,
): Omit<CommentPolicyAnswer, 'form'> {
  const commentPolicy = context.commentPolicy ?? settings.policy
  const closesAt = closingTime(context, settings)
  return {
    articleId: context.articleId,
    commentPolicy,
    open: commentPolicy !== 'closed' && !isOver(closesAt, context),
    closesAt,
    requires: [
      'author.name',
      ...(settings.formToken === 'required' ? ['formToken'] : []),
      ...(settings.proofOfWork === 'off' ? [] : ['proof']),
    ],
    proofFrom: settings.proofOfWork,
    limits: {
      ...LIMITS,
      depth: settings.depth,
      pauseSeconds: settings.pauseSeconds,
      perMinute: settings.perMinute,
      perHour: settings.perHour,
      links: settings.links,
    },
    editWindowSeconds: settings.editSeconds,
  }
}
