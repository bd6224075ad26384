-- What keeps the derived tables true, whoever writes: the API, an import or psql.
-- Order and counting: docs/adr/0002. Change log: docs/adr/0001.

-- ── The change log ──────────────────────────────────────────────────────────────────────────────────────────

create function record_change(
  kind text, subject_id uuid, article_id uuid, payload jsonb,
  old_position jsonb default null, new_position jsonb default null
) returns void language sql as $$
  insert into changes (kind, subject_id, article_id, actor, old_position, new_position, payload)
  values (kind, subject_id, article_id,
          coalesce(nullif(current_setting('broadsheet.actor', true), ''), 'system'),
          old_position, new_position, payload)
$$;
--> statement-breakpoint
-- The names of the columns that differ; never their values, which may be personal.
create function changed_columns(old_row jsonb, new_row jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_agg(n.key order by n.key), '[]')
  from jsonb_each(new_row) n
  where n.value is distinct from old_row -> n.key
$$;
--> statement-breakpoint
-- One row a written row. The first argument is the noun. Of values only slug, status and its reason are logged.
create function log_row_change() returns trigger language plpgsql as $$
declare
  noun text := tg_argv[0];
  old_row jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
  new_row jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
  this_row jsonb := coalesce(new_row, old_row);
  this_article uuid := case noun when 'article' then this_row ->> 'id' else this_row ->> 'article_id' end;
  payload jsonb := jsonb_strip_nulls(jsonb_build_object(
    'slug', this_row -> 'slug', 'locale', this_row -> 'locale',
    'status', this_row -> 'status', 'reason', this_row -> 'status_reason', 'revision', this_row -> 'revision'));
begin
  if tg_op = 'UPDATE' then
    payload := payload || jsonb_strip_nulls(jsonb_build_object(
      'columns', changed_columns(old_row, new_row),
      'oldSlug', nullif(old_row -> 'slug', new_row -> 'slug'),
      'oldLocale', nullif(old_row -> 'locale', new_row -> 'locale'),
      'oldStatus', nullif(old_row -> 'status', new_row -> 'status')));
  end if;
  perform record_change(
    noun || case tg_op when 'INSERT' then '.created' when 'UPDATE' then '.updated' else '.deleted' end,
    (this_row ->> 'id')::uuid, this_article, payload);
  return null;
end $$;
--> statement-breakpoint
-- The links of an article to authors, categories and tags: one row an article and statement.
create function log_link_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    perform record_change('article.updated', article_id, article_id, jsonb_build_object('columns', jsonb_build_array(tg_argv[0])))
    from (select article_id from written union select article_id from replaced) w;
  else
    -- when the article itself goes or comes in the same transaction, its own row tells it all
    perform record_change('article.updated', w.article_id, w.article_id, jsonb_build_object('columns', jsonb_build_array(tg_argv[0])))
    from (select distinct article_id from written) w join articles a on a.id = w.article_id;
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger log_change after insert or delete on articles
  for each row execute function log_row_change('article');
--> statement-breakpoint
-- A comment moves the counter with its own row in the log; a save never sets the counter.
create trigger log_update after update on articles
  for each row when (old.comment_count = new.comment_count and old.* is distinct from new.*)
  execute function log_row_change('article');
--> statement-breakpoint
create trigger log_change after insert or update or delete on categories
  for each row execute function log_row_change('category');
--> statement-breakpoint
create trigger log_change after insert or update or delete on tags
  for each row execute function log_row_change('tag');
--> statement-breakpoint
create trigger log_change after insert or update or delete on authors
  for each row execute function log_row_change('author');
--> statement-breakpoint
create trigger log_change after insert or update or delete on series
  for each row execute function log_row_change('series');
--> statement-breakpoint
create trigger log_change after insert or delete on comments
  for each row execute function log_row_change('comment');
--> statement-breakpoint
create trigger log_update after update on comments
  for each row when (old.reply_count = new.reply_count and old.* is distinct from new.*)
  execute function log_row_change('comment');
--> statement-breakpoint

-- ── Slugs ───────────────────────────────────────────────────────────────────────────────────────────────────

-- Claims the current slug of a row; earlier ones stay claimed. The argument is the kind.
create function claim_slug() returns trigger language plpgsql as $$
declare
  this_locale text := coalesce(to_jsonb(new) ->> 'locale', '');
