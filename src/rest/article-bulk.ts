import type { TSchema } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { logFailure } from '../http/problems.ts'
import { partValidator } from '../lib/validate.ts'
import { ArticleOperations, BULK_BODY_LIMIT, BulkResults } from '../shapes/article-writing.ts'
import { closed, ref } from '../shapes/common.ts'
import { WRITING } from './article-writing.ts'
import { problems } from './openapi.ts'

export function articleBulkRoutes(app: FastifyInstance, core: Core): void {
  // not below /articles, where it would hide an article of that slug
  app.post<{ Body: unknown }>(
    '/bulk/articles',
    {
      bodyLimit: BULK_BODY_LIMIT,
      config: WRITING,
      // core checks each operation by itself: one that is not well-formed shall not refuse them all
      validatorCompiler: ({ schema, httpPart }) =>
        httpPart === 'body' ? (value: unknown) => ({ value }) : partValidator(schema as TSchema, httpPart),
      schema: {
        operationId: 'writeArticles',
        summary: 'Write up to 100 articles',
        description: `Each operation is a transaction of its own and gets its own result: one that fails changes nothing and stops no other. The body may have ${BULK_BODY_LIMIT} bytes. What is not begun within eight seconds is answered with NOT_DONE: send it again. Needs the scope \`content:write\`.`,
        tags: ['Writing'],
        security: [{ key: [] }],
        querystring: closed({}),
        body: ArticleOperations,
        response: { 200: ref(BulkResults), ...problems(400, 401, 403, 413, 415) },
      },
    },
    async (request) => {
      const operations = (request.body as { operations?: unknown } | null | undefined)?.operations
      request.charge(Array.isArray(operations) ? operations.length : 1)
      const { results, failures } = await core.bulk.run(request.body, request.viewer)
      for (const failure of failures) logFailure(request, failure)
      return { results }
    },
  )
}
