import { randomBytes } from 'node:crypto'
import { type Database, type Db, inTransaction } from '../db/client.ts'
import { dueCheck, forgetCheck } from '../db/comment-checks.ts'
import {
  countRevisions,
  insertComment,
  keepDeleted,
  lockThread,
  readFullComment,
  updateBodyHash,
  updateReasons,
  updateText,
} from '../db/comment-writes.ts'
import { type FullCommentRow, publicComments } from '../db/comments.ts'
import {
  isSpent,
  lockAuthors,
  type ParentRow,
  type PostingContext,
  type PostingFacts,
  readPostingFacts,
  spendToken,
} from '../db/posting.ts'
import type { ArticleKey } from '../db/references.ts'
import { uuidArray } from '../db/statement.ts'
import type { CommentSettings } from '../domain/comment.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError, atFault } from '../lib/errors.ts'
import { leastIdAt, newId } from '../lib/ids.ts'
import type { NewComment, NextAction, OwnComment, PostedComment } from '../shapes/comments.ts'
import type { Challenges } from './challenges.ts'
import { type CommentAuthors, type Commenter, seesAll } from './comment-authors.ts'
import { type CommentChecks, waits } from './comment-checks.ts'
import { openPolicy } from './comment-policy.ts'
import {
  DOUBLE_CLICK,
  judge,
  mustProve,
  refuse,
  refuseBanned,
  type Submission,
  type Verdict,
} from './comment-rules.ts'
import { sandboxVerdict } from './comment-sandbox.ts'
import { findComment, transition } from './comment-states.ts'
import { editableUntil, presentOwn, presentReceived, presentVerdict } from './comment-views.ts'
import type { FoundWords } from './comment-word-lists.ts'
import { type CommentText, hashOfWords, readBody } from './comment-words.ts'
import type { FormTokens } from './form-tokens.ts'
import { type Done, once } from './idempotency.ts'
import type { Receipts } from './receipts.ts'
import { articleKey } from './refs.ts'
import { actorOf, may } from './viewer.ts'

/** How a comment reached us, beside its words. */
export interface Delivery {
  viewer: Viewer
  /** Address of the client; only its network is ever stored. */
  address: string
  /** From `Idempotency-Key`. */
  idempotencyKey: string | undefined
  /** Of an earlier comment of the same author. */
  receipt?: string | undefined
}

/** What somebody brings to show that a comment is theirs. */
export interface Proof {
  viewer: Viewer
  receipt?: string | undefined
  /** The reader for whom a trusted server speaks. */
  subject?: string | undefined
}

export interface Posted {
  answer: PostedComment
  /** 201 live, 202 held; 200 where nothing was written: for a second click, and a dry run. */
  status: number
  replayed: boolean
}

export interface WritingTools {
  receipts: Receipts
  authors: CommentAuthors
  formTokens: FormTokens
  challenges: Challenges
  /** Looks up the word lists of the site. */
  findWords: (tx: Db, version: number, ...texts: string[]) => Promise<FoundWords>
  /** Left out: nobody else is asked before a comment is live. */
  checks: CommentChecks | undefined
}

/** What proves something for one comment, and for no other one. */
interface Token {
  id: string
  expiresAt: string
  path: '/formToken' | '/proof'
  nextAction: NextAction
}

/** Edits of one comment: each keeps the words before it, and is told to all who listen. */
const EDITS = 20

/** How a comment stands that would be live, until the hook has been asked. */
const CHECKING: Verdict = {
  status: 'pending',
  reason: 'check_unavailable',
  reasons: ['check_unavailable'],
}

/** A comment as it was sent, read and proven as far as that goes without the article. */
interface Sent {
  input: NewComment
  text: CommentText
  author: Commenter
  parentId: string | null
}

