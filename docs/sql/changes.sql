-- Made from src/db by "npm run derive". Do not edit. Read it in a review: a change of a hot read shows here.
-- The server prepares each as: select answer from (<the statement>) as q. Only the white space is ours.

-- Where a tail begins
select to_json(pg_current_snapshot()::text) as answer;

-- A step of the tail: all that committed since the last step
select json_build_object(
  'snapshot', pg_current_snapshot()::text,
  'rows', coalesce((
    select json_agg(json_build_object(
      'id', c.id::text,
      'xid', c.xid::text,
      'at', c.at,
      'kind', c.kind,
      'subjectId', c.subject_id,
      'articleId', c.article_id,
      'actor', c.actor,
      'oldPosition', c.old_position,
      'newPosition', c.new_position,
      'payload', c.payload
    ) order by c.id)
    from changes c
    where c.xid >= pg_snapshot_xmin($1::text::pg_snapshot)
    and not pg_visible_in_snapshot(c.xid, $2::text::pg_snapshot)
  ), '[]')
) as answer;

-- The stable feed
select json_build_object(
  'id', c.id::text,
  'xid', c.xid::text,
  'at', c.at,
  'kind', c.kind,
  'subjectId', c.subject_id,
  'articleId', c.article_id,
  'actor', c.actor,
  'oldPosition', c.old_position,
  'newPosition', c.new_position,
  'payload', c.payload
) as answer
from changes c
where (c.xid, c.id) > ($1::text::xid8, $2::text::bigint)
and c.xid < pg_snapshot_xmin(pg_current_snapshot())
order by c.xid, c.id
limit $3::int;

-- A step of the tail for all streams of comments
select json_build_object(
  'snapshot', pg_current_snapshot()::text,
  'changed', (
    select coalesce(json_agg(json_build_object(
      'id', l.subject_id,
      'articleId', l.article_id,
      'told', l.told
    ) order by l.last), '[]')
    from (
      select t.subject_id, t.article_id, coalesce(bool_or(t.told), false) as told, max(t.id) as last
      from (
        select r.xid, r.id, r.at, r.subject_id, r.article_id, (r.opens and r.stood or r.closes and r.stands)
        and (r.seen or not (r.opens and r.closes)) as told
        from (
          select c.xid, c.id, c.at, c.subject_id, c.article_id, coalesce((
            select n.xid <> c.xid
            from changes n
            where n.subject_id = c.subject_id
            and n.id < c.id
            order by n.id desc
            limit 1
          ), true) as opens, coalesce((
            select n.xid <> c.xid
            from changes n
            where n.subject_id = c.subject_id
            and n.id > c.id
            order by n.id asc
            limit 1
          ), true) as closes, case c.kind when 'comment.created' then false else coalesce(c.payload ->
            'oldListed', c.payload -> 'listed')::boolean end as stood, case c.kind when 'comment.deleted' then
            false else (c.payload -> 'listed')::boolean end as stands, c.kind <> 'comment.updated' or c.payload
            -> 'columns' ?| $1::text[] as seen
          from (
            select *
            from changes c
            where c.kind like 'comment.%'
            and c.xid >= pg_snapshot_xmin($2::text::pg_snapshot)
            and not pg_visible_in_snapshot(c.xid, $3::text::pg_snapshot)
            and c.article_id = any($4::uuid[])
          ) c
        ) r
      ) t
      where t.told is not false
      group by t.subject_id, t.article_id
      order by last
      limit null
    ) l
  ),
  'hidden', (
    select coalesce(json_agg(w.id), '[]')
    from unnest($5::uuid[]) as w (id)
    where not exists (
      select
      from articles a
      where a.id = w.id
      and a.status = 'published'
      and a.published_at <= now()
      and (a.unpublish_at is null or a.unpublish_at > now())
    )
  )
) as answer;

-- Last-Event-ID: what has changed under an article since
with looked as materialized (
  select *
  from changes c
  where c.article_id = $1::uuid
  and c.kind like 'comment.%'
  and c.xid >= pg_snapshot_xmin($2::text::pg_snapshot)
  order by c.xid, c.id
  limit 5000 + 1
)
select json_build_object(
  'lost', (
    select count(*)
    from looked
  ) > 5000 or pg_snapshot_xmax($3::text::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()),
  'changed', (
    select coalesce(json_agg(json_build_object(
      'id', l.subject_id,
      'articleId', l.article_id,
      'told', l.told
    ) order by l.last), '[]')
    from (
      select t.subject_id, t.article_id, coalesce(bool_or(t.told), false) as told, max(t.id) as last
      from (
        select r.xid, r.id, r.at, r.subject_id, r.article_id, (r.opens and r.stood or r.closes and r.stands)
        and (r.seen or not (r.opens and r.closes)) as told
        from (
          select c.xid, c.id, c.at, c.subject_id, c.article_id, coalesce((
            select n.xid <> c.xid
            from changes n
            where n.subject_id = c.subject_id
            and n.id < c.id
            order by n.id desc
            limit 1
          ), true) as opens, coalesce((
            select n.xid <> c.xid
            from changes n
            where n.subject_id = c.subject_id
            and n.id > c.id
            order by n.id asc
            limit 1
          ), true) as closes, case c.kind when 'comment.created' then false else coalesce(c.payload ->
            'oldListed', c.payload -> 'listed')::boolean end as stood, case c.kind when 'comment.deleted' then
            false else (c.payload -> 'listed')::boolean end as stands, c.kind <> 'comment.updated' or c.payload
            -> 'columns' ?| $4::text[] as seen
          from (
            select *
            from looked c
            where c.xid >= pg_snapshot_xmin($5::text::pg_snapshot)
            and not pg_visible_in_snapshot(c.xid, $6::text::pg_snapshot)
          ) c
        ) r
      ) t
      where t.told is not false
      group by t.subject_id, t.article_id
      order by last
      limit $7::int
    ) l
  )
) as answer;

