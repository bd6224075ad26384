import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { DecisionResults, Decisions, ModerationPage, ModerationQuery } from '../shapes/comments.ts'
import { closed, ref } from '../shapes/common.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice } from './pages.ts'

const tags = ['Moderation']
const security = [{ key: [] }]
const config = { scope: 'comments:moderate' } as const

export function moderationRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.get<{ Querystring: ModerationQuery }>(
    '/moderation/comments',
    {
      config,
      schema: {
        operationId: 'listModerationQueue',
        summary: 'List comments by state',
        description: 'Oldest first, pending unless told otherwise. Needs the scope `comments:moderate`.',
        tags,
        security,
        querystring: ModerationQuery,
        response: { 200: ref(ModerationPage), ...problems(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const queue = presentSlice(await core.moderation.list(request.query, request.viewer))
      linkPages(request, reply, queue.page, publicUrl)
      return queue
    },
  )

  app.post<{ Body: Decisions }>(
    '/moderation/decisions',
    {
      config,
      schema: {
        operationId: 'decideComments',
        summary: 'Decide up to 100 comments',
        description:
          'Each names the revision that it was made on, and gets its own result: one that fails stops no other. Needs the scope `comments:moderate`.',
        tags,
        security,
        querystring: closed({}),
        body: Decisions,
        response: { 200: ref(DecisionResults), ...problems(400, 401, 403) },
      },
    },
    async (request) => ({ results: await core.moderation.decide(request.body.decisions, request.viewer) }),
  )
}
