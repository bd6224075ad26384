import { type SQL, sql } from 'drizzle-orm'
import type { CommentStatus, ReportReason, StatusReason } from '../domain/comment.ts'
import type { Db } from './client.ts'
import { textArray } from './statement.ts'
import { erasures } from './tables/comments.ts'
import type { Traces } from './traces.ts'

/** Who is meant: by proven identities, by an address that was typed, or as the author of one comment. */
export interface PersonKeys {
  /** Keyed hashes, hex. */
  keys: readonly string[]
  email: string | null
  commentId: string | null
}

const among = (column: SQL, keys: readonly string[]): SQL =>
  sql`${column} = any(array(select decode(k, 'hex') from unnest(${textArray(keys)}::text[]) k))`

/** For a row of `comment_private` under the alias `p`. Each way has its index. */
const isOf = ({ keys, email, commentId }: PersonKeys): SQL => {
  const ways = [
    among(sql`p.identity_key`, keys),
    ...(email === null ? [] : [sql`lower(p.email) = lower(${email}::text)`]),
    ...(commentId === null ? [] : [sql`p.comment_id = ${commentId}::uuid`]),
  ]
  return sql`(${sql.join(ways, sql` or `)})`
}

/** @returns the identity (hex) behind a comment, null for one without; undefined where there is no such comment, or no author any more. */
export async function identityOf(db: Db, commentId: string): Promise<string | null | undefined> {
  const [row] = await db.execute<{ key: string | null }>(
    sql`select encode(identity_key, 'hex') as key from comment_private where comment_id = ${commentId}::uuid`,
  )
  return row?.key
}

/** True where the comment is there, in whatever state. */
export async function hasComment(db: Db, id: string): Promise<boolean> {
  return (await db.execute(sql`select from comments where id = ${id}::uuid`)).length > 0
}

/** What a person is in, to be taken out of it. */
export interface Involvement {
  as: 'author' | 'voter' | 'reporter'
  commentId: string
}

/**
 * Up to `limit` comments that the person wrote; those written, then those voted on, then those reported. The comment that the
 * person was found by comes last of all: what is left can be found by it until then.
 */
export async function involvements(db: Db, person: PersonKeys, limit: number): Promise<Involvement[]> {
  const written = sql`select p.comment_id as "commentId" from comment_private p where ${isOf(person)}`
  const others = sql`p.comment_id is distinct from ${person.commentId}::uuid`
  const looks: [Involvement['as'], SQL][] = [
    ['author', sql`${written} and ${others}`],
    [
      'voter',
      sql`select comment_id as "commentId" from comment_votes where ${among(sql`voter_key`, person.keys)}`,
    ],
    [
      'reporter',
      sql`select comment_id as "commentId" from comment_reports where ${among(sql`reporter_key`, person.keys)}`,
    ],
    ['author', written],
  ]
  for (const [as, look] of looks) {
    const rows = await db.execute<{ commentId: string }>(sql`${look} limit ${limit}::int`)
    if (rows.length > 0) return rows.map(({ commentId }) => ({ as, commentId }))
  }
  return []
}

const INVOLVED = {
  voter: { table: sql`comment_votes`, key: sql`voter_key`, store: 'comment_votes' },
  reporter: { table: sql`comment_reports`, key: sql`reporter_key`, store: 'comment_reports' },
} as const

/**
 * Takes away a person's votes on a comment of others, or reports of it, with what is remembered of the requests.
 * @param userIds how the person is named in the scopes of requests.
 */
export async function deleteInvolvement(
  tx: Db,
  as: 'voter' | 'reporter',
  commentId: string,
  keys: readonly string[],
  userIds: readonly string[],
): Promise<Traces> {
  const { table, key, store } = INVOLVED[as]
  const gone = await tx.execute(sql`
    delete from ${table} where comment_id = ${commentId}::uuid and ${among(key, keys)} returning 1`)
  const requests = await tx.execute(sql`
    delete from idempotency_keys
    where subject_id = ${commentId}::uuid and split_part(scope, ':', 1) = 'user'
      and split_part(scope, ':', 2) = any(${textArray(userIds)}::text[]) returning 1`)
  return { [store]: gone.length, idempotency_keys: requests.length }
}

