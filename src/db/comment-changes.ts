import { type SQL, sql } from 'drizzle-orm'
import { committedSince, type FeedPosition, type TailPosition } from './changes.ts'
import type { Db } from './client.ts'
import { type CommentRow, publicFields } from './comments.ts'
import { param, statements, textArray, uuidArray } from './statement.ts'
import { listedComment, visibleArticle } from './visible.ts'

/** A comment of which the public may hear that something has changed. */
export interface ChangedComment {
  id: string
  articleId: string
  /**
   * It stood in public lists before or after the change, so that its end may be told. False where the log does not
   * know: then it is only told of while it stands there.
   */
  told: boolean
}

/** Columns in which everybody may see a change. A report or a vetting is nobody's news. */
const PUBLIC_COLUMNS = [
  'status',
  'hidden_by',
  'listed',
  'author_name',
  'author_url',
  'author_verified',
  'body_html',
  'body_text',
  'reply_to_id',
  'reply_count',
  'upvotes',
  'downvotes',
  'score',
  'created_at',
  'edited_at',
]

/** Whether the next change of the same comment, before (-1) or after (1) this one, is not of the same transaction. */
const isEnd = (direction: -1 | 1): SQL => sql`coalesce((
  select n.xid <> c.xid from changes n
  where n.subject_id = c.subject_id and n.id ${direction < 0 ? sql`<` : sql`>`} c.id
  order by n.id ${direction < 0 ? sql`desc` : sql`asc`} limit 1), true)`

/**
 * Changes of comments, of which the public may hear some: `told` is true where a comment stood in public lists when the
 * transaction began, or stands there at its end; null where the log is older than what it knows of lists. What a transaction did
 * in between was never public, and one change alone that nobody sees is no news. The changes of one transaction to one comment
 * follow one another in the log, for it holds the row: so the ends of a transaction are found by index, wherever a page cuts it.
 * @param rows a subquery of rows of `changes`.
 */
const tellable = (rows: SQL): SQL => sql`(
  select r.xid, r.id, r.at, r.subject_id, r.article_id,
    (r.opens and r.stood or r.closes and r.stands) and (r.seen or not (r.opens and r.closes)) as told
  from (
    select c.xid, c.id, c.at, c.subject_id, c.article_id, ${isEnd(-1)} as opens, ${isEnd(1)} as closes,
      case c.kind when 'comment.created' then false
        else coalesce(c.payload -> 'oldListed', c.payload -> 'listed')::boolean end as stood,
      case c.kind when 'comment.deleted' then false else (c.payload -> 'listed')::boolean end as stands,
      c.kind <> 'comment.updated' or c.payload -> 'columns' ?| ${textArray(PUBLIC_COLUMNS)}::text[] as seen
    from ${rows} c
  ) r)`

/** The same by comment, in the order of their last changes: `[{ id, articleId, told }]`. */
const changedComments = (rows: SQL, limit: SQL): SQL => sql`(
  select coalesce(json_agg(json_build_object(
    'id', l.subject_id, 'articleId', l.article_id, 'told', l.told) order by l.last), '[]')
  from (
    select t.subject_id, t.article_id, coalesce(bool_or(t.told), false) as told, max(t.id) as last
    from ${tellable(rows)} t where t.told is not false
    group by t.subject_id, t.article_id order by last limit ${limit}
  ) l)`

interface LiveRow {
  snapshot: TailPosition
  changed: ChangedComment[]
  hidden: string[]
}

/** Params: position, articles. */
export const liveStatement = statements<'only', LiveRow>(
  'live_comments',
  () => sql`
    select json_build_object(
      'snapshot', pg_current_snapshot()::text,
      'changed', ${changedComments(
        sql`(
        select * from changes c
        where c.kind like 'comment.%' and ${committedSince(param.text('position'))}
          and c.article_id = any(${param.uuids('articles')}))`,
        sql`null`,
      )},
      'hidden', (select coalesce(json_agg(w.id), '[]') from unnest(${param.uuids('articles')}) as w (id)
        where not exists (select from articles a where a.id = w.id and ${visibleArticle(sql`a`)}))) as answer`,
)

/**
 * A step of the tail, of comments alone.
 * @param articles the ids of those whose comments are asked for.
 * @returns each comment of theirs that has changed since `position`, in the order of the changes; which of the articles
 * the public cannot see now; and where the next step begins.
 */
export async function liveComments(db: Db, position: TailPosition, articles: readonly string[]) {
  const [row] = await liveStatement.run(db, 'only', { position, articles: uuidArray(articles) })
  const { snapshot, ...found } = row as LiveRow
  return { ...found, position: snapshot }
}

interface MissedRow {
  /** Too many changes, or a position that lies ahead. */
  lost: boolean
  changed: ChangedComment[]
}

/**
 * Changes that are looked at to tell what a client has missed; beyond that it is quicker to load the list anew. Those that it has
 * seen count as well: a position that somebody made up could pass over all that ever was.
 */
const MISSED_SCAN = sql`5000`

