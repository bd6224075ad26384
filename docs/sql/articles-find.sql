-- Made from src/db by "npm run derive". Do not edit. Read it in a review: a change of a hot read shows here.
-- The server prepares each as: select answer from (<the statement>) as q. Only the white space is ours.

-- GET /v1/articles/{slug}?include=adjacent,comments: the whole article page
select json_build_object(
  'id', a.id,
  'slug', a.slug,
  'locale', a.locale,
  'title', a.title,
  'subtitle', a.subtitle,
  'excerpt', a.excerpt,
  'cover', a.cover,
  'publishedAt', a.published_at,
  'featured', a.featured,
  'wordCount', a.word_count,
  'readingMinutes', a.reading_minutes,
  'commentCount', a.comment_count,
  'commentPolicy', a.comment_policy,
  'takesComments', (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
    a.unpublish_at > now())) and (a.comments_close_at is null or a.comments_close_at > now()),
  'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status =
    'published' and a.unpublish_at <= now() then 'expired' else a.status end,
  'unpublishAt', a.unpublish_at,
  'firstPublishedAt', a.first_published_at,
  'createdAt', a.created_at,
  'updatedAt', a.updated_at,
  'version', a.version,
  'seo', a.seo,
  'authors', (
    select coalesce(json_agg(json_build_object(
      'id', t.id,
      'slug', t.slug,
      'name', t.name
    ) order by l.position), '[]')
    from article_authors l
    join authors t on t.id = l.author_id
    where l.article_id = a.id
  ),
  'categories', (
    select coalesce(json_agg(json_build_object(
      'id', t.id,
      'slug', t.slug,
      'name', t.name
    ) order by l.position), '[]')
    from article_categories l
    join categories t on t.id = l.category_id
    where l.article_id = a.id
  ),
  'tags', (
    select coalesce(json_agg(json_build_object(
      'id', t.id,
      'slug', t.slug,
      'name', t.name
    ) order by l.position), '[]')
    from article_tags l
    join tags t on t.id = l.tag_id
    where l.article_id = a.id
  ),
  'bodies', json_build_object(
    $1::text, a.body_html
  ),
  'adjacent', json_build_array(
    (
      select json_build_object(
        'older', (
          select coalesce(json_agg(s.card order by s.published_at desc, s.article_id desc), '[]')
          from (
            select e.published_at, e.article_id, json_build_object(
              'id', b.id,
              'slug', b.slug,
              'locale', b.locale,
              'title', b.title,
              'subtitle', b.subtitle,
              'excerpt', b.excerpt,
              'cover', b.cover,
              'publishedAt', b.published_at
            ) as card
            from series_entries e
            join articles b on b.id = e.article_id
            where e.series_id = me.series_id
            and e.position = 0
            and (e.published_at + interval '0') <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            and (e.published_at, e.article_id) < (me.published_at, me.article_id)
            order by e.published_at desc, e.article_id desc
            limit $2::int
          ) s
        ),
        'newer', (
          select coalesce(json_agg(s.card order by s.published_at asc, s.article_id asc), '[]')
          from (
            select e.published_at, e.article_id, json_build_object(
              'id', b.id,
              'slug', b.slug,
              'locale', b.locale,
              'title', b.title,
              'subtitle', b.subtitle,
              'excerpt', b.excerpt,
              'cover', b.cover,
              'publishedAt', b.published_at
            ) as card
            from series_entries e
            join articles b on b.id = e.article_id
            where e.series_id = me.series_id
            and e.position = 0
            and e.published_at <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            and (e.published_at, e.article_id) > (me.published_at, me.article_id)
            order by e.published_at asc, e.article_id asc
            limit $3::int
          ) s
        ),
        'previousOverride', (
          select json_build_object(
            'id', b.id,
            'slug', b.slug,
            'locale', b.locale,
            'title', b.title,
            'subtitle', b.subtitle,
            'excerpt', b.excerpt,
            'cover', b.cover,
            'publishedAt', b.published_at
          )
          from adjacent_overrides o
          join articles b on b.id = o.target_id
          where o.article_id = a.id
          and o.series_id = me.series_id
          and o.side = $4
          and b.status = 'published'
          and b.published_at <= now()
          and (b.unpublish_at is null or b.unpublish_at > now())
        ),
        'nextOverride', (
          select json_build_object(
            'id', b.id,
            'slug', b.slug,
            'locale', b.locale,
            'title', b.title,
            'subtitle', b.subtitle,
            'excerpt', b.excerpt,
            'cover', b.cover,
            'publishedAt', b.published_at
          )
          from adjacent_overrides o
          join articles b on b.id = o.target_id
          where o.article_id = a.id
          and o.series_id = me.series_id
          and o.side = $5
          and b.status = 'published'
          and b.published_at <= now()
          and (b.unpublish_at is null or b.unpublish_at > now())
        )
      )
      from (
        select *
        from series_entries
        where article_id = a.id
        and series_entries.published_at <= now()
        and (series_entries.unpublish_at is null or series_entries.unpublish_at > now())
      ) me
      where me.series_id = series_id('site', '')
    )
  ),
  'comments', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
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
        'score', c.score,
        'replies', (
          select coalesce(json_agg(r.item order by r.created_at, r.id), '[]')
          from (
            select d.score, d.created_at, d.id, json_build_object(
              'id', d.id,
              'articleId', d.article_id,
              'parentId', d.parent_id,
              'rootId', d.root_id,
              'replyToId', d.reply_to_id,
              'depth', d.depth,
              'status', d.status,
              'authorName', case when d.status = 'approved' then d.author_name end,
              'authorUrl', case when d.status = 'approved' then d.author_url end,
              'authorVerified', d.status = 'approved' and d.author_verified,
              'html', case when d.status = 'approved' then d.body_html end,
              'text', case when d.status = 'approved' then d.body_text end,
              'createdAt', d.created_at,
              'editedAt', d.edited_at,
              'replyCount', d.reply_count,
              'upvotes', case when d.status = 'approved' then d.upvotes else 0 end,
              'downvotes', case when d.status = 'approved' then d.downvotes else 0 end,
              'score', d.score
            ) as item
            from comments d
            where d.parent_id = c.id
            and d.listed
            order by d.created_at, d.id
            limit $6::int
          ) r
        )
      ) order by c.created_at asc, c.id asc)
      from (
        select c.*
        from comments c
        where c.article_id = a.id
        and c.parent_id is null
        and c.listed
        order by c.created_at asc, c.id asc
        limit $7::int
      ) c
    ), '[]'),
    'beyond', false
  )
) as answer
from articles a
where a.id = (
  select subject_id
  from slugs
  where kind = 'article'
  and locale = $8::text
  and slug = $9::text
)
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