/** Takes away the policies for the person, whether there are comments or not. Bans stay: erasing ends none. */
export async function deleteDecisions(tx: Db, keys: readonly string[]): Promise<Traces> {
  const policies = await tx.execute(
    sql`delete from author_policies where ${among(sql`key`, keys)} returning 1`,
  )
  return { author_policies: policies.length }
}

export interface ErasureRow {
  id: string
  stores: Record<string, number>
  complete: boolean
  createdAt: string
}

/** Keeps the receipt of an erasure: what was done, by whom, nothing of whose it was. */
export async function insertErasure(
  tx: Db,
  row: Omit<ErasureRow, 'createdAt'> & { actor: string },
): Promise<ErasureRow> {
  const [made] = await tx.insert(erasures).values(row).returning()
  return made as ErasureRow
}

export async function readErasure(db: Db, id: string): Promise<ErasureRow | undefined> {
  const [row] = await db.select().from(erasures).where(sql`id = ${id}::uuid`)
  return row as ErasureRow | undefined
}

/** A place in the order of a list: `(createdAt, id)`. */
export interface Place {
  createdAt: string
  id: string
}

/** Before everything. */
export const BEGINNING: Place = {
  createdAt: '0001-01-01T00:00:00.000Z',
  id: '00000000-0000-0000-0000-000000000000',
}

export interface ExportedCommentRow extends Place {
  articleId: string
  parentId: string | null
  status: CommentStatus
  statusReason: StatusReason
  name: string
  url: string | null
  email: string | null
  ipPrefix: string | null
  body: string
  editedAt: string | null
  revisions: { body: string; replacedAt: string }[]
}

export interface ExportedVoteRow extends Place {
  value: number
}

export interface ExportedReportRow extends Place {
  reason: ReportReason
  note: string | null
}

const beyond = (createdAt: SQL, id: SQL, after: Place): SQL =>
  sql`(${createdAt}, ${id}) > (${after.createdAt}::timestamptz, ${after.id}::uuid)`

/** What a person wrote, hidden or not, oldest first. Votes and reports come likewise. */
export function exportComments(
  db: Db,
  person: PersonKeys,
  after: Place,
  limit: number,
): Promise<ExportedCommentRow[]> {
  return answers(
    db,
    sql`
    select json_build_object(
      'id', c.id, 'articleId', c.article_id, 'parentId', c.parent_id, 'status', c.status, 'statusReason', c.status_reason,
      'name', c.author_name, 'url', c.author_url, 'email', p.email, 'ipPrefix', p.ip_prefix, 'body', c.body,
      'createdAt', c.created_at, 'editedAt', c.edited_at,
      'revisions', (select coalesce(json_agg(json_build_object('body', r.body, 'replacedAt', r.created_at)
                                             order by r.revision), '[]')
                    from comment_revisions r where r.comment_id = c.id)) as answer
    from comment_private p join comments c on c.id = p.comment_id
    where ${isOf(person)} and ${beyond(sql`c.created_at`, sql`c.id`, after)}
    order by c.created_at, c.id limit ${limit}::int`,
  )
}

export function exportVotes(
  db: Db,
  { keys }: PersonKeys,
  after: Place,
  limit: number,
): Promise<ExportedVoteRow[]> {
  return answers(
    db,
    sql`
    select json_build_object('id', v.comment_id, 'value', v.value, 'createdAt', v.created_at) as answer
    from comment_votes v
    where ${among(sql`v.voter_key`, keys)} and ${beyond(sql`v.created_at`, sql`v.comment_id`, after)}
    order by v.created_at, v.comment_id limit ${limit}::int`,
  )
}

export function exportReports(
  db: Db,
  { keys }: PersonKeys,
  after: Place,
  limit: number,
): Promise<ExportedReportRow[]> {
  return answers(
    db,
    sql`
    select json_build_object('id', r.comment_id, 'reason', r.reason, 'note', r.note, 'createdAt', r.created_at) as answer
    from comment_reports r
    where ${among(sql`r.reporter_key`, keys)} and ${beyond(sql`r.created_at`, sql`r.comment_id`, after)}
    order by r.created_at, r.comment_id limit ${limit}::int`,
  )
}

async function answers<Row>(db: Db, statement: SQL): Promise<Row[]> {
  const rows = await db.execute<{ answer: Row }>(statement)
  return rows.map(({ answer }) => answer)
}
