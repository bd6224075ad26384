import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { cacheControl } from '../http/headers.ts'
import { CommentCounts, CommentCountsQuery } from '../shapes/comment-counts.ts'
import { ref } from '../shapes/common.ts'
import { problems } from './openapi.ts'

export function commentCountRoutes(app: FastifyInstance, core: Core): void {
  app.get<{ Querystring: CommentCountsQuery }>(
    '/comments/counts',
    {
      schema: {
        operationId: 'countComments',
        summary: 'Count the comments of many articles',
        description: 'An article that is not there, or not public, has 0.',
        tags: ['Comments'],
        querystring: CommentCountsQuery,
        response: { 200: ref(CommentCounts), ...problems(400) },
      },
    },
    async (request, reply) => {
      const { articles, locale } = request.query
      const data = await core.counts.count(articles, locale)
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return { data }
    },
  )
}
