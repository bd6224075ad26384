CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"scopes" text[] NOT NULL,
	"sandbox" boolean DEFAULT false NOT NULL,
	"budget" integer,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp(3) with time zone,
	"revoked_at" timestamp(3) with time zone,
	"last_used_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"scope" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"status" smallint NOT NULL,
	"subject_id" uuid NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_scope_key_pk" PRIMARY KEY("scope","key")
);
--> statement-breakpoint
CREATE TABLE "import_sources" (
	"source" text NOT NULL,
	"kind" text NOT NULL,
	"external_id" text NOT NULL,
	"subject_id" uuid,
	"fingerprint" "bytea" NOT NULL,
	"cover_external_id" text,
	"image_url" text,
	"image_alt" text,
	"image_caption" text,
	"image_credit" text,
	"image_width" integer,
	"image_height" integer,
	"imported_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "import_sources_source_kind_external_id_pk" PRIMARY KEY("source","kind","external_id")
);
--> statement-breakpoint
CREATE TABLE "secrets" (
	"id" smallint PRIMARY KEY NOT NULL,
	"value" "bytea" NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "article_authors" (
	"article_id" uuid NOT NULL,
	"author_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	CONSTRAINT "article_authors_article_id_author_id_pk" PRIMARY KEY("article_id","author_id")
);
--> statement-breakpoint
CREATE TABLE "article_categories" (
	"article_id" uuid NOT NULL,
	"category_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	CONSTRAINT "article_categories_article_id_category_id_pk" PRIMARY KEY("article_id","category_id")
);
--> statement-breakpoint
CREATE TABLE "article_tags" (
	"article_id" uuid NOT NULL,
	"tag_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	CONSTRAINT "article_tags_article_id_tag_id_pk" PRIMARY KEY("article_id","tag_id")
);
--> statement-breakpoint
CREATE TABLE "articles" (
	"id" uuid PRIMARY KEY NOT NULL,
	"locale" text NOT NULL,
	"slug" text NOT NULL,
	"status" text DEFAULT 'draft' NOT NULL,
	"title" text NOT NULL,
	"subtitle" text,
	"custom_excerpt" text,
	"excerpt" text NOT NULL,
	"body_format" text NOT NULL,
	"body_source" text NOT NULL,
	"body_html" text NOT NULL,
	"body_text" text NOT NULL,
	"word_count" integer NOT NULL,
	"reading_minutes" integer NOT NULL,
	"cover" jsonb,
	"seo" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"featured" boolean DEFAULT false NOT NULL,
	"comment_policy" text,
	"comments_close_at" timestamp(3) with time zone,
	"comment_count" integer DEFAULT 0 NOT NULL,
	"translation_group" uuid,
	"published_at" timestamp(3) with time zone,
	"unpublish_at" timestamp(3) with time zone,
	"first_published_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "articles_status_known" CHECK ("articles"."status" in ('draft', 'published', 'archived', 'trashed')),
	CONSTRAINT "articles_body_format_known" CHECK ("articles"."body_format" in ('html', 'markdown', 'text')),
	CONSTRAINT "articles_comment_policy_known" CHECK ("articles"."comment_policy" in ('open', 'known', 'held', 'closed')),
	CONSTRAINT "articles_published_is_dated" CHECK ("articles"."status" <> 'published' or "articles"."published_at" is not null),
	CONSTRAINT "articles_unpublish_after_publish" CHECK ("articles"."unpublish_at" > "articles"."published_at"),
	CONSTRAINT "articles_dates_in_calendar" CHECK ("articles"."published_at" between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999Z' and "articles"."unpublish_at" between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999Z' and "articles"."first_published_at" between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999Z' and "articles"."comments_close_at" between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999Z' and "articles"."created_at" between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999Z' and "articles"."updated_at" between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999Z')
);
--> statement-breakpoint
CREATE TABLE "series_articles" (
	"series_id" uuid NOT NULL,
	"article_id" uuid NOT NULL,
	"position" integer NOT NULL,
	CONSTRAINT "series_articles_series_id_article_id_pk" PRIMARY KEY("series_id","article_id"),
	CONSTRAINT "series_articles_position_positive" CHECK ("series_articles"."position" > 0)
);
--> statement-breakpoint
CREATE TABLE "changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"article_id" uuid,
	"actor" text NOT NULL,
	"old_position" jsonb,
	"new_position" jsonb,
	"payload" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "comment_private" (
	"comment_id" uuid PRIMARY KEY NOT NULL,
	"email" text,
	"ip_prefix" text,
	"ip_hmac" "bytea",
	"author_key" "bytea",
	"receipt_nonce" "bytea",
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "comments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"article_id" uuid NOT NULL,
	"parent_id" uuid,
	"root_id" uuid NOT NULL,
	"depth" smallint NOT NULL,
	"reply_to_id" uuid,
	"status" text NOT NULL,
	"status_reason" text NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"decided_by" text NOT NULL,
	"decided_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"hidden_by" uuid,
	"author_name" text NOT NULL,
	"author_url" text,
	"body" text NOT NULL,
	"body_html" text NOT NULL,
	"body_text" text NOT NULL,
	"reply_count" integer DEFAULT 0 NOT NULL,
	"listed" boolean GENERATED ALWAYS AS (not sandbox and hidden_by is null and (status = 'approved' or (status in ('pending', 'deleted', 'erased') and reply_count > 0))) STORED NOT NULL,
	"sandbox" boolean DEFAULT false NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"edited_at" timestamp(3) with time zone,
	CONSTRAINT "comments_article_id" UNIQUE("article_id","id"),
	CONSTRAINT "comments_status_known" CHECK ("comments"."status" in ('pending', 'approved', 'rejected', 'spam', 'deleted', 'erased')),
	CONSTRAINT "comments_depth_bounded" CHECK ("comments"."depth" between 0 and 5),
	CONSTRAINT "comments_root_has_no_parent" CHECK (("comments"."parent_id" is null) = ("comments"."depth" = 0)),
	CONSTRAINT "comments_root_is_itself" CHECK (("comments"."parent_id" is null) = ("comments"."root_id" = "comments"."id")),
	CONSTRAINT "comments_body_bounded" CHECK (octet_length("comments"."body") <= 20480),
	CONSTRAINT "comments_dates_in_calendar" CHECK ("comments"."created_at" between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999Z' and "comments"."edited_at" between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999Z' and "comments"."decided_at" between '0001-01-01T00:00:00Z' and '9999-12-31T23:59:59.999Z')
);
--> statement-breakpoint
CREATE TABLE "series_counts" (
	"series_id" uuid PRIMARY KEY NOT NULL,
	"article_count" bigint NOT NULL,
	"as_of" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "series_entries" (
	"series_id" uuid NOT NULL,
	"position" integer DEFAULT 0 NOT NULL,
	"published_at" timestamp(3) with time zone NOT NULL,
	"article_id" uuid NOT NULL,
	"unpublish_at" timestamp(3) with time zone,
	CONSTRAINT "series_entries_series_id_position_published_at_article_id_pk" PRIMARY KEY("series_id","position","published_at","article_id")
);
--> statement-breakpoint
CREATE TABLE "authors" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"bio" text DEFAULT '' NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "categories" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"parent_id" uuid,
	"path" uuid[] NOT NULL,
	"position" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "categories_path_ends_in_itself" CHECK ("categories"."path"[cardinality("categories"."path")] = "categories"."id")
);
--> statement-breakpoint
CREATE TABLE "series" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"title" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "slugs" (
	"kind" text NOT NULL,
	"locale" text NOT NULL,
	"slug" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "slugs_kind_locale_slug_pk" PRIMARY KEY("kind","locale","slug"),
	CONSTRAINT "slugs_kind_known" CHECK ("slugs"."kind" in ('article', 'category', 'tag', 'author', 'series'))
);
--> statement-breakpoint
CREATE TABLE "tags" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "article_authors" ADD CONSTRAINT "article_authors_article_id_articles_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_authors" ADD CONSTRAINT "article_authors_author_id_authors_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."authors"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_categories" ADD CONSTRAINT "article_categories_article_id_articles_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_categories" ADD CONSTRAINT "article_categories_category_id_categories_id_fk" FOREIGN KEY ("category_id") REFERENCES "public"."categories"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_tags" ADD CONSTRAINT "article_tags_article_id_articles_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "article_tags" ADD CONSTRAINT "article_tags_tag_id_tags_id_fk" FOREIGN KEY ("tag_id") REFERENCES "public"."tags"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "series_articles" ADD CONSTRAINT "series_articles_series_id_series_id_fk" FOREIGN KEY ("series_id") REFERENCES "public"."series"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "series_articles" ADD CONSTRAINT "series_articles_article_id_articles_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comment_private" ADD CONSTRAINT "comment_private_comment_id_comments_id_fk" FOREIGN KEY ("comment_id") REFERENCES "public"."comments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_article_id_articles_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_parent_in_article" FOREIGN KEY ("article_id","parent_id") REFERENCES "public"."comments"("article_id","id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "series_entries" ADD CONSTRAINT "series_entries_article_id_articles_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."articles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "categories" ADD CONSTRAINT "categories_parent_id_categories_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."categories"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "import_sources_subject" ON "import_sources" USING btree ("subject_id");--> statement-breakpoint
CREATE INDEX "article_authors_author" ON "article_authors" USING btree ("author_id");--> statement-breakpoint
CREATE INDEX "article_categories_category" ON "article_categories" USING btree ("category_id");--> statement-breakpoint
CREATE INDEX "article_tags_tag" ON "article_tags" USING btree ("tag_id");--> statement-breakpoint
CREATE INDEX "articles_translation_group" ON "articles" USING btree ("translation_group") WHERE translation_group is not null;--> statement-breakpoint
CREATE INDEX "series_articles_article" ON "series_articles" USING btree ("article_id");--> statement-breakpoint
CREATE INDEX "changes_xid" ON "changes" USING btree ("xid","id");--> statement-breakpoint
CREATE INDEX "changes_subject" ON "changes" USING btree ("subject_id","id");--> statement-breakpoint
CREATE INDEX "comments_threads" ON "comments" USING btree ("article_id","created_at","id") WHERE listed and parent_id is null;--> statement-breakpoint
CREATE INDEX "comments_replies" ON "comments" USING btree ("parent_id","created_at","id") WHERE listed and parent_id is not null;--> statement-breakpoint
CREATE INDEX "comments_parent" ON "comments" USING btree ("parent_id") WHERE parent_id is not null;--> statement-breakpoint
CREATE INDEX "comments_queue" ON "comments" USING btree ("status","created_at","id") WHERE not sandbox;--> statement-breakpoint
CREATE INDEX "series_entries_article" ON "series_entries" USING btree ("article_id","series_id");--> statement-breakpoint
CREATE INDEX "series_entries_unpublish" ON "series_entries" USING btree ("series_id","unpublish_at") WHERE unpublish_at is not null;--> statement-breakpoint
CREATE INDEX "series_entries_publish" ON "series_entries" USING btree ("series_id","published_at") WHERE position > 0;--> statement-breakpoint
CREATE INDEX "categories_parent" ON "categories" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "categories_path" ON "categories" USING gin ("path");--> statement-breakpoint
CREATE INDEX "slugs_subject" ON "slugs" USING btree ("subject_id");