import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TSchema } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { ERRORS } from '../lib/errors.ts'
import {
  ArticleDocument,
  ArticlePatch,
  BulkResult,
  BulkResults,
  NewArticle,
  WrittenArticle,
} from '../shapes/article-writing.ts'
import {
  Adjacent,
  Article,
  ArticleCard,
  ArticlePage,
  Cover,
  Heading,
  Highlight,
  Image,
  Seo,
  SparseArticle,
} from '../shapes/articles.ts'
import { CommentChange, CommentChanges } from '../shapes/comment-changes.ts'
import { CommentCount, CommentCounts } from '../shapes/comment-counts.ts'
import { TakenReport } from '../shapes/comment-reports.ts'
import { CastVote, Device } from '../shapes/comment-votes.ts'
import {
  Comment,
  CommentAuthor,
  CommentPage,
  CommentPolicyAnswer,
  CommentVerdict,
  ModeratedComment,
  ModerationPage,
  OwnComment,
  OwnCommentPage,
  PostedComment,
  Thread,
  ThreadPage,
  Votes,
} from '../shapes/comments.ts'
import { Page, Problem, ref } from '../shapes/common.ts'
import {
  AuthorPolicySetting,
  Ban,
  BanPage,
  Bans,
  CommentFile,
  DecisionResult,
  DecisionResults,
  ModerationBatch,
  WordLists,
} from '../shapes/moderation.ts'
import { MadePreviewLink, PreviewLink, PreviewLinkPage } from '../shapes/preview-links.ts'
import {
  Erasure,
  ExportedComment,
  ExportedReport,
  ExportedVote,
  PersonExport,
  RetentionAnswer,
} from '../shapes/privacy.ts'
import { RestoredArticle, Revision, RevisionDetail, RevisionDiff, RevisionPage } from '../shapes/revisions.ts'
import {
  Author,
  AuthorPage,
  CategoryDetail,
  CategoryFlat,
  CategoryTree,
  Remaining,
  Series,
  SeriesOrder,
  SeriesPage,
  SeriesPlace,
  Tag,
  TagPage,
  TermReference,
} from '../shapes/terms.ts'

/** The shapes that the document names; each stands once under `components`. */
const SHAPES: TSchema[] = [
  Page,
  Problem,
  TermReference,
  CategoryFlat,
  CategoryTree,
  CategoryDetail,
  Tag,
  TagPage,
  Author,
  AuthorPage,
  Series,
  SeriesPage,
  SeriesPlace,
  SeriesOrder,
  Remaining,
  Cover,
  Image,
  Heading,
  Highlight,
  Seo,
  ArticleCard,
  Adjacent,
  Article,
  SparseArticle,
  ArticlePage,
  NewArticle,
  ArticlePatch,
  ArticleDocument,
  WrittenArticle,
  BulkResult,
  BulkResults,
  Revision,
  RevisionPage,
  RevisionDetail,
  RevisionDiff,
  RestoredArticle,
  MadePreviewLink,
  PreviewLink,
  PreviewLinkPage,
  CommentAuthor,
  Votes,
  Comment,
  CommentPage,
  Thread,
  ThreadPage,
  OwnComment,
  OwnCommentPage,
  CommentVerdict,
  PostedComment,
  CommentCount,
  CommentCounts,
  CastVote,
  Device,
  ModeratedComment,
  ModerationPage,
  CommentFile,
  ModerationBatch,
  Ban,
  Bans,
  BanPage,
  AuthorPolicySetting,
  WordLists,
  CommentPolicyAnswer,
  CommentChange,
  CommentChanges,
  DecisionResult,
  DecisionResults,
  RetentionAnswer,
  ExportedComment,
  ExportedVote,
  ExportedReport,
  PersonExport,
  Erasure,
  TakenReport,
]

/** What any route may answer: the caller asks too much, or we or the database fail. */
const FAILURES = [ERRORS.RATE_LIMITED, ERRORS.INTERNAL, ERRORS.UNAVAILABLE, ERRORS.TIMEOUT]

/** The problems that a route may answer, for its `response`. */
export function problems(...statuses: number[]): Record<number, object> {
  const content = { 'application/problem+json': { schema: ref(Problem) } }
  return Object.fromEntries([
    ...statuses.map((status) => [status, { description: 'Problem', content }]),
    ...FAILURES.map(([status, , description]) => [status, { description, content }]),
  ])
}

const LOGO = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="180" height="40"><text x="0" y="28" fill="#fff" font-family="Georgia,serif" font-size="26">Broadsheet</text></svg>',
)

/** OpenAPI 3.1 from the shapes of the routes, at /openapi.json, and a page to read and try it, at /docs. */
export async function registerOpenApi(
  app: FastifyInstance,
  publicUrl: string,
  version: string,
): Promise<void> {
  for (const shape of SHAPES) app.addSchema(shape)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Broadsheet',
        version,
        description:
          'Articles, categories, previous and next, comments. The same content by GraphQL: /graphql.',
      },
      servers: [{ url: publicUrl }],
      tags: [
        'Articles',
        'Writing',
        'Previews',
        'Categories',
        'Tags',
        'Authors',
        'Series',
        'Comments',
        'Moderation',
        'Privacy',
      ].map((name) => ({
        name,
      })),
      components: {
        securitySchemes: {
          key: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key, bs_<id>_<secret>, or a JWT of the identity provider',
          },
          receipt: {
            type: 'apiKey',
            in: 'header',
            name: 'Comment-Receipt',
            description: 'Given to the author of a comment',
          },
          device: {
            type: 'apiKey',
            in: 'header',
            name: 'Comment-Device',
            description: 'A token from `POST /v1/devices`',
          },
        },
      },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json['$id'] ?? `def-${i}`) },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    // the page styles itself inline, and may be open under another name than the one it calls
    staticCSP: `default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ${new URL(publicUrl).origin}; frame-ancestors 'none'`,
    theme: { title: 'Broadsheet: REST' },
    logo: { type: 'image/svg+xml', content: LOGO, href: '/', target: '_self' },
    uiConfig: { docExpansion: 'list' },
  })
  app.get('/openapi.json', { schema: { hide: true, operationId: 'openapi' } }, async () => app.swagger())
}
