import type { FullCommentRow } from '../db/comments.ts'
import type { Secrets } from '../lib/secrets.ts'

/**
 * What proves to us that somebody wrote a comment. Never stored, so that a replay can present it again: made from
 * the comment and its nonce, and revoked by a new nonce.
 */
export interface Receipts {
  issue(row: FullCommentRow): string
  /** True where this is the receipt of this very comment. */
  proves(row: FullCommentRow, receipt: string | undefined): boolean
}

const RECEIPT = /^bsr_([\w-]{43})$/

export function createReceipts(secrets: Secrets): Receipts {
  const nonceOf = (row: FullCommentRow): Buffer => Buffer.from(row.receiptNonce ?? '', 'hex')
  return {
    issue: (row) => `bsr_${secrets.sign('receipt', row.id, nonceOf(row)).toString('base64url')}`,
    proves: (row, receipt) => {
      const [, signature] = RECEIPT.exec(receipt ?? '') ?? []
      if (!signature || row.receiptNonce === null || row.status === 'erased') return false
      return secrets.verify('receipt', Buffer.from(signature, 'base64url'), row.id, nonceOf(row))
    },
  }
}