/** The three things that anybody may do with words of their own: post, edit, withdraw. */
export function commentWriting(
  db: Database['db'],
  tools: WritingTools,
  site: { locale: string; comments: CommentSettings },
) {
  const { receipts, authors, formTokens, challenges, findWords, checks } = tools
  const settings = site.comments

  /**
   * Takes a comment under a visible, open article. Nothing is written before every rule has run, and all that is
   * written is one transaction, with the idempotency key. Where a hook has to be asked, that comes after it.
   * @throws ARTICLE_NOT_FOUND, COMMENTS_CLOSED, PARENT_NOT_FOUND, PARENT_NOT_REPLYABLE, COMMENTER_BANNED,
   * COMMENT_DUPLICATE, COMMENTS_TOO_FAST, CHALLENGE_FAILED, VALIDATION_FAILED, FORBIDDEN, IDEMPOTENCY_IN_FLIGHT,
   * IDEMPOTENCY_KEY_REUSED.
   */
  async function post(
    ref: string,
    locale: string | undefined,
    input: NewComment,
    delivery: Delivery,
  ): Promise<Posted> {
    const text = readBody(input.body)
    const earlier = await earlierOf(delivery)
    const author = authors.ofNew(input, delivery.viewer, delivery.address, earlier)
    // what is real proves nothing in the sandbox, and the other way round
    if (earlier && earlier.sandbox !== author.sandbox) throw invalidReceipt()
    const sent: Sent = { input, text, author, parentId: input.parentId?.toLowerCase() ?? null }
    const article = articleKey(ref, locale ?? site.locale)
    if (input.dryRun) return tryOut(article, sent)
    const { done, asks, row } = await inTransaction(db, actorOf(delivery.viewer), async (tx) => {
      const { context, facts } = await lockFacts(tx, article, sent)
      let asks = false
      const done = await once(tx, requestOf(context, sent, delivery), async () => {
        const written = await write(tx, context, facts, sent)
        asks = written.asks
        return written
      })
      return { done, asks, row: await findComment(tx, done.subjectId) }
    })
    return { ...present(done, asks ? await asked(row) : row, author), replayed: done.replayed }
  }

  /**
   * Asks the hook about a comment that is taken already: whatever becomes of the question, that is the answer, and housekeeping
   * asks again. @returns the comment as it is then.
   */
  async function asked(row: FullCommentRow): Promise<FullCommentRow> {
    try {
      await checks?.ask(row.id)
      return await findComment(db, row.id)
    } catch {
      return row
    }
  }

  /** The comment whose receipt came along: the same author writes again. @throws AUTHENTICATION_FAILED. */
  async function earlierOf({ receipt }: Pick<Proof, 'receipt'>): Promise<FullCommentRow | undefined> {
    if (receipt === undefined) return undefined
    const id = receipts.commentOf(receipt)
    const row = id && (await readFullComment(db, id))
    if (!row || !receipts.proves(row, receipt)) throw invalidReceipt()
    return row
  }

  /** Locks all that the rules look at, and reads it. @throws ARTICLE_NOT_FOUND. */
  async function lockFacts(tx: Db, article: ArticleKey, sent: Sent) {
    const { author, parentId } = sent
    if (parentId) await lockThread(tx, parentId)
    // both keys of the network: at midnight one post takes the old day for today, and another the new one
    if (!author.sandbox) await lockAuthors(tx, [...author.authorKeys, ...author.networkKeys])
    return readFacts(tx, article, sent, 'locked')
  }

  /** @throws ARTICLE_NOT_FOUND. */
  async function readFacts(
    tx: Db,
    article: ArticleKey,
    { text, author, parentId }: Sent,
    how: 'read' | 'locked',
  ) {
    const of = {
      ...author,
      names: [author.name, withoutOrnaments(author.name)],
      parentId,
      bodyHash: hashOfWords(text.source),
      minuteFloor: leastIdAt(Date.now() - 60_000),
      limits: { ...settings, perHour: Math.max(settings.perHour, settings.perMinute) },
    }
    const read = await readPostingFacts(tx, article, of, how)
    if (!read) throw new AppError('ARTICLE_NOT_FOUND')
    return read
  }

  const requestOf = ({ articleId }: PostingContext, { input }: Sent, { viewer, idempotencyKey }: Delivery) =>
    idempotencyKey === undefined
      ? undefined
      : {
          scope:
            viewer.kind === 'anonymous' ? `anonymous:comment:${articleId}` : `${actorOf(viewer)}:comment`,
          key: idempotencyKey,
          content: { articleId, input },
        }

  async function write(
    tx: Db,
    context: PostingContext,
    facts: PostingFacts,
    sent: Sent,
  ): Promise<Done & { asks: boolean }> {
    const twin = secondClick(facts, sent.author)
    if (twin) return { status: 200, subjectId: twin, asks: false }
    const { verdict, place, tokens } = await decide(tx, context, facts, sent)
    for (const token of tokens) {
      if (!(await spendToken(tx, token.id, token.expiresAt))) throw usedUp(token)
    }
    const id = newId()
    const asks = mustAsk(verdict, sent.author)
    const shown = asks ? CHECKING : verdict
    await insert(tx, id, context, place(id), shown, sent)
    if (asks) await dueCheck(tx, id)
    return { status: shown.status === 'approved' && !settings.uniform ? 201 : 202, subjectId: id, asks }
  }

  /** @returns the comment that these words already are, where they came a moment ago. */
  function secondClick({ twin }: PostingFacts, { staff, sandbox }: Commenter): string | undefined {
    const isOne = twin !== null && settings.twinHours > 0 && twin.age < DOUBLE_CLICK
    return isOne && !staff && !sandbox ? twin.id : undefined
  }

  const mustAsk = (verdict: Verdict, { staff, sandbox }: Commenter): boolean =>
    checks !== undefined && verdict.status === 'approved' && !staff && !sandbox

  /** The verdict of the rules. Writes nothing. @throws what refuses a comment. */
  async function decide(tx: Db, context: PostingContext, facts: PostingFacts, sent: Sent) {
    const { input, text, author, parentId } = sent
    const policy = openPolicy(context, settings)
    const place = (id: string) => placeOf(id, context.parent, parentId, settings.depth, author.sandbox)
    place('')
    if (author.sandbox) return { verdict: sandboxVerdict(text.source), place, tokens: [] }
    const formToken =
      settings.formToken === 'off' || input.formToken == null
        ? undefined
        : formTokens.read(input.formToken, context.articleId)
    const proof =
      settings.proofOfWork === 'off' || input.proof == null
        ? undefined
        : await challenges.verify(input.proof, context.articleId)
    const submission: Submission = {
      settings,
      context,
      facts,
      author,
      policy,
      links: text.links,
      words: await findWords(tx, facts.wordsVersion, ...wordsOf(text, author)),
      honeypot: Boolean(input.honeypot?.trim()),
      formToken,
      proof,
    }
    refuse(submission)
    const tokens: Token[] = []
    if (formToken?.ok && !author.staff)
      tokens.push({ ...formToken, path: '/formToken', nextAction: 'reload_form' })
    if (proof?.ok && !author.staff && mustProve(submission))
      tokens.push({ ...proof, path: '/proof', nextAction: 'solve_challenge' })
    return { verdict: judge(submission), place, tokens }
  }

  async function insert(
    tx: Db,
    id: string,
    context: PostingContext,
    place: Place,
    verdict: Verdict,
    { text, author }: Sent,
  ): Promise<void> {
    const known = author.sandbox ? undefined : author
    await insertComment(
      tx,
      {
        id,
        articleId: context.articleId,
        ...place,
        status: verdict.status,
        statusReason: verdict.reason,
        reasons: verdict.reasons,
        decidedBy: 'system',
        authorName: author.name,
        authorUrl: author.url,
        authorVerified: author.verified,
        body: text.source,
        bodyHtml: text.html,
        bodyText: text.text,
        sandbox: author.sandbox,
      },
      {
        email: author.email,
        ipPrefix: known?.network ?? null,
        ipHmac: known?.networkKeys[0] ?? null,
        authorKey: known?.authorKey ?? null,
        identityKey: author.identityKey,
        bodyHash: known ? hashOfWords(text.source) : null,
        receiptNonce: randomBytes(16),
      },
    )
  }

  function present(done: Done, found: FullCommentRow, author: Commenter): Omit<Posted, 'replayed'> {
    const { trusted } = author
    const duplicate = done.status === 200
    // who sends the same words again may be somebody else, and learns nothing that was not sent
    const row = duplicate ? { ...found, authorUrl: author.url } : found
    // the hook may have let it through meanwhile
    const isLive = row.status === 'approved' && !settings.uniform
    return {
      status: done.status === 202 && isLive ? 201 : done.status,
      answer: {
        comment:
          settings.uniform && !trusted ? presentReceived(row, settings) : presentOwn(row, settings, trusted),
        receipt: duplicate ? null : receipts.issue(row),
        duplicateOf: duplicate ? row.id : null,
        verdict: presentVerdict(row, trusted, settings.uniform),
      },
    }
  }

  /** What would become of a comment. Writes nothing, uses nothing up, and makes nobody wait. */
  async function tryOut(article: ArticleKey, sent: Sent): Promise<Posted> {
    const { context, facts } = await readFacts(db, article, sent, 'read')
    const twin = secondClick(facts, sent.author)
    const shown = twin ? await findComment(db, twin) : await foresee(context, facts, sent)
    const { html, text } = sent.text
    return {
      answer: {
        comment: null,
        receipt: null,
        duplicateOf: twin ?? null,
        verdict: presentVerdict(shown, sent.author.trusted, settings.uniform),
        preview: { html, text },
      },
      status: 200,
      replayed: false,
    }
  }

  /** @throws what refuses a comment. */
  async function foresee(context: PostingContext, facts: PostingFacts, sent: Sent): Promise<Verdict> {
    const { verdict, tokens } = await decide(db, context, facts, sent)
    for (const token of tokens) if (await isSpent(db, token.id)) throw usedUp(token)
    return verdict
  }

  /**
   * New words from the author, within the edit window. The rules run anew: words that would be held now withdraw
   * the comment to the queue; what waits there already goes on waiting.
   * @throws COMMENT_NOT_FOUND, EDIT_WINDOW_CLOSED, COMMENTS_CLOSED, COMMENTER_BANNED, VALIDATION_FAILED,
   * AUTHENTICATION_FAILED.
   */
  async function edit(id: string, body: string, proof: Proof): Promise<OwnComment> {
    const text = readBody(body)
    const { asks, edited } = await inTransaction(db, ownerOf(proof), async (tx) => {
      const row = await lockOwn(tx, id, proof)
      if (!row.articleVisible) throw new AppError('COMMENT_NOT_FOUND')
      if (!editableUntil(row, settings)) throw new AppError('EDIT_WINDOW_CLOSED')
      if (row.source === text.source) return { asks: false, edited: row }
      if ((await countRevisions(tx, id)) >= EDITS)
        throw new AppError('EDIT_WINDOW_CLOSED', { detail: `A comment may be edited ${EDITS} times` })
      const author = authors.ofRow(row, proof.viewer)
      const verdict = await decideEdit(tx, row, text, author)
      const asks = (row.status === 'approved' || waits(row)) && mustAsk(verdict, author)
      const shown = asks ? CHECKING : verdict
      const { source, html } = text
      const { reasons } = shown
      await updateText(tx, id, row.revision, { body: source, bodyHtml: html, bodyText: text.text, reasons })
      if (!row.sandbox) await updateBodyHash(tx, id, hashOfWords(source))
      if (asks) await dueCheck(tx, id)
      await withdrawEdited(tx, await findComment(tx, id), shown)
      return { asks, edited: await findComment(tx, id) }
    })
    const last = asks ? await asked(edited) : edited
    return presentOwn(last, settings, seesAll(proof.viewer, last))
  }

  /** @throws COMMENTS_CLOSED, COMMENTER_BANNED. */
  async function decideEdit(
    tx: Db,
    row: FullCommentRow,
    text: CommentText,
    author: Commenter,
  ): Promise<Verdict> {
    if (author.sandbox) return sandboxVerdict(text.source)
    const sent = { input: { body: text.source }, text, author, parentId: null }
    const { context, facts } = await lockFacts(tx, { id: row.articleId }, sent)
    const submission = {
      settings,
      context,
      facts,
      author,
      policy: openPolicy(context, settings),
      links: text.links,
      words: await findWords(tx, facts.wordsVersion, ...wordsOf(text, author)),
      honeypot: false,
    }
    refuseBanned(submission)
    return judge(submission)
  }

  /**
   * An edit can take a comment out of sight, never into it: what waits, a person lets go, and spam, which looks pending
   * to its author, must not be told from it. Whatever the rules found in them, words that were public once are judged by a
   * person.
   */
  async function withdrawEdited(tx: Db, row: FullCommentRow, { status, reason, reasons }: Verdict) {
    if (status === 'approved') return
    if (row.status === 'approved') {
      await transition(tx, row, { status: 'pending', reason, decidedBy: 'system' }, 'system')
    } else if (waits(row) && reason !== 'check_unavailable') {
      await forgetCheck(tx, row.id)
      await updateReasons(tx, row.id, reason, reasons)
    }
  }

  /** The author takes the comment back, at any time and for good. @throws COMMENT_NOT_FOUND, AUTHENTICATION_FAILED. */
  async function withdraw(id: string, proof: Proof): Promise<void> {
    const moderator = may(proof.viewer, 'comments:moderate')
    await inTransaction(db, moderator ? actorOf(proof.viewer) : ownerOf(proof), async (tx) => {
      if (moderator) {
        await lockThread(tx, id)
        const change = { status: 'deleted', reason: 'moderator', decidedBy: actorOf(proof.viewer) } as const
        await transition(tx, await findComment(tx, id), change, 'moderator')
      } else {
        const change = { status: 'deleted', reason: 'withdrawn', decidedBy: ownerOf(proof) } as const
        const row = await lockOwn(tx, id, proof)
        // what a moderator deleted before, nobody may bring back any more
        if (!(await transition(tx, row, change, 'author'))) await keepDeleted(tx, id)
      }
    })
  }

  /** The comment of this proof, with its thread locked. */
  async function lockOwn(tx: Db, id: string, proof: Proof): Promise<FullCommentRow> {
    await lockThread(tx, id)
    const owns = ownership(proof)
    const row = await readFullComment(tx, id)
    if (row && owns(row)) return row
    // whoever may see the comment learns what is missing; to everybody else it does not exist
    const [visible] = await publicComments.run(tx, 'only', { ids: uuidArray([id]) })
    if (!visible) throw new AppError('COMMENT_NOT_FOUND')
    throw new AppError('AUTHENTICATION_FAILED', {
      detail:
        'This needs the receipt of the comment, in the header Comment-Receipt, or the account of its author',
      headers: { 'www-authenticate': 'Receipt' },
    })
  }

  /**
   * @returns what tells whether the proof is of the author of a comment. @throws FORBIDDEN for who speaks for others without
   * the right to, whether there is a comment or not.
   */
  function ownership({ receipt, viewer, subject }: Proof): (row: FullCommentRow) => boolean {
    const identity = authors.identityOf(viewer, subject)?.toString('hex')
    return (row) =>
      receipts.proves(row, receipt) ||
      (identity !== undefined && row.status !== 'erased' && identity === row.identityKey)
  }

  return { post, edit, withdraw, ownership, earlierOf }
}

