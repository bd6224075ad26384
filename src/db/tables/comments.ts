import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import type { CommentStatus, ReportReason, ReportResolution, StatusReason } from '../../domain/comment.ts'
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
    /** All that the rules found when the words came in, the first of which decided. */
    reasons: text().array().$type<StatusReason[]>().notNull().default(sql`'{}'`),
    /** A moderator approved these very words: reports do not withdraw them. */
    vetted: boolean().notNull().default(false),
    /** What a moderator deleted it from, and may bring it back to; null where the author did. */
    deletedFrom: text().$type<CommentStatus>(),
    /** Grows with each change of text or status; a decision names the one it was made on. */
    revision: integer().notNull().default(1),
    decidedBy: text().notNull(),
    decidedAt: createdAt(),
    /** Nearest ancestor that is rejected or spam: it hides everything below it. */
    hiddenBy: uuid(),
    authorName: text().notNull(),
    authorUrl: text(),
    /** Somebody vouches for the author: the identity provider, or a trusted server. */
    authorVerified: boolean().notNull().default(false),
    body: text().notNull(),
    bodyHtml: text().notNull(),
    bodyText: text().notNull(),
    /** Approved and not hidden, at any depth below; kept by trigger. */
    replyCount: integer().notNull().default(0),
    /** Votes of all, and the balance of those whose voters are proven; kept by trigger. */
    upvotes: integer().notNull().default(0),
    downvotes: integer().notNull().default(0),
    score: integer().notNull().default(0),
    /** Reports that no moderator has answered; kept by trigger. */
    reportCount: integer().notNull().default(0),
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
    /** When the words were taken away for good: retention, or erasure. */
    scrubbedAt: moment(),
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
    check(
      'comments_scrubbed_wordless',
      sql`${t.scrubbedAt} is null or (${t.body} = '' and ${t.bodyHtml} = '' and ${t.bodyText} = '')`,
    ),
    check(
      'comments_erased_nameless',
      sql`${t.status} <> 'erased' or (${t.scrubbedAt} is not null and ${t.authorName} = '' and ${t.authorUrl} is null)`,
    ),
    check(
      'comments_deleted_from_known',
      sql`${t.deletedFrom} is null or (${t.status} = 'deleted' and ${t.deletedFrom} in ('pending', 'approved', 'rejected', 'spam'))`,
    ),
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
    // the same by votes: sort=top
    index('comments_threads_top')
      .on(t.articleId, t.score, t.createdAt, t.id)
      .where(sql`listed and parent_id is null`),
    index('comments_replies_top')
      .on(t.parentId, t.score, t.createdAt, t.id)
      .where(sql`listed and parent_id is not null`),
    // everything below a comment, when it is hidden or shown; the foreign key
    index('comments_parent').on(t.parentId).where(sql`parent_id is not null`),
    // comments in one state: GET /v1/moderation/comments?status=
    index('comments_queue').on(t.status, t.createdAt, t.id).where(sql`not sandbox`),
    // comments of one article in one state: …&article=
    index('comments_queue_article').on(t.articleId, t.status, t.createdAt, t.id).where(sql`not sandbox`),
    // comments that readers reported: …&reported=true
    index('comments_queue_reported')
      .on(t.status, t.createdAt, t.id)
      .where(sql`report_count > 0 and not sandbox`),
    // words whose time is over: the retention sweep
    index('comments_retention')
      .on(t.status, t.decidedAt)
      .where(sql`scrubbed_at is null and status in ('pending', 'rejected', 'spam', 'deleted')`),
  ],
)

/**
 * What must never leave: apart from `comments`, so that no public query can select it by accident, and so that
 * retention is one UPDATE. Keys are keyed hashes: who reads the table learns no name from them.
 */
