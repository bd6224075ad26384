import { sql } from 'drizzle-orm'
import { bigint, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, type JsonObject, xid8 } from './columns.ts'

/**
 * The one mechanism of change: an append-only log, written by triggers in the writing transaction. Holds no
 * personal data: names of changed columns, ids and places in an order, never contents. See docs/adr/0001.
 */
export const changes = pgTable(
  'changes',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    xid: xid8().notNull().default(sql`pg_current_xact_id()`),
    at: createdAt(),
    kind: text().notNull(),
    subjectId: uuid().notNull(),
    articleId: uuid(),
    /** `system`, `anonymous`, `receipt`, `key:<id>`, `cli`; set by the writing transaction. */
    actor: text().notNull(),
    oldPosition: jsonb().$type<JsonObject>(),
    newPosition: jsonb().$type<JsonObject>(),
    payload: jsonb().$type<JsonObject>().notNull().default({}),
  },
  (t) => [
    // the tail and the feed: everything since a transaction horizon, in (xid, id) order
    index('changes_xid').on(t.xid, t.id),
    // the history of one thing: audit
    index('changes_subject').on(t.subjectId, t.id),
    // what states a comment was in, among thousands of votes: GET /v1/moderation/comments/{id}
    index('changes_states')
      .on(t.subjectId, t.id)
      .where(sql`kind = 'comment.created' or kind = 'comment.updated' and payload ? 'oldStatus'`),
    // the comments of one article since a horizon: a stream that resumes
    index('changes_article_comments').on(t.articleId, t.xid, t.id).where(sql`kind like 'comment.%'`),
    // comments alone: GET /v1/comments/changes
    index('changes_comments').on(t.xid, t.id).where(sql`kind like 'comment.%'`),
  ],
)
