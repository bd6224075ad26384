import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createDeps, type Deps } from '../../src/deps.ts'
import { article } from '../setup/data.ts'
import { cloneDatabase, type TestDatabase } from '../setup/database.ts'
import { NO_LIMITS } from '../setup/limits.ts'
import { type FaultyProxy, startProxy } from '../setup/proxy.ts'

let clone: TestDatabase
let proxy: FaultyProxy
let deps: Deps
let app: FastifyInstance

beforeAll(async () => {
  clone = await cloneDatabase()
  await article(clone.sql, { slug: 'tides' })
  proxy = await startProxy(clone.url)
  const config = loadConfig({
    ...NO_LIMITS,
    SECRET: 'a secret for tests, 32 characters',
    DATABASE_STATEMENT_TIMEOUT: '500',
  })
  deps = await createDeps(config, proxy.url, pino({ level: 'silent' }))
  app = await buildApp(deps)
})

afterAll(async () => {
  proxy.weather = 'pass'
  await app.close()
  await deps.close()
  await proxy.close()
  await clone.drop()
})

const comment = { body: 'Words', author: { name: 'Reader' } }
const key = `bs_${'0'.repeat(32)}_${'0'.repeat(64)}`

describe.each(['refuse', 'blackhole'] as const)('with a database that is away (%s)', (weather) => {
  test('reads and writes are 503 with Retry-After, health stays, readiness goes, and all is well afterwards', async () => {
    proxy.weather = weather
    if (weather === 'refuse') proxy.cut()
    const answers = await Promise.all([
      app.inject('/v1/articles'),
      app.inject('/v1/articles/tides?include=adjacent,comments'),
      app.inject('/v1/categories'),
      app.inject({ url: '/v1/articles', headers: { authorization: `Bearer ${key}` } }),
      app.inject({ method: 'POST', url: '/v1/articles/tides/comments', payload: comment }),
    ])
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(5).fill(503))
    expect(answers.every(({ headers }) => headers['retry-after'] === '1')).toBe(true)
    expect(answers.every((answer) => answer.json().code === 'UNAVAILABLE')).toBe(true)
    const graphql = await app.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: '{ articles(first: 1) { nodes { id } } }' },
    })
    expect(graphql.json().errors[0].extensions.code).toBe('UNAVAILABLE')
    expect((await app.inject('/healthz')).statusCode).toBe(200)
    await vi.waitUntil(async () => (await app.inject('/readyz')).statusCode === 503, 10_000)

    proxy.weather = 'pass'
    proxy.cut()
    expect((await app.inject('/v1/articles/tides')).statusCode).toBe(200)
    await vi.waitUntil(async () => (await app.inject('/readyz')).statusCode === 200, 10_000)
    const posted = await app.inject({ method: 'POST', url: '/v1/articles/tides/comments', payload: comment })
    expect(posted.statusCode).toBe(201)
  })
})
