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
  'bodies', json_build_object(
    $1::text, a.body_html
  ),
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
            and (e.published_at, e.article_id) < (me.published_at, me.article_id)
            and e.published_at <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
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
            and (e.published_at, e.article_id) > (me.published_at, me.article_id)
            and e.published_at <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            order by e.published_at asc, e.article_id asc
            limit $3::int
          ) s
        )
      )
      from series_entries me
      where me.article_id = a.id
      and me.series_id = series_id('site', '')
      and me.published_at <= now()
      and (me.unpublish_at is null or me.unpublish_at > now())
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
        'html', case when c.status = 'approved' then c.body_html end,
        'text', case when c.status = 'approved' then c.body_text end,
        'createdAt', c.created_at,
        'editedAt', c.edited_at,
        'replyCount', c.reply_count,
        'replies', (
          select coalesce(json_agg(r.item order by r.created_at, r.id), '[]')
          from (
            select d.created_at, d.id, json_build_object(
              'id', d.id,
              'articleId', d.article_id,
              'parentId', d.parent_id,
              'rootId', d.root_id,
              'replyToId', d.reply_to_id,
              'depth', d.depth,
              'status', d.status,
              'authorName', case when d.status = 'approved' then d.author_name end,
              'authorUrl', case when d.status = 'approved' then d.author_url end,
              'html', case when d.status = 'approved' then d.body_html end,
              'text', case when d.status = 'approved' then d.body_text end,
              'createdAt', d.created_at,
              'editedAt', d.edited_at,
              'replyCount', d.reply_count
            ) as item
            from comments d
            where d.parent_id = c.id
            and d.listed
            order by d.created_at, d.id
            limit $4::int
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
        limit $5::int
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
  and locale = $6::text
  and slug = $7::text
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
            and (e.published_at, e.article_id) < (me.published_at, me.article_id)
            and e.published_at <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
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
            and (e.published_at, e.article_id) > (me.published_at, me.article_id)
            and e.published_at <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            order by e.published_at asc, e.article_id asc
            limit $2::int
          ) s
        )
      )
      from series_entries me
      where me.article_id = a.id
      and me.series_id = (
        select subject_id
        from slugs
        where kind = $3
        and locale = ''
        and slug = $4::text
      )
      and me.published_at <= now()
      and (me.unpublish_at is null or me.unpublish_at > now())
    )
  )
) as answer
from articles a
where a.id = any($5::uuid[]);

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
            and (e.published_at, e.article_id) < (me.published_at, me.article_id)
            and e.published_at <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
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
            and (e.published_at, e.article_id) > (me.published_at, me.article_id)
            and e.published_at <= now()
            and (e.unpublish_at is null or e.unpublish_at > now())
            order by e.published_at asc, e.article_id asc
            limit $2::int
          ) s
        )
      )
      from series_entries me
      where me.article_id = a.id
      and me.series_id = series_id('site', '')
      and me.published_at <= now()
      and (me.unpublish_at is null or me.unpublish_at > now())
    )
  )
) as answer
from articles a
where a.id = (
  select subject_id
  from slugs
  where kind = 'article'
  and locale = $3::text
  and slug = $4::text
)
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());