begin
  insert into slugs (kind, locale, slug, subject_id) values (tg_argv[0], this_locale, new.slug, new.id)
  on conflict do nothing;
  if not found and not exists (
    select from slugs s
    where s.kind = tg_argv[0] and s.locale = this_locale and s.slug = new.slug and s.subject_id = new.id
  ) then
    raise exception 'slug is taken' using errcode = 'unique_violation', constraint = 'slugs_taken', table = tg_table_name;
  end if;
  return null;
end $$;
--> statement-breakpoint
create function release_slugs() returns trigger language plpgsql as $$
begin
  delete from slugs where subject_id = old.id;
  return null;
end $$;
--> statement-breakpoint
create trigger claim_slug after insert or update of slug, locale on articles
  for each row execute function claim_slug('article');
--> statement-breakpoint
create trigger claim_slug after insert or update of slug on categories
  for each row execute function claim_slug('category');
--> statement-breakpoint
create trigger claim_slug after insert or update of slug on tags
  for each row execute function claim_slug('tag');
--> statement-breakpoint
create trigger claim_slug after insert or update of slug on authors
  for each row execute function claim_slug('author');
--> statement-breakpoint
create trigger claim_slug after insert or update of slug on series
  for each row execute function claim_slug('series');
--> statement-breakpoint
create trigger release_slugs after delete on articles for each row execute function release_slugs();
--> statement-breakpoint
create trigger release_slugs after delete on categories for each row execute function release_slugs();
--> statement-breakpoint
create trigger release_slugs after delete on tags for each row execute function release_slugs();
--> statement-breakpoint
create trigger release_slugs after delete on authors for each row execute function release_slugs();
--> statement-breakpoint
create trigger release_slugs after delete on series for each row execute function release_slugs();
--> statement-breakpoint

-- ── Order and counting ──────────────────────────────────────────────────────────────────────────────────────

-- The id of a series that has no row of its own: ('site', ''), ('locale', 'en'), ('category-only', '<id>').
-- Categories with what is below them, tags, authors and manual series go by their own ids.
create function series_id(kind text, key text) returns uuid language sql immutable strict parallel safe as $$
  select md5(kind || ':' || key)::uuid
$$;
--> statement-breakpoint
-- Every series that these articles should stand in, from the tables that an editor writes.
create function wanted_entries(ids uuid[]) returns setof series_entries language sql stable as $$
  select s.series_id, s.position, a.published_at, a.id, a.unpublish_at
  from articles a
  cross join lateral (
    select series_id('site', '') as series_id, 0 as position
    union all
    select series_id('locale', a.locale), 0
    union all
    select distinct ancestor, 0
    from article_categories ac join categories c on c.id = ac.category_id cross join unnest(c.path) ancestor
    where ac.article_id = a.id
    union all
    select series_id('category-only', ac.category_id::text), 0 from article_categories ac where ac.article_id = a.id
    union all
    select at.tag_id, 0 from article_tags at where at.article_id = a.id
    union all
    select aa.author_id, 0 from article_authors aa where aa.article_id = a.id
    union all
    select sa.series_id, sa.position from series_articles sa where sa.article_id = a.id
  ) s
  where a.id = any(ids) and a.status = 'published'
$$;
--> statement-breakpoint
-- How many entries of a series came into sight between two moments, less those that went out of it. The two
-- halves of the first sum are two index ranges: series ordered by time all have position 0.
create function count_crossing(series uuid, after timestamptz, until timestamptz) returns bigint language sql stable as $$
  select
    (select count(*) from series_entries
     where series_id = series and position = 0 and published_at > after and published_at <= until
       and (unpublish_at is null or unpublish_at > until))
  + (select count(*) from series_entries
     where series_id = series and position > 0 and published_at > after and published_at <= until
       and (unpublish_at is null or unpublish_at > until))
  - (select count(*) from series_entries
     where series_id = series and unpublish_at > after and unpublish_at <= until and published_at <= after)
$$;
--> statement-breakpoint
-- Brings the entries of these articles in step, with the counts and one row in the change log an article.
-- The caller holds what makes the wanted entries stand still: see sync_series_entries and move_category.
-- `leaving` is true when the articles are about to be deleted.
create function apply_series_entries(ids uuid[], leaving boolean default false) returns void language plpgsql as $$
declare
  gained series_entries[];
  lost series_entries[];
  touched uuid[];
