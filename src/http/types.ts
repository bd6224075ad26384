import '@fastify/swagger'
import type { Scope, Viewer } from '../domain/viewer.ts'
import type { Meter } from '../lib/meter.ts'
import type { Quota } from './budgets.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is asking; set before any handler runs. */
    viewer: Viewer
    meter: Meter
    /** Holds one of the places of `http/in-flight.ts`. */
    placed: boolean
    /** Was turned away before it began; such requests are counted, not logged one by one. */
    turnedAway: boolean
    /** Is answered by a stream of events, which is logged when it is over. */
    streams: boolean
    /** The budget that this request was last held against. */
    quota: Quota | undefined
    /** Points that its caller was charged with for it. */
    charged: number
    /** Charges the caller with what this request costs in all; what was charged before counts. @throws RATE_LIMITED. */
    charge(points: number): void
  }
  interface FastifyContextConfig {
    /** Answered however much is in flight: health. */
    exempt?: boolean
    /** Points that a request takes from the budget of its caller; 1 unless told. */
    cost?: number
    /** What a caller must hold to be let in before the body is read: `http/auth.ts`. */
    scope?: Scope
  }
  interface FastifyInstance {
    /** From now on this server is not ready, and each answer asks its client to connect elsewhere. */
    drain(): void
    readonly draining: boolean
  }
}
