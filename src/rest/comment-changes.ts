import { Readable } from 'node:stream'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { type EventStreams, STREAM_TIMEOUT } from '../http/event-streams.ts'
import { ArticleQuery } from '../shapes/articles.ts'
import { CommentChanges, CommentChangesQuery } from '../shapes/comment-changes.ts'
import { closed, ref } from '../shapes/common.ts'
import { ArticleRef } from './articles.ts'
import { problems } from './openapi.ts'

const tags = ['Comments']
const EventId = Type.String({
  maxLength: 1000,
  description: 'Of the last event seen: what was missed comes first',
})
const StreamQuery = closed({ locale: ArticleQuery.properties.locale, lastEventId: Type.Optional(EventId) })
const StreamHeaders = Type.Object({ 'last-event-id': Type.Optional(EventId) })

/** What comments become, for those who keep looking: a stream for one article, a feed for all. */
export function commentChangeRoutes(app: FastifyInstance, core: Core, streams: EventStreams): void {
  app.get<{ Params: { ref: string }; Querystring: { locale?: string; lastEventId?: string } }>(
    '/articles/:ref/comments/stream',
    {
      handlerTimeout: STREAM_TIMEOUT,
      schema: {
        operationId: 'streamComments',
        summary: 'Follow the comments of an article',
        description: [
          'Server-Sent Events: `comment` is a comment as lists show it, new or changed; `removed` one that no list shows',
          'any more, by id; `closed` ends the stream, for the article is not public any more; after `reset` the list has to',
          'be loaded anew. Each is a state, and may come twice. Open the stream first and load the list then: nothing is',
          'missed between them. With `Last-Event-ID`, or `lastEventId`, what was missed comes first.',
        ].join(' '),
        tags,
        params: ArticleRef,
        querystring: StreamQuery,
        headers: StreamHeaders,
        response: {
          200: {
            description: 'Events, until the client leaves',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
          ...problems(400, 404),
        },
      },
    },
    async (request, reply) => {
      const stream = streams.take(request, reply)
      const { locale } = request.query
      const following = await core.comments.follow(
        request.params.ref,
        locale,
        lastEventOf(request.headers['last-event-id'], request.query.lastEventId),
        (events, id) => {
          stream.send(events, id)
          if (events.at(-1)?.type === 'closed') stream.end()
        },
      )
      stream.whenOver(following.leave)
      if (request.method === 'HEAD') return reply.type('text/event-stream').send(Readable.from([]))
      return stream.begin(following.firstId, following.currentId)
    },
  )

  app.get<{ Querystring: CommentChangesQuery }>(
    '/comments/changes',
    {
      schema: {
        operationId: 'listCommentChanges',
        summary: 'Follow all comments',
        description: [
          'Comments that have changed since a cursor, or since the beginning, each as everybody sees it now and in an order',
          'that stands: keep `page.next` and ask again. A page may be short, or empty, and go on. Articles that come or go',
          'are no changes of their comments: drop those of one that is gone, and load those of one that is back.',
        ].join(' '),
        tags,
        querystring: CommentChangesQuery,
        response: { 200: ref(CommentChanges), ...problems(400) },
      },
    },
    async (request) => core.comments.changes(request.query),
  )
}

/** A browser that comes back sends the header, and the address as it was; so the header is the later word. */
function lastEventOf(header: unknown, query: string | undefined) {
  if (typeof header === 'string' && header !== '') return { id: header, path: '/last-event-id' }
  return query === undefined ? undefined : { id: query, path: '/lastEventId' }
}
