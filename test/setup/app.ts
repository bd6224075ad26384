import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createDeps, type Deps } from '../../src/deps.ts'
import { cloneDatabase, type TestDatabase } from './database.ts'
import { NO_LIMITS } from './limits.ts'

export interface TestApp {
  app: FastifyInstance
  deps: Deps
  database: TestDatabase
  /** What was logged, a line an entry. */
  logs: string[]
}

/**
 * The whole server, for one test file; closed after its tests.
 * @param shared the database of another server, which puts it away; left out, one of its own.
 */
export async function startApp(env: Record<string, string> = {}, shared?: TestDatabase): Promise<TestApp> {
  const database = shared ?? (await cloneDatabase())
  const logs: string[] = []
  const logger = pino({ level: 'info', base: undefined }, { write: (line: string) => void logs.push(line) })
  const config = loadConfig({
    PUBLIC_URL: 'http://broadsheet.test',
    SECRET: 'a secret for tests, 32 characters',
    // a slow machine shall not look like a database that is away
    DATABASE_ACQUIRE_TIMEOUT: '20000',
    DATABASE_STATEMENT_TIMEOUT: '20000',
    ...NO_LIMITS,
    ...env,
  })
  const deps = await createDeps(config, database.url, logger)
  const app = await buildApp(deps)
  afterAll(async () => {
    await app.close()
    await deps.close()
    if (!shared) await database.drop()
  })
  return { app, deps, database, logs }
}

/** A GraphQL request, as a client sends it. */
export async function graphql<T>(
  app: FastifyInstance,
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<{
  status: number
  data: T
  errors: { message: string; extensions: { code: string } }[] | undefined
}> {
  const response = await app.inject({
    method: 'POST',
    url: '/graphql',
    headers,
    payload: { query, variables },
  })
  const { data, errors } = response.json<{
    data: T
    errors?: { message: string; extensions: { code: string } }[]
  }>()
  return { status: response.statusCode, data, errors }
}
