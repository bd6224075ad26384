import type { FastifyInstance } from 'fastify'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import './types.ts'

/**
 * Who is asking, from `Authorization: Bearer bs_…`. A hook of the routes themselves, never of a path prefix,
 * which a clever spelling of the path would walk around.
 */
export function registerAuth(
  app: FastifyInstance,
  anonymous: Viewer,
  authenticate: (key: string) => Promise<Viewer>,
): void {
  app.decorateRequest('viewer')
  app.addHook('onRequest', async (request, reply) => {
    // CORS may have named the origin already
    reply.header(
      'vary',
      [reply.getHeader('vary'), 'Authorization, Comment-Receipt'].filter(Boolean).join(', '),
    )
    const header = request.headers.authorization
    if (header === undefined) {
      request.viewer = anonymous
      return
    }
    const [, key] = /^Bearer +(\S+) *$/i.exec(header) ?? []
    if (!key) {
      throw new AppError('AUTHENTICATION_FAILED', {
        detail: 'The Authorization header has to be: Bearer <API key>',
        headers: { 'www-authenticate': 'Bearer realm="broadsheet"' },
      })
    }
    request.viewer = await authenticate(key)
  })
}
