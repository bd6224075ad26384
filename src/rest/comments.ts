import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
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
  OwnCommentPage,
  PostedComment,
  RepliesQuery,
  ThreadPage,
  ThreadsQuery,
} from '../shapes/comments.ts'
import { closed, Id, pageQuery, ref } from '../shapes/common.ts'
import { ArticleRef } from './articles.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice, presentThreads } from './pages.ts'
import { idempotencyKeyOf, markReplayed, proofOf, receiptOf, repeatable } from './request-headers.ts'

const tags = ['Comments']
const Repeatable = repeatable('one key makes one comment')
const CommentRef = closed({ id: Id })
const LocaleQuery = closed({ locale: ArticleQuery.properties.locale })
const PolicyQuery = closed({
  ...LocaleQuery.properties,
  form: Type.Optional(Type.Boolean({ description: 'With what a form sends along' })),
})
type PolicyQuery = Static<typeof PolicyQuery>
const OwnQuery = closed({ ...LocaleQuery.properties, ...pageQuery })
type OwnQuery = Static<typeof OwnQuery>
const ArticleThreadsQuery = closed({ ...LocaleQuery.properties, ...ThreadsQuery.properties })

export function commentRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.get<{ Params: { ref: string }; Querystring: ThreadsQuery & { locale?: string } }>(
    '/articles/:ref/comments',
    {
      schema: {
        operationId: 'listThreads',
        summary: 'List the comments of an article',
        description:
          'Threads, each with the first replies to it. Between two pages of `sort=top` scores may change: a thread whose score stays is neither lost nor doubled, one whose score changes may be.',
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

  app.get<{ Params: { ref: string }; Querystring: PolicyQuery }>(
    '/articles/:ref/comment-policy',
    {
      schema: {
        operationId: 'getCommentPolicy',
        summary: 'What a comment form must know before it is drawn',
        tags,
        params: ArticleRef,
        description:
          'With `form=true` also what a form sends along, made for it alone: a token, and a challenge where one has to be solved.',
        querystring: PolicyQuery,
        response: { 200: ref(CommentPolicyAnswer), ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { locale, form } = request.query
      if (!form) reply.header('cache-control', cacheControl(request.viewer.kind))
      return core.comments.policy(request.params.ref, locale, form)
    },
  )

  app.post<{ Params: { ref: string }; Querystring: { locale?: string }; Body: NewComment }>(
    '/articles/:ref/comments',
    {
      schema: {
        operationId: 'postComment',
        summary: 'Post a comment',
        description:
          'Live at once (201) or held for a moderator (202); 200 for a second click and for a dry run, which write nothing. Send `Idempotency-Key` and repeat freely: one key makes one comment. With the receipt of an earlier comment in `Comment-Receipt`, the same author writes again.',
        tags,
        security: [{}, { receipt: [] }, { key: [] }],
        params: ArticleRef,
        querystring: LocaleQuery,
        headers: Repeatable,
        body: NewComment,
        response: {
          200: ref(PostedComment),
          201: ref(PostedComment),
          202: ref(PostedComment),
          ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const delivery = {
        viewer: request.viewer,
        address: request.ip,
        idempotencyKey: idempotencyKeyOf(request),
        receipt: receiptOf(request),
      }
      const posted = await core.comments.post(
        request.params.ref,
        request.query.locale,
        request.body,
        delivery,
      )
      markReplayed(reply, posted.replayed)
      const { comment } = posted.answer
      if (comment) reply.header('location', `${publicUrl}/v1/comments/${comment.id}`)
      return reply.code(posted.status).send(posted.answer)
    },
  )

  app.get<{ Params: { ref: string }; Querystring: OwnQuery }>(
    '/articles/:ref/comments/mine',
    {
      schema: {
        operationId: 'listOwnComments',
        summary: 'List your own comments under an article',
        description:
          'In whatever state, newest first: of the account of a token, of the author of the receipt in `Comment-Receipt`, or of the reader that a trusted server names in `Comment-Subject`.',
        tags,
        security: [{ receipt: [] }, { key: [] }],
        params: ArticleRef,
        querystring: OwnQuery,
        response: { 200: ref(OwnCommentPage), ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { locale, ...page } = request.query
      const own = presentSlice(await core.comments.mine(request.params.ref, locale, page, proofOf(request)))
      linkPages(request, reply, own.page, publicUrl)
      return own
    },
  )

  app.get<{ Params: { id: string }; Querystring: RepliesQuery }>(
    '/comments/:id/replies',
    {
      schema: {
        operationId: 'listReplies',
        summary: 'List the replies to a comment',
        description: 'Between two pages of `sort=top` scores may change, as in the list of threads.',
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
      const proof = proofOf(request)
      if (proof.receipt === undefined) reply.header('cache-control', cacheControl(request.viewer.kind))
      return core.comments.read(request.params.id.toLowerCase(), proof)
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
      core.comments.edit(request.params.id.toLowerCase(), request.body.body, proofOf(request)),
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
      await core.comments.withdraw(request.params.id.toLowerCase(), proofOf(request))
      return reply.code(204).send()
    },
  )
}
