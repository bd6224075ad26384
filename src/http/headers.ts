import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'

/** What only some pages of ours may relax for themselves: docs and GraphiQL run scripts. */
const CSP = "default-src 'none'; frame-ancestors 'none'"

/** Headers of every answer, and CORS by a list of origins. No cookies are ever used, so none are allowed. */
export async function registerHeaders(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', CSP)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'no-referrer')
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    done(null, payload)
  })
  await app.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'comment-receipt',
      'if-match',
      'if-none-match',
      'broadsheet-seen',
    ],
    exposedHeaders: ['link', 'location', 'retry-after', 'idempotent-replayed', 'broadsheet-seen', 'etag'],
    maxAge: 600,
    strictPreflight: false,
  })
}

/** Public answers may be kept, but are asked for anew each time; whoever showed a key gets nothing to keep. */
export function cacheControl(viewerKind: string): string {
  return viewerKind === 'anonymous' ? 'public, max-age=0, must-revalidate' : 'private, no-store'
}
