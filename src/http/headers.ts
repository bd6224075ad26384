import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'

/** What only some pages of ours may relax for themselves: docs and GraphiQL run scripts. */
const CSP = "default-src 'none'; frame-ancestors 'none'"

/** For answers that no hook sees: what is wrong with the address or the connection itself. */
export const SECURITY_HEADERS = {
  'content-security-policy': CSP,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** Headers of every answer, and CORS by a list of origins. No cookies are ever used, so none are allowed. */
export async function registerHeaders(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  app.addHook('onSend', (_request, reply, payload, done) => {
    for (const [name, value] of Object.entries({ ...SECURITY_HEADERS, 'cache-control': 'no-store' })) {
      if (!reply.hasHeader(name)) reply.header(name, value)
    }
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
      'comment-device',
      'if-match',
      'if-none-match',
      'broadsheet-seen',
      'last-event-id',
    ],
    exposedHeaders: [
      'link',
      'location',
      'retry-after',
      'ratelimit',
      'ratelimit-policy',
      'idempotent-replayed',
      'broadsheet-seen',
      'etag',
    ],
    maxAge: 600,
    strictPreflight: false,
  })
}

/** Public answers may be kept, but are asked for anew each time; whoever showed a key gets nothing to keep. */
export function cacheControl(viewerKind: string): string {
  return viewerKind === 'anonymous' ? 'public, max-age=0, must-revalidate' : 'private, no-store'
}
