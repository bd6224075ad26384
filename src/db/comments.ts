import { type SQL, sql } from 'drizzle-orm'
import type { CommentStatus, StatusReason } from '../domain/comment.ts'
import { type KeysetPage, type PageRow, page, type Side } from './keyset.ts'
import { param, statements } from './statement.ts'
import { listedComment, visibleArticle } from './visible.ts'

/** A comment as everybody may see it: words only where it is approved. */
export interface CommentRow extends VoteSums {
  id: string
  articleId: string
  parentId: string | null
  rootId: string
  replyToId: string | null
  depth: number
  status: CommentStatus
  authorName: string | null
  authorUrl: string | null
  authorVerified: boolean
  html: string | null
  text: string | null
  createdAt: string
  editedAt: string | null
  replyCount: number
}

/** What readers voted. Of placeholders, only the score is told: their place in a list depends on it. */
export interface VoteSums {
  upvotes: number
  downvotes: number
  /** Of voters who are proven. */
  score: number
}

export interface ThreadRow extends CommentRow {
  /** One more than asked for where there are more. */
  replies: CommentRow[]
}

export type ThreadsRow = PageRow<ThreadRow>

/** Everything that a moderator may see. */
export interface FullCommentRow extends CommentRow {
  source: string
  statusReason: StatusReason
  /** All that the rules found, the first of which decided. */
  reasons: StatusReason[]
  revision: number
  /** A person approved these very words. */
  vetted: boolean
  /** Reports that nobody has answered. */
  reportCount: number
  /** What a moderator deleted it from, as long as that can be taken back. */
  restorableTo: CommentStatus | null
  decidedBy: string
  decidedAt: string
  hiddenBy: string | null
  email: string | null
  ipPrefix: string | null
  /** Hex; never leaves core. */
  receiptNonce: string | null
  identityKey: string | null
  authorKey: string | null
  /** True while the public can see the article. */
  articleVisible: boolean
  sandbox: boolean
  /** Its words were taken away for good. */
  scrubbed: boolean
}

/** Of `top` the best first, of those with the same score the newest. */
export type CommentOrder = 'oldest' | 'newest' | 'top'

export interface ThreadsVariant {
  order: CommentOrder
  side: Side
}

/** Placeholders come without a word and without a name: what is hidden does not even leave the database. */
export const publicFields = (c: SQL): SQL => sql`
  'id', ${c}.id, 'articleId', ${c}.article_id, 'parentId', ${c}.parent_id, 'rootId', ${c}.root_id,
  'replyToId', ${c}.reply_to_id, 'depth', ${c}.depth, 'status', ${c}.status,
  'authorName', case when ${c}.status = 'approved' then ${c}.author_name end,
  'authorUrl', case when ${c}.status = 'approved' then ${c}.author_url end,
  'authorVerified', ${c}.status = 'approved' and ${c}.author_verified,
  'html', case when ${c}.status = 'approved' then ${c}.body_html end,
  'text', case when ${c}.status = 'approved' then ${c}.body_text end,
  'createdAt', ${c}.created_at, 'editedAt', ${c}.edited_at, 'replyCount', ${c}.reply_count,
  'upvotes', case when ${c}.status = 'approved' then ${c}.upvotes else 0 end,
  'downvotes', case when ${c}.status = 'approved' then ${c}.downvotes else 0 end, 'score', ${c}.score`

/** How long what a moderator deleted can be brought back; its words go at the same time. */
const RESTORABLE = sql`interval '30 days'`

const restorableTo = (c: SQL): SQL => sql`
  case when ${c}.scrubbed_at is null and ${c}.decided_at > now() - ${RESTORABLE} then ${c}.deleted_from end`

const fullFields = (c: SQL, p: SQL): SQL => sql`
  'id', ${c}.id, 'articleId', ${c}.article_id, 'parentId', ${c}.parent_id, 'rootId', ${c}.root_id,
  'replyToId', ${c}.reply_to_id, 'depth', ${c}.depth, 'status', ${c}.status,
  'authorName', ${c}.author_name, 'authorUrl', ${c}.author_url, 'authorVerified', ${c}.author_verified,
  'html', ${c}.body_html, 'text', ${c}.body_text,
  'createdAt', ${c}.created_at, 'editedAt', ${c}.edited_at, 'replyCount', ${c}.reply_count,
  'upvotes', ${c}.upvotes, 'downvotes', ${c}.downvotes, 'score', ${c}.score,
  'source', ${c}.body, 'statusReason', ${c}.status_reason, 'revision', ${c}.revision, 'sandbox', ${c}.sandbox,
  'reasons', ${c}.reasons, 'vetted', ${c}.vetted, 'reportCount', ${c}.report_count,
  'restorableTo', ${restorableTo(c)}, 'scrubbed', ${c}.scrubbed_at is not null,
  'decidedBy', ${c}.decided_by, 'decidedAt', ${c}.decided_at, 'hiddenBy', ${c}.hidden_by,
  'email', ${p}.email, 'ipPrefix', ${p}.ip_prefix, 'receiptNonce', encode(${p}.receipt_nonce, 'hex'),
  'identityKey', encode(${p}.identity_key, 'hex'), 'authorKey', encode(${p}.author_key, 'hex')`

