import type { FastifyInstance } from 'fastify'
import { AppError } from '../lib/errors.ts'

/**
 * JSON bodies, read strictly: bytes that are not UTF-8 are refused, not replaced; `__proto__` is refused; an
 * empty body is one that is missing.
 */
export function registerJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
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
