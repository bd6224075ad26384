import { type Static, Type } from '@sinclair/typebox'
import { COMMENT_POLICIES, COMMENT_STATUSES, PROOF_OF_WORK_RULES, STATUS_REASONS } from '../domain/comment.ts'
import { closed, Id, Moment, nullable, oneOf, Page, pageOf, pageQuery, ref } from './common.ts'

export const CommentAuthor = closed(
  {
    name: Type.String({ description: 'As the author typed it' }),
    url: nullable(Type.String()),
    verified: Type.Boolean({
      description:
        'An identity provider or a trusted server vouches for the author; a name alone proves nothing',
    }),
  },
  { $id: 'CommentAuthor' },
)

export const Votes = closed(
  {
    up: Type.Integer({ minimum: 0 }),
    down: Type.Integer({ minimum: 0 }),
    score: Type.Integer({
      description: 'Votes up less votes down of proven readers: the order of `sort=top`',
    }),
  },
  { $id: 'Votes', description: 'What readers voted. Devices are counted in `up` and `down` alone' },
)
export type Votes = Static<typeof Votes>

/**
 * What anybody may see of a comment. An allowlist on purpose: what is not named here cannot leave.
 * A placeholder keeps a thread together: no author, no body.
 */
const publicComment = {
  id: Id,
  articleId: Id,
  parentId: nullable(Id),
  rootId: Id,
  replyToId: nullable(Id),
  depth: Type.Integer({ minimum: 0, maximum: 5 }),
  placeholder: nullable(
    oneOf(['deleted', 'withheld'], {
      description: 'Set where only the place of the comment is shown, for the replies below it',
    }),
  ),
  deleted: Type.Boolean(),
  author: nullable(ref(CommentAuthor)),
  html: nullable(Type.String({ description: 'Sanitised HTML' })),
  text: nullable(Type.String()),
  createdAt: Moment,
  editedAt: nullable(Moment),
  replyCount: Type.Integer({ description: 'Visible comments below this one, at any depth' }),
  votes: ref(Votes),
}

export const Comment = closed(publicComment, {
  $id: 'Comment',
  description: 'A comment as everybody sees it',
})
export type Comment = Static<typeof Comment>

export const Thread = closed(
  {
    ...publicComment,
    replies: closed({ data: Type.Array(ref(Comment)), page: ref(Page) }),
  },
  { $id: 'Thread', description: 'A first comment with the first replies to it' },
)
export type Thread = Static<typeof Thread>

export const ThreadPage = pageOf(ref(Thread), 'ThreadPage', 'Threads of an article')
export const CommentPage = pageOf(ref(Comment), 'CommentPage', 'Replies to a comment')

export const OwnComment = closed(
  {
    ...publicComment,
    status: oneOf(COMMENT_STATUSES),
    statusReason: Type.Optional(oneOf(STATUS_REASONS)),
    editableUntil: nullable(Moment),
    source: Type.String({ description: 'The text as it was sent' }),
  },
  { $id: 'OwnComment', description: 'A comment as its author sees it' },
)
export type OwnComment = Static<typeof OwnComment>
export const OwnCommentPage = pageOf(ref(OwnComment), 'OwnCommentPage', 'Comments of the caller')

export const NEXT_ACTIONS = ['wait', 'edit_text', 'solve_challenge', 'reload_form'] as const
export type NextAction = (typeof NEXT_ACTIONS)[number]

/** Reasons as an author learns them: of some no more than that a person will look. */
export const VERDICT_REASONS = [...STATUS_REASONS, 'review'] as const
export type VerdictReason = (typeof VERDICT_REASONS)[number]

export const CommentVerdict = closed(
  {
    status: oneOf(COMMENT_STATUSES),
    reasons: Type.Array(oneOf(VERDICT_REASONS), {
      description: 'All that the rules found. `review`: a person will look, and no more is told',
    }),
    retryAfter: nullable(Type.Integer({ description: 'Seconds' })),
    nextAction: nullable(oneOf(NEXT_ACTIONS, { description: 'What the author may do about it' })),
  },
  {
    $id: 'CommentVerdict',
    description:
      'What became of a comment, for a program. A refusal has `retryAfter` and `nextAction` in its problem',
  },
)
export type CommentVerdict = Static<typeof CommentVerdict>

export const PostedComment = closed(
  {
    comment: nullable(ref(OwnComment)),
    receipt: nullable(
      Type.String({
        description:
          'Proves authorship: read, edit, withdraw; and, sent along with the next comment, who writes. Keep it. Null for a duplicate and a dry run',
      }),
    ),
    verdict: ref(CommentVerdict),
    duplicateOf: nullable(
      Type.Unsafe<string>({
        type: 'string',
        format: 'uuid',
        description: 'The same words came a moment ago: nothing was written, and this is the comment',
      }),
    ),
    preview: Type.Optional(
      closed(
        { html: Type.String(), text: Type.String() },
        { description: 'Of a dry run: the words as they would stand' },
      ),
    ),
  },
  { $id: 'PostedComment', description: 'What the author of a new comment gets' },
)
export type PostedComment = Static<typeof PostedComment>

