-- Made from src/db by "npm run derive". Do not edit. Read it in a review: a change of a hot read shows here.
-- The server prepares each as: select answer from (<the statement>) as q. Only the white space is ours.

-- GET /v1/articles: the first page, newest first
select json_build_object(
  'slugs', json_build_array(
    ''
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'key', e.published_at,
        'article', (
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
            'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when
              a.status = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
            'unpublishAt', a.unpublish_at,
            'firstPublishedAt', a.first_published_at,
            'createdAt', a.created_at,
            'updatedAt', a.updated_at,
            'version', a.version,
            'seo', a.seo
          )
          from articles a
          where a.id = e.article_id
        )
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
  ),
  'count', null
) as answer;

-- GET /v1/articles?after=…
select json_build_object(
  'slugs', json_build_array(
    ''
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'key', e.published_at,
        'article', (
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
            'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when
              a.status = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
            'unpublishAt', a.unpublish_at,
            'firstPublishedAt', a.first_published_at,
            'createdAt', a.created_at,
            'updatedAt', a.updated_at,
            'version', a.version,
            'seo', a.seo
          )
          from articles a
          where a.id = e.article_id
        )
      ) order by e.published_at desc, e.article_id desc)
      from (
        select e.*
        from series_entries e
        where e.series_id = series_id('site', '')
        and e.position = 0
        and (e.published_at + interval '0') <= now()
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
  ),
  'count', null
) as answer;

-- GET /v1/articles?before=…
select json_build_object(
  'slugs', json_build_array(
    ''
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'key', e.published_at,
        'article', (
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
            'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when
              a.status = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
            'unpublishAt', a.unpublish_at,
            'firstPublishedAt', a.first_published_at,
            'createdAt', a.created_at,
            'updatedAt', a.updated_at,
            'version', a.version,
            'seo', a.seo
          )
          from articles a
          where a.id = e.article_id
        )
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
      and (e.published_at + interval '0') <= now()
      and (e.unpublish_at is null or e.unpublish_at > now())
      and (e.published_at, e.article_id) <= ($4::timestamptz, $5::uuid)
      order by e.published_at desc, e.article_id desc
      limit 1
    ) is not null
  ),
  'count', null
) as answer;

-- GET /v1/categories/{ref}/articles?include=adjacent&within=category:…&after=…
select json_build_object(
  'slugs', json_build_array(
    (
      select slug
      from categories
      where id = (
        select subject_id
        from slugs
        where kind = $1
        and locale = ''
        and slug = $2::text
      )
    )
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'key', e.published_at,
        'article', (
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
            'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when
              a.status = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
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
                      and e.published_at <= now()
                      and (e.unpublish_at is null or e.unpublish_at > now())
                      and (e.published_at, e.article_id) > (me.published_at, me.article_id)
                      order by e.published_at asc, e.article_id asc
                      limit $4::int
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
                    and o.side = $5
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
                    and o.side = $6
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
                where me.series_id = (
                  select subject_id
                  from slugs
                  where kind = $7
                  and locale = ''
                  and slug = $8::text
                )
              )
            )
          )
          from articles a
          where a.id = e.article_id
        )
      ) order by e.published_at desc, e.article_id desc)
      from (
        select e.*
        from series_entries e
        where e.series_id = (
          select subject_id
          from slugs
          where kind = $9
          and locale = ''
          and slug = $10::text
        )
        and e.position = 0
        and (e.published_at + interval '0') <= now()
        and (e.unpublish_at is null or e.unpublish_at > now())
        and (e.published_at, e.article_id) < ($11::timestamptz, $12::uuid)
        order by e.published_at desc, e.article_id desc
        limit $13::int
      ) e
    ), '[]'),
    'beyond', (
      select true
      from series_entries e
      where e.series_id = (
        select subject_id
        from slugs
        where kind = $14
        and locale = ''
        and slug = $15::text
      )
      and e.position = 0
      and e.published_at <= now()
      and (e.unpublish_at is null or e.unpublish_at > now())
      and (e.published_at, e.article_id) >= ($16::timestamptz, $17::uuid)
      order by e.published_at asc, e.article_id asc
      limit 1
    ) is not null
  ),
  'count', null
) as answer;

-- GET /v1/articles?tag=…&category=…&sort=publishedAt&count=exact: two series at once, oldest first, counted
select json_build_object(
  'slugs', json_build_array(
    (
      select slug
      from tags
      where id = (
        select subject_id
        from slugs
        where kind = $1
        and locale = ''
        and slug = $2::text
      )
    ),
    (
      select slug
      from categories
      where id = (
        select subject_id
        from slugs
        where kind = $3
        and locale = ''
        and slug = $4::text
      )
    )
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'key', e.published_at,
        'article', (
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
            'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when
              a.status = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
            'unpublishAt', a.unpublish_at,
            'firstPublishedAt', a.first_published_at,
            'createdAt', a.created_at,
            'updatedAt', a.updated_at,
            'version', a.version,
            'seo', a.seo
          )
          from articles a
          where a.id = e.article_id
        )
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
  ),
  'count', (
    select count(*)
    from series_entries e
    where e.series_id = (
      select subject_id
      from slugs
      where kind = $10
      and locale = ''
      and slug = $11::text
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
        where kind = $12
        and locale = ''
        and slug = $13::text
      ) offset 0
    )
  )
) as answer;

