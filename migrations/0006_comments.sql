CREATE TABLE "author_policies" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"policy" text NOT NULL,
	"set_by" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "author_policies_known" CHECK ("author_policies"."policy" in ('known', 'held'))
);
--> statement-breakpoint
CREATE TABLE "comment_bans" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"key" "bytea" NOT NULL,
	"domain" text,
	"comment_id" uuid,
	"until" timestamp(3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"lifted_at" timestamp(3) with time zone,
	CONSTRAINT "comment_bans_key" UNIQUE("kind","key"),
	CONSTRAINT "comment_bans_kind_known" CHECK ("comment_bans"."kind" in ('author', 'network', 'email_domain'))
);
--> statement-breakpoint
CREATE TABLE "comment_checks" (
	"comment_id" uuid PRIMARY KEY NOT NULL,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"next_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "comment_reports" (
	"comment_id" uuid NOT NULL,
	"reporter_key" "bytea" NOT NULL,
	"proven" boolean NOT NULL,
	"reason" text NOT NULL,
	"note" text,
	"resolution" text,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "comment_reports_comment_id_reporter_key_pk" PRIMARY KEY("comment_id","reporter_key"),
	CONSTRAINT "comment_reports_resolution_known" CHECK ("comment_reports"."resolution" in ('upheld', 'dismissed'))
);
--> statement-breakpoint
CREATE TABLE "comment_revisions" (
	"comment_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"body" text NOT NULL,
	"replaced_by" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "comment_revisions_comment_id_revision_pk" PRIMARY KEY("comment_id","revision")
);
--> statement-breakpoint
CREATE TABLE "comment_votes" (
	"comment_id" uuid NOT NULL,
	"voter_key" "bytea" NOT NULL,
	"value" smallint NOT NULL,
	"proven" boolean NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "comment_votes_comment_id_voter_key_pk" PRIMARY KEY("comment_id","voter_key"),
	CONSTRAINT "comment_votes_value_known" CHECK ("comment_votes"."value" in (-1, 1))
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"id" uuid PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"stores" jsonb NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "moderation_batch_items" (
	"batch_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"comment_id" uuid NOT NULL,
	"from_status" text NOT NULL,
	"from_reason" text NOT NULL,
	"from_vetted" boolean NOT NULL,
	"revision" integer NOT NULL,
	CONSTRAINT "moderation_batch_items_batch_id_position_pk" PRIMARY KEY("batch_id","position")
);
--> statement-breakpoint
CREATE TABLE "moderation_batches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"undone_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "moderation_words" (
	"id" smallint PRIMARY KEY NOT NULL,
	"banned" text[] DEFAULT '{}' NOT NULL,
	"suspect" text[] DEFAULT '{}' NOT NULL,
	"reserved" text[] DEFAULT '{}' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_by" text NOT NULL,
	"updated_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "spent_tokens" (
	"id" uuid PRIMARY KEY NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "comment_private" ADD COLUMN "identity_key" "bytea";--> statement-breakpoint
ALTER TABLE "comment_private" ADD COLUMN "body_hash" "bytea";--> statement-breakpoint
ALTER TABLE "comments" ADD COLUMN "reasons" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "comments" ADD COLUMN "vetted" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "comments" ADD COLUMN "deleted_from" text;--> statement-breakpoint
ALTER TABLE "comments" ADD COLUMN "author_verified" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "comments" ADD COLUMN "upvotes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "comments" ADD COLUMN "downvotes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "comments" ADD COLUMN "score" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "comments" ADD COLUMN "report_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "comments" ADD COLUMN "scrubbed_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "comment_checks" ADD CONSTRAINT "comment_checks_comment_id_comments_id_fk" FOREIGN KEY ("comment_id") REFERENCES "public"."comments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comment_reports" ADD CONSTRAINT "comment_reports_comment_id_comments_id_fk" FOREIGN KEY ("comment_id") REFERENCES "public"."comments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comment_revisions" ADD CONSTRAINT "comment_revisions_comment_id_comments_id_fk" FOREIGN KEY ("comment_id") REFERENCES "public"."comments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comment_votes" ADD CONSTRAINT "comment_votes_comment_id_comments_id_fk" FOREIGN KEY ("comment_id") REFERENCES "public"."comments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "moderation_batch_items" ADD CONSTRAINT "moderation_batch_items_batch_id_moderation_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."moderation_batches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "moderation_batch_items" ADD CONSTRAINT "moderation_batch_items_comment_id_comments_id_fk" FOREIGN KEY ("comment_id") REFERENCES "public"."comments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "comment_bans_list" ON "comment_bans" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "comment_checks_due" ON "comment_checks" USING btree ("next_at");--> statement-breakpoint
CREATE INDEX "comment_reports_reporter" ON "comment_reports" USING btree ("reporter_key");--> statement-breakpoint
CREATE INDEX "comment_votes_voter" ON "comment_votes" USING btree ("voter_key");--> statement-breakpoint
CREATE INDEX "moderation_batch_items_comment" ON "moderation_batch_items" USING btree ("comment_id");--> statement-breakpoint
CREATE INDEX "moderation_batches_created" ON "moderation_batches" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "spent_tokens_expiry" ON "spent_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "changes_article_comments" ON "changes" USING btree ("article_id","xid","id") WHERE kind like 'comment.%';--> statement-breakpoint
CREATE INDEX "changes_comments" ON "changes" USING btree ("xid","id") WHERE kind like 'comment.%';--> statement-breakpoint
CREATE INDEX "comment_private_author" ON "comment_private" USING btree ("author_key","created_at") WHERE author_key is not null;--> statement-breakpoint
CREATE INDEX "comment_private_identity" ON "comment_private" USING btree ("identity_key","created_at") WHERE identity_key is not null;--> statement-breakpoint
CREATE INDEX "comment_private_network" ON "comment_private" USING btree ("ip_hmac","created_at") WHERE ip_hmac is not null;--> statement-breakpoint
CREATE INDEX "comment_private_email" ON "comment_private" USING btree (lower(email)) WHERE email is not null;--> statement-breakpoint
CREATE INDEX "comment_private_retention" ON "comment_private" USING btree ("created_at") WHERE ip_prefix is not null or ip_hmac is not null;--> statement-breakpoint
CREATE INDEX "comments_threads_top" ON "comments" USING btree ("article_id","score","created_at","id") WHERE listed and parent_id is null;--> statement-breakpoint
CREATE INDEX "comments_replies_top" ON "comments" USING btree ("parent_id","score","created_at","id") WHERE listed and parent_id is not null;--> statement-breakpoint
CREATE INDEX "comments_queue_article" ON "comments" USING btree ("article_id","status","created_at","id") WHERE not sandbox;--> statement-breakpoint
CREATE INDEX "comments_queue_reported" ON "comments" USING btree ("status","created_at","id") WHERE report_count > 0 and not sandbox;--> statement-breakpoint
CREATE INDEX "comments_retention" ON "comments" USING btree ("status","decided_at") WHERE scrubbed_at is null and status in ('pending', 'rejected', 'spam', 'deleted');--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_scrubbed_wordless" CHECK ("comments"."scrubbed_at" is null or ("comments"."body" = '' and "comments"."body_html" = '' and "comments"."body_text" = ''));--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_erased_nameless" CHECK ("comments"."status" <> 'erased' or ("comments"."scrubbed_at" is not null and "comments"."author_name" = '' and "comments"."author_url" is null));--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_deleted_from_known" CHECK ("comments"."deleted_from" is null or ("comments"."status" = 'deleted' and "comments"."deleted_from" in ('pending', 'approved', 'rejected', 'spam')));