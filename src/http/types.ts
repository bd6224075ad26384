import '@fastify/swagger'
import type { Scope, Viewer } from '../domain/viewer.ts'
import type { Meter } from '../lib/meter.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is asking; set before any handler runs. */
    viewer: Viewer
    meter: Meter
    /** Holds one of the places of `http/in-flight.ts`. */
    placed: boolean
    /** Was turned away before it began; such requests are counted, not logged one by one. */
    turnedAway: boolean
  }
  interface FastifyContextConfig {
    /** Answered however much is in flight: health. */
    exempt?: boolean
    /** What a caller must hold to be let in before the body is read: `http/auth.ts`. */
    scope?: Scope
  }
  interface FastifyInstance {
    /** From now on this server is not ready, and each answer asks its client to connect elsewhere. */
    drain(): void
    readonly draining: boolean
  }
}