-- The same by id, for a key with content:read: no visibility, neighbours in a category
select json_build_object(
  'id', a.id,
  'slug', a.slug,
  'locale', a.locale,
  'title', a.title,
  'subtitle', a.subtitle,
  'excerpt', a.excerpt,
  'cover', a.cover,
  'publishedAt', a.published_at,
  'featured', a.featured,
  'wordCount', a.word_count,
  'readingMinutes', a.reading_minutes,
  'commentCount', a.comment_count,
  'commentPolicy', a.comment_policy,
  'takesComments', (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
    a.unpublish_at > now())) and (a.comments_close_at is null or a.comments_close_at > now()),
  'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status =
    'published' and a.unpublish_at <= now() then 'expired' else a.status end,
  'unpublishAt', a.unpublish_at,
  'firstPublishedAt', a.first_published_at,
  'createdAt', a.created_at,
  'updatedAt', a.updated_at,
  'version', a.version,
  'seo', a.seo,
  'authors', (
    select coalesce(json_agg(json_build_object(
      'id', t.id,
      'slug', t.slug,
      'name', t.name
    ) order by l.position), '[]')
    from article_authors l
    join authors t on t.id = l.author_id
    where l.article_id = a.id
  ),
  'categories', (
    select coalesce(json_agg(json_build_object(
      'id', t.id,
      'slug', t.slug,
      'name', t.name
    ) order by l.position), '[]')
    from article_categories l
    join categories t on t.id = l.category_id
    where l.article_id = a.id
  ),
  'tags', (
    select coalesce(json_agg(json_build_object(
      'id', t.id,
      'slug', t.slug,
      'name', t.name
    ) order by l.position), '[]')
    from article_tags l
    join tags t on t.id = l.tag_id
    where l.article_id = a.id
  ),
  'adjacent', json_build_array(
    (
      select json_build_object(
        'older', (
          select coalesce(json_agg(s.card order by s.published_at desc, s.article_id desc), '[]')
          from (
            select e.published_at, e.article_id, json_build_object(
              'id', b.id,
              'slug', b.slug,
              'locale', b.locale,
              'title', b.title,
              'subtitle', b.subtitle,
              'excerpt', b.excerpt,
              'cover', b.cover,
              'publishedAt', b.published_at
            ) as card
            from series_entries e
            join articles b on b.id = e.article_id
            where e.series_id = me.series_id
            and e.position = 0
            and (e.published_at + interval '0') <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            and (e.published_at, e.article_id) < (me.published_at, me.article_id)
            order by e.published_at desc, e.article_id desc
            limit $1::int
          ) s
        ),
        'newer', (
          select coalesce(json_agg(s.card order by s.published_at asc, s.article_id asc), '[]')
          from (
            select e.published_at, e.article_id, json_build_object(
              'id', b.id,
              'slug', b.slug,
              'locale', b.locale,
              'title', b.title,
              'subtitle', b.subtitle,
              'excerpt', b.excerpt,
              'cover', b.cover,
              'publishedAt', b.published_at
            ) as card
            from series_entries e
            join articles b on b.id = e.article_id
            where e.series_id = me.series_id
            and e.position = 0
            and e.published_at <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            and (e.published_at, e.article_id) > (me.published_at, me.article_id)
            order by e.published_at asc, e.article_id asc
            limit $2::int
          ) s
        ),
        'previousOverride', (
          select json_build_object(
            'id', b.id,
            'slug', b.slug,
            'locale', b.locale,
            'title', b.title,
            'subtitle', b.subtitle,
            'excerpt', b.excerpt,
            'cover', b.cover,
            'publishedAt', b.published_at
          )
          from adjacent_overrides o
          join articles b on b.id = o.target_id
          where o.article_id = a.id
          and o.series_id = me.series_id
          and o.side = $3
          and b.status = 'published'
          and b.published_at <= now()
          and (b.unpublish_at is null or b.unpublish_at > now())
        ),
        'nextOverride', (
          select json_build_object(
            'id', b.id,
            'slug', b.slug,
            'locale', b.locale,
            'title', b.title,
            'subtitle', b.subtitle,
            'excerpt', b.excerpt,
            'cover', b.cover,
            'publishedAt', b.published_at
          )
          from adjacent_overrides o
          join articles b on b.id = o.target_id
          where o.article_id = a.id
          and o.series_id = me.series_id
          and o.side = $4
          and b.status = 'published'
          and b.published_at <= now()
          and (b.unpublish_at is null or b.unpublish_at > now())
        )
      )
      from (
        select *
        from would_be_entries(a.id, now())
        where not (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
          a.unpublish_at > now()))
        union all
        select *
        from (
          select *
          from series_entries
          where article_id = a.id
          and series_entries.published_at <= now()
          and (series_entries.unpublish_at is null or series_entries.unpublish_at > now())
        ) own
      ) me
      where me.series_id = (
        select subject_id
        from slugs
        where kind = $5
        and locale = ''
        and slug = $6::text
      )
    )
  )
) as answer
from articles a
where a.id = any($7::uuid[]);

