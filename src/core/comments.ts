import type { Database } from '../db/client.ts'
import { readFullComment } from '../db/comment-writes.ts'
import {
  type FullCommentRow,
  firstRepliesOfMany,
  listOwn,
  listReplies,
  publicComments,
} from '../db/comments.ts'
import { uuidArray } from '../db/statement.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError } from '../lib/errors.ts'
import type { Secrets } from '../lib/secrets.ts'
import type {
  Comment,
  CommentPolicyAnswer,
  CommentSort,
  ModeratedComment,
  OwnComment,
} from '../shapes/comments.ts'
import type { ArticlesConfig } from './article-views.ts'
import type { ArticlesCore } from './articles.ts'
import { createChallenges } from './challenges.ts'
import { commentAuthors, seesAll } from './comment-authors.ts'
import type { CommentChecks } from './comment-checks.ts'
import { commentEditing } from './comment-editing.ts'
import { commentOwnership, type Proof } from './comment-ownership.ts'
import { presentPolicy, readContext } from './comment-policy.ts'
import { commentPosting } from './comment-posting.ts'
import { findComment } from './comment-states.ts'
import { presentComment, presentModerated, presentOwn } from './comment-views.ts'
import { commentWordLists } from './comment-word-lists.ts'
import { createFormTokens } from './form-tokens.ts'
import { type PageInput, pageParams, presentPage, readPage, type Slice } from './paging.ts'
import { createReceipts } from './receipts.ts'
import { articleKey } from './refs.ts'
import {
  presentFirstReplies,
  presentReplies,
  type RepliesInput,
  readReplies,
  type ThreadsInput,
  type ThreadView,
} from './threads.ts'
import { ANYBODY, may } from './viewer.ts'

export function commentsCore(
  db: Database['db'],
  secrets: Secrets,
  articles: ArticlesCore,
  config: ArticlesConfig,
  checks: CommentChecks,
) {
  const settings = config.comments
  const receipts = createReceipts(secrets)
  const authors = commentAuthors(secrets)
  const formTokens = createFormTokens(secrets)
  const challenges = createChallenges(secrets)
  const findWords = commentWordLists().find
  const ownership = commentOwnership(db, receipts, authors)
  const tools = { ownership, receipts, authors, formTokens, challenges, findWords, checks }
  const { post } = commentPosting(db, tools, config)
  const { edit, withdraw } = commentEditing(db, tools, settings)

  /** A page of the threads of an article. @throws as `articles.find`, SORT_UNSUPPORTED, CURSOR_INVALID. One statement. */
  async function threads(
    ref: string,
    locale: string | undefined,
    input: ThreadsInput,
  ): Promise<Slice<ThreadView>> {
    const { article } = await articles.find(ref, locale, { comments: input }, ANYBODY)
    return article.comments as Slice<ThreadView>
  }

  /**
   * A page of the replies to a comment, oldest first unless another sort is named.
   * @throws COMMENT_NOT_FOUND, SORT_UNSUPPORTED, CURSOR_INVALID. One statement.
   */
  async function replies(id: string, input: RepliesInput): Promise<Slice<Comment>> {
    const prepared = readReplies(input, id)
    const [row] = await listReplies.run(db, prepared.variant, prepared.params)
    if (!row) throw new AppError('COMMENT_NOT_FOUND')
    return presentReplies(row, id, prepared)
  }

  /** The first replies to each of several comments, by id. One statement. */
  async function firstReplies(
    ids: readonly string[],
    count: number,
    sort: CommentSort,
  ): Promise<Map<string, Slice<Comment>>> {
    const rows = await firstRepliesOfMany.run(db, sort, { ids: uuidArray(ids), repliesLimit: count + 1 })
    return new Map(rows.map(({ id, items }) => [id, presentFirstReplies(items, id, count, sort)]))
  }

  /**
   * A comment as this caller may see it: a moderator everything, its author what became of it, everybody else
   * what is public. @throws COMMENT_NOT_FOUND, the same for absent and hidden.
   */
  async function read(id: string, proof: Proof): Promise<Comment | OwnComment | ModeratedComment> {
    if (may(proof.viewer, 'comments:moderate')) return presentModerated(await findComment(db, id))
    if (proof.receipt !== undefined || proof.viewer.kind !== 'anonymous') {
      const owns = ownership.ownership(proof)
      const row = await readFullComment(db, id)
      if (row && owns(row)) return presentOwn(row, settings, seesAll(proof.viewer, row))
    }
    const [row] = await publicComments.run(db, 'only', { ids: uuidArray([id]) })
    if (!row) throw new AppError('COMMENT_NOT_FOUND')
    return presentComment(row)
  }

  /**
   * What a form must know before it is drawn.
   * @param withForm also what a form has to send along: made for it alone. @throws ARTICLE_NOT_FOUND.
   */
  async function policy(
    ref: string,
    locale: string | undefined,
    withForm = false,
  ): Promise<CommentPolicyAnswer> {
    const context = await readContext(db, articleKey(ref, locale ?? config.locale), null)
    const answer = presentPolicy(context, settings)
    return withForm ? { ...answer, form: await formOf(context.articleId) } : answer
  }

  async function formOf(articleId: string): Promise<NonNullable<CommentPolicyAnswer['form']>> {
    return {
      token: settings.formToken === 'off' ? null : formTokens.issue(articleId),
      challenge: settings.proofOfWork === 'off' ? null : { ...(await challenges.issue(articleId)) },
    }
  }

  /**
   * The caller's own comments under an article, in whatever state, newest first: by account, by a trusted server for its
   * reader, or by any receipt of the same author.
   * @throws ARTICLE_NOT_FOUND, AUTHENTICATION_FAILED, FORBIDDEN, CURSOR_INVALID.
   */
  async function mine(
    ref: string,
    locale: string | undefined,
    input: PageInput,
    proof: Proof,
  ): Promise<Slice<OwnComment>> {
    const { articleId } = await readContext(db, articleKey(ref, locale ?? config.locale), null)
    const identity = (await identityOf(proof))?.toString('hex')
    if (identity === undefined) throw unproven()
    const hash = listHash({ list: 'mine', articleId, identity })
    const request = readPage(input, hash)
    const params = {
      articleId,
      identity,
      ...pageParams(request),
    }
    const [row] = await listOwn.run(db, { side: request.side }, params)
    if (!row) throw new AppError('INTERNAL')
    const positionOf = ({ createdAt, id }: FullCommentRow) => ({ key: createdAt, id })
    return presentPage(row, request, hash, positionOf, (comment) =>
      presentOwn(comment, settings, seesAll(proof.viewer, comment)),
    )
  }

  async function identityOf(proof: Proof): Promise<Buffer | undefined> {
    const earlier = await ownership.earlierOf(proof)
    if (earlier?.identityKey) return Buffer.from(earlier.identityKey, 'hex')
    return authors.identityOf(proof.viewer, proof.subject)
  }

  return { threads, replies, firstReplies, read, mine, policy, post, edit, withdraw }
}

const unproven = (): AppError =>
  new AppError('AUTHENTICATION_FAILED', {
    detail: 'This needs a receipt, in the header Comment-Receipt, or the account of the author',
    headers: { 'www-authenticate': 'Receipt' },
  })