export const ModeratedComment = closed(
  {
    ...publicComment,
    status: oneOf(COMMENT_STATUSES),
    statusReason: oneOf(STATUS_REASONS),
    reasons: Type.Array(oneOf(STATUS_REASONS), {
      description: 'All that the rules found, the first of which decided',
    }),
    revision: Type.Integer(),
    vetted: Type.Boolean({ description: 'A person approved these very words: reports do not withdraw them' }),
    reportCount: Type.Integer({ description: 'Reports that nobody has answered' }),
    decidedBy: Type.String(),
    decidedAt: Moment,
    hiddenBy: nullable(Id),
    source: Type.String(),
    email: nullable(Type.String()),
    ipPrefix: nullable(Type.String()),
  },
  { $id: 'ModeratedComment', description: 'A comment as a moderator sees it' },
)
export type ModeratedComment = Static<typeof ModeratedComment>
export const ModerationPage = pageOf(ref(ModeratedComment), 'ModerationPage', 'Comments for a moderator')

export const COMMENT_SORTS = ['oldest', 'newest', 'top'] as const
export type CommentSort = (typeof COMMENT_SORTS)[number]

const sortQuery = {
  sort: Type.Optional(
    Type.String({
      default: 'oldest',
      description: '`oldest`, `newest`, or `top`: the highest score first, among equals the newest',
    }),
  ),
}

export const ThreadsQuery = closed({
  ...sortQuery,
  replies: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 20,
      default: 3,
      description: 'Replies inlined in each thread, the oldest first',
    }),
  ),
  ...pageQuery,
})
export type ThreadsQuery = Static<typeof ThreadsQuery>

export const RepliesQuery = closed({ ...sortQuery, ...pageQuery })
export type RepliesQuery = Static<typeof RepliesQuery>

const email = (description: string) =>
  Type.Optional(nullable(Type.String({ format: 'email', maxLength: 254, description })))

/** Lengths in code points: comments.md, rule 5. Bytes are checked as well, in core. */
export const NewComment = closed(
  {
    body: Type.String({ minLength: 1, maxLength: 5000, description: 'A subset of Markdown' }),
    author: Type.Optional(
      closed({
        name: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 80,
            description: 'Required, unless the token of an identity provider names the reader',
          }),
        ),
        email: email('Never published'),
        url: Type.Optional(nullable(Type.String({ maxLength: 200, description: 'http or https' }))),
        subject: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 255,
            pattern: '^[^\\u0000-\\u001f\\u007f]*$',
            description: 'Of a trusted server: its own name for the reader, always the same',
          }),
        ),
        verifiedEmail: Type.Optional(
          Type.String({
            format: 'email',
            maxLength: 254,
            description: 'Of a trusted server that has proof of it',
          }),
        ),
      }),
    ),
    client: Type.Optional(
      closed(
        {
          ip: Type.Optional(Type.String({ maxLength: 45 })),
          userAgent: Type.Optional(Type.String({ maxLength: 1000, description: 'Taken, and not kept' })),
        },
        { description: 'Of a trusted server: from where its reader writes. Limits and bans act on it' },
      ),
    ),
    parentId: Type.Optional(nullable(Id)),
    formToken: Type.Optional(
      nullable(Type.String({ maxLength: 200, description: 'From `GET …/comment-policy?form=true`' })),
    ),
    proof: Type.Optional(
      nullable(Type.String({ maxLength: 8192, description: 'What the ALTCHA widget made of the challenge' })),
    ),
    honeypot: Type.Optional(
      nullable(
        Type.String({
          maxLength: 5000,
          description:
            'What stood in a field of the form that people do not see. Anything but blanks marks spam',
        }),
      ),
    ),
    dryRun: Type.Optional(
      Type.Boolean({ description: 'Only tell what would become of it: nothing is written, nothing used up' }),
    ),
  },
  {
    $id: 'NewComment',
    description: 'A comment to post',
    examples: [
      {
        body: 'My grandfather **built** that wall.',
        author: { name: 'Tamsin', email: 'tamsin@example.org' },
      },
    ],
  },
)
export type NewComment = Static<typeof NewComment>

export const CommentEdit = closed(
  { body: Type.String({ minLength: 1, maxLength: 5000 }) },
  { $id: 'CommentEdit', examples: [{ body: 'My grandfather *helped to build* that wall.' }] },
)
export type CommentEdit = Static<typeof CommentEdit>

export const CommentPolicyAnswer = closed(
  {
    articleId: Id,
    commentPolicy: oneOf(COMMENT_POLICIES, { description: 'In force for this article' }),
    open: Type.Boolean(),
    closesAt: nullable(Moment),
    requires: Type.Array(Type.String(), {
      description: 'Properties that a comment must have beside its body',
    }),
    proofFrom: oneOf(PROOF_OF_WORK_RULES, { description: 'Who has to solve a challenge' }),
    limits: closed({
      bodyLength: Type.Integer(),
      bodyBytes: Type.Integer(),
      nameLength: Type.Integer(),
      depth: Type.Integer(),
      pauseSeconds: Type.Integer({
        description: 'Between two comments of one author; 0 for no limit, as below',
      }),
      perMinute: Type.Integer({ description: 'From one network' }),
      perHour: Type.Integer({ description: 'From one network' }),
      links: Type.Integer({ description: 'So many hold a comment of an unknown author' }),
    }),
    editWindowSeconds: Type.Integer(),
    form: Type.Optional(
      closed(
        {
          token: nullable(Type.String({ description: 'Send it as `formToken`. For one comment, for a day' })),
          challenge: nullable(
            Type.Record(Type.String(), Type.Unknown(), {
              description: 'For the ALTCHA widget. Send its answer as `proof`',
            }),
          ),
        },
        { description: 'With `form=true`' },
      ),
    ),
  },
  { $id: 'CommentPolicy', description: 'What a form must know before it is drawn' },
)
export type CommentPolicyAnswer = Static<typeof CommentPolicyAnswer>
