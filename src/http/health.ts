import type { FastifyInstance } from 'fastify'
import './types.ts'

export interface Readiness {
  ready: boolean
  /** Why not, for the operator: no addresses, no credentials. */
  reason?: string
}

/**
 * `/healthz`: the process answers. `/readyz`: it can serve: it is not stopping, the database answers, and its schema
 * fits this build.
 */
export function registerHealth(app: FastifyInstance, check: () => Promise<Readiness>): void {
  const route = (operationId: string) => ({ schema: { hide: true, operationId }, config: { exempt: true } })
  app.get('/healthz', route('health'), async () => ({ status: 'ok' }))
  app.get('/readyz', route('readiness'), async (_request, reply) => {
    const { ready, reason } = await check()
    if (ready) return { status: 'ready' }
    return reply.code(503).header('retry-after', '1').send({ status: 'not ready', reason })
  })
}
