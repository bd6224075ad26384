-- A session keeps the plans of its functions. One that was made while there were few comments, and before the server had
-- looked at the table, read all of it twice for each comment: an import of a chain took time by the square of its length.
alter function apply_comment_deltas(comment_delta[]) set enable_seqscan = off;
--> statement-breakpoint
alter function apply_comment_deltas(comment_delta[]) set enable_hashjoin = off;
--> statement-breakpoint
alter function apply_comment_deltas(comment_delta[]) set enable_mergejoin = off;
