import { randomBytes } from 'node:crypto'
import { type Database, type Db, inTransaction } from '../db/client.ts'
import {
  type ArticleKey,
  insertComment,
  lockThread,
  type ParentRow,
  type PostingContext,
  readFullComment,
  readPostingContext,
  updateText,
} from '../db/comment-writes.ts'
import {
  type CommentRow,
  type FullCommentRow,
  firstRepliesOfMany,
  listReplies,
  publicComments,
} from '../db/comments.ts'
import { isoMoment, isoMomentOrNull, uuidArray } from '../db/statement.ts'
import type { CommentPolicy } from '../domain/comment.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import { isId, newId } from '../lib/ids.ts'
import { networkOf } from '../lib/network.ts'
import type { Secrets } from '../lib/secrets.ts'
import type {
  Comment,
  CommentPolicyAnswer,
  ModeratedComment,
  NewComment,
  OwnComment,
  PostedComment,
} from '../shapes/comments.ts'
import type { ArticlesConfig, ArticlesCore } from './articles.ts'
import { type CommentText, judge, LIMITS, readBody, readName, readUrl } from './comment-rules.ts'
import { presentModerated, transition } from './comment-states.ts'
import { once } from './idempotency.ts'
import type { PageInput, Slice } from './paging.ts'
import {
  presentComment,
  presentFirstReplies,
  presentReplies,
  readReplies,
  type ThreadsInput,
  type ThreadView,
} from './threads.ts'
import { ANONYMOUS, actorOf, may } from './viewer.ts'

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

export type CommentsCore = ReturnType<typeof commentsCore>

