import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { ANONYMOUS, requireScope } from './core/viewer.ts'
import { schemaState } from './db/migrate.ts'
import type { Deps } from './deps.ts'
import { registerGraphql } from './graphql/route.ts'
import { registerAuth } from './http/auth.ts'
import { registerBudgets } from './http/budgets.ts'
import { registerDrain } from './http/drain.ts'
import { registerEventStreams } from './http/event-streams.ts'
import { registerHeaders, SECURITY_HEADERS } from './http/headers.ts'
import { type Readiness, registerHealth } from './http/health.ts'
import { registerInFlightLimit } from './http/in-flight.ts'
import { registerJson } from './http/json.ts'
import { registerRequestLog } from './http/logging.ts'
import {
  asAppError,
  clientErrorHandler,
  registerMethodNotAllowed,
  registerProblems,
  registerUrlCheck,
  sendProblem,
} from './http/problems.ts'
import { newId } from './lib/ids.ts'
import { loggedError } from './lib/logged-error.ts'
import { partValidator } from './lib/validate.ts'
import { articleBulkRoutes } from './rest/article-bulk.ts'
import { articleWritingRoutes } from './rest/article-writing.ts'
import { articleRoutes } from './rest/articles.ts'
import { categoryRoutes } from './rest/categories.ts'
import { banRoutes } from './rest/comment-bans.ts'
import { commentChangeRoutes } from './rest/comment-changes.ts'
import { commentCountRoutes } from './rest/comment-counts.ts'
import { commentReportRoutes } from './rest/comment-reports.ts'
import { commentVoteRoutes } from './rest/comment-votes.ts'
import { commentRoutes } from './rest/comments.ts'
import { errorPageRoute } from './rest/error-page.ts'
import { homeRoute } from './rest/home.ts'
import { moderationRoutes } from './rest/moderation.ts'
import { wordRoutes } from './rest/moderation-words.ts'
import { registerOpenApi } from './rest/openapi.ts'
import { previewLinkRoutes } from './rest/preview-links.ts'
import { privacyRoutes } from './rest/privacy.ts'
import { revisionRoutes } from './rest/revisions.ts'
import { seriesRoutes } from './rest/series.ts'
import { termRoutes } from './rest/terms.ts'
import { VERSION } from './version.ts'

/** Milliseconds after which a request is answered, whatever its handler does. */
export const HANDLER_TIMEOUT = 12_000

/** The whole server, in the order in which a request meets it. Does not listen. */
export async function buildApp(deps: Deps): Promise<FastifyInstance> {
  const { config, core, probe, logger } = deps
  const docsUrl = `${config.publicUrl}/docs/errors`
  const app = Fastify({
    // the framework logs errors by itself in places that no handler sees
    loggerInstance: logger.child({}, { serializers: { err: loggedError } }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newId,
    requestIdHeader: false,
    trustProxy: config.trustProxy.length > 0 ? [...config.trustProxy] : false,
    // every limit set on purpose: the defaults wait for ever
    bodyLimit: 64 * 1024,
    requestTimeout: 10_000,
    connectionTimeout: 20_000,
    keepAliveTimeout: 10_000,
    handlerTimeout: HANDLER_TIMEOUT,
    maxRequestsPerSocket: 10_000,
    forceCloseConnections: 'idle',
    // whoever still comes while the server closes is answered: the database is closed after it
    return503OnClosing: false,
    http: { headersTimeout: 8_000, connectionsCheckingInterval: 2_000, maxHeaderSize: 16_384 },
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) =>
      sendProblem(asAppError(error), request, reply.headers(SECURITY_HEADERS), docsUrl),
    clientErrorHandler: clientErrorHandler(docsUrl),
  })
  app.server.maxHeadersCount = 100
  app.setValidatorCompiler(({ schema, httpPart }) =>
    partValidator(schema as Parameters<typeof partValidator>[0], httpPart),
  )
  // answers are built from allowlists in core; shapes of answers document and test them
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))

  registerRequestLog(app)
  registerUrlCheck(app)
  registerProblems(app, docsUrl)
  registerJson(app)
  const registerOtherMethods = registerMethodNotAllowed(app)
  await registerHeaders(app, config.corsOrigins)
  registerDrain(app)
  // after CORS, so that a page can read the refusal; before keys and bodies
  registerInFlightLimit(app, config.maxInFlight)
  const streams = registerEventStreams(app, config.maxStreams)
  const budgets = registerBudgets(app, config.budgets)
  await registerOpenApi(app, config.publicUrl, VERSION)
  registerHealth(app, () => readiness(probe.db))
  homeRoute(app, config.publicUrl, VERSION, config.graphiql)
  errorPageRoute(app)
  const callers = { anonymous: ANONYMOUS, authenticate: core.callers.authenticate, requireScope }
  await app.register(
    async (v1) => {
      registerAuth(v1, callers, budgets)
      articleRoutes(v1, core, config.publicUrl)
      articleWritingRoutes(v1, core, config.publicUrl)
      articleBulkRoutes(v1, core)
      revisionRoutes(v1, core, config.publicUrl)
      previewLinkRoutes(v1, core, config.publicUrl)
      categoryRoutes(v1, core, config.publicUrl)
      termRoutes(v1, core, config.publicUrl)
      seriesRoutes(v1, core)
      commentRoutes(v1, core, config.publicUrl)
      commentChangeRoutes(v1, core, streams)
      commentCountRoutes(v1, core)
      commentVoteRoutes(v1, core)
      commentReportRoutes(v1, core)
      moderationRoutes(v1, core, config.publicUrl)
      privacyRoutes(v1, core)
      banRoutes(v1, core, config.publicUrl)
      wordRoutes(v1, core)
    },
    { prefix: '/v1' },
  )
  await app.register(async (graphql) => {
    registerAuth(graphql, callers, budgets)
    await registerGraphql(graphql, core, { graphiql: config.graphiql, docsUrl })
  })
  registerOtherMethods()
  await app.ready()
  return app
}

/** @returns whether the database can be used; never throws. */
async function readiness(db: Deps['probe']['db']): Promise<Readiness> {
  try {
    const state = await schemaState(db)
    if (state === 'current') return { ready: true }
    return {
      ready: false,
      reason: `the schema of the database is ${state === 'newer' ? 'newer than' : 'older than'} this build`,
    }
  } catch {
    return { ready: false, reason: 'the database does not answer' }
  }
}
