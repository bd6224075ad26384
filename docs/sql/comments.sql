-- Made from src/db by "npm run derive". Do not edit. Read it in a review: a change of a hot read shows here.
-- The server prepares each as: select answer from (<the statement>) as q. Only the white space is ours.

-- GET /v1/articles/{slug}/comments: the first page of threads
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
            limit $1::int
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
        limit $2::int
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
  and locale = $3::text
  and slug = $4::text
)
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

-- GET /v1/articles/{slug}/comments?sort=top&after=…
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
            limit $1::int
          ) r
        )
      ) order by c.score desc, c.created_at desc, c.id desc)
      from (
        select c.*
        from comments c
        where c.article_id = a.id
        and c.parent_id is null
        and c.listed
        and (c.score, c.created_at, c.id) < ($2::int, $3::timestamptz, $4::uuid)
        order by c.score desc, c.created_at desc, c.id desc
        limit $5::int
      ) c
    ), '[]'),
    'beyond', (
      select true
      from comments c
      where c.article_id = a.id
      and c.parent_id is null
      and c.listed
      and (c.score, c.created_at, c.id) >= ($6::int, $7::timestamptz, $8::uuid)
      order by c.score asc, c.created_at asc, c.id asc
      limit 1
    ) is not null
  )
) as answer
from articles a
where a.id = (
  select subject_id
  from slugs
  where kind = 'article'
  and locale = $9::text
  and slug = $10::text
)
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

-- GET /v1/comments/{id}/replies?after=…
select json_build_object(
  'items', coalesce((
    select json_agg(json_build_object(
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
    ) order by d.created_at asc, d.id asc)
    from (
      select d.*
      from comments d
      where d.parent_id = p.id
      and d.listed
      and (d.created_at, d.id) > ($1::timestamptz, $2::uuid)
      order by d.created_at asc, d.id asc
      limit $3::int
    ) d
  ), '[]'),
  'beyond', (
    select true
    from comments d
    where d.parent_id = p.id
    and d.listed
    and (d.created_at, d.id) <= ($4::timestamptz, $5::uuid)
    order by d.created_at desc, d.id desc
    limit 1
  ) is not null
) as answer
from comments p
join articles a on a.id = p.article_id
where p.id = $6::uuid
and p.listed
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

-- GET /v1/comments/{id}/replies?sort=top&before=…
select json_build_object(
  'items', coalesce((
    select json_agg(json_build_object(
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
    ) order by d.score asc, d.created_at asc, d.id asc)
    from (
      select d.*
      from comments d
      where d.parent_id = p.id
      and d.listed
      and (d.score, d.created_at, d.id) > ($1::int, $2::timestamptz, $3::uuid)
      order by d.score asc, d.created_at asc, d.id asc
      limit $4::int
    ) d
  ), '[]'),
  'beyond', (
    select true
    from comments d
    where d.parent_id = p.id
    and d.listed
    and (d.score, d.created_at, d.id) <= ($5::int, $6::timestamptz, $7::uuid)
    order by d.score desc, d.created_at desc, d.id desc
    limit 1
  ) is not null
) as answer
from comments p
join articles a on a.id = p.article_id
where p.id = $8::uuid
and p.listed
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

-- GraphQL Comment.replies of many comments at once
select json_build_object(
  'id', p.id,
  'items', (
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
      where d.parent_id = p.id
      and d.listed
      order by d.created_at, d.id
      limit $1::int
    ) r
  )
) as answer
from comments p
join articles a on a.id = p.article_id
where p.id = any($2::uuid[])
and p.listed
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

-- GET /v1/comments/counts?articles=…
select json_agg(coalesce(a.comment_count, 0) order by w.place) as answer
from unnest($1::uuid[], $2::text[]) with ordinality w (id, slug, place)
left join slugs s on s.kind = 'article'
and s.locale = $3::text
and s.slug = w.slug
and w.id is null
left join articles a on a.id = coalesce(w.id, s.subject_id)
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

-- GET /v1/comments/{id}: as everybody sees it
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
) as answer
from comments c
join articles a on a.id = c.article_id
where c.id = any($1::uuid[])
and c.listed
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