-- GET /v1/articles?sort=title
select json_build_object(
  'slugs', json_build_array(
    ''
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'key', a.title collate "und-x-icu",
        'article', json_build_object(
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
      ) order by a.title collate "und-x-icu" asc, a.id asc)
      from (
        select a.*
        from articles a
        where a.status = 'published'
        and a.published_at <= now()
        and (a.unpublish_at is null or a.unpublish_at > now())
        order by a.title collate "und-x-icu" asc, a.id asc
        limit $1::int
      ) a
    ), '[]'),
    'beyond', false
  ),
  'count', null
) as answer;

-- GET /v1/articles?q=…
with found as materialized (
  select e.article_id, h.words, h.query
  from (
    select s.article_id, s.words, l.query
    from (
      select locale, search_query(locale, $1::text, $2::text[]) as query
      from locales_in_use() as in_use (locale) offset 0
    ) l cross
    join lateral (
      select w.article_id, w.words
      from article_search w
      where w.words @@ l.query
      and w.locale = l.locale offset 0
    ) s
  ) h
  join series_entries e on e.article_id = h.article_id
  where e.series_id = series_id('site', '')
  and e.position = 0
  and e.published_at <= now()
  and (e.unpublish_at is null or e.unpublish_at > now())
  limit $3::int
), ranked as materialized (
  select f.article_id, (least(ts_rank('{0.05, 0.1, 0.4, 1}', f.words, f.query, 1), 2000) * 1000000)::int as
    score
  from found f
  order by score desc, f.article_id desc
  limit $4::int
)
select json_build_object(
  'slugs', json_build_array(
    ''
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'key', r.score,
        'article', (
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
            'status', case when a.status = 'published' and a.published_at > now() then 'scheduled' when
              a.status = 'published' and a.unpublish_at <= now() then 'expired' else a.status end,
            'unpublishAt', a.unpublish_at,
            'firstPublishedAt', a.first_published_at,
            'createdAt', a.created_at,
            'updatedAt', a.updated_at,
            'version', a.version,
            'seo', a.seo,
            'highlight', (
              select json_build_object(
                'title', (
                  select json_build_object(
                    'marked', m.marked,
                    'written', case when length(t.sought) = length(t.written) and strpos(t.sought, translate(m.marked,
                      $5, '')) > 0 then substr(t.written, strpos(t.sought, translate(m.marked, $6, '')), length(translate(m.marked,
                      $7, ''))) end
                  )
                  from (
                    select normalize(a.title) as written, translate(search_text(a.title), $8, $9) as sought
                      offset 0
                  ) t, lateral (
                    select ts_headline(l.config, t.sought, l.query, $10) as marked offset 0
                  ) m
                ),
                'excerpt', (
                  select json_build_object(
                    'marked', m.marked,
                    'written', case when length(t.sought) = length(t.written) and strpos(t.sought, translate(m.marked,
                      $11, '')) > 0 then substr(t.written, strpos(t.sought, translate(m.marked, $12, '')),
                      length(translate(m.marked, $13, ''))) end
                  )
                  from (
                    select normalize(left(a.body_text, 20000)) as written, translate(search_text(left(a.body_text,
                      20000)), $14, $15) as sought offset 0
                  ) t, lateral (
                    select ts_headline(l.config, t.sought, l.query, $16) as marked offset 0
                  ) m
                )
              )
              from (
                select search_config(a.locale) as config, search_query(a.locale, $17::text, $18::text[]) as
                  query offset 0
              ) l
            )
          )
          from articles a
          where a.id = r.article_id
        )
      ) order by r.score desc, r.article_id desc)
      from (
        select r.*
        from ranked r
        where true
        order by r.score desc, r.article_id desc
        limit $19::int
      ) r
    ), '[]'),
    'beyond', false
  ),
  'count', null
) as answer;

-- GET /v1/articles?status=draft
select json_build_object(
  'slugs', json_build_array(
    ''
  ),
  'page', json_build_object(
    'items', coalesce((
      select json_agg(json_build_object(
        'key', a.updated_at,
        'article', json_build_object(
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
      ) order by a.updated_at desc, a.id desc)
      from (
        select a.*
        from articles a
        where (a.status = $1)
        order by a.updated_at desc, a.id desc
        limit $2::int
      ) a
    ), '[]'),
    'beyond', false
  ),
  'count', null
) as answer;
