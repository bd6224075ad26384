-- What keeps votes, reports and the log of comments true, whoever writes; and names that look alike.

-- ── Votes ───────────────────────────────────────────────────────────────────────────────────────────────────

-- What came or went is told apart from what changed by the sign: a changed vote goes and comes.
create function count_votes() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    update comments set
      upvotes = upvotes - (old.value = 1)::int, downvotes = downvotes - (old.value = -1)::int,
      score = score - case when old.proven then old.value else 0 end
    where id = old.comment_id;
  end if;
  if tg_op <> 'DELETE' then
    update comments set
      upvotes = upvotes + (new.value = 1)::int, downvotes = downvotes + (new.value = -1)::int,
      score = score + case when new.proven then new.value else 0 end
    where id = new.comment_id;
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger count_vote after insert or delete on comment_votes
  for each row execute function count_votes();
--> statement-breakpoint
create trigger count_changed_vote after update of value, proven on comment_votes
  for each row when ((old.value, old.proven) is distinct from (new.value, new.proven)) execute function count_votes();
--> statement-breakpoint

-- ── Reports ─────────────────────────────────────────────────────────────────────────────────────────────────

create function count_reports() returns trigger language plpgsql as $$
declare
  delta int := 0;
begin
  if tg_op <> 'INSERT' then delta := delta - (old.resolution is null)::int; end if;
  if tg_op <> 'DELETE' then delta := delta + (new.resolution is null)::int; end if;
  if delta <> 0 then
    update comments set report_count = report_count + delta
    where id = case tg_op when 'DELETE' then old.comment_id else new.comment_id end;
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger count_report after insert or update of resolution or delete on comment_reports
  for each row execute function count_reports();
--> statement-breakpoint

-- ── The change log ──────────────────────────────────────────────────────────────────────────────────────────

-- As before, and for comments: whether they stand in public lists, and stood there before. What the public never saw is
-- never announced to it.
create or replace function log_row_change() returns trigger language plpgsql as $$
declare
  noun text := tg_argv[0];
  old_row jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
  new_row jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
  this_row jsonb := coalesce(new_row, old_row);
  this_article uuid := case noun when 'article' then this_row ->> 'id' else this_row ->> 'article_id' end;
  payload jsonb := jsonb_strip_nulls(jsonb_build_object(
    'slug', this_row -> 'slug', 'locale', this_row -> 'locale',
    'status', this_row -> 'status', 'reason', this_row -> 'status_reason', 'revision', this_row -> 'revision',
    'listed', this_row -> 'listed'));
begin
  if tg_op = 'UPDATE' then
    payload := payload || jsonb_strip_nulls(jsonb_build_object(
      'columns', changed_columns(old_row, new_row),
      'oldSlug', nullif(old_row -> 'slug', new_row -> 'slug'),
      'oldLocale', nullif(old_row -> 'locale', new_row -> 'locale'),
      'oldStatus', nullif(old_row -> 'status', new_row -> 'status'),
      'oldListed', nullif(old_row -> 'listed', new_row -> 'listed')));
  end if;
  perform record_change(
    noun || case tg_op when 'INSERT' then '.created' when 'UPDATE' then '.updated' else '.deleted' end,
    (this_row ->> 'id')::uuid, this_article, payload);
  return null;
end $$;
--> statement-breakpoint
drop trigger log_change on comments;
--> statement-breakpoint
drop trigger log_update on comments;
--> statement-breakpoint
-- What a test key posts is nobody's news.
create trigger log_insert after insert on comments
  for each row when (not new.sandbox) execute function log_row_change('comment');
--> statement-breakpoint
create trigger log_delete after delete on comments
  for each row when (not old.sandbox) execute function log_row_change('comment');
--> statement-breakpoint
-- The comment below brings the counter with its own row; a placeholder that comes or goes with it is news of its own.
create trigger log_update after update on comments
  for each row when (
    not new.sandbox and old.* is distinct from new.*
    and (old.reply_count = new.reply_count or old.listed <> new.listed))
  execute function log_row_change('comment');
--> statement-breakpoint

-- ── Names that look alike ───────────────────────────────────────────────────────────────────────────────────

-- What a reader takes a name for, in the spirit of the skeletons of UTS #39: letters of other scripts, digits and pairs that
-- look like a Latin letter become that letter; marks, blanks and signs go. No class of characters that a locale defines.
create function name_skeleton(name text) returns text language sql immutable strict parallel safe as $$
  select regexp_replace(
    replace(replace(translate(
      regexp_replace(lower(normalize(name, NFKD)), '[\u0300-\u036f\u200b-\u200f\u2060-\u2064\ufeff\u00ad]', '', 'g'),
      '01345789$@!|iавгезікмнопрстухьѕјһӏԁԛԝґшαβγεηικμνοπρσςτυχωϲϳζօսհոցզաıłøđħŧßɑɡɩʏᴏꞁ',
      'oleastbgsalllabreelkmhonpctyxbsjhldqwrwabyenlkuvonpoctuxwcjzouhngqwllodhtbaglyol'),
      'rn', 'm'), 'vv', 'w'),
    '[[:space:]!-/:-@\[-`{-~\u2000-\u206f]', '', 'g')
$$;
--> statement-breakpoint
-- Names of staff are reserved: one look-up a post.
create index authors_name_skeleton on authors (name_skeleton(name));
