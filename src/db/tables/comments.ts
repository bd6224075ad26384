import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  smallint,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import type { CommentStatus, StatusReason } from '../../domain/comment.ts'
import { articles } from './articles.ts'
import { bytes, createdAt, inCalendar, moment } from './columns.ts'

export const comments = pgTable(
  'comments',
  {
    id: uuid().primaryKey(),
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    parentId: uuid(),
    /** The first comment of the thread; itself for a first comment. Its row is the lock of the thread. */
    rootId: uuid().notNull(),
    depth: smallint().notNull(),
    /** Whom the words answer, where the depth limit hung them on an ancestor instead. */
    replyToId: uuid(),
    status: text().$type<CommentStatus>().notNull(),
    statusReason: text().$type<StatusReason>().notNull(),
    /** Grows with each change of text or status; a decision names the one it was made on. */
    revision: integer().notNull().default(1),
    decidedBy: text().notNull(),
    decidedAt: createdAt(),
    /** Nearest ancestor that is rejected or spam: it hides everything below it. */
    hiddenBy: uuid(),
    authorName: text().notNull(),
    authorUrl: text(),
    body: text().notNull(),
    bodyHtml: text().notNull(),
    bodyText: text().notNull(),
    /** Approved and not hidden, at any depth below; kept by trigger. */
    replyCount: integer().notNull().default(0),
    /** Stands in public lists, in full or as the placeholder that holds its replies together. */
    listed: boolean()
      .notNull()
      .generatedAlwaysAs(
        sql`not sandbox and hidden_by is null and (status = 'approved' or (status in ('pending', 'deleted', 'erased') and reply_count > 0))`,
      ),
    /** Written with a test key: outside every list and count. */
    sandbox: boolean().notNull().default(false),
    createdAt: createdAt(),
    editedAt: moment(),
  },
  (t) => [
    check(
      'comments_status_known',
      sql`${t.status} in ('pending', 'approved', 'rejected', 'spam', 'deleted', 'erased')`,
    ),
    check('comments_depth_bounded', sql`${t.depth} between 0 and 5`),
    check('comments_root_has_no_parent', sql`(${t.parentId} is null) = (${t.depth} = 0)`),
    check('comments_root_is_itself', sql`(${t.parentId} is null) = (${t.rootId} = ${t.id})`),
    check('comments_body_bounded', sql`octet_length(${t.body}) <= 20480`),
    check('comments_dates_in_calendar', inCalendar(t.createdAt, t.editedAt, t.decidedAt)),
    // a reply belongs to its parent's article, and no delete can take replies with it
    unique('comments_article_id').on(t.articleId, t.id),
    foreignKey({
      name: 'comments_parent_in_article',
      columns: [t.articleId, t.parentId],
      foreignColumns: [t.articleId, t.id] as [AnyPgColumn, AnyPgColumn],
    }).onDelete('restrict'),
    // the threads of an article: GET /v1/articles/{ref}/comments, both directions
    index('comments_threads').on(t.articleId, t.createdAt, t.id).where(sql`listed and parent_id is null`),
    // the replies to a comment: GET /v1/comments/{id}/replies and the first ones under a thread
    index('comments_replies').on(t.parentId, t.createdAt, t.id).where(sql`listed and parent_id is not null`),
    // everything below a comment, when it is hidden or shown; the foreign key
    index('comments_parent').on(t.parentId).where(sql`parent_id is not null`),
    // comments in one state: GET /v1/moderation/comments?status=
    index('comments_queue').on(t.status, t.createdAt, t.id).where(sql`not sandbox`),
  ],
)

/**
 * What must never leave: apart from `comments`, so that no public query can select it by accident, and so that
 * retention is one UPDATE.
 */
export const commentPrivate = pgTable('comment_private', {
  commentId: uuid()
    .primaryKey()
    .references(() => comments.id, { onDelete: 'cascade' }),
  email: text(),
  /** /24 or /56, truncated before it is written. */
  ipPrefix: text(),
  /** Keyed, for rate limits; the key rotates daily. */
  ipHmac: bytes(),
  /** Keyed identity of the author, for the twin and flood rules. */
  authorKey: bytes(),
  /** Goes into the receipt's HMAC; a new one revokes the old receipt. */
  receiptNonce: bytes(),
  createdAt: createdAt(),
})
