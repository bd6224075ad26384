import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { closed, Id, ref } from '../shapes/common.ts'
import { AuthorPolicySetting, BanPage, Bans, BansQuery, NewBan } from '../shapes/moderation.ts'
import { noBody } from './article-writing.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice } from './pages.ts'

const tags = ['Moderation']
const security = [{ key: [] }]
const config = { scope: 'comments:moderate' } as const
const Ref = closed({ id: Id })
const scope = 'Needs the scope `comments:moderate`.'

/** Who may not write, and what is decided for all that an author writes. */
export function banRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.post<{ Body: NewBan }>(
    '/moderation/bans',
    {
      config,
      schema: {
        operationId: 'createBans',
        summary: 'Ban the author or the network of a comment, or a domain of e-mail addresses',
        description: `A ban of the same that is there gives way to the new one. ${scope}`,
        tags,
        security,
        querystring: closed({}),
        body: NewBan,
        response: { 201: ref(Bans), ...problems(400, 401, 403, 413, 415, 422) },
      },
    },
    async (request, reply) =>
      reply.code(201).send({ data: await core.moderation.ban(request.body, request.viewer) }),
  )

  app.get<{ Querystring: BansQuery }>(
    '/moderation/bans',
    {
      config,
      schema: {
        operationId: 'listBans',
        summary: 'List bans',
        description: `Newest first, those that are over or lifted too. ${scope}`,
        tags,
        security,
        querystring: BansQuery,
        response: { 200: ref(BanPage), ...problems(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const bans = presentSlice(await core.moderation.bans(request.query, request.viewer))
      linkPages(request, reply, bans.page, publicUrl)
      return bans
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/moderation/bans/:id',
    {
      config,
      preValidation: noBody,
      schema: {
        operationId: 'liftBan',
        summary: 'Lift a ban',
        description: `At once. ${scope}`,
        tags,
        security,
        params: Ref,
        querystring: closed({}),
        response: {
          204: { type: 'null', description: 'Lifted' },
          ...problems(400, 401, 403, 404, 413, 415),
        },
      },
    },
    async (request, reply) => {
      await core.moderation.lift(request.params.id.toLowerCase(), request.viewer)
      return reply.code(204).send()
    },
  )

  app.put<{ Params: { id: string }; Body: AuthorPolicySetting }>(
    '/moderation/comments/:id/author-policy',
    {
      config,
      schema: {
        operationId: 'setAuthorPolicy',
        summary: 'Let the author of a comment pass as known, or hold all that they write',
        description: `For all comments to come of the same author; null takes it back. ${scope}`,
        tags,
        security,
        params: Ref,
        querystring: closed({}),
        body: AuthorPolicySetting,
        response: { 200: ref(AuthorPolicySetting), ...problems(400, 401, 403, 404, 413, 415, 422) },
      },
    },
    async (request) => {
      const { policy } = request.body
      await core.moderation.setAuthorPolicy(request.params.id.toLowerCase(), policy, request.viewer)
      return { policy }
    },
  )
}