-- A comment with everything about it, for its author and for moderators
select (
  select json_build_object(
    'id', c.id,
    'articleId', c.article_id,
    'parentId', c.parent_id,
    'rootId', c.root_id,
    'replyToId', c.reply_to_id,
    'depth', c.depth,
    'status', c.status,
    'authorName', c.author_name,
    'authorUrl', c.author_url,
    'authorVerified', c.author_verified,
    'html', c.body_html,
    'text', c.body_text,
    'createdAt', c.created_at,
    'editedAt', c.edited_at,
    'replyCount', c.reply_count,
    'upvotes', c.upvotes,
    'downvotes', c.downvotes,
    'score', c.score,
    'source', c.body,
    'statusReason', c.status_reason,
    'revision', c.revision,
    'sandbox', c.sandbox,
    'reasons', c.reasons,
    'vetted', c.vetted,
    'reportCount', c.report_count,
    'restorableTo', case when c.scrubbed_at is null and c.decided_at > now() - interval '30 days' then
      c.deleted_from end,
    'scrubbed', c.scrubbed_at is not null,
    'decidedBy', c.decided_by,
    'decidedAt', c.decided_at,
    'hiddenBy', c.hidden_by,
    'email', p.email,
    'ipPrefix', p.ip_prefix,
    'receiptNonce', encode(p.receipt_nonce, 'hex'),
    'identityKey', encode(p.identity_key, 'hex'),
    'authorKey', encode(p.author_key, 'hex'),
    'articleVisible', (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
      a.unpublish_at > now()))
  )
  from articles a
  left join comment_private p on p.comment_id = c.id
  where a.id = c.article_id
) as answer
from comments c
where c.id = any($1::uuid[]);

-- POST /v1/articles/{slug}/comments: what the rules must know
select json_build_object(
  'articleId', a.id,
  'commentPolicy', a.comment_policy,
  'commentsCloseAt', a.comments_close_at,
  'publishedAt', a.published_at,
  'now', now(),
  'parent', (
    select json_build_object(
      'id', c.id,
      'parentId', c.parent_id,
      'rootId', c.root_id,
      'depth', c.depth,
      'status', c.status,
      'hiddenBy', c.hidden_by,
      'sandbox', c.sandbox
    )
    from comments c
    where c.article_id = a.id
    and c.id = $1::uuid
  ),
  'facts', json_build_object(
    'bannedUntil', (
      select max(b.until)
      from unnest($2::text[], $3::text[]) k (kind, key)
      join comment_bans b on b.kind = k.kind
      and b.key = decode(k.key, 'hex')
      where b.lifted_at is null
      and b.until > now()
    ),
    'twin', (
      select json_build_object(
        'id', p.comment_id,
        'age', extract(epoch from clock_timestamp() - p.created_at)::float8
      )
      from comment_private p
      join comments c on c.id = p.comment_id
      where (p.author_key = any(array(
        select decode(k, 'hex')
        from unnest($4::text[]) k
      )) or p.identity_key = decode($5::text, 'hex'))
      and p.created_at > now() - make_interval(hours => $6::int)
      and p.body_hash = decode($7::text, 'hex')
      and c.article_id = a.id
      and c.status <> 'erased'
      and not (c.status = 'deleted' and c.status_reason = 'withdrawn')
      and coalesce(c.reply_to_id, c.parent_id) is not distinct
      from $8::uuid
      order by p.created_at desc
      limit 1
    ),
    'lastOfAuthor', (
      select min(extract(epoch from clock_timestamp() - p.created_at)::float8)
      from comment_private p
      where (p.author_key = any(array(
        select decode(k, 'hex')
        from unnest($9::text[]) k
      )) or p.identity_key = decode($10::text, 'hex'))
      and p.created_at > now() - make_interval(secs => $11::int)
    ),
    'ofNetwork', (
      select coalesce(json_agg(n.age order by n.age), '[]')
      from (
        select extract(epoch from clock_timestamp() - p.created_at)::float8 as age
        from comment_private p
        where p.ip_hmac = any(array(
          select decode(k, 'hex')
          from unnest($12::text[]) k
        ))
        and p.created_at > now() - interval '1 hour'
        order by p.created_at desc
        limit $13::int
      ) n
    ),
    'ofArticle', (
      select extract(epoch from clock_timestamp() - c.created_at)::float8
      from comments c
      where c.article_id = a.id
      and c.id > $14::uuid
      and c.decided_by <> 'import'
      and not c.sandbox
      order by c.id desc offset greatest($15::int - 1, 0)
      limit 1
    ),
    'ofSite', (
      select count(*)
      from (
        select
        from comments c
        where c.id > $16::uuid
        and c.decided_by <> 'import'
        and not c.sandbox
        order by c.id desc
        limit $17::int
      ) c
    ),
    'record', (
      select json_build_object(
        'decided', count(*),
        'rejected', count(*) filter (where c.status in ('rejected', 'spam'))
      )
      from (
        select p.comment_id
        from comment_private p
        where (p.author_key = any(array(
          select decode(k, 'hex')
          from unnest($18::text[]) k
        )) or p.identity_key = decode($19::text, 'hex'))
        and p.created_at > now() - interval '60 days'
        order by p.created_at desc
        limit 200
      ) p cross
      join lateral ( -- the limit keeps a plan from reading all comments that somebody decided of late select
        c.status, c.decided_at, c.decided_by from comments c where c.id = p.comment_id limit 1) c
      where c.decided_at > now() - interval '7 days'
      and c.decided_by ~ '^(key|user):'
      and c.status in ('approved', 'rejected', 'spam')
    ),
    'approved', (
      select count(*)
      from (
        select
        from comment_private p
        join comments c on c.id = p.comment_id
        where p.identity_key = decode($20::text, 'hex')
        and p.created_at > now() - interval '12 months'
        and c.status = 'approved'
        limit $21::int
      ) c
    ),
    'authorPolicy', (
      select o.policy
      from author_policies o
      where o.key = decode($22::text, 'hex') or o.key = any(array(
        select decode(k, 'hex')
        from unnest($23::text[]) k
      ))
      order by o.policy
      limit 1
    ),
    'nameReserved', exists (
      select
      from authors x
      where name_skeleton(x.name) = any(array(
        select s
        from unnest($24::text[]) n, name_skeleton(n) s
        where s <> ''
      ))
    ) or exists (
      select
      from moderation_words w cross
      join unnest(w.reserved) r
      where name_skeleton(r) = any(array(
        select s
        from unnest($25::text[]) n, name_skeleton(n) s
        where s <> ''
      ))
    ),
    'wordsVersion', coalesce((
      select w.version
      from moderation_words w
    ), 0)
  )
) as answer
from articles a
where a.id = (
  select subject_id
  from slugs
  where kind = 'article'
  and locale = $26::text
  and slug = $27::text
)
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now()) for no key update of a;

