import type { FastifyInstance } from 'fastify'
import { AppError } from '../lib/errors.ts'

/**
 * JSON bodies, read strictly: bytes that are not UTF-8 are refused, not replaced; `__proto__` is refused; an
 * empty body is one that is missing.
 */
export function registerJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  addParser(app, 'application/json')
}

export const MERGE_PATCH = 'application/merge-patch+json'

/** The same for JSON Merge Patch (RFC 7396), beside plain JSON, in the routes of this instance. */
export function registerMergePatch(app: FastifyInstance): void {
  addParser(app, MERGE_PATCH)
  // RFC 5789: whoever sends another type is told which ones are taken
  app.addHook('onRequest', (request, reply, done) => {
    if (request.method === 'PATCH') reply.header('accept-patch', `${MERGE_PATCH}, application/json`)
    done()
  })
}

function addParser(app: FastifyInstance, mediaType: string): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser(mediaType, { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    let text: string
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    } catch {
      return done(new AppError('BODY_MALFORMED', { detail: 'The body is not UTF-8' }))
    }
    void parse(request, text, (error, value) => {
      if (error) done(new AppError('BODY_MALFORMED'))
      else done(null, value)
    })
  })
}
