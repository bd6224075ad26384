import '@fastify/swagger'
import type { Viewer } from '../domain/viewer.ts'
import type { Meter } from '../lib/meter.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is asking; set before any handler runs. */
    viewer: Viewer
    meter: Meter
  }
}
