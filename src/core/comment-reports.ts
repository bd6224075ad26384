import { type Database, type Db, inTransaction } from '../db/client.ts'
import { countProvenReports, insertReport } from '../db/comment-reports.ts'
import { lockThread } from '../db/comment-writes.ts'
import { publicComments } from '../db/comments.ts'
import { uuidArray } from '../db/statement.ts'
import type { CommentSettings } from '../domain/comment.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import { cleanBody } from '../lib/rich-text/clean-text.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { NewReport, TakenReport } from '../shapes/comment-reports.ts'
import { createPersons, type PersonProof, readerActorOf } from './comment-persons.ts'
import { findComment, transition } from './comment-states.ts'

export function commentReports(db: Database['db'], secrets: Secrets, { reportsToHold }: CommentSettings) {
  const persons = createPersons(secrets)

  /**
   * Takes a report about a public comment: one a reporter and comment, however often it is sent. At enough proven reporters the
   * comment goes back to the queue, unless a person approved these very words.
   * @throws as `requirePerson`; COMMENT_NOT_FOUND for what the public does not see, absent or hidden.
   */
  async function report(
    commentId: string,
    { reason, note }: NewReport,
    viewer: Viewer,
    proof: PersonProof,
  ): Promise<TakenReport> {
    const { key: reporterKey, proven } = persons.requirePerson(viewer, proof)
    return inTransaction(db, readerActorOf(viewer), async (tx) => {
      await lockThread(tx, commentId)
      const [shown] = await publicComments.run(tx, 'only', { ids: uuidArray([commentId]) })
      if (shown?.status !== 'approved') throw new AppError('COMMENT_NOT_FOUND')
      await insertReport(tx, {
        commentId,
        reporterKey,
        proven,
        reason,
        note: cleanBody(note ?? '') || null,
      })
      if (proven) await holdReported(tx, commentId)
      return { commentId, reported: true }
    })
  }

  async function holdReported(tx: Db, commentId: string): Promise<void> {
    if (reportsToHold === 0) return
    const row = await findComment(tx, commentId)
    if (row.vetted || (await countProvenReports(tx, commentId)) < reportsToHold) return
    await transition(tx, row, { status: 'pending', reason: 'flags', decidedBy: 'system' }, 'system')
  }

  return { report }
}
