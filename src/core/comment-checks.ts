import { type Database, inTransaction } from '../db/client.ts'
import { forgetCheck, postponeCheck, takeDueChecks } from '../db/comment-checks.ts'
import { lockThread, readFullComment, updateReasons } from '../db/comment-writes.ts'
import type { FullCommentRow } from '../db/comments.ts'
import type { StatusReason } from '../domain/comment.ts'
import { HookUnavailable, type HookVerdict, type ModerationHook } from '../lib/moderation-hook.ts'
import type { Commenter } from './comment-authors.ts'
import type { Verdict } from './comment-rules.ts'
import { findComment, transition } from './comment-states.ts'
import type { HousekeepingStep } from './housekeeping.ts'

/** Seconds until a check that failed is made again: comments.md, rule 15. After the last, a person decides. */
const WAITS = [60, 300, 1200] as const

/** A service of somebody else that is asked about comments before they are live: docs/adr/0014. */
export interface CommentHook {
  client: ModerationHook
  report: (failure: HookUnavailable) => void
}

/** What a service says of comments before they are live. Where there is none, nothing waits. */
export interface CommentChecks {
  /** Whether a comment waits for the service: what the rules let through, of people who are not staff. */
  mustAsk(verdict: Verdict, author: Commenter): boolean
  /**
   * Asks about a comment that is taken already: whatever becomes of the question, that is the answer, and housekeeping
   * asks again. @returns the comment as it is then.
   */
  ask(row: FullCommentRow): Promise<FullCommentRow>
  /** Of housekeeping. */
  steps: HousekeepingStep[]
}

const NOBODY: CommentChecks = { mustAsk: () => false, ask: async (row) => row, steps: [] }

const OUTCOMES: Record<
  HookVerdict['verdict'],
  { status: 'approved' | 'pending' | 'spam'; reason: StatusReason }
> = {
  approve: { status: 'approved', reason: 'check_passed' },
  hold: { status: 'pending', reason: 'provider' },
  spam: { status: 'spam', reason: 'provider' },
}

export function commentChecks(db: Database['db'], hook: CommentHook | undefined): CommentChecks {
  if (!hook) return NOBODY
  const { client, report } = hook

  async function ask(row: FullCommentRow): Promise<FullCommentRow> {
    try {
      await check(row.id)
      return await findComment(db, row.id)
    } catch {
      return row
    }
  }

  /** Does what the service says of a comment that waits for it. Never throws for a service that is away. */
  async function check(commentId: string): Promise<void> {
    const row = await readFullComment(db, commentId)
    if (!row || !waits(row)) return inTransaction(db, 'system', (tx) => forgetCheck(tx, commentId))
    try {
      await apply(row, await client.check(eventOf(row)))
    } catch (error) {
      if (!(error instanceof HookUnavailable)) throw error
      report(error)
      await giveTime(commentId)
    }
  }

  /** Only for the words that were asked about: what was edited meanwhile is asked about again. */
  async function apply(asked: FullCommentRow, { verdict }: HookVerdict): Promise<void> {
    await inTransaction(db, 'system', async (tx) => {
      await lockThread(tx, asked.id)
      const row = await readFullComment(tx, asked.id)
      if (!row || !waits(row)) return forgetCheck(tx, asked.id)
      if (row.revision !== asked.revision) return
      await forgetCheck(tx, row.id)
      const { status, reason } = OUTCOMES[verdict]
      if (status === row.status) return updateReasons(tx, row.id, reason)
      const reasons = status === 'approved' ? [] : [reason]
      await transition(tx, row, { status, reason, reasons, decidedBy: 'system' }, 'system')
    })
  }

  async function giveTime(commentId: string): Promise<void> {
    await inTransaction(db, 'system', async (tx) => {
      const failures = await postponeCheck(tx, commentId, WAITS)
      if (failures > WAITS.length) await forgetCheck(tx, commentId)
    })
  }

  /** Asks again about what could not be checked. @returns how many there were, up to `limit`. */
  async function askDue(limit: number): Promise<number> {
    const due = await inTransaction(db, 'system', (tx) => takeDueChecks(tx, limit))
    await Promise.all(due.map((id) => check(id)))
    return due.length
  }

  return {
    mustAsk: (verdict, { staff, sandbox }) => verdict.status === 'approved' && !staff && !sandbox,
    ask,
    // few at a time, for each waits for the service
    steps: [{ name: 'comments checked', size: 10, run: askDue }],
  }
}

/** True while a comment is held for no other reason than that the service has not let it through. */
export const waits = ({ status, statusReason }: FullCommentRow): boolean =>
  status === 'pending' && statusReason === 'check_unavailable'

/** What the service is told: the words and who signed them; no address of any kind. */
const eventOf = (row: FullCommentRow): object => ({
  type: 'comment.check',
  comment: {
    id: row.id,
    articleId: row.articleId,
    parentId: row.parentId,
    revision: row.revision,
    author: { name: row.authorName, url: row.authorUrl, verified: row.authorVerified },
    source: row.source,
    html: row.html,
    text: row.text,
    createdAt: new Date(row.createdAt).toISOString(),
  },
})

/** How a comment stands that would be live, until the hook has been asked. */
export const CHECKING: Verdict = {
  status: 'pending',
  reason: 'check_unavailable',
  reasons: ['check_unavailable'],
}
