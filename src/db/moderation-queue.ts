import { type SQL, sql } from 'drizzle-orm'
import { type AuthorPolicy, COMMENT_STATUSES, type ReportReason } from '../domain/comment.ts'
import type { Db } from './client.ts'
import { type FullCommentRow, fullComment } from './comments.ts'
import { offIndex, type PageRow, page, type Side, type WalkStart } from './keyset.ts'
import { param, statements } from './statement.ts'

/** What decides which comments a queue holds, as far as it is part of the text of the statement. */
export interface QueueVariant {
  /** Comments in one state, or in any. */
  states: 'one' | 'any'
  article: 'id' | 'slug' | null
  /** Only comments of the author, or from the network, of another one. */
  same: Sameness[]
  /** Each with a parameter of its name; `reported` has none. */
  conditions: QueueCondition[]
  order: 'ascending' | 'descending'
  side: Side
}

export type Sameness = 'author' | 'network'
export type QueueCondition = 'reason' | 'reported' | 'createdAfter' | 'createdBefore'

/** Comments that a page looks at, at most, to find some for which no index is. */
const LOOKED_AT = 1000

/** How many comments of one author, and of one network in one day, are looked through: their latest. */
const LATEST = 1000

const ANY_STATE = { column: sql`c.status`, values: COMMENT_STATUSES }

/**
 * The moderation queue. Params: status, articleId or articleLocale and articleSlug, reason, createdAfter, createdBefore,
 * authorOf (a comment), networkKeys (hex), and limit, cursorKey, cursorId. A walk along an index of each state, whatever
 * the filters; what no index knows is sieved. Of an author or a network, all are found first, and then put in order.
 */
export const listQueue = statements<QueueVariant, PageRow<FullCommentRow>>('list_queue', (variant) => {
  const queue = page({
    table: variant.same.length > 0 ? sameOnes(variant.same) : sql`comments`,
    alias: sql`c`,
    where: (start) => whereOf(variant, start),
    key: sql`c.created_at`,
    keyType: 'moment',
    id: sql`c.id`,
    order: variant.order,
    side: variant.side,
    item: fullComment(sql`c`),
    sieve: sieveOf(variant),
    split: variant.states === 'any' && variant.same.length === 0 ? ANY_STATE : undefined,
    params: { limit: 'limit', key: 'cursorKey', id: 'cursorId' },
  })
  return sql`select ${queue} as answer`
})

function whereOf(variant: QueueVariant, start: WalkStart): SQL {
  const status = variant.states === 'one' ? [sql`c.status = ${param.text('status')}`] : []
  const found = variant.same.length > 0 ? sieved(variant) : []
  const bounds = boundsOf(variant.conditions, start)
  return sql.join([...status, narrowing(variant), ...found, ...bounds], sql` and `)
}

/** What the indexes of the queue know beside the state. */
function narrowing({ article, conditions, same }: QueueVariant): SQL {
  const reported = conditions.includes('reported') && (article === null || same.length > 0)
  return sql.join(
    [
      sql`not c.sandbox`,
      ...(article ? [sql`c.article_id = ${ARTICLES[article]}`] : []),
      ...(reported ? [sql`c.report_count > 0`] : []),
    ],
    sql` and `,
  )
}

const ARTICLES = {
  id: param.uuid('articleId'),
  slug: sql`(select subject_id from slugs
    where kind = 'article' and locale = ${param.text('articleLocale')} and slug = ${param.text('articleSlug')})`,
}

function boundsOf(conditions: QueueCondition[], start: WalkStart): SQL[] {
  const at = sql`c.created_at`
  const [low, high] = [start === 'low' ? offIndex(at) : at, start === 'high' ? offIndex(at) : at]
  return [
    ...(conditions.includes('createdAfter') ? [sql`${low} > ${param.moment('createdAfter')}`] : []),
    ...(conditions.includes('createdBefore') ? [sql`${high} < ${param.moment('createdBefore')}`] : []),
  ]
}

/** What no index knows. */
function sieved({ article, conditions }: QueueVariant): SQL[] {
  const reason = param.text('reason')
  return [
    ...(conditions.includes('reason')
      ? [sql`(c.status_reason = ${reason} or ${reason} = any(c.reasons))`]
      : []),
    ...(conditions.includes('reported') && article ? [sql`c.report_count > 0`] : []),
  ]
}

function sieveOf(variant: QueueVariant) {
  const conditions = sieved(variant)
  if (variant.same.length > 0 || conditions.length === 0) return undefined
  return { keep: sql.join(conditions, sql` and `), rows: LOOKED_AT }
}

/**
 * OFFSET 0 keeps it to a look-up of each comment that is found: a plan that misjudges their number would walk the whole
 * queue and pass over all others.
 */
