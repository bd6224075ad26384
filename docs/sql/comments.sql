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
      'html', case when d.status = 'approved' then d.body_html end,
      'text', case when d.status = 'approved' then d.body_text end,
      'createdAt', d.created_at,
      'editedAt', d.edited_at,
      'replyCount', d.reply_count
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

-- GraphQL Comment.replies of many comments at once
select json_build_object(
  'id', p.id,
  'items', (
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
  'html', case when c.status = 'approved' then c.body_html end,
  'text', case when c.status = 'approved' then c.body_text end,
  'createdAt', c.created_at,
  'editedAt', c.edited_at,
  'replyCount', c.reply_count
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
    'html', c.body_html,
    'text', c.body_text,
    'createdAt', c.created_at,
    'editedAt', c.edited_at,
    'replyCount', c.reply_count,
    'source', c.body,
    'statusReason', c.status_reason,
    'revision', c.revision,
    'sandbox', c.sandbox,
    'decidedBy', c.decided_by,
    'decidedAt', c.decided_at,
    'hiddenBy', c.hidden_by,
    'email', p.email,
    'ipPrefix', p.ip_prefix,
    'receiptNonce', encode(p.receipt_nonce, 'hex'),
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
  'takesComments', a.comments_close_at is null or a.comments_close_at > now(),
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
  )
) as answer
from articles a
where a.id = (
  select subject_id
  from slugs
  where kind = 'article'
  and locale = $2::text
  and slug = $3::text
)
and a.status = 'published'
and a.published_at <= now()
and (a.unpublish_at is null or a.unpublish_at > now());

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
        'html', c.body_html,
        'text', c.body_text,
        'createdAt', c.created_at,
        'editedAt', c.edited_at,
        'replyCount', c.reply_count,
        'source', c.body,
        'statusReason', c.status_reason,
        'revision', c.revision,
        'sandbox', c.sandbox,
        'decidedBy', c.decided_by,
        'decidedAt', c.decided_at,
        'hiddenBy', c.hidden_by,
        'email', p.email,
        'ipPrefix', p.ip_prefix,
        'receiptNonce', encode(p.receipt_nonce, 'hex'),
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
