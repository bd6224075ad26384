import type { FastifyInstance } from 'fastify'
import './types.ts'

export interface Readiness {
  ready: boolean
  /** Why not, for the operator: no addresses, no credentials. */
  reason?: string
}

/** `/healthz`: the process answers. `/readyz`: it can serve: the database answers and its schema fits this build. */
export function registerHealth(app: FastifyInstance, check: () => Promise<Readiness>): void {
  app.get('/healthz', { schema: { hide: true, operationId: 'health' } }, async () => ({ status: 'ok' }))
  app.get('/readyz', { schema: { hide: true, operationId: 'readiness' } }, async (_request, reply) => {
    const { ready, reason } = await check()
    if (ready) return { status: 'ready' }
    return reply.code(503).header('retry-after', '1').send({ status: 'not ready', reason })
  })
}
