import { type Static, Type } from '@sinclair/typebox'
import {
  AUTHOR_POLICIES,
  BAN_KINDS,
  COMMENT_STATUSES,
  REPORT_REASONS,
  STATUS_REASONS,
} from '../domain/comment.ts'
import { ModeratedComment } from './comments.ts'
import { closed, Id, Locale, Moment, nullable, oneOf, pageOf, pageQuery, ref } from './common.ts'

/** What moderators send and get, beside comments themselves. */

export const QUEUE_STATES = [...COMMENT_STATUSES, 'any'] as const

export const ModerationQuery = closed({
  status: Type.Optional(oneOf(QUEUE_STATES, { default: 'pending' })),
  reason: Type.Optional(
    oneOf(STATUS_REASONS, { description: 'Why they stand as they stand, or among what the rules found' }),
  ),
  article: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'Id or slug of an article' }),
  ),
  locale: Type.Optional({ ...Locale, description: 'Where the slug of `article` is looked up' }),
  sameAuthorAs: Type.Optional({
    ...Id,
    description: 'Of the author of this comment; of each sign of them, the latest thousand',
  }),
  sameNetworkAs: Type.Optional({
    ...Id,
    description: 'From the network of this comment; of each day, the latest thousand',
  }),
  createdAfter: Type.Optional({ ...Moment, description: 'Posted later than this' }),
  createdBefore: Type.Optional({ ...Moment, description: 'Posted earlier than this' }),
  reported: Type.Optional(
    Type.Unsafe<true>({
      type: 'boolean',
      const: true,
      description: '`true` for those with reports that nobody has answered',
    }),
  ),
  sort: Type.Optional(oneOf(['oldest', 'newest'], { default: 'oldest' })),
  ...pageQuery,
})
export type ModerationQuery = Static<typeof ModerationQuery>

const OldWords = closed({
  revision: Type.Integer({ description: 'The last revision of the comment that had these words' }),
  source: Type.String(),
  replacedBy: Type.String({ description: 'As the change log names it' }),
  replacedAt: Moment,
})

const OpenReport = closed({
  reason: oneOf(REPORT_REASONS),
  note: nullable(Type.String()),
  proven: Type.Boolean({ description: 'Somebody vouches for the reporter: counts towards the threshold' }),
  createdAt: Moment,
  reporter: closed(
    { total: Type.Integer(), upheld: Type.Integer() },
    { description: 'How many reports they made in all, and how many of them a person upheld' },
  ),
})

const StateChange = closed({
  at: Moment,
  actor: Type.String({ description: 'As the change log names it' }),
  from: nullable(oneOf(COMMENT_STATUSES)),
  to: oneOf(COMMENT_STATUSES),
  reason: oneOf(STATUS_REASONS),
})

export const Ban = closed(
  {
    id: Id,
    kind: oneOf(BAN_KINDS),
    domain: nullable(Type.String({ description: 'Of e-mail addresses' })),
    commentId: nullable({ ...Id, description: 'The comment that it was made from' }),
    until: Moment,
    reason: Type.String(),
    createdBy: Type.String({ description: 'As the change log names it' }),
    createdAt: Moment,
    liftedAt: nullable(Moment),
  },
  { $id: 'Ban', description: 'Who may not write, until when; never by what they are known' },
)
export type Ban = Static<typeof Ban>

export const CommentFile = closed(
  {
    comment: ref(ModeratedComment),
    revisions: Type.Array(OldWords, { description: 'Its words before, latest first, a hundred at most' }),
    reports: Type.Array(OpenReport, { description: 'Those that nobody has answered, latest first' }),
    history: Type.Array(StateChange, { description: 'Changes of state, latest first' }),
    bans: Type.Array(ref(Ban), { description: 'In force, of the author, the network or the e-mail domain' }),
    authorPolicy: nullable(
      oneOf(AUTHOR_POLICIES, { description: 'What moderators decided for all that the author writes' }),
    ),
  },
  { $id: 'CommentFile', description: 'A comment with all that a moderator may know of it' },
)
export type CommentFile = Static<typeof CommentFile>

/** Lengths as of NewComment, and the same checks in core. */
export const ModeratorEdit = closed(
  {
    body: Type.Optional(Type.String({ minLength: 1, maxLength: 5000, description: 'A subset of Markdown' })),
    author: Type.Optional(
      closed({
        name: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
        url: Type.Optional(nullable(Type.String({ maxLength: 200, description: 'http or https' }))),
      }),
    ),
    revision: Type.Integer({ minimum: 1, description: 'The one that the edit was made on' }),
  },
  {
    $id: 'ModeratorEdit',
    examples: [{ body: 'My grandfather built that wall.', author: { url: null }, revision: 1 }],
  },
)
export type ModeratorEdit = Static<typeof ModeratorEdit>

