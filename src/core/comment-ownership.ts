import type { Database, Db } from '../db/client.ts'
import { lockThread, readFullComment } from '../db/comment-writes.ts'
import { type FullCommentRow, publicComments } from '../db/comments.ts'
import { uuidArray } from '../db/statement.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { CommentAuthors } from './comment-authors.ts'
import type { Receipts } from './receipts.ts'
import { actorOf } from './viewer.ts'

/** What somebody brings to show that a comment is theirs. */
export interface Proof {
  viewer: Viewer
  receipt?: string | undefined
  /** The reader for whom a trusted server speaks. */
  subject?: string | undefined
}

export type CommentOwnership = ReturnType<typeof commentOwnership>

/** Whose a comment is. */
export function commentOwnership(db: Database['db'], receipts: Receipts, authors: CommentAuthors) {
  /** The comment whose receipt came along: the same author writes again. @throws AUTHENTICATION_FAILED. */
  async function earlierOf({ receipt }: Pick<Proof, 'receipt'>): Promise<FullCommentRow | undefined> {
    if (receipt === undefined) return undefined
    const id = receipts.commentOf(receipt)
    const row = id && (await readFullComment(db, id))
    if (!row || !receipts.proves(row, receipt)) throw invalidReceipt()
    return row
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

  return { earlierOf, lockOwn, ownership }
}

export const invalidReceipt = (): AppError =>
  new AppError('AUTHENTICATION_FAILED', {
    detail: 'The receipt in the header Comment-Receipt is not valid, or not any more',
    headers: { 'www-authenticate': 'Receipt' },
  })

/** As the change log names who acts for themselves: an account by its hash, a receipt as no more than that. */
export const ownerOf = ({ viewer, receipt }: Proof): string =>
  receipt === undefined && viewer.kind !== 'anonymous' ? actorOf(viewer) : 'receipt'
