-- The id of a series by its name with ids: 'site', 'locale:en', 'category:<id>', 'category-only:<id>', 'tag:<id>',
-- 'author:<id>', 'series:<id>'. See series_id.
create function series_of(within text) returns uuid language sql immutable strict parallel safe as $$
  select case split_part(within, ':', 1)
    when 'site' then md5('site:')::uuid
    when 'locale' then md5(within)::uuid
    when 'category-only' then md5(within)::uuid
    else substr(within, strpos(within, ':') + 1)::uuid
  end
$$;
--> statement-breakpoint
CREATE TABLE "adjacent_overrides" (
	"article_id" uuid NOT NULL,
	"within" text NOT NULL,
	"side" text NOT NULL,
	"target_id" uuid NOT NULL,
	"series_id" uuid GENERATED ALWAYS AS (series_of(within)) STORED NOT NULL,
	CONSTRAINT "adjacent_overrides_article_id_series_id_side_pk" PRIMARY KEY("article_id","series_id","side"),
	CONSTRAINT "adjacent_overrides_side_known" CHECK ("adjacent_overrides"."side" in ('previous', 'next')),
	CONSTRAINT "adjacent_overrides_not_itself" CHECK ("adjacent_overrides"."target_id" <> "adjacent_overrides"."article_id")
);
--> statement-breakpoint
CREATE TABLE "article_revisions" (
	"article_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"document" jsonb NOT NULL,
	"state" jsonb NOT NULL,
	"actor" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "article_revisions_article_id_version_pk" PRIMARY KEY("article_id","version")
);
--> statement-breakpoint
CREATE TABLE "article_search" (
	"article_id" uuid PRIMARY KEY NOT NULL,
	"locale" text NOT NULL,
	"words" "tsvector" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "preview_links" (
	"id" uuid PRIMARY KEY NOT NULL,
	"article_id" uuid NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"revoked_at" timestamp(3) with time zone,
	"actor" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
DROP INDEX "articles_translation_group";--> statement-breakpoint
ALTER TABLE "articles" ADD COLUMN "headings" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "articles" ADD COLUMN "images" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "adjacent_overrides" ADD CONSTRAINT "adjacent_overrides_article_id_articles_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "adjacent_overrides" ADD CONSTRAINT "adjacent_overrides_target_id_articles_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_revisions" ADD CONSTRAINT "article_revisions_article_id_articles_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_search" ADD CONSTRAINT "article_search_article_id_articles_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "preview_links" ADD CONSTRAINT "preview_links_article_id_articles_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "adjacent_overrides_target" ON "adjacent_overrides" USING btree ("target_id");--> statement-breakpoint
CREATE INDEX "adjacent_overrides_series" ON "adjacent_overrides" USING btree ("series_id");--> statement-breakpoint
CREATE INDEX "article_search_words" ON "article_search" USING gin ("words");--> statement-breakpoint
CREATE INDEX "preview_links_article" ON "preview_links" USING btree ("article_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "articles_translation" ON "articles" USING btree ("translation_group","locale") WHERE translation_group is not null;--> statement-breakpoint
CREATE INDEX "articles_status_updated" ON "articles" USING btree ("status","updated_at","id");--> statement-breakpoint
CREATE INDEX "articles_locale_updated" ON "articles" USING btree ("locale","updated_at","id") WHERE status = 'published';--> statement-breakpoint
CREATE INDEX "articles_title" ON "articles" USING btree ("title" collate "und-x-icu","id") WHERE status = 'published';--> statement-breakpoint
CREATE INDEX "articles_locale_title" ON "articles" USING btree ("locale","title" collate "und-x-icu","id") WHERE status = 'published';--> statement-breakpoint
CREATE INDEX "articles_comments" ON "articles" USING btree ("comment_count","id") WHERE status = 'published';--> statement-breakpoint
CREATE INDEX "articles_locale_comments" ON "articles" USING btree ("locale","comment_count","id") WHERE status = 'published';--> statement-breakpoint
CREATE INDEX "authors_name" ON "authors" USING btree ("name" collate "und-x-icu","id");--> statement-breakpoint
CREATE INDEX "series_title" ON "series" USING btree ("title" collate "und-x-icu","id");--> statement-breakpoint
CREATE INDEX "tags_name" ON "tags" USING btree ("name" collate "und-x-icu","id");--> statement-breakpoint
ALTER TABLE "series_articles" ADD CONSTRAINT "series_articles_place" UNIQUE("series_id","position");
