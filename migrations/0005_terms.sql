ALTER TABLE "authors" ADD COLUMN "avatar" jsonb;--> statement-breakpoint
ALTER TABLE "authors" ADD COLUMN "links" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "categories" ADD COLUMN "cover" jsonb;--> statement-breakpoint
-- NOT VALID: a deeper tree that was imported before stays readable
ALTER TABLE "categories" ADD CONSTRAINT "categories_depth" CHECK (cardinality("categories"."path") <= 10) NOT VALID;--> statement-breakpoint
-- All categories are read at once. Who inserts holds the tree, so that nobody else does meanwhile.
create function bound_categories() returns trigger language plpgsql as $$
begin
  if (select count(*) from categories) > 5000 then
    raise exception 'there are too many categories'
      using errcode = 'check_violation', constraint = 'categories_bounded', table = 'categories';
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger bound_categories after insert on categories
  for each statement execute function bound_categories();
