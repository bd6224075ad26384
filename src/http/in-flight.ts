import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../lib/errors.ts'
import { turnedAwayReporter } from './turned-away.ts'
import './types.ts'

/**
 * At most `limit` requests are worked on at once; more are turned away before anything is done for them: docs/adr/0009.
 * A request holds a place while the server works on it, not while its client takes its time to send the body.
 */
export function registerInFlightLimit(app: FastifyInstance, limit: number): void {
  let taken = 0
  const report = turnedAwayReporter((count) =>
    app.log.warn({ turnedAway: count, limit }, 'turned away: too much at once'),
  )

  const take = (request: FastifyRequest): void => {
    if (taken >= limit) {
      request.turnedAway = true
      report()
      throw new AppError('OVERLOADED')
    }
    taken++
    request.placed = true
  }
  const giveBack = (request: FastifyRequest): void => {
    if (request.placed) taken--
    request.placed = false
  }

  app.decorateRequest('placed', false)
  app.decorateRequest('turnedAway', false)
  app.addHook('onRequest', (request, _reply, done) => {
    if (!request.routeOptions.config.exempt) take(request)
    done()
  })
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (awaitsBody(request)) giveBack(request)
    done(null, payload)
  })
  app.addHook('preValidation', (request, reply, done) => {
    // one whose time was over while its body came has its answer
    if (awaitsBody(request) && !reply.sent && !request.routeOptions.config.exempt) take(request)
    done()
  })
  // handed over is done: a client that reads slowly keeps nobody out
  app.addHook('onSend', (request, _reply, payload, done) => {
    giveBack(request)
    done(null, payload)
  })
}

const awaitsBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
