import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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
    // a stream is logged when it is over, which a client that leaves does not make a response of
    if (!request.turnedAway && !request.streams) logRequest(request, reply)
    done()
  })
}

/** @param more what this kind of answer has beside. */
export function logRequest(request: FastifyRequest, reply: FastifyReply, more: object = {}): void {
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
      ...more,
    },
    'request',
  )
}

function operationOf(request: FastifyRequest): string {
  const schema = request.routeOptions.schema as { operationId?: string } | undefined
  return schema?.operationId ?? request.routeOptions.url ?? 'none'
}
