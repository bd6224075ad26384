import type { FastifyInstance } from 'fastify'
import type { Scope, Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { Budgets } from './budgets.ts'
import './types.ts'

/** What core knows of callers. Handed in: this room does not know core. */
export interface Callers {
  anonymous: Viewer
  /** @returns who holds this credential. @throws AUTHENTICATION_FAILED, UNAVAILABLE. */
  authenticate(credential: string): Promise<Viewer>
  /** @throws AUTHENTICATION_FAILED, FORBIDDEN for a caller who may not do this. */
  requireScope(viewer: Viewer, scope: Scope): void
}

/**
 * Who is asking, from `Authorization: Bearer …`, whether their budget has something left, and whether the route is for
 * them. A hook of the routes themselves, never of a path prefix, which a clever spelling of the path would walk around.
 *
 * A route that is only for callers with a scope names it: `{ config: { scope: 'content:write' }, schema, … }`. Whoever
 * lacks it is refused here, before the body is read; say so (401, 403) in its `problems`. It saves work and is no
 * protection: core checks as well, in the function that decides, since GraphQL and the command line come another way.
 */
export function registerAuth(app: FastifyInstance, callers: Callers, budgets: Budgets): void {
  app.decorateRequest('viewer')
  app.addHook('onRequest', async (request, reply) => {
    // CORS may have named the origin already
    reply.header(
      'vary',
      [reply.getHeader('vary'), 'Authorization, Comment-Receipt'].filter(Boolean).join(', '),
    )
    const header = request.headers.authorization
    request.viewer =
      header === undefined
        ? callers.anonymous
        : await budgets.attempt(request, async () => callers.authenticate(readCredential(header)))
    const { cost = 1, scope } = request.routeOptions.config
    request.charge(cost)
    if (scope) callers.requireScope(request.viewer, scope)
  })
}

/** @throws AUTHENTICATION_FAILED for a header of another form. */
function readCredential(header: string): string {
  const [, credential] = /^Bearer +(\S+) *$/i.exec(header) ?? []
  if (credential) return credential
  throw new AppError('AUTHENTICATION_FAILED', {
    detail: 'The Authorization header has to be: Bearer <API key or token>',
    headers: { 'www-authenticate': 'Bearer realm="broadsheet"' },
  })
}
