import { type Static, Type } from '@sinclair/typebox'
import { COMMENT_STATUSES, REPORT_REASONS, STATUS_REASONS } from '../domain/comment.ts'
import { closed, Id, Moment, nullable, oneOf, ref } from './common.ts'

/** How a person was found: by a proof of their own, or by an operator. */
export const FOUND_BY = ['user', 'subject', 'receipt', 'email', 'comment'] as const
export type FoundBy = (typeof FOUND_BY)[number]

export const PersonClaim = closed(
  {
    email: Type.Optional(
      Type.String({ minLength: 3, maxLength: 254, description: 'As typed; for `comments:erase` only' }),
    ),
    subject: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'A reader of a trusted server; for `comments:erase` only',
      }),
    ),
    commentId: Type.Optional(
      Type.String({ ...Id, description: 'Whoever wrote it: with its receipt, or for `comments:erase`' }),
    ),
    receipt: Type.Optional(
      Type.String({ maxLength: 200, description: 'Of one comment of theirs; or as `Comment-Receipt`' }),
    ),
  },
  {
    $id: 'PersonClaim',
    description: 'Who is meant; left empty, the caller: a user, or the reader in `Comment-Subject`',
    examples: [{ email: 'tamsin@example.org' }],
  },
)
export type PersonClaim = Static<typeof PersonClaim>

const Kept = Type.String({
  description: 'An ISO 8601 duration, or `until_erasure`',
  examples: ['P30D', 'until_erasure'],
})

const KeptIn = (becomes: 'rejected' | 'scrubbed') => closed({ for: Kept, becomes: oneOf([becomes]) })

export const RetentionAnswer = closed(
  {
    body: Kept,
    revisions: Kept,
    name: Kept,
    url: Kept,
    email: Kept,
    ipPrefix: Kept,
    networkKey: Kept,
    identityKey: Kept,
    votes: Kept,
    reports: Kept,
    idempotencyKey: Kept,
    states: closed(
      {
        pending: KeptIn('rejected'),
        rejected: KeptIn('scrubbed'),
        spam: KeptIn('scrubbed'),
        deleted: KeptIn('scrubbed'),
      },
      {
        description:
          'How long a comment stays in a state, and what becomes of it: scrubbed, it loses body, revisions, url and email for good',
      },
    ),
  },
  { $id: 'Retention', description: 'How long each field that a person fills is kept at most' },
)
export type RetentionAnswer = Static<typeof RetentionAnswer>

export const ExportedComment = closed(
  {
    id: Id,
    articleId: Id,
    parentId: nullable(Id),
    status: oneOf(COMMENT_STATUSES, { description: 'As its author may see it' }),
    statusReason: Type.Optional(oneOf(STATUS_REASONS, { description: 'Of rejected ones' })),
    author: closed({ name: Type.String(), url: nullable(Type.String()), email: nullable(Type.String()) }),
    ipPrefix: nullable(Type.String()),
    source: Type.String(),
    revisions: Type.Array(closed({ source: Type.String(), replacedAt: Moment }), {
      description: 'The words before each edit, oldest first',
    }),
    createdAt: Moment,
    editedAt: nullable(Moment),
  },
  { $id: 'ExportedComment' },
)
export type ExportedComment = Static<typeof ExportedComment>

export const ExportedVote = closed(
  { commentId: Id, value: Type.Integer(), createdAt: Moment },
  { $id: 'ExportedVote' },
)
export type ExportedVote = Static<typeof ExportedVote>

export const ExportedReport = closed(
  { commentId: Id, reason: oneOf(REPORT_REASONS), note: nullable(Type.String()), createdAt: Moment },
  { $id: 'ExportedReport' },
)
export type ExportedReport = Static<typeof ExportedReport>

export const PersonExport = closed(
  {
    person: closed({ foundBy: oneOf(FOUND_BY) }),
    comments: Type.Array(ref(ExportedComment)),
    votes: Type.Array(ref(ExportedVote)),
    reports: Type.Array(ref(ExportedReport)),
    retention: ref(RetentionAnswer),
    page: closed({ next: nullable(Type.String({ description: 'Pass as `after` for what follows' })) }),
  },
  {
    $id: 'PersonExport',
    description: 'Everything of a person: comments, then votes, then reports, oldest first; 100 at a time',
  },
)
export type PersonExport = Static<typeof PersonExport>

export const ExportQuery = closed({
  after: Type.Optional(Type.String({ maxLength: 6000, description: 'Cursor: `page.next`' })),
})
export type ExportQuery = Static<typeof ExportQuery>

export const Erasure = closed(
  {
    id: Id,
    erasedAt: Moment,
    complete: Type.Boolean({ description: 'False where something is left: ask again' }),
    comments: Type.Integer({ description: 'Comments of the person that were erased' }),
    stores: Type.Array(closed({ store: Type.String(), rows: Type.Integer() }), {
      description: 'Every store that was searched, with the rows that were changed or taken away',
    }),
  },
  { $id: 'Erasure', description: 'What was erased, and nothing of whose it was' },
)
export type Erasure = Static<typeof Erasure>