-- GET /v1/moderation/comments?after=…
select json_build_object(
  'items', coalesce((
    select json_agg((
      select json_build_object(
        'id', c.id,
        'articleId', c.article_id,
        'parentId', c.parent_id,
        'rootId', c.root_id,
        'replyToId', c.reply_to_id,
        'depth', c.depth,
        'status', c.status,
        'authorName', c.author_name,
        'authorUrl', c.author_url,
        'authorVerified', c.author_verified,
        'html', c.body_html,
        'text', c.body_text,
        'createdAt', c.created_at,
        'editedAt', c.edited_at,
        'replyCount', c.reply_count,
        'upvotes', c.upvotes,
        'downvotes', c.downvotes,
        'score', c.score,
        'source', c.body,
        'statusReason', c.status_reason,
        'revision', c.revision,
        'sandbox', c.sandbox,
        'reasons', c.reasons,
        'vetted', c.vetted,
        'reportCount', c.report_count,
        'restorableTo', case when c.scrubbed_at is null and c.decided_at > now() - interval '30 days' then
          c.deleted_from end,
        'scrubbed', c.scrubbed_at is not null,
        'decidedBy', c.decided_by,
        'decidedAt', c.decided_at,
        'hiddenBy', c.hidden_by,
        'email', p.email,
        'ipPrefix', p.ip_prefix,
        'receiptNonce', encode(p.receipt_nonce, 'hex'),
        'identityKey', encode(p.identity_key, 'hex'),
        'authorKey', encode(p.author_key, 'hex'),
        'articleVisible', (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
          a.unpublish_at > now()))
      )
      from articles a
      left join comment_private p on p.comment_id = c.id
      where a.id = c.article_id
    ) order by c.created_at asc, c.id asc)
    from (
      select c.*
      from comments c
      where c.status = $1::text
      and not c.sandbox
      and (c.created_at, c.id) > ($2::timestamptz, $3::uuid)
      order by c.created_at asc, c.id asc
      limit $4::int
    ) c
  ), '[]'),
  'beyond', (
    select true
    from comments c
    where c.status = $5::text
    and not c.sandbox
    and (c.created_at, c.id) <= ($6::timestamptz, $7::uuid)
    order by c.created_at desc, c.id desc
    limit 1
  ) is not null
) as answer;

