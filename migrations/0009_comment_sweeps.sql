DROP INDEX "comment_private_retention";--> statement-breakpoint
CREATE INDEX "idempotency_keys_subject" ON "idempotency_keys" USING btree ("subject_id");--> statement-breakpoint
CREATE INDEX "comment_bans_comment" ON "comment_bans" USING btree ("comment_id") WHERE comment_id is not null;--> statement-breakpoint
CREATE INDEX "comment_bans_over" ON "comment_bans" USING btree (least(until, lifted_at));--> statement-breakpoint
CREATE INDEX "comment_private_retention" ON "comment_private" USING btree ("created_at") WHERE ip_prefix is not null or ip_hmac is not null or (author_key is not null and author_key is distinct from identity_key);