export const commentPrivate = pgTable(
  'comment_private',
  {
    commentId: uuid()
      .primaryKey()
      .references(() => comments.id, { onDelete: 'cascade' }),
    email: text(),
    /** /24 or /56, truncated before it is written. */
    ipPrefix: text(),
    /** Of the network, for rate limits; the key rotates daily. */
    ipHmac: bytes(),
    /** Of what the author typed and the network, or of the proven identity: flood, twins, record, bans. */
    authorKey: bytes(),
    /** Whose comment it is, by proof only: an account, or the chain of receipts that began with an unknown reader. */
    identityKey: bytes(),
    /** SHA-256 of the folded words: twins. */
    bodyHash: bytes(),
    /** Goes into the receipt's HMAC; a new one revokes the old receipt. */
    receiptNonce: bytes(),
    createdAt: createdAt(),
  },
  (t) => [
    // flood, twins and the record of an author
    index('comment_private_author').on(t.authorKey, t.createdAt).where(sql`author_key is not null`),
    // known authors; a person's comments; GET /v1/comments/mine
    index('comment_private_identity').on(t.identityKey, t.createdAt).where(sql`identity_key is not null`),
    // the rate of a network
    index('comment_private_network').on(t.ipHmac, t.createdAt).where(sql`ip_hmac is not null`),
    // a person by e-mail address: export and erasure
    index('comment_private_email').on(sql`lower(email)`).where(sql`email is not null`),
    // networks, and keys that were made of them, whose time is over: the retention sweep
    index('comment_private_retention')
      .on(t.createdAt)
      .where(
        sql`ip_prefix is not null or ip_hmac is not null or (author_key is not null and author_key is distinct from identity_key)`,
      ),
  ],
)

/** The words of a comment before each edit, so that a moderator sees what was approved and what became of it. */
export const commentRevisions = pgTable(
  'comment_revisions',
  {
    commentId: uuid()
      .notNull()
      .references(() => comments.id, { onDelete: 'cascade' }),
    /** The revision of the comment that had these words last. */
    revision: integer().notNull(),
    body: text().notNull(),
    /** Who replaced them, as the change log names it, and when. */
    replacedBy: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.commentId, t.revision] })],
)

/** One vote a voter and comment. Sums are kept on the comment by trigger. */
export const commentVotes = pgTable(
  'comment_votes',
  {
    commentId: uuid()
      .notNull()
      .references(() => comments.id, { onDelete: 'cascade' }),
    /** Keyed hash of a proven identity or of a device. */
    voterKey: bytes().notNull(),
    value: smallint().notNull(),
    /** A device proves nobody: its vote is shown, and has no weight in the order. */
    proven: boolean().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.commentId, t.voterKey] }),
    check('comment_votes_value_known', sql`${t.value} in (-1, 1)`),
    // everything of one person: export and erasure
    index('comment_votes_voter').on(t.voterKey),
  ],
)

/** One report a reporter and comment; a moderator's decision answers all that are open. */
export const commentReports = pgTable(
  'comment_reports',
  {
    commentId: uuid()
      .notNull()
      .references(() => comments.id, { onDelete: 'cascade' }),
    reporterKey: bytes().notNull(),
    /** Only proven reporters count towards the threshold. */
    proven: boolean().notNull(),
    reason: text().$type<ReportReason>().notNull(),
    note: text(),
    /** Null while open. */
    resolution: text().$type<ReportResolution>(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.commentId, t.reporterKey] }),
    check('comment_reports_resolution_known', sql`${t.resolution} in ('upheld', 'dismissed')`),
    // everything of one person: export, erasure, and how often they were right
    index('comment_reports_reporter').on(t.reporterKey),
  ],
)

/** Comments that wait for the moderation hook; gone once it has answered, or will not be asked again. */
export const commentChecks = pgTable(
  'comment_checks',
  {
    commentId: uuid()
      .primaryKey()
      .references(() => comments.id, { onDelete: 'cascade' }),
    attempts: smallint().notNull().default(0),
    nextAt: moment().notNull(),
  },
  (t) => [
    // those that are due
    index('comment_checks_due').on(t.nextAt),
  ],
)

/** Ids of form tokens and proofs of work that were used, until they would have ended anyway. */
export const spentTokens = pgTable(
  'spent_tokens',
  {
    id: uuid().primaryKey(),
    expiresAt: moment().notNull(),
  },
  (t) => [
    // what is over: the sweep
    index('spent_tokens_expiry').on(t.expiresAt),
  ],
)

/** That a person was erased, when, and from which stores: nothing of whom. */
export const erasures = pgTable('erasures', {
  id: uuid().primaryKey(),
  actor: text().notNull(),
  /** Rows changed or taken away, by store. */
  stores: jsonb().$type<Record<string, number>>().notNull(),
  /** False where the time of a request was over before the end, and another one went on. */
  complete: boolean().notNull().default(true),
  createdAt: createdAt(),
})
