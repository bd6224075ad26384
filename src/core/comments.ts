import type { Database } from '../db/client.ts'
import { readFullComment } from '../db/comment-writes.ts'
import { firstRepliesOfMany, listReplies, publicComments } from '../db/comments.ts'
import { uuidArray } from '../db/statement.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { Comment, CommentPolicyAnswer, ModeratedComment, OwnComment } from '../shapes/comments.ts'
import type { ArticlesConfig } from './article-views.ts'
import type { ArticlesCore } from './articles.ts'
import { articleKey, presentPolicy, readContext } from './comment-policy.ts'
import { findComment } from './comment-states.ts'
import { presentComment, presentModerated, presentOwn } from './comment-views.ts'
import { commentWriting } from './comment-writing.ts'
import type { PageInput, Slice } from './paging.ts'
import { createReceipts } from './receipts.ts'
import {
  presentFirstReplies,
  presentReplies,
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
) {
  const receipts = createReceipts(secrets)

  /** A page of the threads of an article. @throws as `articles.find`, SORT_UNSUPPORTED, CURSOR_INVALID. One statement. */
  async function threads(
    ref: string,
    locale: string | undefined,
    input: ThreadsInput,
  ): Promise<Slice<ThreadView>> {
    const { article } = await articles.find(ref, locale, { comments: input }, ANYBODY)
    return article.comments as Slice<ThreadView>
  }

  /** A page of the replies to a comment, oldest first. @throws COMMENT_NOT_FOUND, CURSOR_INVALID. One statement. */
  async function replies(id: string, input: PageInput): Promise<Slice<Comment>> {
    const request = readReplies(input, id)
    const [row] = await listReplies.run(
      db,
      { side: request.side },
      {
        id,
        limit: request.limit + 1,
        ...(request.position && { cursorKey: request.position.key, cursorId: request.position.id }),
      },
    )
    if (!row) throw new AppError('COMMENT_NOT_FOUND')
    return presentReplies(row, id, request)
  }

  /** The first replies to each of several comments, by id. One statement. */
  async function firstReplies(ids: readonly string[], count: number): Promise<Map<string, Slice<Comment>>> {
    const rows = await firstRepliesOfMany.run(db, 'only', { ids: uuidArray(ids), repliesLimit: count + 1 })
    return new Map(rows.map(({ id, items }) => [id, presentFirstReplies(items, id, count)]))
  }

  /**
   * A comment as this caller may see it: a moderator everything, its author what became of it, everybody else
   * what is public. @throws COMMENT_NOT_FOUND, the same for absent and hidden.
   */
  async function read(
    id: string,
    receipt: string | undefined,
    viewer: Viewer,
  ): Promise<Comment | OwnComment | ModeratedComment> {
    if (may(viewer, 'comments:moderate')) return presentModerated(await findComment(db, id))
    if (receipt !== undefined) {
      const row = await readFullComment(db, id)
      if (row && receipts.proves(row, receipt)) return presentOwn(row)
    }
    const [row] = await publicComments.run(db, 'only', { ids: uuidArray([id]) })
    if (!row) throw new AppError('COMMENT_NOT_FOUND')
    return presentComment(row)
  }

  /** What a form must know before it is drawn. @throws ARTICLE_NOT_FOUND. */
  async function policy(ref: string, locale: string | undefined): Promise<CommentPolicyAnswer> {
    return presentPolicy(
      await readContext(db, articleKey(ref, locale ?? config.locale), null),
      config.comments,
    )
  }

  return { threads, replies, firstReplies, read, policy, ...commentWriting(db, secrets, receipts, config) }
}