/** An order as the lists of comments have it: each is an index. `moment` is the placeholder of a cursor's further key. */
const orderedBy = (
  c: SQL,
  order: CommentOrder,
  moment: string,
): Pick<KeysetPage, 'key' | 'keyType' | 'further' | 'id' | 'order'> => {
  const [createdAt, id] = [sql`${c}.created_at`, sql`${c}.id`]
  if (order !== 'top')
    return { key: createdAt, keyType: 'moment', id, order: order === 'oldest' ? 'ascending' : 'descending' }
  const further = [{ key: createdAt, type: 'moment' as const, param: moment }]
  return { key: sql`${c}.score`, keyType: 'integer', further, id, order: 'descending' }
}

/** The same for a walk from the start. */
const inOrder = (c: SQL, order: CommentOrder): SQL => {
  if (order === 'oldest') return sql`${c}.created_at, ${c}.id`
  const newest = sql`${c}.created_at desc, ${c}.id desc`
  return order === 'newest' ? newest : sql`${c}.score desc, ${newest}`
}

/** The first replies to a comment. `replies` is a placeholder's name. */
const firstReplies = (c: SQL, replies: string, order: CommentOrder = 'oldest'): SQL => sql`(
  select coalesce(json_agg(r.item order by ${inOrder(sql`r`, order)}), '[]')
  from (
    select d.score, d.created_at, d.id, json_build_object(${publicFields(sql`d`)}) as item
    from comments d where d.parent_id = ${c}.id and ${listedComment(sql`d`)}
    order by ${inOrder(sql`d`, order)} limit ${param.integer(replies)}
  ) r)`

/**
 * A page of the threads of an article, which the caller knows to be visible, as JSON: see `ThreadsRow`. The replies in it
 * come oldest first. Params: threadsLimit, repliesLimit, and threadsKey, threadsMoment (of `top`), threadsId of the cursor.
 */
export const threadsOf = (articleId: SQL, { order, side }: ThreadsVariant): SQL =>
  page({
    table: sql`comments`,
    alias: sql`c`,
    where: sql`c.article_id = ${articleId} and c.parent_id is null and ${listedComment(sql`c`)}`,
    ...orderedBy(sql`c`, order, 'threadsMoment'),
    side,
    item: sql`json_build_object(${publicFields(sql`c`)}, 'replies', ${firstReplies(sql`c`, 'repliesLimit')})`,
    params: { limit: 'threadsLimit', key: 'threadsKey', id: 'threadsId' },
  })

const LIST_PARAMS = { limit: 'limit', key: 'cursorKey', id: 'cursorId' }

/** The first replies to each of several comments of visible articles: `{ id, items }`. Params: ids, repliesLimit. */
export const firstRepliesOfMany = statements<CommentOrder, { id: string; items: CommentRow[] }>(
  'first_replies',
  (order) => sql`
    select json_build_object('id', p.id, 'items', ${firstReplies(sql`p`, 'repliesLimit', order)}) as answer
    from comments p join articles a on a.id = p.article_id
    where p.id = any(${param.uuids('ids')}) and ${listedComment(sql`p`)} and ${visibleArticle(sql`a`)}`,
)

/**
 * A page of the replies to one comment. Params: id, limit, cursorKey, cursorMoment (of `top`), cursorId. No row where it is
 * hidden.
 */
export const listReplies = statements<ThreadsVariant, PageRow<CommentRow>>(
  'list_replies',
  ({ order, side }) => {
    const replies = page({
      table: sql`comments`,
      alias: sql`d`,
      where: sql`d.parent_id = p.id and ${listedComment(sql`d`)}`,
      ...orderedBy(sql`d`, order, 'cursorMoment'),
      side,
      item: sql`json_build_object(${publicFields(sql`d`)})`,
      params: LIST_PARAMS,
    })
    return sql`
    select ${replies} as answer
    from comments p join articles a on a.id = p.article_id
    where p.id = ${param.uuid('id')} and ${listedComment(sql`p`)} and ${visibleArticle(sql`a`)}`
  },
)

/** A comment with everything about it as JSON: see `FullCommentRow`. */
export const fullComment = (c: SQL): SQL => sql`(
  select json_build_object(${fullFields(c, sql`p`)}, 'articleVisible', (${visibleArticle(sql`a`)}))
  from articles a left join comment_private p on p.comment_id = ${c}.id
  where a.id = ${c}.article_id)`

/** Comments with everything about them, hidden ones too; core decides who may see what. Params: ids. */
export const fullComments = statements<'only', FullCommentRow>(
  'full_comments',
  () => sql`select ${fullComment(sql`c`)} as answer from comments c where c.id = any(${param.uuids('ids')})`,
)

/** Comments as everybody sees them, of visible articles. Params: ids. */
export const publicComments = statements<'only', CommentRow>(
  'public_comments',
  () => sql`
    select json_build_object(${publicFields(sql`c`)}) as answer
    from comments c join articles a on a.id = c.article_id
    where c.id = any(${param.uuids('ids')}) and ${listedComment(sql`c`)} and ${visibleArticle(sql`a`)}`,
)

/** Comments of one identity under one article, newest first. Params: articleId, identity (hex), limit, cursorKey, cursorId. */
export const listOwn = statements<{ side: Side }, PageRow<FullCommentRow>>('list_own', ({ side }) => {
  const own = page({
    table: sql`comment_private`,
    alias: sql`o`,
    where: sql`o.identity_key = decode(${param.text('identity')}, 'hex')
      and exists (select from comments c where c.id = o.comment_id and c.article_id = ${param.uuid('articleId')})`,
    key: sql`o.created_at`,
    keyType: 'moment',
    id: sql`o.comment_id`,
    order: 'descending',
    side,
    item: sql`(select ${fullComment(sql`c`)} from comments c where c.id = o.comment_id)`,
    params: LIST_PARAMS,
  })
  return sql`select ${own} as answer`
})
