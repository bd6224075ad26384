import { readFile } from 'node:fs/promises'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type DocumentNode, type ExecutionResult, GraphQLError, getOperationAST, parse } from 'graphql'
import mercurius from 'mercurius'
import type { Core } from '../core/core.ts'
import { readIdempotencyHeader } from '../core/idempotency.ts'
import { logFailure } from '../http/problems.ts'
import { AppError } from '../lib/errors.ts'
import { validator } from '../lib/validate.ts'
import { closed, nullable } from '../shapes/common.ts'
import { articleResolvers } from './articles.ts'
import { categoryResolvers } from './categories.ts'
import { commentResolvers } from './comments.ts'
import { type Context, createContext } from './context.ts'
import { checkCost } from './cost.ts'
import { formatError } from './errors.ts'
import { registerGraphiql } from './graphiql.ts'

declare module 'mercurius' {
  interface MercuriusContext extends Context {
    operationName?: string | undefined
  }
}

const SCHEMA = new URL('../../schema.graphql', import.meta.url)

/** Bounds of one document: docs/adr/0004. */
const MAX_TOKENS = 1000
/** Introspection as GraphiQL asks for it is 14 deep. */
const MAX_DEPTH = 16
const MAX_ERRORS = 10

const GraphqlRequest = closed({
  query: Type.String({ minLength: 1, maxLength: 32_768 }),
  variables: Type.Optional(nullable(Type.Record(Type.String(), Type.Unknown()))),
  operationName: Type.Optional(nullable(Type.String())),
  extensions: Type.Optional(nullable(Type.Record(Type.String(), Type.Unknown()))),
})
type GraphqlRequest = Static<typeof GraphqlRequest>
const checkRequest = validator(GraphqlRequest)

/**
 * `/graphql`, as a route of our own over mercurius as the executor: docs/adr/0004. POST takes JSON and nothing
 * else, which no browser sends across origins unasked; GET runs queries only.
 */
export async function registerGraphql(
  app: FastifyInstance,
  core: Core,
  options: { graphiql: boolean; docsUrl: string },
): Promise<void> {
  await app.register(mercurius, {
    schema: await readFile(SCHEMA, 'utf8'),
    resolvers: {
      Query: { ...articleResolvers.Query, ...categoryResolvers.Query, ...commentResolvers.Query },
      Mutation: commentResolvers.Mutation,
      Article: articleResolvers.Article,
      Category: categoryResolvers.Category,
      Comment: commentResolvers.Comment,
      ModeratedComment: commentResolvers.ModeratedComment,
    },
    routes: false,
    cache: 32,
    queryDepth: MAX_DEPTH,
    graphql: { parseOptions: { maxTokens: MAX_TOKENS }, validateOptions: { maxErrors: MAX_ERRORS } },
    // as they are, for `answer`: the default logs each with its SQL and makes plain text of it, codes lost
    errorFormatter: ({ data, errors }) => ({ statusCode: 200, response: { data, errors } }),
  })

  // after validation: what is priced is a document that fits the schema
  app.graphql.addHook('preExecution', async (schema, document, { operationName }, variables) => {
    const operation = getOperationAST(document, operationName)
    if (operation) checkCost(schema, document, operation, variables ?? {})
  })

  app.post('/graphql', { schema: { hide: true, operationId: 'graphql' } }, async (request, reply) =>
    answer(request, reply, checkRequest(request.body)),
  )
  app.get('/graphql', { schema: { hide: true, operationId: 'graphql' } }, async (request, reply) => {
    const asked = checkRequest(fromQueryString(request.query as Record<string, unknown>))
    const document = parsed(asked.query)
    const operation = document instanceof GraphQLError ? null : getOperationAST(document, asked.operationName)
    if (operation && operation.operation !== 'query') {
      throw new AppError('METHOD_NOT_ALLOWED', {
        detail: 'GET runs queries only',
        headers: { allow: 'POST' },
      })
    }
    return answer(request, reply, asked)
  })
  if (options.graphiql) registerGraphiql(app)

  async function answer(request: FastifyRequest, reply: FastifyReply, asked: GraphqlRequest) {
    const { data, errors } = await execute(request, asked)
    const formatted = errors?.slice(0, MAX_ERRORS).map((error) => {
      const { formatted, app: appError } = formatError(error, request.id)
      logFailure(request, appError)
      return formatted
    })
    return reply
      .code(data === undefined ? 400 : 200)
      .type(mediaType(request))
      .send({ ...(formatted && { errors: formatted }), ...(data !== undefined && { data }) })
  }

  async function execute(
    request: FastifyRequest,
    asked: GraphqlRequest,
  ): Promise<{ data?: unknown; errors?: readonly GraphQLError[] }> {
    const document = parsed(asked.query)
    if (document instanceof GraphQLError) return { errors: [syntaxError(document)] }
    const operation = getOperationAST(document, asked.operationName)
    if (!operation) return { errors: [new GraphQLError(whichOperation(asked.operationName))] }
    if (!app.graphql.schema.getRootType(operation.operation))
      return { errors: [new GraphQLError(`There is no ${operation.operation} here`)] }
    const context = createContext(core, {
      viewer: request.viewer,
      address: request.ip,
      idempotencyKey: readIdempotencyHeader(request.headers['idempotency-key']),
    })
    try {
      const result: ExecutionResult = await app.graphql(
        asked.query,
        { ...context, operationName: asked.operationName ?? undefined },
        asked.variables ?? {},
        asked.operationName ?? undefined,
      )
      return result
    } catch (error) {
      // mercurius throws what validation found, and as an error of its own what is nested too deep
      if (error instanceof AppError) return { errors: [refusal(error)] }
      const { errors } = error as { errors?: readonly GraphQLError[] }
      if (!errors) throw error
      return {
        errors: errors.map((found) => (found instanceof GraphQLError ? found : new GraphQLError(TOO_DEEP))),
      }
    }
  }
}

function fromQueryString({ variables, extensions, ...rest }: Record<string, unknown>): object {
  return { ...rest, ...jsonMember('variables', variables), ...jsonMember('extensions', extensions) }
}

function jsonMember(name: string, text: unknown): object {
  if (typeof text !== 'string' || text === '') return {}
  try {
    return { [name]: JSON.parse(text) as unknown }
  } catch {
    throw new AppError('VALIDATION_FAILED', {
      detail: `${name} is not JSON`,
      errors: [{ path: `/${name}`, message: 'is not JSON' }],
    })
  }
}

function parsed(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxTokens: MAX_TOKENS })
  } catch (error) {
    return error as GraphQLError
  }
}

const syntaxError = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message, {
    source: error.source ?? null,
    positions: error.positions ?? null,
    originalError: new AppError('GRAPHQL_PARSE_FAILED', { detail: error.message }),
  })

const refusal = (error: AppError): GraphQLError => new GraphQLError(error.message, { originalError: error })

const TOO_DEEP = `The document is nested deeper than ${MAX_DEPTH} fields`

const whichOperation = (name: string | null | undefined): string =>
  name
    ? `There is no operation "${name.slice(0, 64)}" in the document`
    : 'Say by operationName which operation to run'

function mediaType(request: FastifyRequest): string {
  return request.headers.accept?.includes('application/graphql-response+json')
    ? 'application/graphql-response+json; charset=utf-8'
    : 'application/json; charset=utf-8'
}
