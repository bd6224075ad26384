import { type SQL, sql } from 'drizzle-orm'
import type { Db } from './client.ts'

/**
 * Every store that may know something of a person who comments. What is not here holds nothing of readers: a new table with
 * something of theirs has its line here and in `deleteTraces`, and the test of erasure finds it where it has not.
 */
export const STORES = [
  'comments',
  'comment_private',
  'comment_revisions',
  'comment_votes',
  'comment_reports',
  'comment_checks',
  'moderation_batch_items',
  'idempotency_keys',
  'import_sources',
  'author_policies',
  'comment_bans',
  'changes',
] as const
export type Store = (typeof STORES)[number]

/** Rows changed or taken away, by store. */
export type Traces = Partial<Record<Store, number>>

/**
 * Takes away all that other tables know of a comment and of who wrote it, voted on it and reported it. The policy
 * for its author goes with the last comment of that author; bans stay until they end, without what they were made from. An import remembers that the
 * comment was there, and nothing of what it said; the change log that somebody wrote it. @returns the rows, by store.
 */
export async function deleteTraces(tx: Db, id: string): Promise<Traces> {
  const ofComment = (table: SQL): SQL => sql`delete from ${table} where comment_id = ${id}::uuid returning 1`
  const [row] = await tx.execute<{ traces: Traces }>(sql`
    with private as (
      delete from comment_private where comment_id = ${id}::uuid returning identity_key, author_key
    ),
    keys as (
      select k.key from private p, lateral (values (p.identity_key), (p.author_key)) k (key)
      where not exists (select from comment_private o where o.identity_key = k.key and o.comment_id <> ${id}::uuid)
        and not exists (select from comment_private o where o.author_key = k.key and o.comment_id <> ${id}::uuid)
    ),
    revisions as (${ofComment(sql`comment_revisions`)}),
    votes as (${ofComment(sql`comment_votes`)}),
    reports as (${ofComment(sql`comment_reports`)}),
    checks as (${ofComment(sql`comment_checks`)}),
    items as (${ofComment(sql`moderation_batch_items`)}),
    requests as (delete from idempotency_keys where subject_id = ${id}::uuid returning 1),
    sources as (
      update import_sources set fingerprint = '' where subject_id = ${id}::uuid and fingerprint <> '' returning 1
    ),
    policies as (delete from author_policies where key in (select key from keys) returning 1),
    origins as (
      update comment_bans set comment_id = null, reason = '' where comment_id = ${id}::uuid returning 1
    ),
    log as (
      update changes set actor = 'anonymous'
      where subject_id = ${id}::uuid and actor like 'user:%'
        and actor in (select actor from changes where subject_id = ${id}::uuid and kind = 'comment.created')
      returning 1
    )
    select json_build_object(
      'comment_private', (select count(*) from private), 'comment_revisions', (select count(*) from revisions),
      'comment_votes', (select count(*) from votes), 'comment_reports', (select count(*) from reports),
      'comment_checks', (select count(*) from checks), 'moderation_batch_items', (select count(*) from items),
      'idempotency_keys', (select count(*) from requests), 'import_sources', (select count(*) from sources),
      'author_policies', (select count(*) from policies),
      'comment_bans', (select count(*) from origins),
      'changes', (select count(*) from log)) as traces`)
  return row?.traces ?? {}
}

/**
 * Takes away the row of an erased comment that nothing hangs below. @returns what it hung below, null for a first comment;
 * undefined where it stays.
 */
export async function deleteBare(tx: Db, id: string): Promise<string | null | undefined> {
  const [row] = await tx.execute<{ parentId: string | null }>(sql`
    delete from comments c
    where c.id = ${id}::uuid and c.status = 'erased' and not exists (select from comments r where r.parent_id = c.id)
    returning c.parent_id as "parentId"`)
  return row?.parentId
}