function sameOnes(same: Sameness[]): SQL {
  const found = same.map(
    (name) => sql`c.id in (select found.comment_id from (${SAME[name]}) found (comment_id))`,
  )
  return sql`(select c.* from comments c where ${sql.join(found, sql` and `)} offset 0)`
}

const latestOf = (column: SQL): SQL => sql`
  (select p.comment_id from comment_private p
   where p.${column} = (select o.${column} from comment_private o where o.comment_id = ${param.uuid('authorOf')})
   order by p.created_at desc limit ${LATEST}::int)`

const SAME: Record<Sameness, SQL> = {
  author: sql`${latestOf(sql`author_key`)} union ${latestOf(sql`identity_key`)}`,
  network: sql`
    select p.comment_id from unnest(${param.texts('networkKeys')}) k (key) cross join lateral (
      select p.comment_id from comment_private p where p.ip_hmac = decode(k.key, 'hex')
      order by p.created_at desc limit ${LATEST}::int) p`,
}

/** What is known of who wrote a comment. */
export interface AuthorshipRow {
  /** Hex; never leaves core. */
  authorKey: string | null
  identityKey: string | null
  ipPrefix: string | null
  email: string | null
}

const authorship = statements<'only', AuthorshipRow>(
  'comment_authorship',
  () => sql`
    select json_build_object('authorKey', encode(p.author_key, 'hex'), 'identityKey', encode(p.identity_key, 'hex'),
      'ipPrefix', p.ip_prefix, 'email', p.email) as answer
    from comments c left join comment_private p on p.comment_id = c.id where c.id = ${param.uuid('id')}`,
)

/** @returns what is known of who wrote a comment, or undefined where there is no such comment. */
export async function readAuthorship(db: Db, id: string): Promise<AuthorshipRow | undefined> {
  const [row] = await authorship.run(db, 'only', { id })
  return row
}

/** A change of state as the log has it. */
export interface HistoryRow {
  at: string
  actor: string
  from: string | null
  to: string
  reason: string
}

export interface ReportRow {
  reason: ReportReason
  note: string | null
  proven: boolean
  createdAt: string
  /** How many the reporter made in all, and how many of them a person upheld. */
  reporter: { total: number; upheld: number }
}

/** A comment with all that a moderator may know of it. */
export interface CommentFileRow {
  comment: FullCommentRow
  author: AuthorshipRow
  revisions: { revision: number; source: string; replacedBy: string; replacedAt: string }[]
  reports: ReportRow[]
  history: HistoryRow[]
  authorPolicy: AuthorPolicy | null
}

/** Of revisions, reports and changes no more than these: the latest. */
const SHOWN = 100

const REVISIONS = sql`(
  select coalesce(json_agg(json_build_object('revision', r.revision, 'source', r.body, 'replacedBy', r.replaced_by,
    'replacedAt', r.created_at) order by r.revision desc), '[]')
  from (select * from comment_revisions r where r.comment_id = c.id order by r.revision desc limit ${SHOWN}::int) r)`

const REPORTS = sql`(
  select coalesce(json_agg(json_build_object('reason', r.reason, 'note', r.note, 'proven', r.proven,
    'createdAt', r.created_at, 'reporter', (
      select json_build_object('total', count(*), 'upheld', count(*) filter (where o.resolution = 'upheld'))
      from comment_reports o where o.reporter_key = r.reporter_key)) order by r.created_at desc, r.reporter_key), '[]')
  from (select * from comment_reports r where r.comment_id = c.id and r.resolution is null
        order by r.created_at desc, r.reporter_key limit ${SHOWN}::int) r)`

// an undoing leaves two rows, the second of which only puts back the reason
const HISTORY = sql`(
  select coalesce(json_agg(json_build_object('at', h.at, 'actor', h.actor, 'from', h.payload ->> 'oldStatus',
    'to', h.payload ->> 'status', 'reason', h.payload ->> 'reason') order by h.id desc), '[]')
  from (select * from changes h where h.subject_id = c.id
          and (h.kind = 'comment.created' or h.kind = 'comment.updated' and h.payload ? 'oldStatus')
        order by h.id desc limit ${SHOWN}::int) h)`

/** A comment with everything around it: its words before, open reports, history. Params: id. */
export const commentFile = statements<'only', CommentFileRow>(
  'comment_file',
  () => sql`
    select json_build_object(
      'comment', ${fullComment(sql`c`)}, 'revisions', ${REVISIONS}, 'reports', ${REPORTS}, 'history', ${HISTORY},
      'author', json_build_object('authorKey', encode(p.author_key, 'hex'), 'identityKey', encode(p.identity_key, 'hex'),
        'ipPrefix', p.ip_prefix, 'email', p.email),
      'authorPolicy', (select y.policy from author_policies y where y.key in (p.identity_key, p.author_key)
                       order by y.key = p.identity_key desc nulls last limit 1)) as answer
    from comments c left join comment_private p on p.comment_id = c.id where c.id = ${param.uuid('id')}`,
)
