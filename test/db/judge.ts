import type postgres from 'postgres'

/**
 * What the derived tables should hold, worked out a second time: from the tables that people write, by plain SQL
 * that shares nothing with src/db or the triggers. The tree is walked by `parent_id`, never by `path`.
 */
type Session = postgres.ISql

/** Every series that every article belongs to: (series_id, kind, position, article_id). */
const MEMBERS = `
  with recursive above as (
    select id as category_id, id as ancestor, parent_id from categories
    union all
    select above.category_id, c.id, c.parent_id from above join categories c on c.id = above.parent_id
  ),
  members as (
    select md5('site:')::uuid as series_id, 0 as position, id as article_id from articles
    union select md5('locale:' || locale)::uuid, 0, id from articles
    union select md5('category-only:' || category_id::text)::uuid, 0, article_id from article_categories
    union select above.ancestor, 0, ac.article_id from article_categories ac join above using (category_id)
    union select tag_id, 0, article_id from article_tags
    union select author_id, 0, article_id from article_authors
    union select series_id, position, article_id from series_articles
  ),
  wanted as (
    select m.series_id, m.position, a.published_at, m.article_id, a.unpublish_at
    from members m join articles a on a.id = m.article_id where a.status = 'published'
  )`

const line = (alias: string) =>
  `concat_ws(' ', ${alias}.series_id, ${alias}.position, ${alias}.published_at, ${alias}.article_id, ${alias}.unpublish_at)`

async function lines(sql: Session, query: string): Promise<string[]> {
  const rows = await sql.unsafe<{ line: string }[]>(query)
  return rows.map((row) => row.line)
}

/** Where the stored entries differ from the right ones: both empty when all is well. */
export async function wrongEntries(sql: Session): Promise<{ missing: string[]; surplus: string[] }> {
  const right = await lines(sql, `${MEMBERS} select ${line('w')} as line from wanted w order by 1`)
  const stored = await lines(sql, `select ${line('e')} as line from series_entries e order by 1`)
  const [rightSet, storedSet] = [new Set(right), new Set(stored)]
  return {
    missing: right.filter((entry) => !storedSet.has(entry)),
    surplus: stored.filter((entry, i) => !rightSet.has(entry) || stored.indexOf(entry) !== i),
  }
}

/**
 * The series whose stored count, carried on to a moment, is not the number of articles visible at that moment.
 * @param moment SQL that is not before the stored counts were made.
 */
export function wrongCounts(sql: Session, moment = 'now()'): Promise<string[]> {
  return lines(
    sql,
    `${MEMBERS},
     visible as (
       select series_id, count(*) as n from wanted
       where published_at <= ${moment} and (unpublish_at is null or unpublish_at > ${moment}) group by series_id
     ),
     stored as (
       select series_id, article_count + count_crossing(series_id, as_of, ${moment}) as n from series_counts
     )
     select concat_ws(' ', coalesce(v.series_id, s.series_id), 'visible', coalesce(v.n, 0), 'counted', coalesce(s.n, 0)) as line
     from visible v full join stored s using (series_id)
     where coalesce(v.n, 0) <> coalesce(s.n, 0)`,
  )
}

/** The categories whose path is not the way from the root down to them. */
export function wrongPaths(sql: Session): Promise<string[]> {
  return lines(
    sql,
    `with recursive down as (
       select id, array[id] as way from categories where parent_id is null
       union all
       select c.id, down.way || c.id from categories c join down on c.parent_id = down.id
     )
     select c.slug as line from categories c left join down using (id) where c.path is distinct from down.way`,
  )
}

/** The comments whose sums are not those of their votes. */
export async function wrongVotes(sql: Session): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select c.id from comments c left join comment_votes v on v.comment_id = c.id
    group by c.id
    having (c.upvotes, c.downvotes, c.score) is distinct from (count(*) filter (where v.value = 1)::int,
      count(*) filter (where v.value = -1)::int, coalesce(sum(v.value) filter (where v.proven), 0)::int)`
  return rows.map(({ id }) => id)
}

/** The comments and articles whose counters, `listed` or `hidden_by` are not what their states say. */
export function wrongComments(sql: Session): Promise<string[]> {
  return lines(
    sql,
    `with recursive above as (
       select id, parent_id as ancestor, 1 as distance from comments where parent_id is not null
       union all
       select above.id, c.parent_id, above.distance + 1
       from above join comments c on c.id = above.ancestor where c.parent_id is not null
     ),
     hiders as (
       select distinct on (above.id) above.id, above.ancestor
       from above join comments c on c.id = above.ancestor where c.status in ('rejected', 'spam')
       order by above.id, above.distance
     ),
     counted as (
       select c.id, c.article_id from comments c left join hiders using (id)
       where c.status = 'approved' and not c.sandbox and hiders.id is null
     ),
     replies as (
       select above.ancestor as id, count(*) as n from above join counted on counted.id = above.id group by 1
     ),
     judged as (
       select c.*, hiders.ancestor as right_hidden_by, coalesce(replies.n, 0) as right_count
       from comments c left join hiders using (id) left join replies using (id)
     )
     select concat_ws(' ', 'comment', id, status, 'replies', reply_count, 'of', right_count, 'hidden by',
                      coalesce(hidden_by::text, '-'), 'of', coalesce(right_hidden_by::text, '-'), 'listed', listed) as line
     from judged
     where reply_count <> right_count or hidden_by is distinct from right_hidden_by
        or listed <> (not sandbox and right_hidden_by is null
                      and (status = 'approved' or status not in ('rejected', 'spam') and right_count > 0))
     union all
     select concat_ws(' ', 'article', a.id, 'comments', a.comment_count, 'of', count(counted.id))
     from articles a left join counted on counted.article_id = a.id
     group by a.id having a.comment_count <> count(counted.id)`,
  )
}