begin
  select array_agg(w) into gained from (
    select * from wanted_entries(ids) where not leaving
    except select * from series_entries where article_id = any(ids)) w;
  select array_agg(w) into lost from (
    select * from series_entries where article_id = any(ids)
    except select * from wanted_entries(ids) where not leaving) w;
  select array_agg(distinct series_id order by series_id) into touched
  from (select series_id from unnest(gained) union all select series_id from unnest(lost)) s;
  if touched is null then return; end if;

  -- The count rows are the locks of their series, taken in one order. Statements after this one see all that
  -- earlier holders committed; so the counts are first brought up to date, and only then changed.
  insert into series_counts (series_id, article_count, as_of)
  select id, 0, date_trunc('milliseconds', now()) from unnest(touched) id order by id
  on conflict do nothing;
  perform from series_counts where series_id = any(touched) order by series_id for update;
  update series_counts c
  set article_count = c.article_count + count_crossing(c.series_id, c.as_of, date_trunc('milliseconds', now())),
      as_of = date_trunc('milliseconds', now())
  where c.series_id = any(touched) and c.as_of < date_trunc('milliseconds', now());

  delete from series_entries e using unnest(lost) l
  where e.series_id = l.series_id and e.position = l.position
    and e.published_at = l.published_at and e.article_id = l.article_id;
  insert into series_entries select * from unnest(gained);

  update series_counts c set article_count = c.article_count + d.delta
  from (
    select s.series_id, sum(s.sign) as delta
    from (
      select series_id, published_at, unpublish_at, 1 as sign from unnest(gained)
      union all
      select series_id, published_at, unpublish_at, -1 from unnest(lost)
    ) s
    join series_counts at using (series_id)
    where s.published_at <= at.as_of and (s.unpublish_at is null or s.unpublish_at > at.as_of)
    group by s.series_id
  ) d
  where c.series_id = d.series_id and d.delta <> 0;

  perform record_change('article.placed', article_id, article_id, '{}', l.places, g.places)
  from places_of(lost) l full join places_of(gained) g using (article_id);
end $$;
--> statement-breakpoint
create function places_of(entries series_entries[]) returns table (article_id uuid, places jsonb)
language sql immutable as $$
  select e.article_id, jsonb_build_object('series', jsonb_agg(jsonb_build_object(
    'id', e.series_id, 'position', e.position, 'publishedAt', e.published_at, 'unpublishAt', e.unpublish_at)))
  from unnest(entries) e group by e.article_id
$$;
--> statement-breakpoint
-- The category tree stands still while anybody derives ancestors from it: shared by those who write articles,
-- exclusive for those who change the tree. Taken before the statement locks a row: one who waited for the tree with
-- an article in hand would stop those whom the tree's next holder waits for.
create function hold_category_tree() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'categories' then
    perform pg_advisory_xact_lock(hashtext('broadsheet.category_tree'));
  else
    perform pg_advisory_xact_lock_shared(hashtext('broadsheet.category_tree'));
  end if;
  return null;
end $$;
--> statement-breakpoint
-- For writers of articles and of their links, who hold the tree. The row locks make two writers of one article
-- take turns, and the second sees what the first committed.
create function sync_series_entries(ids uuid[], leaving boolean default false) returns void language plpgsql as $$
begin
  perform from articles where id = any(ids) order by id for no key update;
  perform apply_series_entries(ids, leaving);
end $$;
--> statement-breakpoint
create function article_written() returns trigger language plpgsql as $$
begin
  perform sync_series_entries(array_agg(id)) from written where status = 'published' having count(*) > 0;
  return null;
end $$;
--> statement-breakpoint
create function article_changed() returns trigger language plpgsql as $$
begin
  perform sync_series_entries(array[new.id]);
  return null;
end $$;
--> statement-breakpoint
create function article_leaving() returns trigger language plpgsql as $$
begin
  perform sync_series_entries(array[old.id], true);
  return old;
end $$;
--> statement-breakpoint
create function links_written() returns trigger language plpgsql as $$
begin
  perform sync_series_entries(array_agg(distinct article_id)) from written having count(*) > 0;
  return null;
end $$;
--> statement-breakpoint
create function links_changed() returns trigger language plpgsql as $$
begin
  -- a link may have been taken from one article and given to another
  perform sync_series_entries(array_agg(article_id))
  from (select article_id from written union select article_id from replaced) l having count(*) > 0;
  return null;
end $$;
--> statement-breakpoint
create trigger hold_tree before insert or delete or update of status, locale, published_at, unpublish_at on articles
  for each statement execute function hold_category_tree();
