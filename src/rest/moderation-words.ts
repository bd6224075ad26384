import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { closed, ref } from '../shapes/common.ts'
import { WordLists } from '../shapes/moderation.ts'
import { problems } from './openapi.ts'

const tags = ['Moderation']
const security = [{ key: [] }]
const config = { scope: 'comments:moderate' } as const
const Conditional = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 2000, description: 'The ETag of the lists that the change is made on, or `*`' }),
  ),
})
/** Room for three full lists of the longest entries. */
const BODY_LIMIT = 2 * 1024 * 1024

export function wordRoutes(app: FastifyInstance, core: Core): void {
  app.get(
    '/moderation/words',
    {
      config,
      schema: {
        operationId: 'getWordLists',
        summary: 'Read the word lists',
        description: 'Their ETag names them. Needs the scope `comments:moderate`.',
        tags,
        security,
        querystring: closed({}),
        response: { 200: ref(WordLists), ...problems(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { lists, tag } = await core.moderation.words(request.viewer)
      return reply.header('etag', tag).send(lists)
    },
  )

  app.put<{ Body: WordLists }>(
    '/moderation/words',
    {
      config,
      bodyLimit: BODY_LIMIT,
      schema: {
        operationId: 'replaceWordLists',
        summary: 'Replace the word lists',
        description:
          'Kept as they are compared: NFKC, without regard to case, blanks as one space, each entry once. Needs the scope `comments:moderate`.',
        tags,
        security,
        querystring: closed({}),
        headers: Conditional,
        body: WordLists,
        response: { 200: ref(WordLists), ...problems(400, 401, 403, 412, 413, 415, 428) },
      },
    },
    async (request, reply) => {
      const how = { viewer: request.viewer, ifMatch: request.headers['if-match'] }
      const { lists, tag } = await core.moderation.replaceWords(request.body, how)
      return reply.header('etag', tag).send(lists)
    },
  )
}
