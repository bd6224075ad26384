import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { ModeratedComment, ModerationPage } from '../shapes/comments.ts'
import { closed, Id, ref } from '../shapes/common.ts'
import {
  CommentFile,
  DecisionResults,
  Decisions,
  ModerationBatch,
  ModerationQuery,
  ModeratorEdit,
} from '../shapes/moderation.ts'
import { noBody } from './article-writing.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice } from './pages.ts'
import { idempotencyKeyOf, markReplayed, repeatable } from './request-headers.ts'

const tags = ['Moderation']
const security = [{ key: [] }]
const CommentRef = closed({ id: Id })
const BatchRef = closed({ id: Id })
const Repeatable = repeatable('one key decides once')
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
          'Each names the revision that it was made on, and gets its own result: one that fails stops no other. What is done can be undone by `batchId` for 24 hours. `dryRun` tells what would happen. Send `Idempotency-Key` and repeat freely. Needs the scope `comments:moderate`.',
        tags,
        security,
        querystring: closed({}),
        headers: Repeatable,
        body: Decisions,
        response: { 200: ref(DecisionResults), ...problems(400, 401, 403, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { decisions, dryRun } = request.body
      const { replayed, ...decided } = await core.moderation.decide(decisions, {
        viewer: request.viewer,
        idempotencyKey: idempotencyKeyOf(request),
        dryRun,
      })
      markReplayed(reply, replayed)
      return decided
    },
  )

  app.patch<{ Params: { id: string }; Body: ModeratorEdit }>(
    '/moderation/comments/:id',
    {
      config,
      schema: {
        operationId: 'editModeratedComment',
        summary: "Edit somebody's comment",
        description:
          'A new revision; the old words are kept for moderators. Rules of content are not run. Needs the scope `comments:moderate`.',
        tags,
        security,
        params: CommentRef,
        querystring: closed({}),
        body: ModeratorEdit,
        response: { 200: ref(ModeratedComment), ...problems(400, 401, 403, 404, 409, 413, 415) },
      },
    },
    async (request) => core.moderation.edit(request.params.id.toLowerCase(), request.body, request.viewer),
  )

  app.get<{ Params: { id: string } }>(
    '/moderation/batches/:id',
    {
      config,
      schema: {
        operationId: 'getModerationBatch',
        summary: 'Read what was decided in one request',
        description: 'Needs the scope `comments:moderate`.',
        tags,
        security,
        params: BatchRef,
        querystring: closed({}),
        response: { 200: ref(ModerationBatch), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => core.moderation.batch(request.params.id.toLowerCase(), request.viewer),
  )

  app.post<{ Params: { id: string } }>(
    '/moderation/batches/:id/undo',
    {
      config,
      preValidation: noBody,
      schema: {
        operationId: 'undoModerationBatch',
        summary: 'Undo what was decided in one request',
        description:
          'For 24 hours, once. Each comment that nobody has changed since stands as it stood before; the others get `REVISION_STALE`. Needs the scope `comments:moderate`.',
        tags,
        security,
        params: BatchRef,
        querystring: closed({}),
        response: { 200: ref(DecisionResults), ...problems(400, 401, 403, 404, 409, 413, 415) },
      },
    },
    async (request) => core.moderation.undo(request.params.id.toLowerCase(), request.viewer),
  )
}
