import { randomBytes } from 'node:crypto'
import { type Database, type Db, inTransaction } from '../db/client.ts'
import {
  insertComment,
  lockThread,
  type ParentRow,
  type PostingContext,
  readFullComment,
  updateText,
} from '../db/comment-writes.ts'
import { type FullCommentRow, publicComments } from '../db/comments.ts'
import { uuidArray } from '../db/statement.ts'
import type { CommentPolicy } from '../domain/comment.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { networkOf } from '../lib/network.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { NewComment, OwnComment, PostedComment } from '../shapes/comments.ts'
import { articleKey, openPolicy, readContext } from './comment-policy.ts'
import { type CommentText, judge, LIMITS, readBody, readName, readUrl } from './comment-rules.ts'
import { findComment, transition } from './comment-states.ts'
import { editableUntil, presentOwn } from './comment-views.ts'
import { once } from './idempotency.ts'
import type { Receipts } from './receipts.ts'
import { actorOf, may } from './viewer.ts'

/** How a comment reached us, beside its words. */
export interface Delivery {
  viewer: Viewer
  /** Address of the client; only its network is ever stored. */
  address: string
  /** From `Idempotency-Key`. */
  idempotencyKey: string | undefined
}

export interface Posted {
  answer: PostedComment
  /** 201 live, 202 held. */
  status: number
  replayed: boolean
}