const invalidReceipt = (): AppError =>
  new AppError('AUTHENTICATION_FAILED', {
    detail: 'The receipt in the header Comment-Receipt is not valid, or not any more',
    headers: { 'www-authenticate': 'Receipt' },
  })

const usedUp = ({ path, nextAction }: Token): AppError =>
  atFault('CHALLENGE_FAILED', [{ path, message: 'was used before' }], { extra: { nextAction } })

/** A name without the signs that people put around names, and that may stand for letters within one. */
const withoutOrnaments = (name: string): string =>
  name.replace(/[^\p{L}\p{M}\p{N}\p{P}\s$|]/gu, '').replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu, '')

/** All that a reader will read of a comment, and what it is made from. */
const wordsOf = ({ text, source }: CommentText, { name, url }: Commenter): string[] => [
  text,
  source,
  name,
  url ?? '',
]

/** As the change log names who acts for themselves: an account by its hash, a receipt as no more than that. */
const ownerOf = ({ viewer, receipt }: Proof): string =>
  receipt === undefined && viewer.kind !== 'anonymous' ? actorOf(viewer) : 'receipt'

interface Place {
  parentId: string | null
  rootId: string
  depth: number
  replyToId: string | null
}

/**
 * Where a comment hangs. Past the depth limit it hangs beside the one that it answers, and remembers whom.
 * @throws PARENT_NOT_FOUND (absent, foreign and hidden are one), PARENT_NOT_REPLYABLE.
 */
function placeOf(
  id: string,
  parent: ParentRow | null,
  parentId: string | null,
  deepest: number,
  sandbox: boolean,
): Place {
  if (parentId === null) return { parentId: null, rootId: id, depth: 0, replyToId: null }
  const path = '/parentId'
  if (parent?.status === 'deleted' && !parent.hiddenBy) {
    throw new AppError('PARENT_NOT_REPLYABLE', { errors: [{ path, message: 'takes no replies any more' }] })
  }
  if (parent?.status !== 'approved' || parent.hiddenBy || (parent.sandbox && !sandbox)) {
    throw new AppError('PARENT_NOT_FOUND', { errors: [{ path, message: 'is no comment of this article' }] })
  }
  // a first comment always takes replies of its own, or there would be no thread
  return parent.depth < deepest || parent.depth === 0
    ? { parentId: parent.id, rootId: parent.rootId, depth: parent.depth + 1, replyToId: null }
    : { parentId: parent.parentId, rootId: parent.rootId, depth: parent.depth, replyToId: parent.id }
}