-- GET /v1/moderation/comments?status=any&article={slug}&reason=links&sort=newest&createdAfter=…&after=…
select json_build_object(
  'items', coalesce((
    select json_agg((
      select json_build_object(
        'id', c.id,
        'articleId', c.article_id,
        'parentId', c.parent_id,
        'rootId', c.root_id,
        'replyToId', c.reply_to_id,
        'depth', c.depth,
        'status', c.status,
        'authorName', c.author_name,
        'authorUrl', c.author_url,
        'authorVerified', c.author_verified,
        'html', c.body_html,
        'text', c.body_text,
        'createdAt', c.created_at,
        'editedAt', c.edited_at,
        'replyCount', c.reply_count,
        'upvotes', c.upvotes,
        'downvotes', c.downvotes,
        'score', c.score,
        'source', c.body,
        'statusReason', c.status_reason,
        'revision', c.revision,
        'sandbox', c.sandbox,
        'reasons', c.reasons,
        'vetted', c.vetted,
        'reportCount', c.report_count,
        'restorableTo', case when c.scrubbed_at is null and c.decided_at > now() - interval '30 days' then
          c.deleted_from end,
        'scrubbed', c.scrubbed_at is not null,
        'decidedBy', c.decided_by,
        'decidedAt', c.decided_at,
        'hiddenBy', c.hidden_by,
        'email', p.email,
        'ipPrefix', p.ip_prefix,
        'receiptNonce', encode(p.receipt_nonce, 'hex'),
        'identityKey', encode(p.identity_key, 'hex'),
        'authorKey', encode(p.author_key, 'hex'),
        'articleVisible', (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
          a.unpublish_at > now()))
      )
      from articles a
      left join comment_private p on p.comment_id = c.id
      where a.id = c.article_id
    ) order by c.created_at desc, c.id desc)
    from (
      select c.*
      from (
        select c.*
        from (
          select c.*
          from unnest($1::text[]) part (value) cross
          join lateral (
            select c.*
            from comments c
            where c.status = part.value
            and not c.sandbox
            and c.article_id = (
              select subject_id
              from slugs
              where kind = 'article'
              and locale = $2::text
              and slug = $3::text
            )
            and c.created_at > $4::timestamptz
            and (c.created_at, c.id) < ($5::timestamptz, $6::uuid)
            order by c.created_at desc, c.id desc
            limit $7::int
          ) c
        ) c
        order by c.created_at desc, c.id desc
        limit $8::int
      ) c
      where (c.status_reason = $9::text or $10::text = any(c.reasons))
      order by c.created_at desc, c.id desc
      limit $11::int
    ) c
  ), '[]'),
  'beyond', (
    select true
    from (
      select c.*
      from unnest($12::text[]) part (value) cross
      join lateral (
        select c.*
        from comments c
        where c.status = part.value
        and not c.sandbox
        and c.article_id = (
          select subject_id
          from slugs
          where kind = 'article'
          and locale = $13::text
          and slug = $14::text
        )
        and (c.created_at + interval '0') > $15::timestamptz
        and (c.created_at, c.id) >= ($16::timestamptz, $17::uuid)
        order by c.created_at asc, c.id asc
        limit 1
      ) c
    ) c
    order by c.created_at asc, c.id asc
    limit 1
  ) is not null,
  'stopped', (
    select json_build_object(
      'key', c.created_at,
      'id', c.id
    )
    from (
      select c.*
      from unnest($18::text[]) part (value) cross
      join lateral (
        select c.*
        from comments c
        where c.status = part.value
        and not c.sandbox
        and c.article_id = (
          select subject_id
          from slugs
          where kind = 'article'
          and locale = $19::text
          and slug = $20::text
        )
        and c.created_at > $21::timestamptz
        and (c.created_at, c.id) < ($22::timestamptz, $23::uuid)
        order by c.created_at desc, c.id desc
        limit $24::int
      ) c
    ) c
    order by c.created_at desc, c.id desc offset $25::int
    limit 1
  )
) as answer;