-- GET /v1/comments/changes?after=…
with scanned as materialized (
  select *
  from changes c
  where c.kind like 'comment.%'
  and (c.xid, c.id) > ($1::text::xid8, $2::text::bigint)
  and c.xid < pg_snapshot_xmin(pg_current_snapshot())
  order by c.xid, c.id
  limit 1000 + 1
), counted as (
  select f.*, row_number() over feed as place, count(*) filter (where f.first) over feed as comments
  from (
    select t.*, t.told is not false
    and row_number() over ( partition by t.subject_id, t.told is not false order by t.xid, t.id) = 1 as first
    from (
      select r.xid, r.id, r.at, r.subject_id, r.article_id, (r.opens and r.stood or r.closes and r.stands)
      and (r.seen or not (r.opens and r.closes)) as told
      from (
        select c.xid, c.id, c.at, c.subject_id, c.article_id, coalesce((
          select n.xid <> c.xid
          from changes n
          where n.subject_id = c.subject_id
          and n.id < c.id
          order by n.id desc
          limit 1
        ), true) as opens, coalesce((
          select n.xid <> c.xid
          from changes n
          where n.subject_id = c.subject_id
          and n.id > c.id
          order by n.id asc
          limit 1
        ), true) as closes, case c.kind when 'comment.created' then false else coalesce(c.payload ->
          'oldListed', c.payload -> 'listed')::boolean end as stood, case c.kind when 'comment.deleted' then
          false else (c.payload -> 'listed')::boolean end as stands, c.kind <> 'comment.updated' or c.payload ->
          'columns' ?| $3::text[] as seen
        from (
          select *
          from scanned
        ) c
      ) r
    ) t
  ) f window feed as (order by f.xid, f.id rows unbounded preceding)
), page as materialized (
  select *
  from counted
  where place <= 1000
  and comments <= $4::int
), latest as (
  select distinct on (g.subject_id) g.*
  from page g
  where g.told is not false
  order by g.subject_id, g.xid desc, g.id desc
)
select json_build_object(
  'items', (
    select coalesce(json_agg(json_build_object(
      'id', l.subject_id,
      'articleId', l.article_id,
      'at', l.at,
      'comment', s.item
    ) order by l.xid, l.id), '[]')
    from latest l
    left join lateral (
      select json_build_object(
        'id', c.id,
        'articleId', c.article_id,
        'parentId', c.parent_id,
        'rootId', c.root_id,
        'replyToId', c.reply_to_id,
        'depth', c.depth,
        'status', c.status,
        'authorName', case when c.status = 'approved' then c.author_name end,
        'authorUrl', case when c.status = 'approved' then c.author_url end,
        'authorVerified', c.status = 'approved' and c.author_verified,
        'html', case when c.status = 'approved' then c.body_html end,
        'text', case when c.status = 'approved' then c.body_text end,
        'createdAt', c.created_at,
        'editedAt', c.edited_at,
        'replyCount', c.reply_count,
        'upvotes', case when c.status = 'approved' then c.upvotes else 0 end,
        'downvotes', case when c.status = 'approved' then c.downvotes else 0 end,
        'score', c.score
      ) as item
      from comments c
      join articles a on a.id = c.article_id
      where c.id = l.subject_id
      and c.listed
      and a.status = 'published'
      and a.published_at <= now()
      and (a.unpublish_at is null or a.unpublish_at > now())
      limit 1
    ) s on true
    where s.item is not null or l.told
    and exists (
      select
      from changes p cross
      join lateral (
        select p.new_position -> 'series' -> 0 as place
      ) s
      where p.subject_id = l.article_id
      and p.kind = 'article.placed'
      and (s.place ->> 'publishedAt')::timestamptz <= l.at
      and (s.place ->> 'unpublishAt' is null or (s.place ->> 'unpublishAt')::timestamptz > (
        select c.at
        from changes c
        where c.subject_id = l.subject_id
        order by c.id
        limit 1
      ))
    )
  ),
  'end', (
    select json_build_object(
      'xid', g.xid::text,
      'id', g.id::text
    )
    from page g
    order by g.xid desc, g.id desc
    limit 1
  ),
  'more', (
    select count(*)
    from scanned
  ) > (
    select count(*)
    from page
  )
) as answer;
