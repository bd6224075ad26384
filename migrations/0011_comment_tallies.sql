-- Sums of votes and numbers of reports, once for each comment and statement. Row by row, a statement that takes away or answers
-- thousands of them wrote the comment as often, each time past all its versions before: four thousand took ten seconds, so that
-- a crowd of devices could keep a comment from being decided, and from being erased.

create type comment_tally as (comment_id uuid, upvotes int, downvotes int, score int, reports int);
--> statement-breakpoint
-- What came or went is told apart by the sign.
create function vote_tally(v comment_votes, sign int) returns comment_tally language sql immutable as $$
  select row(v.comment_id, sign * (v.value = 1)::int, sign * (v.value = -1)::int,
             sign * case when v.proven then v.value else 0 end, 0)::comment_tally
$$;
--> statement-breakpoint
create function report_tally(r comment_reports, sign int) returns comment_tally language sql immutable as $$
  select row(r.comment_id, 0, 0, 0, sign * (r.resolution is null)::int)::comment_tally
$$;
--> statement-breakpoint
-- By index, whatever a session planned while there were few comments: see 0008.
create function apply_comment_tallies(tallies comment_tally[]) returns void language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  update comments c set
    upvotes = c.upvotes + s.upvotes, downvotes = c.downvotes + s.downvotes, score = c.score + s.score,
    report_count = c.report_count + s.reports
  from (
    select comment_id, sum(t.upvotes)::int as upvotes, sum(t.downvotes)::int as downvotes, sum(t.score)::int as score,
      sum(t.reports)::int as reports
    from unnest(tallies) t group by comment_id
  ) s
  where c.id = s.comment_id and (s.upvotes, s.downvotes, s.score, s.reports) <> (0, 0, 0, 0);
end $$;
--> statement-breakpoint
create function tally_votes() returns trigger language plpgsql as $$
declare
  tallies comment_tally[];
begin
  if tg_op = 'INSERT' then
    select array_agg(vote_tally(w::comment_votes, 1)) into tallies from written w;
  elsif tg_op = 'DELETE' then
    select array_agg(vote_tally(r::comment_votes, -1)) into tallies from replaced r;
  else
    select array_agg(tally) into tallies from (
      select vote_tally(w::comment_votes, 1) as tally from written w
      union all select vote_tally(r::comment_votes, -1) from replaced r) both_sides;
  end if;
  if tallies is not null then perform apply_comment_tallies(tallies); end if;
  return null;
end $$;
--> statement-breakpoint
create function tally_reports() returns trigger language plpgsql as $$
declare
  tallies comment_tally[];
begin
  if tg_op = 'INSERT' then
    select array_agg(report_tally(w::comment_reports, 1)) into tallies from written w;
  elsif tg_op = 'DELETE' then
    select array_agg(report_tally(r::comment_reports, -1)) into tallies from replaced r;
  else
    select array_agg(tally) into tallies from (
      select report_tally(w::comment_reports, 1) as tally from written w
      union all select report_tally(r::comment_reports, -1) from replaced r) both_sides;
  end if;
  if tallies is not null then perform apply_comment_tallies(tallies); end if;
  return null;
end $$;
--> statement-breakpoint
drop trigger count_vote on comment_votes;
--> statement-breakpoint
drop trigger count_changed_vote on comment_votes;
--> statement-breakpoint
drop function count_votes();
--> statement-breakpoint
drop trigger count_report on comment_reports;
--> statement-breakpoint
drop function count_reports();
--> statement-breakpoint
do $$
declare
  name text;
begin
  foreach name in array array['votes', 'reports'] loop
    execute format('create trigger tally_insert after insert on comment_%1$s referencing new table as written
      for each statement execute function tally_%1$s()', name);
    execute format('create trigger tally_update after update on comment_%1$s
      referencing old table as replaced new table as written for each statement execute function tally_%1$s()', name);
    execute format('create trigger tally_delete after delete on comment_%1$s referencing old table as replaced
      for each statement execute function tally_%1$s()', name);
  end loop;
end $$;
--> statement-breakpoint
CREATE INDEX "changes_states" ON "changes" USING btree ("subject_id","id") WHERE kind = 'comment.created' or kind = 'comment.updated' and payload ? 'oldStatus';
