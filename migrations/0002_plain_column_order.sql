-- The names of the columns that differ, in the order of their bytes whatever the order of the database is; never their
-- values, which may be personal.
create or replace function changed_columns(old_row jsonb, new_row jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_agg(n.key order by n.key collate "C"), '[]')
  from jsonb_each(new_row) n
  where n.value is distinct from old_row -> n.key
$$;
