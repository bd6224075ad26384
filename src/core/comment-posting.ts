import { randomBytes } from 'node:crypto'
import { type Database, type Db, inTransaction } from '../db/client.ts'
import { dueCheck } from '../db/comment-checks.ts'
import { insertComment } from '../db/comment-writes.ts'
import type { FullCommentRow } from '../db/comments.ts'
import { isSpent, type PostingContext, type PostingFacts, spendToken } from '../db/posting.ts'
import type { ArticleKey } from '../db/references.ts'
import type { CommentSettings } from '../domain/comment.ts'
import type { Viewer } from '../domain/viewer.ts'
import { type AppError, atFault } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { NewComment, NextAction, PostedComment } from '../shapes/comments.ts'
import type { Challenges } from './challenges.ts'
import type { CommentAuthors, Commenter } from './comment-authors.ts'
import { CHECKING, type CommentChecks } from './comment-checks.ts'
import { lockFacts, readFacts, type Written, wordsOf } from './comment-facts.ts'
import { type CommentOwnership, invalidReceipt } from './comment-ownership.ts'
import { type Place, placeOf } from './comment-places.ts'
import { openPolicy } from './comment-policy.ts'
import { DOUBLE_CLICK, judge, mustProve, refuse, type Submission, type Verdict } from './comment-rules.ts'
import { sandboxVerdict } from './comment-sandbox.ts'
import { findComment } from './comment-states.ts'
import { presentOwn, presentReceived, presentVerdict } from './comment-views.ts'
import type { FoundWords } from './comment-word-lists.ts'
import { hashOfWords, readBody } from './comment-words.ts'
import type { FormTokens } from './form-tokens.ts'
import { type Done, once } from './idempotency.ts'
import type { Receipts } from './receipts.ts'
import { articleKey } from './refs.ts'
import { actorOf } from './viewer.ts'

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

export interface Posted {
  answer: PostedComment
  /** 201 live, 202 held; 200 where nothing was written: for a second click, and a dry run. */
  status: number
  replayed: boolean
}

export interface WritingTools {
  ownership: CommentOwnership
  receipts: Receipts
  authors: CommentAuthors
  formTokens: FormTokens
  challenges: Challenges
  /** Looks up the word lists of the site. */
  findWords: (tx: Db, version: number, ...texts: string[]) => Promise<FoundWords>
  checks: CommentChecks
}

/** What proves something for one comment, and for no other one. */
interface Token {
  id: string
  expiresAt: string
  path: '/formToken' | '/proof'
  nextAction: NextAction
}

/** A comment as it was sent. */
interface Sent extends Written {
  input: NewComment
}

/** How somebody posts. */
export function commentPosting(
  db: Database['db'],
  tools: WritingTools,
  site: { locale: string; comments: CommentSettings },
) {
  const { ownership, receipts, authors, formTokens, challenges, findWords, checks } = tools
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
    const earlier = await ownership.earlierOf(delivery)
    const author = authors.ofNew(input, delivery.viewer, delivery.address, earlier)
    // what is real proves nothing in the sandbox, and the other way round
    if (earlier && earlier.sandbox !== author.sandbox) throw invalidReceipt()
    const sent: Sent = { input, text, author, parentId: input.parentId?.toLowerCase() ?? null }
    const article = articleKey(ref, locale ?? site.locale)
    if (input.dryRun) return tryOut(article, sent)
    const { done, asks, row } = await inTransaction(db, actorOf(delivery.viewer), async (tx) => {
      const { context, facts } = await lockFacts(tx, article, sent, settings)
      let asks = false
      const done = await once(tx, requestOf(context, sent, delivery), async () => {
        const written = await write(tx, context, facts, sent)
        asks = written.asks
        return written
      })
      return { done, asks, row: await findComment(tx, done.subjectId) }
    })
    return { ...present(done, asks ? await checks.ask(row) : row, author), replayed: done.replayed }
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
    const { id, place, verdict, tokens } = await decide(tx, context, facts, sent)
    for (const token of tokens) {
      if (!(await spendToken(tx, token.id, token.expiresAt))) throw usedUp(token)
    }
    const asks = checks.mustAsk(verdict, sent.author)
    const shown = asks ? CHECKING : verdict
    await insert(tx, id, context, place, shown, sent)
    if (asks) await dueCheck(tx, id)
    return { status: shown.status === 'approved' && !settings.uniform ? 201 : 202, subjectId: id, asks }
  }

  /** @returns the comment that these words already are, where they came a moment ago. */
  function secondClick({ twin }: PostingFacts, { staff, sandbox }: Commenter): string | undefined {
    const isOne = twin !== null && settings.twinHours > 0 && twin.age < DOUBLE_CLICK
    return isOne && !staff && !sandbox ? twin.id : undefined
  }

  /** What the rules make of a comment, and where it would hang. Writes nothing. @throws what refuses a comment. */
  async function decide(tx: Db, context: PostingContext, facts: PostingFacts, sent: Sent) {
    const { input, text, author, parentId } = sent
    const policy = openPolicy(context, settings)
    const id = newId()
    const place = placeOf(id, context.parent, parentId, settings.depth, author.sandbox)
    if (author.sandbox) return { id, place, verdict: sandboxVerdict(text.source), tokens: [] }
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
    return { id, place, verdict: judge(submission), tokens }
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
    const { context, facts } = await readFacts(db, article, sent, settings, 'read')
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

  return { post }
}

const usedUp = ({ path, nextAction }: Token): AppError =>
  atFault('CHALLENGE_FAILED', [{ path, message: 'was used before' }], { extra: { nextAction } })