-- GET /v1/moderation/comments?sameAuthorAs={id}&sameNetworkAs={id}
select json_build_object(
  'items', coalesce((
    select json_agg((
      select json_build_object(
        'id', c.id,
        'articleId', c.article_id,
        'parentId', c.parent_id,
        'rootId', c.root_id,
        'replyToId', c.reply_to_id,
        'depth', c.depth,
        'status', c.status,
        'authorName', c.author_name,
        'authorUrl', c.author_url,
        'authorVerified', c.author_verified,
        'html', c.body_html,
        'text', c.body_text,
        'createdAt', c.created_at,
        'editedAt', c.edited_at,
        'replyCount', c.reply_count,
        'upvotes', c.upvotes,
        'downvotes', c.downvotes,
        'score', c.score,
        'source', c.body,
        'statusReason', c.status_reason,
        'revision', c.revision,
        'sandbox', c.sandbox,
        'reasons', c.reasons,
        'vetted', c.vetted,
        'reportCount', c.report_count,
        'restorableTo', case when c.scrubbed_at is null and c.decided_at > now() - interval '30 days' then
          c.deleted_from end,
        'scrubbed', c.scrubbed_at is not null,
        'decidedBy', c.decided_by,
        'decidedAt', c.decided_at,
        'hiddenBy', c.hidden_by,
        'email', p.email,
        'ipPrefix', p.ip_prefix,
        'receiptNonce', encode(p.receipt_nonce, 'hex'),
        'identityKey', encode(p.identity_key, 'hex'),
        'authorKey', encode(p.author_key, 'hex'),
        'articleVisible', (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
          a.unpublish_at > now()))
      )
      from articles a
      left join comment_private p on p.comment_id = c.id
      where a.id = c.article_id
    ) order by c.created_at asc, c.id asc)
    from (
      select c.*
      from (
        select c.*
        from comments c
        where c.id in (
          select found.comment_id
          from ( (
            select p.comment_id
            from comment_private p
            where p.author_key = (
              select o.author_key
              from comment_private o
              where o.comment_id = $1::uuid
            )
            order by p.created_at desc
            limit $2::int
          ) union (
            select p.comment_id
            from comment_private p
            where p.identity_key = (
              select o.identity_key
              from comment_private o
              where o.comment_id = $3::uuid
            )
            order by p.created_at desc
            limit $4::int
          )) found (comment_id)
        )
        and c.id in (
          select found.comment_id
          from (
            select p.comment_id
            from unnest($5::text[]) k (key) cross
            join lateral (
              select p.comment_id
              from comment_private p
              where p.ip_hmac = decode(k.key, 'hex')
              order by p.created_at desc
              limit $6::int
            ) p
          ) found (comment_id)
        ) offset 0
      ) c
      where c.status = $7::text
      and not c.sandbox
      order by c.created_at asc, c.id asc
      limit $8::int
    ) c
  ), '[]'),
  'beyond', false
) as answer;

