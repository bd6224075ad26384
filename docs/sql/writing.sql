-- Made from src/db by "npm run derive". Do not edit. Read it in a review: a change of a hot read shows here.
-- The server prepares each as: select answer from (<the statement>) as q. Only the white space is ours.

-- PATCH /v1/articles/{slug}: before and after the lock
select json_build_object(
  'id', a.id,
  'version', a.version,
  'document', article_document(a),
  'status', a.status,
  'publishedAt', iso_moment(a.published_at),
  'unpublishAt', iso_moment(a.unpublish_at),
  'firstPublishedAt', iso_moment(a.first_published_at),
  'now', iso_moment(date_trunc('milliseconds', now()))
) as answer
from articles a
where a.id = (
  select subject_id
  from slugs
  where kind = 'article'
  and locale = $1::text
  and slug = $2::text
);

-- GET /v1/articles/{slug}/revisions?after=…
select json_build_object(
  'items', coalesce((
    select json_agg(json_build_object(
      'articleId', r.article_id,
      'version', r.version,
      'state', r.state,
      'actor', r.actor,
      'createdAt', r.created_at
    ) order by r.version desc, r.article_id desc)
    from (
      select r.*
      from article_revisions r
      where r.article_id = $1::uuid
      and (r.version, r.article_id) < ($2::int, $3::uuid)
      order by r.version desc, r.article_id desc
      limit $4::int
    ) r
  ), '[]'),
  'beyond', (
    select true
    from article_revisions r
    where r.article_id = $5::uuid
    and (r.version, r.article_id) >= ($6::int, $7::uuid)
    order by r.version asc, r.article_id asc
    limit 1
  ) is not null
) as answer;

-- GET /v1/articles/{slug}/revisions/{version}
select json_build_object(
  'articleId', r.article_id,
  'version', r.version,
  'state', r.state,
  'actor', r.actor,
  'createdAt', r.created_at,
  'document', r.document
) as answer
from article_revisions r
where r.article_id = $1::uuid
and r.version = $2::int;

-- GET /v1/articles/{slug}/preview-links
select json_build_object(
  'items', coalesce((
    select json_agg(json_build_object(
      'id', p.id,
      'articleId', p.article_id,
      'expiresAt', p.expires_at,
      'revokedAt', p.revoked_at,
      'actor', p.actor,
      'createdAt', p.created_at
    ) order by p.created_at desc, p.id desc)
    from (
      select p.*
      from preview_links p
      where p.article_id = $1::uuid
      order by p.created_at desc, p.id desc
      limit $2::int
    ) p
  ), '[]'),
  'beyond', false
) as answer;

-- ?preview=bsp_…
select json_build_object(
  'articleId', p.article_id
) as answer
from preview_links p
where p.id = $1::uuid
and p.article_id = $2::uuid
and p.revoked_at is null
and p.expires_at > now();
