import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { WrittenQuery } from '../shapes/article-writing.ts'
import { closed, ref } from '../shapes/common.ts'
import {
  DiffQuery,
  RestoredArticle,
  RevisionDetail,
  RevisionDiff,
  RevisionNumber,
  RevisionPage,
  RevisionsQuery,
} from '../shapes/revisions.ts'
import {
  Conditional,
  noBody,
  READING,
  sendWritten,
  targetOf,
  WRITING,
  type WriteRoute,
} from './article-writing.ts'
import { ArticleRef } from './articles.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice } from './pages.ts'

const tags = ['Writing']
const security = [{ key: [] }]
const scope = 'Needs the scope `content:read`.'

const RevisionRef = closed({ ...ArticleRef.properties, version: RevisionNumber })
interface RevisionParams {
  ref: string
  version: number
}

export function revisionRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.get<{ Params: { ref: string }; Querystring: RevisionsQuery }>(
    '/articles/:ref/revisions',
    {
      config: READING,
      schema: {
        operationId: 'listRevisions',
        summary: 'List the versions of an article',
        description: `Newest first, without their documents. ${scope}`,
        tags,
        security,
        params: ArticleRef,
        querystring: RevisionsQuery,
        response: { 200: ref(RevisionPage), ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { locale, ...page } = request.query
      const slice = await core.revisions.list(request.params.ref, locale, page, request.viewer)
      const revisions = presentSlice(slice)
      linkPages(request, reply, revisions.page, publicUrl)
      return revisions
    },
  )

  app.get<{ Params: RevisionParams; Querystring: WrittenQuery }>(
    '/articles/:ref/revisions/:version',
    {
      config: READING,
      schema: {
        operationId: 'getRevision',
        summary: 'Read a version of an article',
        description: `Its document, and the state that the article had. ${scope}`,
        tags,
        security,
        params: RevisionRef,
        querystring: WrittenQuery,
        response: { 200: ref(RevisionDetail), ...problems(400, 401, 403, 404) },
      },
    },
    async ({ params, query, viewer }) =>
      core.revisions.find(params.ref, query.locale, params.version, viewer),
  )

  app.get<{ Params: RevisionParams; Querystring: DiffQuery }>(
    '/articles/:ref/revisions/:version/diff',
    {
      config: READING,
      schema: {
        operationId: 'diffRevisions',
        summary: 'Compare two versions of an article',
        description: `What differs, place by place, from this version to the one in \`with\`, or to the article as it is now. ${scope}`,
        tags,
        security,
        params: RevisionRef,
        querystring: DiffQuery,
        response: { 200: ref(RevisionDiff), ...problems(400, 401, 403, 404) },
      },
    },
    async ({ params, query, viewer }) =>
      core.revisions.diff(params.ref, query.locale, { from: params.version, to: query.with }, viewer),
  )

  app.post<WriteRoute & { Params: RevisionParams }>(
    '/articles/:ref/revisions/:version/restore',
    {
      preValidation: noBody,
      config: WRITING,
      schema: {
        operationId: 'restoreRevision',
        summary: 'Make an old version the newest',
        description:
          'What an editor wrote then is there again, as a new version; state and dates stay. What it names and is gone is left out, and told in `dropped`. Needs the scope `content:write`.',
        tags,
        security,
        params: RevisionRef,
        headers: Conditional,
        querystring: WrittenQuery,
        response: {
          200: ref(RestoredArticle),
          ...problems(400, 401, 403, 404, 409, 412, 413, 415, 428),
        },
      },
    },
    async (request, reply) =>
      sendWritten(reply, await core.revisions.restore(targetOf(request), request.params.version)),
  )
}
