import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { cacheControl } from '../http/headers.ts'
import { closed, Id, ref } from '../shapes/common.ts'
import { Erasure, ExportQuery, PersonClaim, PersonExport, RetentionAnswer } from '../shapes/privacy.ts'
import { problems } from './openapi.ts'
import { proofOf, SubjectHeaders } from './request-headers.ts'

const tags = ['Privacy']
const security: Record<string, string[]>[] = [{ key: [] }, { receipt: [] }]
const WHO =
  'Whoever asks proves who they are, by a token of the identity provider or by a comment and its receipt; a trusted server (`comments:write`) names its reader in `Comment-Subject`, and an operator (`comments:erase`) anybody, by `email`, `subject` or `commentId`.'
/** Milliseconds after which an erasure by request leaves what is left to another one: less than a request has (app.ts). */
const PATIENCE = 8000

export function privacyRoutes(app: FastifyInstance, core: Core): void {
  app.get(
    '/privacy/retention',
    {
      schema: {
        operationId: 'getRetention',
        summary: 'How long what readers leave is kept',
        tags,
        querystring: closed({}),
        response: { 200: ref(RetentionAnswer), ...problems(400) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return core.privacy.retention()
    },
  )

  app.post<{ Body: PersonClaim; Querystring: ExportQuery }>(
    '/privacy/exports',
    {
      schema: {
        operationId: 'exportPerson',
        summary: 'Everything that is known of a person',
        description: `Comments, hidden ones too, votes and reports; an operator gets what the person would get. ${WHO}`,
        tags,
        security,
        headers: SubjectHeaders,
        querystring: ExportQuery,
        body: PersonClaim,
        response: { 200: ref(PersonExport), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => core.privacy.exportPerson(request.body, proofOf(request), request.query.after),
  )

  app.post<{ Body: PersonClaim }>(
    '/privacy/erasures',
    {
      schema: {
        operationId: 'erasePerson',
        summary: 'Erase a person from every store',
        description: `Cannot be undone. Replies of others stay, below a placeholder. 202 where it takes longer than a request may: send it again. ${WHO}`,
        tags,
        security,
        headers: SubjectHeaders,
        querystring: closed({}),
        body: PersonClaim,
        response: { 200: ref(Erasure), 202: ref(Erasure), ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const end = performance.now() + PATIENCE
      const receipt = await core.privacy.erasePerson(request.body, proofOf(request), {
        stopping: () => performance.now() > end,
      })
      return reply.code(receipt.complete ? 200 : 202).send(receipt)
    },
  )

  app.get<{ Params: { id: string } }>(
    '/privacy/erasures/:id',
    {
      config: { scope: 'comments:erase' },
      schema: {
        operationId: 'getErasure',
        summary: 'Read the receipt of an erasure',
        description: 'Needs the scope `comments:erase`.',
        tags,
        security: [{ key: [] }],
        params: closed({ id: Id }),
        querystring: closed({}),
        response: { 200: ref(Erasure), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => core.privacy.erasure(request.params.id.toLowerCase(), request.viewer),
  )
}
