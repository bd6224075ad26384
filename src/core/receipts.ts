import type { FullCommentRow } from '../db/comments.ts'
import { bytesOfId, idOfBytes } from '../lib/ids.ts'
import type { Secrets } from '../lib/secrets.ts'

/**
 * What proves to us that somebody wrote a comment: `bsr_<id of the comment, and a signature>`. Never stored, so that a
 * replay can present it again: made from the comment and its nonce, and revoked by a new nonce.
 */
export interface Receipts {
  issue(row: FullCommentRow): string
  /** The comment that a receipt speaks of, proven or not; undefined where it is none. */
  commentOf(receipt: string): string | undefined
  /** True where this is the receipt of this very comment. */
  proves(row: FullCommentRow, receipt: string | undefined): boolean
}

const RECEIPT = /^bsr_([\w-]{64})$/
const ID_BYTES = 16

export function createReceipts(secrets: Secrets): Receipts {
  const nonceOf = (row: FullCommentRow): Buffer => Buffer.from(row.receiptNonce ?? '', 'hex')
  return {
    issue: (row) => {
      const signature = secrets.sign('receipt', row.id, nonceOf(row))
      return `bsr_${Buffer.concat([bytesOfId(row.id), signature]).toString('base64url')}`
    },
    commentOf: (receipt) => {
      const bytes = bytesOf(receipt)
      return bytes && idOfBytes(bytes.subarray(0, ID_BYTES))
    },
    proves: (row, receipt) => {
      const bytes = bytesOf(receipt ?? '')
      if (!bytes || row.receiptNonce === null || row.status === 'erased') return false
      if (idOfBytes(bytes.subarray(0, ID_BYTES)) !== row.id) return false
      return secrets.verify('receipt', bytes.subarray(ID_BYTES), row.id, nonceOf(row))
    },
  }
}

function bytesOf(receipt: string): Buffer | undefined {
  const [, text] = RECEIPT.exec(receipt) ?? []
  return text === undefined ? undefined : Buffer.from(text, 'base64url')
}
