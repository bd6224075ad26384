import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import type { AuthorPolicy, BanKind, CommentStatus, StatusReason } from '../../domain/comment.ts'
import { bytes, createdAt, moment } from './columns.ts'
import { comments } from './comments.ts'

/** Who may not write until when. A key is a keyed hash; a domain of e-mail addresses stands in plain. */
export const commentBans = pgTable(
  'comment_bans',
  {
    id: uuid().primaryKey(),
    kind: text().$type<BanKind>().notNull(),
    key: bytes().notNull(),
    domain: text(),
    /** The comment that it was made from. */
    commentId: uuid(),
    until: moment().notNull(),
    reason: text().notNull(),
    createdBy: text().notNull(),
    createdAt: createdAt(),
    liftedAt: moment(),
  },
  (t) => [
    check('comment_bans_kind_known', sql`${t.kind} in ('author', 'network', 'email_domain')`),
    // the look-up of each post; a new ban of the same replaces the old one
    unique('comment_bans_key').on(t.kind, t.key),
    // GET /v1/moderation/bans
    index('comment_bans_list').on(t.createdAt, t.id),
    // those made from a comment that is erased
    index('comment_bans_comment').on(t.commentId).where(sql`comment_id is not null`),
    // lifted or ended: the sweep
    index('comment_bans_over').on(sql`least(until, lifted_at)`),
  ],
)

/** What moderators decided for all that an author writes. */
export const authorPolicies = pgTable(
  'author_policies',
  {
    /** `identity_key` or `author_key` of the author's comments. */
    key: bytes().primaryKey(),
    policy: text().$type<AuthorPolicy>().notNull(),
    setBy: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [check('author_policies_known', sql`${t.policy} in ('known', 'held')`)],
)

/** The word lists of the site: one row. Its version tells an instance when to read it anew. */
export const moderationWords = pgTable('moderation_words', {
  id: smallint().primaryKey(),
  banned: text().array().notNull().default(sql`'{}'`),
  suspect: text().array().notNull().default(sql`'{}'`),
  /** Names that only staff may bear. */
  reserved: text().array().notNull().default(sql`'{}'`),
  version: integer().notNull().default(1),
  updatedBy: text().notNull(),
  updatedAt: createdAt(),
})

/** Decisions that were made in one request: undone together, for a day. */
export const moderationBatches = pgTable(
  'moderation_batches',
  {
    id: uuid().primaryKey(),
    actor: text().notNull(),
    createdAt: createdAt(),
    undoneAt: moment(),
  },
  (t) => [
    // what is older than a day: the sweep
    index('moderation_batches_created').on(t.createdAt),
  ],
)

export const moderationBatchItems = pgTable(
  'moderation_batch_items',
  {
    batchId: uuid()
      .notNull()
      .references(() => moderationBatches.id, { onDelete: 'cascade' }),
    position: smallint().notNull(),
    commentId: uuid()
      .notNull()
      .references(() => comments.id, { onDelete: 'cascade' }),
    /** How it stood before, and the revision that the decision made. */
    fromStatus: text().$type<CommentStatus>().notNull(),
    fromReason: text().$type<StatusReason>().notNull(),
    fromVetted: boolean().notNull(),
    revision: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.batchId, t.position] }),
    // the foreign key
    index('moderation_batch_items_comment').on(t.commentId),
  ],
)