-- GET /v1/articles/{slug}/related
select json_build_object(
  'id', a.id,
  'slug', a.slug,
  'locale', a.locale,
  'title', a.title,
  'subtitle', a.subtitle,
  'excerpt', a.excerpt,
  'cover', a.cover,
  'publishedAt', a.published_at,
  'featured', a.featured,
  'wordCount', a.word_count,
  'readingMinutes', a.reading_minutes,
  'commentCount', a.comment_count,
  'commentPolicy', a.comment_policy,
  'takesComments', (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
    a.unpublish_at > now())) and (a.comments_close_at is null or a.comments_close_at > now()),
  'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status =
    'published' and a.unpublish_at <= now() then 'expired' else a.status end,
  'unpublishAt', a.unpublish_at,
  'firstPublishedAt', a.first_published_at,
  'createdAt', a.created_at,
  'updatedAt', a.updated_at,
  'version', a.version,
  'seo', a.seo,
  'related', ( with shared (series_id, weight) as (
    select tag_id, $1::int
    from article_tags
    where article_id = a.id
    union all
    select category_id, case position when 0 then $2::int else $3::int end
    from article_categories
    where article_id = a.id
    union all
    select series_id('locale', a.locale), 0
  ), found as (
    select distinct n.article_id, n.published_at
    from shared s cross
    join lateral (
      select e.article_id, e.published_at
      from series_entries e
      where e.series_id = s.series_id
      and e.position = 0
      and e.published_at <= now()
      and (e.unpublish_at is null or e.unpublish_at > now())
      order by e.published_at desc, e.article_id desc
      limit $4::int
    ) n
    where n.article_id <> a.id
  ), weighed as (
    select f.article_id, f.published_at, (
      select sum(s.weight)
      from shared s
      where exists (
        select
        from series_entries e
        where e.article_id = f.article_id
        and e.series_id = s.series_id offset 0
      )
    ) as weight
    from found f
  ), best as (
    select f.article_id, f.published_at, f.weight + $5::int * coalesce(ts_rank(s.words, (
      select string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery
      from unnest(to_tsvector(search_config(a.locale), search_text(a.title)))
    ), 1), 0) as score
    from weighed f
    join article_search s on s.article_id = f.article_id
    and s.locale = a.locale
    order by score desc, f.published_at desc, f.article_id desc
    limit $6::int
  ) select coalesce(json_agg(json_build_object(
    'id', b.id,
    'slug', b.slug,
    'locale', b.locale,
    'title', b.title,
    'subtitle', b.subtitle,
    'excerpt', b.excerpt,
    'cover', b.cover,
    'publishedAt', b.published_at
  ) order by r.score desc, r.published_at desc, r.article_id desc), '[]') from best r join articles b on b.id =
    r.article_id)
) as answer
from articles a
where a.id = (
  select subject_id
  from slugs
  where kind = 'article'
  and locale = $7::text
  and slug = $8::text
)
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

