import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Target, Written } from '../core/article-writing.ts'
import type { Core } from '../core/core.ts'
import { readIdempotencyHeader } from '../core/idempotency.ts'
import { documentTag, readIfMatch, versionTag } from '../core/preconditions.ts'
import { MERGE_PATCH, registerMergePatch } from '../http/json.ts'
import {
  ArticleDocument,
  ArticlePatch,
  NewArticle,
  WRITE_BODY_LIMIT,
  WrittenArticle,
  WrittenQuery,
} from '../shapes/article-writing.ts'
import { closed, ref } from '../shapes/common.ts'
import { ArticleRef } from './articles.ts'
import { problems } from './openapi.ts'

const tags = ['Writing']
const security = [{ key: [] }]

/** For requests that change an article; what it must look like is core's to say. */
export const Conditional = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      description:
        'The version that the change is made on, as `ETag` and `version` tell it: `"7"`; a list; or `*` for any. What stands behind a point counts for nothing. Required: 428',
      examples: ['"7"'],
    }),
  ),
})

const Repeatable = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: 'Of your own, 16 to 255 characters: one key makes one article' }),
  ),
})

export interface WriteRoute {
  Params: { ref: string }
  Querystring: WrittenQuery
}

export const targetOf = (request: FastifyRequest<WriteRoute>): Target => ({
  ref: request.params.ref,
  locale: request.query.locale,
  wanted: readIfMatch(request.headers['if-match']),
  viewer: request.viewer,
})

/** An article as whoever wrote it gets it back; its version is the entity tag. */
export function sendWritten(reply: FastifyReply, { article, document, ...more }: Written): object {
  const { bodies: _bodies, adjacents: _adjacents, comments: _comments, ...fields } = article
  reply.header('etag', versionTag(article.version))
  return { ...fields, document, ...more }
}

export function articleWritingRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.post<{ Querystring: object; Body: NewArticle }>(
    '/articles',
    {
      bodyLimit: WRITE_BODY_LIMIT,
      schema: {
        operationId: 'createArticle',
        summary: 'Write a new article',
        description:
          'It begins as a draft. Without `slug` it gets one from its title, numbered where that is taken. Needs the scope `content:write`.',
        tags,
        security,
        headers: Repeatable,
        querystring: closed({}),
        body: NewArticle,
        response: {
          201: ref(WrittenArticle),
          ...problems(400, 401, 403, 409, 413, 415, 422),
        },
      },
    },
    async (request, reply) => {
      const idempotencyKey = readIdempotencyHeader(request.headers['idempotency-key'])
      const { replayed, ...written } = await core.writing.create(request.body, {
        viewer: request.viewer,
        idempotencyKey,
      })
      if (replayed) reply.header('idempotent-replayed', 'true')
      reply.code(201).header('location', `${publicUrl}/v1/articles/${written.article.id}`)
      return sendWritten(reply, written)
    },
  )

  app.get<WriteRoute>(
    '/articles/:ref/document',
    {
      schema: {
        operationId: 'getArticleDocument',
        summary: 'Read what an editor writes of an article',
        description:
          'Whatever the state of the article; its version stands first in `ETag`, for `If-Match`. Needs the scope `content:read`.',
        tags,
        security,
        params: ArticleRef,
        querystring: WrittenQuery,
        response: { 200: ref(ArticleDocument), ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { ref, locale } = targetOf(request)
      const row = await core.writing.document(ref, locale, request.viewer)
      reply.header('etag', documentTag(row))
      return row.document
    },
  )

  void app.register(async (patching) => {
    registerMergePatch(patching)
    patching.patch<WriteRoute & { Body: ArticlePatch }>(
      '/articles/:ref',
      {
        bodyLimit: WRITE_BODY_LIMIT,
        schema: {
          operationId: 'updateArticle',
          summary: 'Change an article',
          description:
            'JSON Merge Patch (RFC 7396) on its document: only what is sent changes. What changes nothing makes no version. Needs the scope `content:write`.',
          tags,
          security,
          consumes: [MERGE_PATCH, 'application/json'],
          params: ArticleRef,
          headers: Conditional,
          querystring: WrittenQuery,
          body: ArticlePatch,
          response: {
            200: ref(WrittenArticle),
            ...problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 428),
          },
        },
      },
      async (request, reply) => sendWritten(reply, await core.writing.patch(targetOf(request), request.body)),
    )
  })
}
