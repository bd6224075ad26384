import { type Database, type Db, inTransaction } from '../db/client.ts'
import { dueCheck, forgetCheck } from '../db/comment-checks.ts'
import {
  countRevisions,
  keepDeleted,
  lockThread,
  updateBodyHash,
  updateReasons,
  updateText,
} from '../db/comment-writes.ts'
import type { FullCommentRow } from '../db/comments.ts'
import type { CommentSettings } from '../domain/comment.ts'
import { AppError } from '../lib/errors.ts'
import type { OwnComment } from '../shapes/comments.ts'
import { type Commenter, seesAll } from './comment-authors.ts'
import { CHECKING, waits } from './comment-checks.ts'
import { lockFacts, wordsOf } from './comment-facts.ts'
import { ownerOf, type Proof } from './comment-ownership.ts'
import { openPolicy } from './comment-policy.ts'
import type { WritingTools } from './comment-posting.ts'
import { judge, refuseBanned, type Verdict } from './comment-rules.ts'
import { sandboxVerdict } from './comment-sandbox.ts'
import { findComment, transition } from './comment-states.ts'
import { editableUntil, presentOwn } from './comment-views.ts'
import { type CommentText, hashOfWords, readBody } from './comment-words.ts'
import { actorOf, may } from './viewer.ts'

/** Edits of one comment: each keeps the words before it, and is told to all who listen. */
const EDITS = 20

/** What authors do with words of their own that are there: edit, withdraw. */
export function commentEditing(
  db: Database['db'],
  { ownership, authors, findWords, checks }: WritingTools,
  settings: CommentSettings,
) {
  /**
   * New words from the author, within the edit window. The rules run anew: words that would be held now withdraw
   * the comment to the queue; what waits there already goes on waiting.
   * @throws COMMENT_NOT_FOUND, EDIT_WINDOW_CLOSED, COMMENTS_CLOSED, COMMENTER_BANNED, VALIDATION_FAILED,
   * AUTHENTICATION_FAILED.
   */
  async function edit(id: string, body: string, proof: Proof): Promise<OwnComment> {
    const text = readBody(body)
    const { asks, edited } = await inTransaction(db, ownerOf(proof), async (tx) => {
      const row = await ownership.lockOwn(tx, id, proof)
      if (!row.articleVisible) throw new AppError('COMMENT_NOT_FOUND')
      if (!editableUntil(row, settings)) throw new AppError('EDIT_WINDOW_CLOSED')
      if (row.source === text.source) return { asks: false, edited: row }
      if ((await countRevisions(tx, id)) >= EDITS)
        throw new AppError('EDIT_WINDOW_CLOSED', { detail: `A comment may be edited ${EDITS} times` })
      const author = authors.ofRow(row, proof.viewer)
      const verdict = await decideEdit(tx, row, text, author)
      const asks = (row.status === 'approved' || waits(row)) && checks.mustAsk(verdict, author)
      const shown = asks ? CHECKING : verdict
      const { source, html } = text
      const { reasons } = shown
      await updateText(tx, id, row.revision, { body: source, bodyHtml: html, bodyText: text.text, reasons })
      if (!row.sandbox) await updateBodyHash(tx, id, hashOfWords(source))
      if (asks) await dueCheck(tx, id)
      await withdrawEdited(tx, await findComment(tx, id), shown)
      return { asks, edited: await findComment(tx, id) }
    })
    const last = asks ? await checks.ask(edited) : edited
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
    const { context, facts } = await lockFacts(tx, { id: row.articleId }, sent, settings)
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
        const row = await ownership.lockOwn(tx, id, proof)
        // what a moderator deleted before, nobody may bring back any more
        if (!(await transition(tx, row, change, 'author'))) await keepDeleted(tx, id)
      }
    })
  }

  return { edit, withdraw }
}