export const DECISIONS = ['approve', 'reject', 'spam', 'hold', 'delete', 'restore'] as const
export type DecisionAction = (typeof DECISIONS)[number]

export const REJECT_REASONS = [
  'off_topic',
  'abusive',
  'illegal',
  'personal_data',
  'advertising',
  'moderator',
] as const

export const Decision = closed({
  commentId: Id,
  revision: Type.Integer({ minimum: 1, description: 'The one that the decision was made on' }),
  action: oneOf(DECISIONS),
  reasonCode: Type.Optional(oneOf(REJECT_REASONS, { description: 'Required to reject' })),
})
export type Decision = Static<typeof Decision>

export const Decisions = closed(
  {
    decisions: Type.Array(Decision, { minItems: 1, maxItems: 100 }),
    dryRun: Type.Optional(
      Type.Boolean({ default: false, description: 'Tell what would happen, and write nothing' }),
    ),
  },
  {
    $id: 'Decisions',
    examples: [
      { decisions: [{ commentId: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071', revision: 1, action: 'approve' }] },
    ],
  },
)
export type Decisions = Static<typeof Decisions>

export const DecisionResult = closed(
  {
    commentId: Id,
    ok: Type.Boolean(),
    comment: nullable(ref(ModeratedComment)),
    code: nullable(Type.String({ description: 'Why it was not done' })),
    detail: nullable(Type.String()),
  },
  { $id: 'DecisionResult' },
)
export type DecisionResult = Static<typeof DecisionResult>
export const DecisionResults = closed(
  {
    batchId: nullable({ ...Id, description: 'What was done, to be undone together; null where nothing was' }),
    results: Type.Array(ref(DecisionResult)),
  },
  { $id: 'DecisionResults' },
)
export type DecisionResults = Static<typeof DecisionResults>

export const ModerationBatch = closed(
  {
    id: Id,
    createdBy: Type.String({ description: 'As the change log names it' }),
    createdAt: Moment,
    undoableUntil: nullable(Moment),
    undoneAt: nullable(Moment),
    items: Type.Array(
      closed({
        commentId: Id,
        fromStatus: oneOf(COMMENT_STATUSES, { description: 'How it stood before' }),
        fromReason: oneOf(STATUS_REASONS),
        revision: Type.Integer({ description: 'The one that the decision made; 0 where it changed nothing' }),
      }),
      { description: 'What was decided, in the order of the request' },
    ),
  },
  { $id: 'ModerationBatch', description: 'Decisions of one request, undone together' },
)
export type ModerationBatch = Static<typeof ModerationBatch>

export const NewBan = closed(
  {
    commentId: Type.Optional({ ...Id, description: 'A comment of whom it is for; with `kinds`' }),
    kinds: Type.Optional(
      Type.Array(oneOf(['author', 'network']), { minItems: 1, maxItems: 2, uniqueItems: true }),
    ),
    emailDomain: Type.Optional(
      Type.String({ minLength: 1, maxLength: 253, description: 'Instead: a domain of e-mail addresses' }),
    ),
    until: { ...Moment, description: 'At most ten years ahead' },
    reason: Type.String({ minLength: 1, maxLength: 200, description: 'For moderators only' }),
  },
  {
    $id: 'NewBan',
    examples: [
      {
        commentId: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071',
        kinds: ['author'],
        until: '2027-01-01T00:00:00Z',
        reason: 'Advertises again and again',
      },
    ],
  },
)
export type NewBan = Static<typeof NewBan>

export const Bans = closed(
  { data: Type.Array(ref(Ban)) },
  { $id: 'Bans', description: 'What was banned at once' },
)
export const BanPage = pageOf(ref(Ban), 'BanPage', 'Bans, newest first')
export const BansQuery = closed(pageQuery)
export type BansQuery = Static<typeof BansQuery>

export const AuthorPolicySetting = closed(
  {
    policy: nullable(
      oneOf(AUTHOR_POLICIES, { description: 'For all that the author writes; null for none' }),
    ),
  },
  { $id: 'AuthorPolicySetting', examples: [{ policy: 'held' }] },
)
export type AuthorPolicySetting = Static<typeof AuthorPolicySetting>

export const WORD_LENGTH = 64

const words = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: WORD_LENGTH }), { maxItems: 2000, description })

export const WordLists = closed(
  {
    banned: words('A comment with one of them is rejected'),
    suspect: words('A comment with one of them is held'),
    reserved: words('Names that only staff may bear'),
  },
  {
    $id: 'WordLists',
    description: 'Words and phrases, literally; compared without regard to case and blanks',
    examples: [{ banned: ['cheap watches'], suspect: ['casino'], reserved: ['the editors'] }],
  },
)
export type WordLists = Static<typeof WordLists>