-- GET /v1/articles/{slug}/adjacent?within=list&tag=…&category=…
select json_build_object(
  'id', a.id,
  'slug', a.slug,
  'locale', a.locale,
  'title', a.title,
  'subtitle', a.subtitle,
  'excerpt', a.excerpt,
  'cover', a.cover,
  'publishedAt', a.published_at,
  'featured', a.featured,
  'wordCount', a.word_count,
  'readingMinutes', a.reading_minutes,
  'commentCount', a.comment_count,
  'commentPolicy', a.comment_policy,
  'takesComments', (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
    a.unpublish_at > now())) and (a.comments_close_at is null or a.comments_close_at > now()),
  'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status =
    'published' and a.unpublish_at <= now() then 'expired' else a.status end,
  'unpublishAt', a.unpublish_at,
  'firstPublishedAt', a.first_published_at,
  'createdAt', a.created_at,
  'updatedAt', a.updated_at,
  'version', a.version,
  'seo', a.seo,
  'adjacent', json_build_array(
    (
      select json_build_object(
        'older', (
          select coalesce(json_agg(s.card order by s.published_at desc, s.article_id desc), '[]')
          from (
            select e.published_at, e.article_id, json_build_object(
              'id', b.id,
              'slug', b.slug,
              'locale', b.locale,
              'title', b.title,
              'subtitle', b.subtitle,
              'excerpt', b.excerpt,
              'cover', b.cover,
              'publishedAt', b.published_at
            ) as card
            from series_entries e
            join articles b on b.id = e.article_id
            where e.series_id = (
              select subject_id
              from slugs
              where kind = $1
              and locale = ''
              and slug = $2::text
            )
            and e.position = 0
            and (e.published_at + interval '0') <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            and exists (
              select
              from series_entries f
              where f.article_id = e.article_id
              and f.series_id = (
                select subject_id
                from slugs
                where kind = $3
                and locale = ''
                and slug = $4::text
              ) offset 0
            )
            and (e.published_at, e.article_id) < (me.published_at, me.article_id)
            order by e.published_at desc, e.article_id desc
            limit $5::int
          ) s
        ),
        'newer', (
          select coalesce(json_agg(s.card order by s.published_at asc, s.article_id asc), '[]')
          from (
            select e.published_at, e.article_id, json_build_object(
              'id', b.id,
              'slug', b.slug,
              'locale', b.locale,
              'title', b.title,
              'subtitle', b.subtitle,
              'excerpt', b.excerpt,
              'cover', b.cover,
              'publishedAt', b.published_at
            ) as card
            from series_entries e
            join articles b on b.id = e.article_id
            where e.series_id = (
              select subject_id
              from slugs
              where kind = $6
              and locale = ''
              and slug = $7::text
            )
            and e.position = 0
            and e.published_at <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            and exists (
              select
              from series_entries f
              where f.article_id = e.article_id
              and f.series_id = (
                select subject_id
                from slugs
                where kind = $8
                and locale = ''
                and slug = $9::text
              ) offset 0
            )
            and (e.published_at, e.article_id) > (me.published_at, me.article_id)
            order by e.published_at asc, e.article_id asc
            limit $10::int
          ) s
        )
      )
      from (
        select *
        from series_entries
        where article_id = a.id
        and series_entries.published_at <= now()
        and (series_entries.unpublish_at is null or series_entries.unpublish_at > now())
      ) me
      where me.series_id = (
        select subject_id
        from slugs
        where kind = $11
        and locale = ''
        and slug = $12::text
      )
      and (
        select subject_id
        from slugs
        where kind = $13
        and locale = ''
        and slug = $14::text
      ) in (
        select f.series_id
        from (
          select *
          from series_entries
          where article_id = a.id
          and series_entries.published_at <= now()
          and (series_entries.unpublish_at is null or series_entries.unpublish_at > now())
        ) f
      )
    )
  )
) as answer
from articles a
where a.id = (
  select subject_id
  from slugs
  where kind = 'article'
  and locale = $15::text
  and slug = $16::text
)
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

