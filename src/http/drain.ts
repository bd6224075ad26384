import type { FastifyInstance } from 'fastify'
import './types.ts'

/**
 * The way out: after `app.drain()` the server still answers, but is not ready (`http/health.ts`), and tells each client
 * to open its next connection elsewhere. See docs/adr/0009.
 */
export function registerDrain(app: FastifyInstance): void {
  let draining = false
  app.decorate('drain', () => {
    draining = true
  })
  app.decorate('draining', { getter: () => draining })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (draining) reply.header('connection', 'close')
    done(null, payload)
  })
}
