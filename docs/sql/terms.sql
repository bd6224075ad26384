-- Made from src/db by "npm run derive". Do not edit. Read it in a review: a change of a hot read shows here.
-- The server prepares each as: select answer from (<the statement>) as q. Only the white space is ours.

-- GET /v1/categories
select json_build_object(
  'id', c.id,
  'slug', c.slug,
  'name', c.name,
  'description', c.description,
  'cover', c.cover,
  'parentId', c.parent_id,
  'position', c.position,
  'articleCount', visible_count(series_id('category-only', c.id::text), now()),
  'articleCountWithSubtree', visible_count(c.id, now())
) as answer
from categories c
order by c.position, c.name collate "und-x-icu", c.id;

-- GET /v1/categories/{slug}
select json_build_object(
  'id', c.id,
  'slug', c.slug,
  'name', c.name,
  'description', c.description,
  'cover', c.cover,
  'parentId', c.parent_id,
  'position', c.position,
  'articleCount', visible_count(series_id('category-only', c.id::text), now()),
  'articleCountWithSubtree', visible_count(c.id, now()),
  'ancestors', (
    select coalesce(json_agg(json_build_object(
      'id', a.id,
      'slug', a.slug,
      'name', a.name
    ) order by cardinality(a.path)), '[]')
    from categories a
    where a.id = any(c.path)
    and a.id <> c.id
  ),
  'children', (
    select coalesce(json_agg(json_build_object(
      'id', k.id,
      'slug', k.slug,
      'name', k.name,
      'description', k.description,
      'cover', k.cover,
      'parentId', k.parent_id,
      'position', k.position,
      'articleCount', visible_count(series_id('category-only', k.id::text), now()),
      'articleCountWithSubtree', visible_count(k.id, now())
    ) order by k.position, k.name collate "und-x-icu", k.id), '[]')
    from categories k
    where k.parent_id = c.id
  )
) as answer
from categories c
where c.id = (
  select subject_id
  from slugs
  where kind = $1
  and locale = ''
  and slug = $2::text
);

-- GET /v1/authors/{slug}
select json_build_object(
  'id', t.id,
  'slug', t.slug,
  'name', t.name,
  'bio', t.bio,
  'avatar', t.avatar,
  'links', t.links,
  'articleCount', visible_count(t.id, now())
) as answer
from authors t
where t.id = (
  select subject_id
  from slugs
  where kind = $1
  and locale = ''
  and slug = $2::text
);

-- GET /v1/tags?after=…
select json_build_object(
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'id', t.id,
        'slug', t.slug,
        'name', t.name,
        'description', t.description,
        'articleCount', visible_count(t.id, now())
      ) order by t.name collate "und-x-icu" asc, t.id asc)
      from (
        select t.*
        from tags t
        where true
        and (t.name collate "und-x-icu", t.id) > ($1::text, $2::uuid)
        order by t.name collate "und-x-icu" asc, t.id asc
        limit $3::int
      ) t
    ), '[]'),
    'beyond', (
      select true
      from tags t
      where true
      and (t.name collate "und-x-icu", t.id) <= ($4::text, $5::uuid)
      order by t.name collate "und-x-icu" desc, t.id desc
      limit 1
    ) is not null
  )
) as answer;

-- GET /v1/tags?hideEmpty=true&count=estimated&asOf=…
select json_build_object(
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'id', t.id,
        'slug', t.slug,
        'name', t.name,
        'description', t.description,
        'articleCount', visible_count(t.id, $1::timestamptz)
      ) order by t.name collate "und-x-icu" asc, t.id asc)
      from (
        select t.*
        from (
          select t.*
          from tags t
          where true
          order by t.name collate "und-x-icu" asc, t.id asc
          limit $2::int
        ) t
        where visible_count(t.id, $3::timestamptz) > 0
        order by t.name collate "und-x-icu" asc, t.id asc
        limit $4::int
      ) t
    ), '[]'),
    'beyond', false,
    'stopped', (
      select json_build_object(
        'key', t.name collate "und-x-icu",
        'id', t.id
      )
      from tags t
      where true
      order by t.name collate "und-x-icu" asc, t.id asc offset $5::int
      limit 1
    )
  ),
  'count', (
    select count(*)
    from tags t
    join series_counts n on n.series_id = t.id
    where n.article_count > 0
  )
) as answer;

-- GET /v1/series?hideEmpty=true&count=exact&before=…
select json_build_object(
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'id', t.id,
        'slug', t.slug,
        'title', t.title,
        'description', t.description,
        'articleCount', visible_count(t.id, now())
      ) order by t.title collate "und-x-icu" desc, t.id desc)
      from (
        select t.*
        from (
          select t.*
          from series t
          where true
          and (t.title collate "und-x-icu", t.id) < ($1::text, $2::uuid)
          order by t.title collate "und-x-icu" desc, t.id desc
          limit $3::int
        ) t
        where visible_count(t.id, now()) > 0
        order by t.title collate "und-x-icu" desc, t.id desc
        limit $4::int
      ) t
    ), '[]'),
    'beyond', (
      select true
      from series t
      where true
      and (t.title collate "und-x-icu", t.id) >= ($5::text, $6::uuid)
      order by t.title collate "und-x-icu" asc, t.id asc
      limit 1
    ) is not null,
    'stopped', (
      select json_build_object(
        'key', t.title collate "und-x-icu",
        'id', t.id
      )
      from series t
      where true
      and (t.title collate "und-x-icu", t.id) < ($7::text, $8::uuid)
      order by t.title collate "und-x-icu" desc, t.id desc offset $9::int
      limit 1
    )
  ),
  'count', (
    select count(*)
    from series t
    where exists (
      select
      from series_entries e
      where e.series_id = t.id
      and e.published_at <= now()
      and (e.unpublish_at is null or e.unpublish_at > now())
    )
  )
) as answer;

-- GET /v1/series/{slug}/order
select json_build_object(
  'articles', (
    select coalesce(json_agg(json_build_object(
      'id', a.id,
      'slug', a.slug,
      'locale', a.locale,
      'title', a.title,
      'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status =
        'published' and a.unpublish_at <= now() then 'expired' else a.status end,
      'publishedAt', a.published_at,
      'unpublishAt', a.unpublish_at
    ) order by l.position), '[]')
    from series_articles l
    join articles a on a.id = l.article_id
    where l.series_id = t.id
  )
) as answer
from series t
where t.id = (
  select subject_id
  from slugs
  where kind = $1
  and locale = ''
  and slug = $2::text
);