/** The three things that anybody may do with words of their own: post, edit, withdraw. */
export function commentWriting(
  db: Database['db'],
  secrets: Secrets,
  receipts: Receipts,
  site: { locale: string; comments: CommentPolicy },
) {
  /**
   * Takes a comment under a visible, open article. Nothing is written before every rule has run, and all that is
   * written is one transaction, with the idempotency key.
   * @throws ARTICLE_NOT_FOUND, COMMENTS_CLOSED, PARENT_NOT_FOUND, PARENT_NOT_REPLYABLE, VALIDATION_FAILED,
   * IDEMPOTENCY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED.
   */
  async function post(
    ref: string,
    locale: string | undefined,
    input: NewComment,
    delivery: Delivery,
  ): Promise<Posted> {
    const text = readBody(input.body)
    const author = {
      name: readName(input.author.name),
      url: readUrl(input.author.url),
      email: input.author.email?.trim() || null,
    }
    const parentId = input.parentId?.toLowerCase() ?? null
    return inTransaction(db, actorOf(delivery.viewer), async (tx) => {
      if (parentId) await lockThread(tx, parentId)
      const context = await readContext(tx, articleKey(ref, locale ?? site.locale), parentId)
      const request = delivery.idempotencyKey && {
        scope:
          delivery.viewer.kind === 'anonymous'
            ? `anonymous:comment:${context.articleId}`
            : `${actorOf(delivery.viewer)}:comment`,
        key: delivery.idempotencyKey,
        content: { articleId: context.articleId, input },
      }
      const done = await once(tx, request || undefined, () =>
        write(tx, context, { text, author, parentId }, delivery),
      )
      const row = await findComment(tx, done.subjectId)
      return {
        answer: { comment: presentOwn(row), receipt: receipts.issue(row) },
        status: done.status,
        replayed: done.replayed,
      }
    })
  }

  interface ReadComment {
    text: CommentText
    author: { name: string; url: string | null; email: string | null }
    parentId: string | null
  }

  async function write(
    tx: Db,
    context: PostingContext,
    { text, author, parentId }: ReadComment,
    { viewer, address }: Delivery,
  ) {
    const id = newId()
    const verdict = judge({
      policy: policyOf(context),
      trusted: may(viewer, 'comments:moderate'),
      links: text.links,
    })
    const network = networkOf(address)
    await insertComment(
      tx,
      {
        id,
        articleId: context.articleId,
        ...place(id, context.parent, parentId),
        status: verdict.status,
        statusReason: verdict.reason,
        decidedBy: 'system',
        authorName: author.name,
        authorUrl: author.url,
        body: text.source,
        bodyHtml: text.html,
        bodyText: text.text,
        sandbox: viewer.kind === 'key' && viewer.sandbox,
      },
      {
        email: author.email,
        ipPrefix: network ?? null,
        ipHmac: network ? secrets.sign('network', new Date().toISOString().slice(0, 10), network) : null,
        authorKey: secrets.sign('author', author.email?.toLowerCase() ?? '', author.name, network ?? ''),
        receiptNonce: randomBytes(16),
      },
    )
    return { status: verdict.status === 'approved' ? 201 : 202, subjectId: id }
  }

  /**
   * New words from the author, within the edit window. The rules run anew: words that would be held now withdraw
   * the comment to the queue; what waits there already goes on waiting.
   * @throws COMMENT_NOT_FOUND, EDIT_WINDOW_CLOSED, COMMENTS_CLOSED, VALIDATION_FAILED, AUTHENTICATION_FAILED.
   */
  async function edit(id: string, body: string, receipt: string | undefined): Promise<OwnComment> {
    const text = readBody(body)
    return inTransaction(db, 'receipt', async (tx) => {
      const row = await lockOwn(tx, id, receipt)
      if (!row.articleVisible) throw new AppError('COMMENT_NOT_FOUND')
      if (!editableUntil(row)) throw new AppError('EDIT_WINDOW_CLOSED')
      const context = await readContext(tx, { id: row.articleId }, null)
      const verdict = judge({ policy: policyOf(context), trusted: false, links: text.links })
      await updateText(tx, id, row.revision, { body: text.source, bodyHtml: text.html, bodyText: text.text })
      const edited = await findComment(tx, id)
      // an edit can take a comment out of sight, never into it: what waits, a person lets go, and spam, which looks
      // pending to its author, must not be told from it
      if (edited.status === 'approved') {
        await transition(
          tx,
          edited,
          { status: verdict.status, reason: verdict.reason, decidedBy: 'system' },
          'system',
        )
      }
      return presentOwn(await findComment(tx, id))
    })
  }

  /** The author takes the comment back, at any time. @throws COMMENT_NOT_FOUND, AUTHENTICATION_FAILED. */
  async function withdraw(id: string, receipt: string | undefined, viewer: Viewer): Promise<void> {
    const moderator = may(viewer, 'comments:moderate')
    await inTransaction(db, moderator ? actorOf(viewer) : 'receipt', async (tx) => {
      if (moderator) {
        await lockThread(tx, id)
        const change = { status: 'deleted', reason: 'moderator', decidedBy: actorOf(viewer) } as const
        await transition(tx, await findComment(tx, id), change, 'moderator')
      } else {
        const change = { status: 'deleted', reason: 'withdrawn', decidedBy: 'receipt' } as const
        await transition(tx, await lockOwn(tx, id, receipt), change, 'author')
      }
    })
  }

  /** The comment of this receipt, with its thread locked. */
  async function lockOwn(tx: Db, id: string, receipt: string | undefined): Promise<FullCommentRow> {
    await lockThread(tx, id)
    const row = await readFullComment(tx, id)
    if (row && receipts.proves(row, receipt)) return row
    // whoever may see the comment learns what is missing; to everybody else it does not exist
    const [visible] = await publicComments.run(tx, 'only', { ids: uuidArray([id]) })
    if (!visible) throw new AppError('COMMENT_NOT_FOUND')
    throw new AppError('AUTHENTICATION_FAILED', {
      detail: 'This needs the receipt of the comment, in the header Comment-Receipt',
      headers: { 'www-authenticate': 'Receipt' },
    })
  }

  const policyOf = (context: PostingContext) => openPolicy(context, site.comments)

  return { post, edit, withdraw }
}

/**
 * Where a comment hangs. Past the depth limit it hangs beside the one that it answers, and remembers whom.
 * @throws PARENT_NOT_FOUND (absent, foreign and hidden are one), PARENT_NOT_REPLYABLE.
 */
function place(id: string, parent: ParentRow | null, parentId: string | null) {
  if (parentId === null) return { parentId: null, rootId: id, depth: 0, replyToId: null }
  const path = '/parentId'
  if (parent?.status === 'deleted' && !parent.hiddenBy) {
    throw new AppError('PARENT_NOT_REPLYABLE', { errors: [{ path, message: 'takes no replies any more' }] })
  }
  if (parent?.status !== 'approved' || parent.hiddenBy || parent.sandbox) {
    throw new AppError('PARENT_NOT_FOUND', { errors: [{ path, message: 'is no comment of this article' }] })
  }
  return parent.depth < LIMITS.depth
    ? { parentId: parent.id, rootId: parent.rootId, depth: parent.depth + 1, replyToId: null }
    : { parentId: parent.parentId, rootId: parent.rootId, depth: parent.depth, replyToId: parent.id }
}
