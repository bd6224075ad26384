import type { FastifyInstance, FastifyRequest } from 'fastify'
import { metered } from '../lib/meter.ts'
import './types.ts'

/** One line a request: what was done, how it ended, what it cost. Never a query string, body, address or key. */
export function registerRequestLog(app: FastifyInstance): void {
  app.decorateRequest('meter')
  app.addHook('onRequest', (request, _reply, done) => {
    request.meter = { statements: 0, databaseMs: 0 }
    metered(request.meter, done)
  })
  app.addHook('onResponse', (request, reply, done) => {
    if (request.turnedAway) return done()
    // probes come every few seconds; `http/health.ts` tells when their answer changes
    const level = request.routeOptions.config.exempt ? 'debug' : 'info'
    request.log[level](
      {
        operation: operationOf(request),
        method: request.method,
        path: request.url.split('?')[0]?.slice(0, 200),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        statements: request.meter.statements,
        databaseMs: Math.round(request.meter.databaseMs * 10) / 10,
      },
      'request',
    )
    done()
  })
}

function operationOf(request: FastifyRequest): string {
  const schema = request.routeOptions.schema as { operationId?: string } | undefined
  return schema?.operationId ?? request.routeOptions.url ?? 'none'
}
