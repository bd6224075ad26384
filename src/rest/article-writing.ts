import { type TSchema, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Dates } from '../core/article-transitions.ts'
import type { Target, Written } from '../core/article-writing.ts'
import type { Core } from '../core/core.ts'
import { documentTag, readIfMatch, versionTag } from '../core/preconditions.ts'
import { MERGE_PATCH, registerMergePatch } from '../http/json.ts'
import { invalid } from '../lib/errors.ts'
import {
  ArticleDocument,
  ArticlePatch,
  NewArticle,
  PublishInput,
  ScheduleInput,
  UnpublishInput,
  WRITE_BODY_LIMIT,
  WrittenArticle,
  WrittenQuery,
} from '../shapes/article-writing.ts'
import { closed, ref } from '../shapes/common.ts'
import { ArticleRef } from './articles.ts'
import { problems } from './openapi.ts'
import { idempotencyKeyOf, markReplayed, repeatable } from './request-headers.ts'

const tags = ['Writing']
const security = [{ key: [] }]
export const WRITING = { scope: 'content:write' } as const
export const READING = { scope: 'content:read' } as const

/** The actions that are given nothing but an article. */
const BARE: { action: 'archive' | 'restore'; summary: string; description: string }[] = [
  {
    action: 'archive',
    summary: 'Archive an article',
    description: 'It is out of sight, and stays among the articles.',
  },
  { action: 'restore', summary: 'Take an article out of the trash', description: 'It is a draft again.' },
]

/** The actions that are given moments. */
const DATED: {
  action: 'publish' | 'schedule' | 'unpublish'
  summary: string
  description: string
  body: TSchema
}[] = [
  {
    action: 'publish',
    summary: 'Publish an article',
    description:
      'It is public at once. A date may lie in the past, never in the future. An article that is public keeps its dates unless others are given.',
    body: PublishInput,
  },
  {
    action: 'schedule',
    summary: 'Publish an article at a moment to come',
    description:
      'It is public from that moment on, by the clock of the database. What was public is not, until then.',
    body: ScheduleInput,
  },
  {
    action: 'unpublish',
    summary: 'Take an article out of sight',
    description: 'It is a draft at once; or, with `at`, it stays public until then.',
    body: UnpublishInput,
  },
]

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

const Repeatable = repeatable('one key makes one article')

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

/** A body may be missing where it may be empty. */
export const orEmpty = async (request: FastifyRequest): Promise<void> => {
  request.body ??= {}
}

/** What would be ignored is refused. */
export const noBody = async ({ body }: FastifyRequest): Promise<void> => {
  if (body !== undefined && body !== null && Object.keys(body).length > 0)
    throw invalid('', 'this takes no body')
}

export function articleWritingRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.post<{ Querystring: object; Body: NewArticle }>(
    '/articles',
    {
      bodyLimit: WRITE_BODY_LIMIT,
      config: WRITING,
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
          ...problems(400, 401, 403, 404, 409, 413, 415, 422),
        },
      },
    },
    async (request, reply) => {
      const idempotencyKey = idempotencyKeyOf(request)
      const { replayed, ...written } = await core.writing.create(request.body, {
        viewer: request.viewer,
        idempotencyKey,
      })
      markReplayed(reply, replayed)
      reply.code(201).header('location', `${publicUrl}/v1/articles/${written.article.id}`)
      return sendWritten(reply, written)
    },
  )

  app.get<WriteRoute>(
    '/articles/:ref/document',
    {
      config: READING,
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
        config: WRITING,
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

  const changing = {
    tags,
    security,
    params: ArticleRef,
    headers: Conditional,
    querystring: WrittenQuery,
    response: {
      200: ref(WrittenArticle),
      ...problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 428),
    },
  }
  const scope = 'Needs the scope `content:write`.'

  for (const { action, summary, description, body } of DATED) {
    app.post<WriteRoute & { Body: Dates }>(
      `/articles/:ref/${action}`,
      {
        preValidation: orEmpty,
        config: WRITING,
        schema: {
          operationId: `${action}Article`,
          summary,
          description: `${description} ${scope}`,
          ...changing,
          body,
        },
      },
      async (request, reply) =>
        sendWritten(reply, await core.writing.transition(targetOf(request), action, request.body)),
    )
  }

  for (const { action, summary, description } of BARE) {
    app.post<WriteRoute>(
      `/articles/:ref/${action}`,
      {
        preValidation: noBody,
        config: WRITING,
        schema: {
          operationId: `${action}Article`,
          summary,
          description: `${description} ${scope}`,
          ...changing,
        },
      },
      async (request, reply) => sendWritten(reply, await core.writing.transition(targetOf(request), action)),
    )
  }

  app.delete<WriteRoute>(
    '/articles/:ref',
    {
      preValidation: noBody,
      config: WRITING,
      schema: {
        operationId: 'trashArticle',
        summary: 'Put an article into the trash',
        description: `It is out of sight, and can be restored or purged. ${scope}`,
        ...changing,
      },
    },
    async (request, reply) => sendWritten(reply, await core.writing.transition(targetOf(request), 'trash')),
  )

  app.post<WriteRoute>(
    '/articles/:ref/purge',
    {
      preValidation: noBody,
      config: WRITING,
      schema: {
        operationId: 'purgeArticle',
        summary: 'Remove a trashed article for ever',
        description: `With its comments, revisions, slugs and everything else of it. ${scope}`,
        ...changing,
        response: {
          204: { type: 'null', description: 'Gone' },
          ...problems(400, 401, 403, 404, 409, 412, 413, 415, 428),
        },
      },
    },
    async (request, reply) => {
      await core.writing.purge(targetOf(request))
      return reply.code(204).send()
    },
  )
}
