import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, ERRORS, type ErrorCode, findAppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { loggedError } from '../lib/logged-error.ts'
import { SECURITY_HEADERS } from './headers.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** What the framework finds wrong by itself, as codes of ours. */
const BY_FRAMEWORK: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_MALFORMED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BODY_MALFORMED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'REQUEST_MALFORMED',
  FST_ERR_BAD_URL: 'URL_MALFORMED',
  FST_ERR_ASYNC_CONSTRAINT: 'URL_MALFORMED',
  FST_ERR_HANDLER_TIMEOUT: 'UNAVAILABLE',
  FST_ERR_MAX_PARAM_LENGTH: 'URI_TOO_LONG',
}

/** Any error as one of ours. What is not known becomes INTERNAL, with the original as cause, for the log only. */
export function asAppError(error: unknown, bodyLimit?: number): AppError {
  const ours = findAppError(error)
  if (ours) return ours
  const { code, statusCode } = error as Partial<FastifyError>
  const known = BY_FRAMEWORK[code ?? '']
  if (known === 'BODY_TOO_LARGE' && bodyLimit)
    return new AppError(known, { detail: `The body may have ${bodyLimit} bytes` })
  if (known) return new AppError(known)
  if (statusCode === 414) return new AppError('URI_TOO_LONG')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new AppError('REQUEST_MALFORMED')
  return new AppError('INTERNAL', { cause: error })
}

/** The body of a problem: RFC 9457 with our members. Holds nothing of the cause. */
export function problemBody(error: AppError, instance: string, docsUrl: string) {
  const { detail, errors, extra } = error.details
  return {
    ...extra,
    type: `${docsUrl}#${error.code}`,
    title: error.title,
    status: error.status,
    detail: detail ?? error.title,
    code: error.code,
    instance,
    ...(errors && { errors }),
  }
}

/** Logs what only we shall know: once, with the stack, and not what is the client's own or an everyday answer. */
export function logFailure(request: FastifyRequest, error: AppError): void {
  if (error.level === 'info') return
  const cause = loggedError(error.details.cause ?? error)
  request.log[error.level]({ code: error.code, cause }, error.title)
}

export function sendProblem(
  error: AppError,
  request: FastifyRequest,
  reply: FastifyReply,
  docsUrl: string,
): FastifyReply {
  logFailure(request, error)
  return reply
    .code(error.status)
    .headers({ 'cache-control': 'no-store', ...error.headers })
    .type(PROBLEM_TYPE)
    .send(problemBody(error, request.id, docsUrl))
}

/** Every error of REST leaves through here. */
export function registerProblems(app: FastifyInstance, docsUrl: string): void {
  app.setErrorHandler((error, request, reply) =>
    sendProblem(asAppError(error, request.routeOptions.bodyLimit), request, reply, docsUrl),
  )
  app.setNotFoundHandler((request, reply) =>
    sendProblem(new AppError('ROUTE_NOT_FOUND'), request, reply, docsUrl),
  )
}

/**
 * A known address with another method is 405 and tells what it takes. Call before any route is registered; the
 * function that comes back, after the last one.
 */
export function registerMethodNotAllowed(app: FastifyInstance): () => void {
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set()
    for (const name of [method].flat()) methods.add(name)
    methodsOf.set(url, methods)
  })
  return () => {
    for (const [url, methods] of [...methodsOf]) {
      if (url === '*') continue
      const allow = [...methods].join(', ')
      app.route({
        method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((name) => !methods.has(name)),
        url,
        schema: { hide: true, operationId: 'methodNotAllowed' },
        // before authentication and the body: neither can make the method right
        onRequest: async () => {
          throw new AppError('METHOD_NOT_ALLOWED', {
            detail: `This address takes: ${allow}`,
            headers: { allow },
          })
        },
        handler: async () => undefined,
      })
    }
  }
}

/**
 * What Node cannot read as a request at all, answered on the bare socket: there is no request, hence no hook, and
 * the framework's own answer is no problem of ours.
 */
export function clientErrorHandler(
  docsUrl: string,
): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const problem = new AppError(BY_PARSER[error.code ?? ''] ?? 'REQUEST_MALFORMED')
    const body = JSON.stringify(problemBody(problem, newId(), docsUrl))
    const headers = {
      'content-type': PROBLEM_TYPE,
      'content-length': Buffer.byteLength(body),
      connection: 'close',
      'cache-control': 'no-store',
      ...SECURITY_HEADERS,
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`)
  }
}

const BY_PARSER: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
}

/** An address that is not well-formed UTF-8 is refused whole; the parser of query strings would let it pass as text. */
export function registerUrlCheck(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      decodeURIComponent(request.url)
      done()
    } catch {
      done(new AppError('URL_MALFORMED'))
    }
  })
}

/** The table as text for docs/errors.md. */
export function errorTable(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, [status, , title]]) => `| <a id="${code}"></a>\`${code}\` | ${status} | ${title} |`,
  )
  return ['| code | status | meaning |', '|---|---|---|', ...rows].join('\n')
}
