-- Made from src/db by "npm run derive". Do not edit. Read it in a review: a change of a hot read shows here.
-- The server prepares each as: select answer from (<the statement>) as q. Only the white space is ours.

-- GET /v1/articles: the first page, newest first
select json_build_object(
  'known', json_build_array(
    series_id('site', '') is not null
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg((
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
          'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status
            = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
          'unpublishAt', a.unpublish_at,
          'firstPublishedAt', a.first_published_at,
          'createdAt', a.created_at,
          'updatedAt', a.updated_at,
          'version', a.version,
          'seo', a.seo
        )
        from articles a
        where a.id = e.article_id
      ) order by e.published_at desc, e.article_id desc)
      from (
        select e.*
        from series_entries e
        where e.series_id = series_id('site', '')
        and e.position = 0
        and e.published_at <= now()
        and (e.unpublish_at is null or e.unpublish_at > now())
        order by e.published_at desc, e.article_id desc
        limit $1::int
      ) e
    ), '[]'),
    'beyond', false
  )
) as answer;

-- GET /v1/articles?after=…
select json_build_object(
  'known', json_build_array(
    series_id('site', '') is not null
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg((
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
          'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status
            = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
          'unpublishAt', a.unpublish_at,
          'firstPublishedAt', a.first_published_at,
          'createdAt', a.created_at,
          'updatedAt', a.updated_at,
          'version', a.version,
          'seo', a.seo
        )
        from articles a
        where a.id = e.article_id
      ) order by e.published_at desc, e.article_id desc)
      from (
        select e.*
        from series_entries e
        where e.series_id = series_id('site', '')
        and e.position = 0
        and e.published_at <= now()
        and (e.unpublish_at is null or e.unpublish_at > now())
        and (e.published_at, e.article_id) < ($1::timestamptz, $2::uuid)
        order by e.published_at desc, e.article_id desc
        limit $3::int
      ) e
    ), '[]'),
    'beyond', (
      select true
      from series_entries e
      where e.series_id = series_id('site', '')
      and e.position = 0
      and e.published_at <= now()
      and (e.unpublish_at is null or e.unpublish_at > now())
      and (e.published_at, e.article_id) >= ($4::timestamptz, $5::uuid)
      order by e.published_at asc, e.article_id asc
      limit 1
    ) is not null
  )
) as answer;

-- GET /v1/articles?before=…
select json_build_object(
  'known', json_build_array(
    series_id('site', '') is not null
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg((
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
          'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status
            = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
          'unpublishAt', a.unpublish_at,
          'firstPublishedAt', a.first_published_at,
          'createdAt', a.created_at,
          'updatedAt', a.updated_at,
          'version', a.version,
          'seo', a.seo
        )
        from articles a
        where a.id = e.article_id
      ) order by e.published_at asc, e.article_id asc)
      from (
        select e.*
        from series_entries e
        where e.series_id = series_id('site', '')
        and e.position = 0
        and e.published_at <= now()
        and (e.unpublish_at is null or e.unpublish_at > now())
        and (e.published_at, e.article_id) > ($1::timestamptz, $2::uuid)
        order by e.published_at asc, e.article_id asc
        limit $3::int
      ) e
    ), '[]'),
    'beyond', (
      select true
      from series_entries e
      where e.series_id = series_id('site', '')
      and e.position = 0
      and e.published_at <= now()
      and (e.unpublish_at is null or e.unpublish_at > now())
      and (e.published_at, e.article_id) <= ($4::timestamptz, $5::uuid)
      order by e.published_at desc, e.article_id desc
      limit 1
    ) is not null
  )
) as answer;

-- GET /v1/categories/{slug}/articles?include=adjacent&within=category:…&after=…
select json_build_object(
  'known', json_build_array(
    (
      select subject_id
      from slugs
      where kind = $1
      and locale = ''
      and slug = $2::text
    ) is not null
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg((
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
          'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status
            = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
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
                    limit $3::int
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
                    limit $4::int
                  ) s
                )
              )
              from series_entries me
              where me.article_id = a.id
              and me.series_id = (
                select subject_id
                from slugs
                where kind = $5
                and locale = ''
                and slug = $6::text
              )
              and me.published_at <= now()
              and (me.unpublish_at is null or me.unpublish_at > now())
            )
          )
        )
        from articles a
        where a.id = e.article_id
      ) order by e.published_at desc, e.article_id desc)
      from (
        select e.*
        from series_entries e
        where e.series_id = (
          select subject_id
          from slugs
          where kind = $7
          and locale = ''
          and slug = $8::text
        )
        and e.position = 0
        and e.published_at <= now()
        and (e.unpublish_at is null or e.unpublish_at > now())
        and (e.published_at, e.article_id) < ($9::timestamptz, $10::uuid)
        order by e.published_at desc, e.article_id desc
        limit $11::int
      ) e
    ), '[]'),
    'beyond', (
      select true
      from series_entries e
      where e.series_id = (
        select subject_id
        from slugs
        where kind = $12
        and locale = ''
        and slug = $13::text
      )
      and e.position = 0
      and e.published_at <= now()
      and (e.unpublish_at is null or e.unpublish_at > now())
      and (e.published_at, e.article_id) >= ($14::timestamptz, $15::uuid)
      order by e.published_at asc, e.article_id asc
      limit 1
    ) is not null
  )
) as answer;

-- GET /v1/articles?tag=…&category=…&sort=publishedAt: two series at once, oldest first
select json_build_object(
  'known', json_build_array(
    (
      select subject_id
      from slugs
      where kind = $1
      and locale = ''
      and slug = $2::text
    ) is not null,
    (
      select subject_id
      from slugs
      where kind = $3
      and locale = ''
      and slug = $4::text
    ) is not null
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg((
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
          'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when a.status
            = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
          'unpublishAt', a.unpublish_at,
          'firstPublishedAt', a.first_published_at,
          'createdAt', a.created_at,
          'updatedAt', a.updated_at,
          'version', a.version,
          'seo', a.seo
        )
        from articles a
        where a.id = e.article_id
      ) order by e.published_at asc, e.article_id asc)
      from (
        select e.*
        from series_entries e
        where e.series_id = (
          select subject_id
          from slugs
          where kind = $5
          and locale = ''
          and slug = $6::text
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
            where kind = $7
            and locale = ''
            and slug = $8::text
          ) offset 0
        )
        order by e.published_at asc, e.article_id asc
        limit $9::int
      ) e
    ), '[]'),
    'beyond', false
  )
) as answer;
