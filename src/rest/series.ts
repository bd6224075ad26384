import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Core } from '../core/core.ts'
import type { Ordering, SeriesOrder as OrderView } from '../core/manual-series.ts'
import { cacheControl } from '../http/headers.ts'
import { closed, ref } from '../shapes/common.ts'
import { NewOrder, OrderingQuery, Placing, SeriesOrder } from '../shapes/terms.ts'
import { problems } from './openapi.ts'
import { TermRef, WrittenRef } from './terms.ts'

const common = { tags: ['Series'], security: [{ key: [] }] }
const Conditional = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 2000, description: 'The ETag of the order that the change is made on, or `*`' }),
  ),
})
/** Room for the longest order of the longest slugs. */
const ORDER_BYTES = 512 * 1024

type Params = { ref: string }

/** The order of a series, which is made by hand. */
export function seriesRoutes(app: FastifyInstance, core: Core): void {
  app.get<{ Params: Params }>(
    '/series/:ref/order',
    {
      schema: {
        ...common,
        operationId: 'getSeriesOrder',
        summary: 'Read the whole order of a series, hidden articles included',
        description: 'The `ETag` names this order, for `If-Match`. Needs the scope `content:read`.',
        params: TermRef,
        querystring: closed({}),
        response: { 200: ref(SeriesOrder), ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return send(reply, await core.series.order(request.params.ref, request.viewer))
    },
  )

  app.put<{ Params: Params; Querystring: OrderingQuery; Body: NewOrder }>(
    '/series/:ref/articles',
    {
      bodyLimit: ORDER_BYTES,
      schema: {
        ...common,
        operationId: 'reorderSeries',
        summary: 'Replace the order of a series',
        description:
          'Every article that shall be in it, each once. Needs `If-Match` and the scope `content:write`.',
        params: WrittenRef,
        querystring: OrderingQuery,
        headers: Conditional,
        body: NewOrder,
        response: { 200: ref(SeriesOrder), ...problems(400, 401, 403, 404, 412, 413, 415, 422, 428) },
      },
    },
    async (request, reply) =>
      send(
        reply,
        await core.series.reorder(
          request.params.ref,
          request.body.articles,
          orderingOf(request, request.query),
        ),
      ),
  )

  app.post<{ Params: Params; Querystring: OrderingQuery; Body: Placing }>(
    '/series/:ref/articles',
    {
      schema: {
        ...common,
        operationId: 'placeInSeries',
        summary: 'Put an article into a series, or to another place in it',
        description: 'Sent again, it changes nothing. Needs the scope `content:write`.',
        params: WrittenRef,
        querystring: OrderingQuery,
        headers: Conditional,
        body: Placing,
        response: { 200: ref(SeriesOrder), ...problems(400, 401, 403, 404, 409, 412, 413, 415, 422) },
      },
    },
    async (request, reply) =>
      send(
        reply,
        await core.series.place(request.params.ref, request.body, orderingOf(request, request.query)),
      ),
  )

  app.delete<{ Params: Params & { article: string }; Querystring: OrderingQuery }>(
    '/series/:ref/articles/:article',
    {
      schema: {
        ...common,
        operationId: 'takeFromSeries',
        summary: 'Take an article out of a series',
        description: 'Needs the scope `content:write`.',
        params: closed({
          ...WrittenRef.properties,
          article: {
            ...TermRef.properties.ref,
            description: 'Id or slug of an article',
            examples: ['the-north-wall'],
          },
        }),
        querystring: OrderingQuery,
        headers: Conditional,
        response: { 200: ref(SeriesOrder), ...problems(400, 401, 403, 404, 412, 422) },
      },
    },
    async (request, reply) =>
      send(
        reply,
        await core.series.take(
          request.params.ref,
          request.params.article,
          orderingOf(request, request.query),
        ),
      ),
  )
}

const orderingOf = (request: FastifyRequest, { locale }: OrderingQuery): Ordering => ({
  viewer: request.viewer,
  locale,
  ifMatch: request.headers['if-match'],
})

function send(reply: FastifyReply, { places, tag }: OrderView): FastifyReply {
  return reply.header('etag', tag).send({ data: places })
}
