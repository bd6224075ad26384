import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { DecisionResults, Decisions, ModerationPage } from '../shapes/comments.ts'
import { closed, Id, ref } from '../shapes/common.ts'
import { CommentFile, ModerationQuery } from '../shapes/moderation.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice } from './pages.ts'

const tags = ['Moderation']
const security = [{ key: [] }]
const CommentRef = closed({ id: Id })
const config = { scope: 'comments:moderate' } as const

export function moderationRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.get<{ Querystring: ModerationQuery }>(
    '/moderation/comments',
    {
      config,
      schema: {
        operationId: 'listModerationQueue',
        summary: 'List comments by state, reason, article, author, network, date and reports',
        description:
          'Pending and oldest first unless told otherwise. With `reason`, and with `reported` and `article` together, a page may hold fewer than asked for, and none; `page.next` goes on. Needs the scope `comments:moderate`.',
        tags,
        security,
        querystring: ModerationQuery,
        response: { 200: ref(ModerationPage), ...problems(400, 401, 403, 422) },
      },
    },
    async (request, reply) => {
      const queue = presentSlice(await core.moderation.list(request.query, request.viewer))
      linkPages(request, reply, queue.page, publicUrl)
      return queue
    },
  )

  app.get<{ Params: { id: string } }>(
    '/moderation/comments/:id',
    {
      config,
      schema: {
        operationId: 'getModeratedComment',
        summary: 'Read a comment with everything around it',
        description:
          'Its words before each edit, open reports and the record of who reported, changes of state. Needs the scope `comments:moderate`.',
        tags,
        security,
        params: CommentRef,
        querystring: closed({}),
        response: { 200: ref(CommentFile), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => core.moderation.file(request.params.id.toLowerCase(), request.viewer),
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
