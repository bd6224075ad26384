import { sql } from 'drizzle-orm'
import type { ReportReason } from '../domain/comment.ts'
import type { Db } from './client.ts'
import { commentReports } from './tables/comments.ts'

export interface NewReportRow {
  commentId: string
  reporterKey: Buffer
  proven: boolean
  reason: ReportReason
  note: string | null
}

/** Writes a report; one of the same reporter about the same comment stays as it is, answered or not. */
export async function insertReport(tx: Db, report: NewReportRow): Promise<void> {
  await tx.insert(commentReports).values(report).onConflictDoNothing()
}

/** @returns how many proven reporters wait for an answer about a comment. */
export async function countProvenReports(tx: Db, commentId: string): Promise<number> {
  const [row] = await tx.execute<{ n: number }>(sql`
    select count(*)::int as n from comment_reports
    where comment_id = ${commentId}::uuid and proven and resolution is null`)
  return row?.n ?? 0
}
