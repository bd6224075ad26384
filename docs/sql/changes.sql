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
