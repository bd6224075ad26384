import { type Static, Type } from '@sinclair/typebox'
import { ARTICLE_STATUSES } from '../domain/document.ts'
import { ArticleDocument, WrittenArticle, WrittenQuery } from './article-writing.ts'
import { closed, Moment, nullable, oneOf, pageOf, pageQuery, ref } from './common.ts'

export const RevisionNumber = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })

const revision = {
  version: Type.Integer(),
  status: oneOf(ARTICLE_STATUSES, { description: 'As it was stored' }),
  publishedAt: nullable(Moment),
  unpublishAt: nullable(Moment),
  actor: Type.String({
    description: 'Who wrote it, as the change log names them',
    examples: ['key:<id>', 'cli'],
  }),
  createdAt: Moment,
}

const EXAMPLE = {
  version: 7,
  status: 'published',
  publishedAt: '2026-09-12T06:00:00.000Z',
  unpublishAt: null,
  actor: 'key:019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071',
  createdAt: '2026-09-12T05:58:11.402Z',
}

export const Revision = closed(revision, {
  $id: 'Revision',
  description: 'A version of an article',
  examples: [EXAMPLE],
})
export type Revision = Static<typeof Revision>

export const RevisionPage = pageOf(ref(Revision), 'RevisionPage', 'Versions of an article, newest first')

export const RevisionDetail = closed(
  { ...revision, document: ref(ArticleDocument) },
  { $id: 'RevisionDetail', description: 'A version of an article, with what it said' },
)
export type RevisionDetail = Static<typeof RevisionDetail>

const Difference = closed({
  path: Type.String({ description: 'JSON Pointer into the document' }),
  before: Type.Optional(Type.Unknown({ description: 'Left out where there was nothing' })),
  after: Type.Optional(Type.Unknown({ description: 'Left out where there is nothing' })),
})

export const RevisionDiff = closed(
  {
    from: Type.Integer({ description: 'The version that `before` is of' }),
    to: Type.Integer({ description: 'The version that `after` is of' }),
    changes: Type.Array(Difference, {
      description: 'Each place once; lists and texts whole. Applied to `from`, they give `to`',
    }),
  },
  {
    $id: 'RevisionDiff',
    description: 'What differs between two versions of an article',
    examples: [
      {
        from: 3,
        to: 7,
        changes: [
          { path: '/title', before: 'Mackerel', after: 'Mackerel with rhubarb' },
          { path: '/seo/description', after: 'A recipe' },
        ],
      },
    ],
  },
)
export type RevisionDiff = Static<typeof RevisionDiff>

export const Dropped = closed({
  path: Type.String({ description: 'JSON Pointer into the document of the old version' }),
  value: Type.String({ description: 'What stood there' }),
})

export const RestoredArticle = closed(
  {
    ...WrittenArticle.properties,
    dropped: Type.Array(Dropped, {
      description: 'What was left out: terms and articles that are gone, a slug that is somebody else’s now',
    }),
  },
  { $id: 'RestoredArticle', description: 'An article after an old version was made the newest' },
)

export const RevisionsQuery = closed({ ...WrittenQuery.properties, ...pageQuery })
export type RevisionsQuery = Static<typeof RevisionsQuery>

export const DiffQuery = closed({
  ...WrittenQuery.properties,
  with: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 2_147_483_647,
      description: 'The other version; left out, the article as it is now',
    }),
  ),
})
export type DiffQuery = Static<typeof DiffQuery>
