import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { readPersonHeaders } from '../core/comment-persons.ts'
import type { Core } from '../core/core.ts'
import { NewReport, TakenReport } from '../shapes/comment-reports.ts'
import { closed, Id, ref } from '../shapes/common.ts'
import { problems } from './openapi.ts'
import { SubjectHeaders } from './request-headers.ts'

const ReporterHeaders = Type.Object({
  ...SubjectHeaders.properties,
  'comment-device': Type.Optional(Type.String({ description: 'A device token' })),
})

export function commentReportRoutes(app: FastifyInstance, core: Core): void {
  app.post<{ Params: { id: string }; Body: NewReport }>(
    '/comments/:id/reports',
    {
      schema: {
        operationId: 'reportComment',
        summary: 'Report a comment to the moderators',
        description:
          'One report a reporter and comment; sent again, nothing changes. The reporter is the reader of a token, whom a key with `comments:write` names in `Comment-Subject`, or a device (`Comment-Device`), whose reports moderators see and which withdraw nothing.',
        tags: ['Comments'],
        security: [{ key: [] }],
        params: closed({ id: Id }),
        querystring: closed({}),
        headers: ReporterHeaders,
        body: NewReport,
        response: { 202: ref(TakenReport), ...problems(400, 401, 403, 404, 413, 415) },
      },
    },
    async (request, reply) => {
      const id = request.params.id.toLowerCase()
      const proof = readPersonHeaders(request.headers)
      return reply.code(202).send(await core.reports.report(id, request.body, request.viewer, proof))
    },
  )
}
