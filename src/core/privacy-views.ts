import type { ErasureRow, ExportedCommentRow, ExportedReportRow, ExportedVoteRow } from '../db/privacy.ts'
import { isoMoment, isoMomentOrNull } from '../db/statement.ts'
import { STORES } from '../db/traces.ts'
import { KEPT_HOURS, type Retention } from '../domain/retention.ts'
import type {
  Erasure,
  ExportedComment,
  ExportedReport,
  ExportedVote,
  RetentionAnswer,
} from '../shapes/privacy.ts'

/** A comment as its author gets it: every word, and the state as its author may see it. */
export function presentExportedComment(row: ExportedCommentRow): ExportedComment {
  const { id, articleId, parentId, name, url, email, ipPrefix, body } = row
  const status = row.status === 'spam' ? 'pending' : row.status
  return {
    id,
    articleId,
    parentId,
    status,
    ...(status === 'rejected' && { statusReason: row.statusReason }),
    author: { name, url, email },
    ipPrefix,
    source: body,
    revisions: row.revisions.map((one) => ({ source: one.body, replacedAt: isoMoment(one.replacedAt) })),
    createdAt: isoMoment(row.createdAt),
    editedAt: isoMomentOrNull(row.editedAt),
  }
}

export const presentExportedVote = ({ id, value, createdAt }: ExportedVoteRow): ExportedVote => ({
  commentId: id,
  value,
  createdAt: isoMoment(createdAt),
})

export const presentExportedReport = ({
  id,
  reason,
  note,
  createdAt,
}: ExportedReportRow): ExportedReport => ({
  commentId: id,
  reason,
  note,
  createdAt: isoMoment(createdAt),
})

/** The receipt of an erasure, with every store in its place, also those in which nothing was. */
export const presentErasure = ({ id, createdAt, stores, complete }: ErasureRow): Erasure => ({
  id,
  erasedAt: isoMoment(createdAt),
  complete,
  comments: stores['comments'] ?? 0,
  stores: STORES.map((store) => ({ store, rows: stores[store] ?? 0 })),
})

const ALWAYS = 'until_erasure'

export function presentRetention(keep: Retention): RetentionAnswer {
  const days = (count: number): string => (count === 0 ? ALWAYS : `P${count}D`)
  return {
    body: ALWAYS,
    revisions: ALWAYS,
    name: ALWAYS,
    url: ALWAYS,
    email: ALWAYS,
    ipPrefix: days(keep.network),
    networkKey: days(keep.network),
    identityKey: ALWAYS,
    votes: ALWAYS,
    reports: ALWAYS,
    idempotencyKey: `PT${KEPT_HOURS}H`,
    states: {
      pending: { for: days(keep.pending), becomes: 'rejected' },
      rejected: { for: days(keep.rejected), becomes: 'scrubbed' },
      spam: { for: days(keep.spam), becomes: 'scrubbed' },
      deleted: { for: days(keep.deleted), becomes: 'scrubbed' },
    },
  }
}