export function commentsCore(
  db: Database['db'],
  secrets: Secrets,
  articles: ArticlesCore,
  config: ArticlesConfig,
) {
  /** A page of the threads of an article. @throws as `articles.find`, SORT_UNSUPPORTED, CURSOR_INVALID. One statement. */
  async function threads(
    ref: string,
    locale: string | undefined,
    input: ThreadsInput,
  ): Promise<Slice<ThreadView>> {
    const { article } = await articles.find(ref, locale, { comments: input }, ANONYMOUS)
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
        ...(request.position && { cursorTime: request.position.time, cursorId: request.position.id }),
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
    if (may(viewer, 'comments:moderate')) return presentModerated(await mustFind(db, id))
    if (receipt !== undefined) {
      const row = await readFullComment(db, id)
      if (row && ownsReceipt(row, receipt) && row.status !== 'erased') return presentOwn(row)
    }
    const [row] = await publicComments.run(db, 'only', { ids: uuidArray([id]) })
    if (!row) throw new AppError('COMMENT_NOT_FOUND')
    return presentComment(row as CommentRow)
  }

  /** What a form must know before it is drawn. @throws ARTICLE_NOT_FOUND. */
  async function policy(ref: string, locale: string | undefined): Promise<CommentPolicyAnswer> {
    const context = await mustHaveContext(db, articleKey(ref, locale), null)
    const commentPolicy = context.commentPolicy ?? config.comments
    return {
      articleId: context.articleId,
      commentPolicy,
      open: isOpen(context),
      closesAt: isoMomentOrNull(context.commentsCloseAt),
      requires: ['author.name'],
      limits: {
        bodyLength: LIMITS.bodyLength,
        bodyBytes: LIMITS.bodyBytes,
        nameLength: LIMITS.nameLength,
        depth: LIMITS.depth,
      },
      editWindowSeconds: LIMITS.editWindowSeconds,
    }
  }

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
      const context = await mustHaveContext(tx, articleKey(ref, locale), parentId)
      const request = delivery.idempotencyKey && {
        scope:
          delivery.viewer.kind === 'key'
            ? `key:${delivery.viewer.keyId}:comment`
            : `anonymous:comment:${context.articleId}`,
        key: delivery.idempotencyKey,
        content: { articleId: context.articleId, input },
      }
      const done = await once(tx, request || undefined, () =>
        write(tx, context, { text, author, parentId }, delivery),
      )
      const row = await mustFind(tx, done.subjectId)
      return {
        answer: { comment: presentOwn(row), receipt: receiptOf(row) },
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
      policy: openPolicy(context),
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
   * the comment to the queue.
   * @throws COMMENT_NOT_FOUND, EDIT_WINDOW_CLOSED, COMMENTS_CLOSED, VALIDATION_FAILED, AUTHENTICATION_FAILED.
   */
  async function edit(id: string, body: string, receipt: string | undefined): Promise<OwnComment> {
    const text = readBody(body)
    return inTransaction(db, 'receipt', async (tx) => {
      const row = await lockOwn(tx, id, receipt)
      if (!row.articleVisible) throw new AppError('COMMENT_NOT_FOUND')
      if (!editableUntil(row)) throw new AppError('EDIT_WINDOW_CLOSED')
      const context = await mustHaveContext(tx, { id: row.articleId }, null)
      const verdict = judge({ policy: openPolicy(context), trusted: false, links: text.links })
      await updateText(tx, id, row.revision, { body: text.source, bodyHtml: text.html, bodyText: text.text })
      const edited = await mustFind(tx, id)
      if (rulesDecide(edited)) {
        await transition(
          tx,
          edited,
          { status: verdict.status, reason: verdict.reason, decidedBy: 'system' },
          'system',
        )
      }
      return presentOwn(await mustFind(tx, id))
    })
  }

  /** The author takes the comment back, at any time. @throws COMMENT_NOT_FOUND, AUTHENTICATION_FAILED. */
  async function withdraw(id: string, receipt: string | undefined, viewer: Viewer): Promise<void> {
    const moderator = may(viewer, 'comments:moderate')
    await inTransaction(db, moderator ? actorOf(viewer) : 'receipt', async (tx) => {
      if (moderator) {
        await lockThread(tx, id)
        const change = { status: 'deleted', reason: 'moderator', decidedBy: actorOf(viewer) } as const
        await transition(tx, await mustFind(tx, id), change, 'moderator')
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
    if (row && row.status !== 'erased' && receipt !== undefined && ownsReceipt(row, receipt)) return row
    // whoever may see the comment learns what is missing; to everybody else it does not exist
    const [visible] = await publicComments.run(tx, 'only', { ids: uuidArray([id]) })
    if (!visible) throw new AppError('COMMENT_NOT_FOUND')
    throw new AppError('AUTHENTICATION_FAILED', {
      detail: 'This needs the receipt of the comment, in the header Comment-Receipt',
      headers: { 'www-authenticate': 'Receipt' },
    })
  }

  const articleKey = (ref: string, locale: string | undefined): ArticleKey =>
    isId(ref) ? { id: ref.toLowerCase() } : { locale: locale ?? config.locale, slug: ref }

  const isOpen = (context: PostingContext): boolean =>
    context.takesComments && (context.commentPolicy ?? config.comments) !== 'closed'

  /** @throws COMMENTS_CLOSED. */
  function openPolicy(context: PostingContext): Exclude<CommentPolicy, 'closed'> {
    const policy = context.commentPolicy ?? config.comments
    if (policy !== 'closed' && context.takesComments) return policy
    throw new AppError('COMMENTS_CLOSED', { extra: { closedAt: isoMomentOrNull(context.commentsCloseAt) } })
  }

  const nonceOf = (row: FullCommentRow): Buffer => Buffer.from(row.receiptNonce ?? '', 'hex')

  /** Never stored, so that a replay can present it again: made from the comment and its nonce. */
  const receiptOf = (row: FullCommentRow): string =>
    `bsr_${secrets.sign('receipt', row.id, nonceOf(row)).toString('base64url')}`

  function ownsReceipt(row: FullCommentRow, receipt: string): boolean {
    const [, signature] = /^bsr_([\w-]{43})$/.exec(receipt) ?? []
    if (!signature || row.receiptNonce === null) return false
    return secrets.verify('receipt', Buffer.from(signature, 'base64url'), row.id, nonceOf(row))
  }

  return { threads, replies, firstReplies, read, policy, post, edit, withdraw }
}

async function mustFind(db: Db, id: string): Promise<FullCommentRow> {
  const row = await readFullComment(db, id)
  if (!row) throw new AppError('COMMENT_NOT_FOUND')
  return row
}

async function mustHaveContext(
  db: Db,
  article: ArticleKey,
  parentId: string | null,
): Promise<PostingContext> {
  const context = await readPostingContext(db, article, parentId)
  if (!context) throw new AppError('ARTICLE_NOT_FOUND')
  return context
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

/**
 * True where the rules may move a comment after an edit. Spam stays spam: its author sees it as pending and must
 * learn nothing from an edit. And what a person put on hold, only a person lets go.
 */
function rulesDecide({ status, decidedBy }: FullCommentRow): boolean {
  return status === 'approved' || (status === 'pending' && decidedBy === 'system')
}

/** Until when the author may change the words; null where that is over, or never was. */
function editableUntil(row: FullCommentRow): string | null {
  const until = new Date(row.createdAt).getTime() + LIMITS.editWindowSeconds * 1000
  const changeable = row.status === 'approved' || row.status === 'pending' || row.status === 'spam'
  return changeable && until > Date.now() ? new Date(until).toISOString() : null
}

/** A comment as its author sees it: spam looks like pending, so that it is no oracle for spammers. */
function presentOwn(row: FullCommentRow): OwnComment {
  const status = row.status === 'spam' ? 'pending' : row.status
  const own = status === 'deleted' ? { author: null, html: null, text: null } : ownWords(row)
  return {
    ...presentComment(row),
    ...own,
    status,
    ...(status === 'rejected' && { statusReason: row.statusReason }),
    revision: row.revision,
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