--> statement-breakpoint
create trigger order_insert after insert on articles
  referencing new table as written for each statement execute function article_written();
--> statement-breakpoint
create trigger order_update after update on articles
  for each row when (
    old.status <> new.status or old.locale <> new.locale
    or old.published_at is distinct from new.published_at or old.unpublish_at is distinct from new.unpublish_at)
  execute function article_changed();
--> statement-breakpoint
create trigger order_delete before delete on articles for each row execute function article_leaving();
--> statement-breakpoint
do $$
declare
  link record;
begin
  for link in
    select * from (values ('article_authors', 'authors'), ('article_categories', 'categories'),
                          ('article_tags', 'tags'), ('series_articles', 'series')) l (name, part)
  loop
    execute format('create trigger hold_tree before insert or update or delete on %I
      for each statement execute function hold_category_tree()', link.name);
    execute format('create trigger order_insert after insert on %I referencing new table as written
      for each statement execute function links_written()', link.name);
    execute format('create trigger order_update after update on %I referencing old table as replaced new table as written
      for each statement execute function links_changed()', link.name);
    execute format('create trigger order_delete after delete on %I referencing old table as written
      for each statement execute function links_written()', link.name);
    execute format('create trigger log_insert after insert on %I referencing new table as written
      for each statement execute function log_link_change(%L)', link.name, link.part);
    execute format('create trigger log_update after update on %I referencing old table as replaced new table as written
      for each statement execute function log_link_change(%L)', link.name, link.part);
    execute format('create trigger log_delete after delete on %I referencing old table as written
      for each statement execute function log_link_change(%L)', link.name, link.part);
  end loop;
end $$;
--> statement-breakpoint

-- ── The category tree ───────────────────────────────────────────────────────────────────────────────────────

create function place_category() returns trigger language plpgsql as $$
begin
  new.path := coalesce((select path from categories where id = new.parent_id), '{}') || new.id;
  return new;
end $$;
--> statement-breakpoint
-- Everything below follows. This looks at the tree anew: a statement may write several categories, parents after
-- children, and only now does each stand where it shall. Article rows need no lock here: their writers wait for
-- the tree, and look at it anew.
create function move_category() returns trigger language plpgsql as $$
begin
  if exists (
    with recursive above as (
      select new.parent_id as id
      union
      select c.parent_id from above a join categories c on c.id = a.id
    )
    select from above where id = new.id
  ) then
    raise exception 'a category cannot stand below itself'
      using errcode = 'check_violation', constraint = 'categories_no_cycle', table = 'categories';
  end if;
  with recursive below as (
    select c.id, coalesce(p.path, '{}') || c.id as path
    from categories c left join categories p on p.id = c.parent_id where c.id = new.id
    union all
    select c.id, b.path || c.id from below b join categories c on c.parent_id = b.id
  )
  update categories c set path = b.path from below b where c.id = b.id and c.path <> b.path;
  perform apply_series_entries(array_agg(distinct ac.article_id))
  from article_categories ac join categories c on c.id = ac.category_id
  where c.path @> array[new.id]
  having count(*) > 0;
  return null;
end $$;
--> statement-breakpoint
create trigger hold_tree before insert or update of parent_id on categories
  for each statement execute function hold_category_tree();
--> statement-breakpoint
create trigger place_category before insert or update of parent_id on categories
  for each row execute function place_category();
--> statement-breakpoint
create trigger place_below after insert on categories
  for each row when (new.parent_id is not null) execute function move_category();
--> statement-breakpoint
create trigger move_category after update of parent_id on categories
  for each row when (old.parent_id is distinct from new.parent_id) execute function move_category();
--> statement-breakpoint

-- ── Comment counts ──────────────────────────────────────────────────────────────────────────────────────────

create type comment_delta as (article_id uuid, parent_id uuid, delta int);
--> statement-breakpoint
create function is_counted(c comments) returns boolean language sql immutable as $$
  select c.status = 'approved' and c.hidden_by is null and not c.sandbox
$$;
--> statement-breakpoint
-- Carries what came into or went out of sight to the article and to every comment above.
create function apply_comment_deltas(deltas comment_delta[]) returns void language plpgsql as $$
begin
  with recursive above as (
    select d.parent_id as id, d.delta from unnest(deltas) d where d.parent_id is not null
    union all
    select c.parent_id, a.delta from above a join comments c on c.id = a.id where c.parent_id is not null
  )
  update comments c set reply_count = c.reply_count + s.delta
  from (select id, sum(delta)::int as delta from above group by id) s
  where c.id = s.id and s.delta <> 0;

  update articles a set comment_count = a.comment_count + s.delta
  from (select article_id, sum(delta)::int as delta from unnest(deltas) group by article_id) s
  where a.id = s.article_id and s.delta <> 0;
end $$;
--> statement-breakpoint
create function comments_inserted() returns trigger language plpgsql as $$
declare
  deltas comment_delta[];
begin
  select array_agg((w.article_id, w.parent_id, 1)::comment_delta) into deltas from written w where is_counted(w::comments);
  if deltas is not null then perform apply_comment_deltas(deltas); end if;
  return null;
end $$;
--> statement-breakpoint
create function comments_updated() returns trigger language plpgsql as $$
declare
  deltas comment_delta[];
begin
  select array_agg((n.article_id, n.parent_id, is_counted(n::comments)::int - is_counted(o::comments)::int)::comment_delta)
  into deltas
  from written n join replaced o using (id)
  where is_counted(n::comments) <> is_counted(o::comments);
  if deltas is not null then perform apply_comment_deltas(deltas); end if;
  return null;
end $$;
--> statement-breakpoint
create function comments_deleted() returns trigger language plpgsql as $$
declare
  deltas comment_delta[];
begin
  select array_agg((w.article_id, w.parent_id, -1)::comment_delta) into deltas from written w where is_counted(w::comments);
  if deltas is not null then perform apply_comment_deltas(deltas); end if;
  return null;
end $$;
--> statement-breakpoint
create trigger count_insert after insert on comments
  referencing new table as written for each statement execute function comments_inserted();
--> statement-breakpoint
create trigger count_update after update on comments
  referencing old table as replaced new table as written for each statement execute function comments_updated();
--> statement-breakpoint
create trigger count_delete after delete on comments
  referencing old table as written for each statement execute function comments_deleted();
--> statement-breakpoint

-- ── What is refused ─────────────────────────────────────────────────────────────────────────────────────────

-- The arguments: the sentence, its SQLSTATE by name, and what stands in the place of a constraint's name.
create function refuse() returns trigger language plpgsql as $$
begin
  raise exception using
    message = replace(tg_argv[0], '%', tg_table_name), errcode = tg_argv[1],
    constraint = tg_table_name || tg_argv[2], table = tg_table_name;
end $$;
--> statement-breakpoint
do $$
declare
  name text;
begin
  -- A transaction on one snapshot does not see what those committed for whose locks it waited: of two that each take
  -- a link from an article, both would leave its entry.
  foreach name in array array['articles', 'article_authors', 'article_categories', 'article_tags', 'series_articles',
                              'categories', 'comments']
  loop
    execute format('create trigger block_snapshots before insert or update or delete on %I for each statement
      when (current_setting(''transaction_isolation'') not in (''read committed'', ''read uncommitted''))
      execute function refuse(''%% can only be written in a READ COMMITTED transaction'', ''feature_not_supported'',
                              ''_read_committed'')', name);
  end loop;
  -- TRUNCATE fires none of the triggers above.
  foreach name in array array['articles', 'article_authors', 'article_categories', 'article_tags', 'series_articles',
                              'authors', 'categories', 'tags', 'series', 'comments', 'slugs', 'series_entries',
                              'series_counts']
  loop
    execute format('create trigger block_truncate before truncate on %I for each statement
      execute function refuse(''%% cannot be truncated, for what is derived from it would stay: use DELETE'',
                              ''feature_not_supported'', ''_no_truncate'')', name);
  end loop;
  -- Slugs, entries and the change log go by ids, and no foreign key holds them.
  foreach name in array array['articles', 'authors', 'categories', 'tags', 'series', 'comments'] loop
    execute format('create trigger block_new_id before update of id on %I for each row when (old.id <> new.id)
      execute function refuse(''the id of a row of %% does not change'', ''check_violation'', ''_keep_id'')', name);
  end loop;
end $$;
--> statement-breakpoint
create trigger block_move before update of article_id, parent_id, root_id, depth on comments
  for each row when (
    (old.article_id, old.parent_id, old.root_id, old.depth)
    is distinct from (new.article_id, new.parent_id, new.root_id, new.depth))
  execute function refuse('a comment does not move', 'check_violation', '_keep_place');