-- GET /v1/moderation/comments/{id}
select json_build_object(
  'comment', (
    select json_build_object(
      'id', c.id,
      'articleId', c.article_id,
      'parentId', c.parent_id,
      'rootId', c.root_id,
      'replyToId', c.reply_to_id,
      'depth', c.depth,
      'status', c.status,
      'authorName', c.author_name,
      'authorUrl', c.author_url,
      'authorVerified', c.author_verified,
      'html', c.body_html,
      'text', c.body_text,
      'createdAt', c.created_at,
      'editedAt', c.edited_at,
      'replyCount', c.reply_count,
      'upvotes', c.upvotes,
      'downvotes', c.downvotes,
      'score', c.score,
      'source', c.body,
      'statusReason', c.status_reason,
      'revision', c.revision,
      'sandbox', c.sandbox,
      'reasons', c.reasons,
      'vetted', c.vetted,
      'reportCount', c.report_count,
      'restorableTo', case when c.scrubbed_at is null and c.decided_at > now() - interval '30 days' then
        c.deleted_from end,
      'scrubbed', c.scrubbed_at is not null,
      'decidedBy', c.decided_by,
      'decidedAt', c.decided_at,
      'hiddenBy', c.hidden_by,
      'email', p.email,
      'ipPrefix', p.ip_prefix,
      'receiptNonce', encode(p.receipt_nonce, 'hex'),
      'identityKey', encode(p.identity_key, 'hex'),
      'authorKey', encode(p.author_key, 'hex'),
      'articleVisible', (a.status = 'published' and a.published_at <= now() and (a.unpublish_at is null or
        a.unpublish_at > now()))
    )
    from articles a
    left join comment_private p on p.comment_id = c.id
    where a.id = c.article_id
  ),
  'revisions', (
    select coalesce(json_agg(json_build_object(
      'revision', r.revision,
      'source', r.body,
      'replacedBy', r.replaced_by,
      'replacedAt', r.created_at
    ) order by r.revision desc), '[]')
    from (
      select *
      from comment_revisions r
      where r.comment_id = c.id
      order by r.revision desc
      limit $1::int
    ) r
  ),
  'reports', (
    select coalesce(json_agg(json_build_object(
      'reason', r.reason,
      'note', r.note,
      'proven', r.proven,
      'createdAt', r.created_at,
      'reporter', (
        select json_build_object(
          'total', count(*),
          'upheld', count(*) filter (where o.resolution = 'upheld')
        )
        from comment_reports o
        where o.reporter_key = r.reporter_key
      )
    ) order by r.created_at desc, r.reporter_key), '[]')
    from (
      select *
      from comment_reports r
      where r.comment_id = c.id
      and r.resolution is null
      order by r.created_at desc, r.reporter_key
      limit $2::int
    ) r
  ),
  'history', (
    select coalesce(json_agg(json_build_object(
      'at', h.at,
      'actor', h.actor,
      'from', h.payload ->> 'oldStatus',
      'to', h.payload ->> 'status',
      'reason', h.payload ->> 'reason'
    ) order by h.id desc), '[]')
    from (
      select *
      from changes h
      where h.subject_id = c.id
      and (h.kind = 'comment.created' or h.kind = 'comment.updated' and h.payload ? 'oldStatus')
      order by h.id desc
      limit $3::int
    ) h
  ),
  'author', json_build_object(
    'authorKey', encode(p.author_key, 'hex'),
    'identityKey', encode(p.identity_key, 'hex'),
    'ipPrefix', p.ip_prefix,
    'email', p.email
  ),
  'authorPolicy', (
    select y.policy
    from author_policies y
    where y.key in (p.identity_key, p.author_key)
    order by y.key = p.identity_key desc nulls last
    limit 1
  )
) as answer
from comments c
left join comment_private p on p.comment_id = c.id
where c.id = $4::uuid;

-- GET /v1/moderation/batches/{id}
select json_build_object(
  'id', b.id,
  'actor', b.actor,
  'createdAt', b.created_at,
  'undoneAt', b.undone_at,
  'undoableUntil', case when b.undone_at is null and b.created_at > now() - interval '24 hours' then
    b.created_at + interval '24 hours' end,
  'items', (
    select coalesce(json_agg(json_build_object(
      'position', i.position,
      'commentId', i.comment_id,
      'fromStatus', i.from_status,
      'fromReason', i.from_reason,
      'fromVetted', i.from_vetted,
      'revision', i.revision
    ) order by i.position), '[]')
    from moderation_batch_items i
    where i.batch_id = b.id
  )
) as answer
from moderation_batches b
where b.id = $1::uuid;

-- GET /v1/moderation/bans?after=…
select json_build_object(
  'items', coalesce((
    select json_agg(json_build_object(
      'id', b.id,
      'kind', b.kind,
      'domain', b.domain,
      'commentId', b.comment_id,
      'until', b.until,
      'reason', b.reason,
      'createdBy', b.created_by,
      'createdAt', b.created_at,
      'liftedAt', b.lifted_at
    ) order by b.created_at desc, b.id desc)
    from (
      select b.*
      from comment_bans b
      where true
      and (b.created_at, b.id) < ($1::timestamptz, $2::uuid)
      order by b.created_at desc, b.id desc
      limit $3::int
    ) b
  ), '[]'),
  'beyond', (
    select true
    from comment_bans b
    where true
    and (b.created_at, b.id) >= ($4::timestamptz, $5::uuid)
    order by b.created_at asc, b.id asc
    limit 1
  ) is not null
) as answer;

-- Bans in force of a person
select json_build_object(
  'id', b.id,
  'kind', b.kind,
  'domain', b.domain,
  'commentId', b.comment_id,
  'until', b.until,
  'reason', b.reason,
  'createdBy', b.created_by,
  'createdAt', b.created_at,
  'liftedAt', b.lifted_at
) as answer
from unnest($1::text[], $2::text[]) w (kind, key)
join comment_bans b on b.kind = w.kind
and b.key = decode(w.key, 'hex')
where b.until > now()
and b.lifted_at is null
order by b.created_at desc, b.id;

-- GET /v1/moderation/words
select json_build_object(
  'version', w.version,
  'banned', w.banned,
  'suspect', w.suspect,
  'reserved', w.reserved
) as answer
from moderation_words w
where w.id = $1::int;