-- GET /v1/articles/{slug}/adjacent
select json_build_object(
  'id', a.id,
  'slug', a.slug,
  'locale', a.locale,
  'title', a.title,
  'subtitle', a.subtitle,
  'excerpt', a.excerpt,
  'cover', a.cover,
  'publishedAt', a.published_at,
  'featured', a.featured,
  'wordCount', a.word_count,
  'readingMinutes', a.reading_minutes,
  'commentCount', a.comment_count,
  'commentPolicy', a.comment_policy,
  'takesComments', (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
    a.unpublish_at > now())) and (a.comments_close_at is null or a.comments_close_at > now()),
  'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status =
    'published' and a.unpublish_at <= now() then 'expired' else a.status end,
  'unpublishAt', a.unpublish_at,
  'firstPublishedAt', a.first_published_at,
  'createdAt', a.created_at,
  'updatedAt', a.updated_at,
  'version', a.version,
  'seo', a.seo,
  'adjacent', json_build_array(
    (
      select json_build_object(
        'older', (
          select coalesce(json_agg(s.card order by s.published_at desc, s.article_id desc), '[]')
          from (
            select e.published_at, e.article_id, json_build_object(
              'id', b.id,
              'slug', b.slug,
              'locale', b.locale,
              'title', b.title,
              'subtitle', b.subtitle,
              'excerpt', b.excerpt,
              'cover', b.cover,
              'publishedAt', b.published_at
            ) as card
            from series_entries e
            join articles b on b.id = e.article_id
            where e.series_id = me.series_id
            and e.position = 0
            and (e.published_at + interval '0') <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            and (e.published_at, e.article_id) < (me.published_at, me.article_id)
            order by e.published_at desc, e.article_id desc
            limit $1::int
          ) s
        ),
        'newer', (
          select coalesce(json_agg(s.card order by s.published_at asc, s.article_id asc), '[]')
          from (
            select e.published_at, e.article_id, json_build_object(
              'id', b.id,
              'slug', b.slug,
              'locale', b.locale,
              'title', b.title,
              'subtitle', b.subtitle,
              'excerpt', b.excerpt,
              'cover', b.cover,
              'publishedAt', b.published_at
            ) as card
            from series_entries e
            join articles b on b.id = e.article_id
            where e.series_id = me.series_id
            and e.position = 0
            and e.published_at <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            and (e.published_at, e.article_id) > (me.published_at, me.article_id)
            order by e.published_at asc, e.article_id asc
            limit $2::int
          ) s
        ),
        'previousOverride', (
          select json_build_object(
            'id', b.id,
            'slug', b.slug,
            'locale', b.locale,
            'title', b.title,
            'subtitle', b.subtitle,
            'excerpt', b.excerpt,
            'cover', b.cover,
            'publishedAt', b.published_at
          )
          from adjacent_overrides o
          join articles b on b.id = o.target_id
          where o.article_id = a.id
          and o.series_id = me.series_id
          and o.side = $3
          and b.status = 'published'
          and b.published_at <= now()
          and (b.unpublish_at is null or b.unpublish_at > now())
        ),
        'nextOverride', (
          select json_build_object(
            'id', b.id,
            'slug', b.slug,
            'locale', b.locale,
            'title', b.title,
            'subtitle', b.subtitle,
            'excerpt', b.excerpt,
            'cover', b.cover,
            'publishedAt', b.published_at
          )
          from adjacent_overrides o
          join articles b on b.id = o.target_id
          where o.article_id = a.id
          and o.series_id = me.series_id
          and o.side = $4
          and b.status = 'published'
          and b.published_at <= now()
          and (b.unpublish_at is null or b.unpublish_at > now())
        )
      )
      from (
        select *
        from series_entries
        where article_id = a.id
        and series_entries.published_at <= now()
        and (series_entries.unpublish_at is null or series_entries.unpublish_at > now())
      ) me
      where me.series_id = series_id('site', '')
    )
  )
) as answer
from articles a
where a.id = (
  select subject_id
  from slugs
  where kind = 'article'
  and locale = $5::text
  and slug = $6::text
)
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());