/** Params: position, articleId, limit. */
export const missedStatement = statements<'only', MissedRow>(
  'missed_comments',
  () => sql`
    with looked as materialized (
      select * from changes c
      where c.article_id = ${param.uuid('articleId')} and c.kind like 'comment.%'
        and c.xid >= pg_snapshot_xmin(${param.text('position')}::pg_snapshot)
      order by c.xid, c.id limit ${MISSED_SCAN} + 1
    )
    select json_build_object(
      'lost', (select count(*) from looked) > ${MISSED_SCAN}
        or pg_snapshot_xmax(${param.text('position')}::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()),
      'changed', ${changedComments(
        sql`(select * from looked c where ${committedSince(param.text('position'))})`,
        param.integer('limit'),
      )}) as answer`,
)

/**
 * What has changed under an article since a position, in the order of the changes.
 * @returns undefined where that is more than `limit` comments, or too many changes to look at, or where the position lies
 * ahead: then the database is another one than it was, such as a backup.
 */
export async function missedComments(
  db: Db,
  articleId: string,
  position: TailPosition,
  limit: number,
): Promise<ChangedComment[] | undefined> {
  const [row] = await missedStatement.run(db, 'only', { articleId, position, limit: limit + 1 })
  const { lost, changed } = row as MissedRow
  return lost || changed.length > limit ? undefined : changed
}

export interface CommentFeedItem {
  id: string
  articleId: string
  at: string
  /** As everybody sees it now; null where it stands in no public list. */
  comment: CommentRow | null
}

export interface CommentFeedRow {
  items: CommentFeedItem[]
  /** The last change that was looked at; null where there was none. */
  end: FeedPosition | null
  /** More was there to look at. */
  more: boolean
}

/** Changes that are looked at for one page, however few of them are told. In the text, so that it is planned for so few. */
const FEED_SCAN = sql`1000`

/**
 * The article could be seen some time between the first word of the comment and the change: the log has a place of it whose time
 * had come, and was not over before.
 */
const wasPublic = (l: SQL): SQL => sql`exists (
  select from changes p cross join lateral (select p.new_position -> 'series' -> 0 as place) s
  where p.subject_id = ${l}.article_id and p.kind = 'article.placed'
    and (s.place ->> 'publishedAt')::timestamptz <= ${l}.at
    and (s.place ->> 'unpublishAt' is null or (s.place ->> 'unpublishAt')::timestamptz > (
      select c.at from changes c where c.subject_id = ${l}.subject_id order by c.id limit 1)))`

/** Params: xid, id of the last change read; limit. */
export const commentFeedStatement = statements<'only', CommentFeedRow>(
  'comment_feed',
  () => sql`
    with scanned as materialized (
      select * from changes c
      where c.kind like 'comment.%' and (c.xid, c.id) > (${param.text('xid')}::xid8, ${param.text('id')}::bigint)
        and c.xid < pg_snapshot_xmin(pg_current_snapshot())
      order by c.xid, c.id limit ${FEED_SCAN} + 1
    ), counted as (
      select f.*, row_number() over feed as place, count(*) filter (where f.first) over feed as comments
      from (
        select t.*, t.told is not false and row_number() over (
          partition by t.subject_id, t.told is not false order by t.xid, t.id) = 1 as first
        from ${tellable(sql`(select * from scanned)`)} t
      ) f
      window feed as (order by f.xid, f.id rows unbounded preceding)
    ), page as materialized (
      select * from counted where place <= ${FEED_SCAN} and comments <= ${param.integer('limit')}
    ), latest as (
      select distinct on (g.subject_id) g.* from page g where g.told is not false
      order by g.subject_id, g.xid desc, g.id desc
    )
    select json_build_object(
      'items', (
        select coalesce(json_agg(json_build_object(
          'id', l.subject_id, 'articleId', l.article_id, 'at', l.at, 'comment', s.item) order by l.xid, l.id), '[]')
        from latest l left join lateral (
          select json_build_object(${publicFields(sql`c`)}) as item
          from comments c join articles a on a.id = c.article_id
          where c.id = l.subject_id and ${listedComment(sql`c`)} and ${visibleArticle(sql`a`)}
          limit 1
        ) s on true
        where s.item is not null or l.told and ${wasPublic(sql`l`)}),
      'end', (select json_build_object('xid', g.xid::text, 'id', g.id::text) from page g
              order by g.xid desc, g.id desc limit 1),
      'more', (select count(*) from scanned) > (select count(*) from page)) as answer`,
)

/**
 * The stable prefix of the log, of comments alone, with each comment as everybody sees it now. See `feedChanges`.
 * @returns at most `limit` comments that changed after `position`, each once, at the last of its changes in the page. A
 * page ends after so many changes, however few of them are told.
 */
export async function commentFeed(db: Db, position: FeedPosition, limit: number): Promise<CommentFeedRow> {
  const [row] = await commentFeedStatement.run(db, 'only', { ...position, limit })
  return row as CommentFeedRow
}
