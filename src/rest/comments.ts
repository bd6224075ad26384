import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { readIdempotencyHeader } from '../core/idempotency.ts'
import { cacheControl } from '../http/headers.ts'
import { ArticleQuery } from '../shapes/articles.ts'
import {
  Comment,
  CommentEdit,
  CommentPage,
  CommentPolicyAnswer,
  ModeratedComment,
  NewComment,
  OwnComment,
  PostedComment,
  RepliesQuery,
  ThreadPage,
  ThreadsQuery,
} from '../shapes/comments.ts'
import { closed, Id, ref } from '../shapes/common.ts'
import { ArticleRef } from './articles.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice, presentThreads } from './pages.ts'

const tags = ['Comments']
/** For requests that may be sent twice; what a key must look like is core's to say. */
const Repeatable = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: 'Of your own, 16 to 255 characters: one key makes one comment' }),
  ),
})
const CommentRef = closed({ id: Id })
const LocaleQuery = closed({ locale: ArticleQuery.properties.locale })
const ArticleThreadsQuery = closed({ ...LocaleQuery.properties, ...ThreadsQuery.properties })

const receiptOf = (headers: Record<string, unknown>): string | undefined => {
  const receipt = headers['comment-receipt']
  return typeof receipt === 'string' ? receipt : undefined
}

export function commentRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.get<{ Params: { ref: string }; Querystring: ThreadsQuery & { locale?: string } }>(
    '/articles/:ref/comments',
    {
      schema: {
        operationId: 'listThreads',
        summary: 'List the comments of an article',
        description: 'Threads, each with the first replies to it.',
        tags,
        params: ArticleRef,
        querystring: ArticleThreadsQuery,
        response: { 200: ref(ThreadPage), ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { locale, ...input } = request.query
      const threads = presentThreads(await core.comments.threads(request.params.ref, locale, input))
      linkPages(request, reply, threads.page, publicUrl)
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return threads
    },
  )

  app.get<{ Params: { ref: string }; Querystring: { locale?: string } }>(
    '/articles/:ref/comment-policy',
    {
      schema: {
        operationId: 'getCommentPolicy',
        summary: 'What a comment form must know before it is drawn',
        tags,
        params: ArticleRef,
        querystring: LocaleQuery,
        response: { 200: ref(CommentPolicyAnswer), ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return core.comments.policy(request.params.ref, request.query.locale)
    },
  )

  app.post<{ Params: { ref: string }; Querystring: { locale?: string }; Body: NewComment }>(
    '/articles/:ref/comments',
    {
      schema: {
        operationId: 'postComment',
        summary: 'Post a comment',
        description:
          'Live at once (201) or held for a moderator (202). Send `Idempotency-Key` and repeat freely: one key makes one comment.',
        tags,
        params: ArticleRef,
        querystring: LocaleQuery,
        headers: Repeatable,
        body: NewComment,
        response: {
          201: ref(PostedComment),
          202: ref(PostedComment),
          ...problems(400, 403, 404, 409, 413, 415, 422),
        },
      },
    },
    async (request, reply) => {
      const delivery = {
        viewer: request.viewer,
        address: request.ip,
        idempotencyKey: readIdempotencyHeader(request.headers['idempotency-key']),
      }
      const posted = await core.comments.post(
        request.params.ref,
        request.query.locale,
        request.body,
        delivery,
      )
      if (posted.replayed) reply.header('idempotent-replayed', 'true')
      const location = `${publicUrl}/v1/comments/${posted.answer.comment.id}`
      return reply.code(posted.status).header('location', location).send(posted.answer)
    },
  )

  app.get<{ Params: { id: string }; Querystring: RepliesQuery }>(
    '/comments/:id/replies',
    {
      schema: {
        operationId: 'listReplies',
        summary: 'List the replies to a comment',
        tags,
        params: CommentRef,
        querystring: RepliesQuery,
        response: { 200: ref(CommentPage), ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const replies = presentSlice(
        await core.comments.replies(request.params.id.toLowerCase(), request.query),
      )
      linkPages(request, reply, replies.page, publicUrl)
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return replies
    },
  )

  app.get<{ Params: { id: string } }>(
    '/comments/:id',
    {
      schema: {
        operationId: 'getComment',
        summary: 'Read a comment',
        description: 'With the header `Comment-Receipt`, its author sees what became of it.',
        tags,
        security: [{}, { receipt: [] }, { key: [] }],
        params: CommentRef,
        querystring: closed({}),
        response: {
          200: { anyOf: [ref(Comment), ref(OwnComment), ref(ModeratedComment)] },
          ...problems(400, 401, 404),
        },
      },
    },
    async (request, reply) => {
      const receipt = receiptOf(request.headers)
      if (receipt === undefined) reply.header('cache-control', cacheControl(request.viewer.kind))
      return core.comments.read(request.params.id.toLowerCase(), receipt, request.viewer)
    },
  )

  app.patch<{ Params: { id: string }; Body: CommentEdit }>(
    '/comments/:id',
    {
      schema: {
        operationId: 'editComment',
        summary: 'Edit your comment',
        description: 'For five minutes, with the header `Comment-Receipt`. The rules run anew.',
        tags,
        security: [{ receipt: [] }],
        params: CommentRef,
        querystring: closed({}),
        body: CommentEdit,
        response: { 200: ref(OwnComment), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) =>
      core.comments.edit(request.params.id.toLowerCase(), request.body.body, receiptOf(request.headers)),
  )

  app.delete<{ Params: { id: string } }>(
    '/comments/:id',
    {
      schema: {
        operationId: 'withdrawComment',
        summary: 'Withdraw your comment',
        description:
          'At any time, with the header `Comment-Receipt`; or delete it as a moderator. Replies stay.',
        tags,
        security: [{ receipt: [] }, { key: [] }],
        params: CommentRef,
        querystring: closed({}),
        response: { 204: { type: 'null', description: 'Withdrawn' }, ...problems(400, 401, 404, 409) },
      },
    },
    async (request, reply) => {
      await core.comments.withdraw(
        request.params.id.toLowerCase(),
        receiptOf(request.headers),
        request.viewer,
      )
      return reply.code(204).send()
    },
  )
}
