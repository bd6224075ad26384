import type { FastifyInstance } from 'fastify'
import './types.ts'

export interface Readiness {
  ready: boolean
  /** Why not, for the operator: no addresses, no credentials. */
  reason?: string
}

/** Milliseconds for which a finding holds, so that it costs the same however many ask. */
const HOLDS = 500

/**
 * `/healthz`: the process answers. `/readyz`: it can serve: it is not stopping, the database answers, and its schema
 * fits this build. Both however much is in flight.
 * @param check looks whether the database can be used.
 */
export function registerHealth(app: FastifyInstance, check: () => Promise<Readiness>): void {
  const find = shared(check)
  const tell = changes(app)
  const route = (operationId: string) => ({ schema: { hide: true, operationId }, config: { exempt: true } })
  app.get('/healthz', route('health'), async () => ({ status: 'ok' }))
  app.get('/readyz', route('readiness'), async (_request, reply) => {
    const found = app.draining ? { ready: false, reason: 'the server is stopping' } : await find()
    tell(found)
    if (found.ready) return { status: 'ready' }
    return reply.code(503).header('retry-after', '1').send({ status: 'not ready', reason: found.reason })
  })
}

/** One check at a time, for all who ask meanwhile and shortly after. */
function shared(check: () => Promise<Readiness>): () => Promise<Readiness> {
  let last: Promise<Readiness> | undefined
  return () => {
    if (last) return last
    last = check()
    void last.finally(() => {
      setTimeout(() => {
        last = undefined
      }, HOLDS).unref()
    })
    return last
  }
}

/** A line in the log when the answer is another one. */
function changes(app: FastifyInstance): (found: Readiness) => void {
  let before = true
  return ({ ready, reason }) => {
    if (ready === before) return
    before = ready
    if (ready) app.log.info('ready again')
    else app.log.warn({ reason }, 'not ready')
  }
}
