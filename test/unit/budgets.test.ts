import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { registerAuth } from '../../src/http/auth.ts'
import { registerBudgets } from '../../src/http/budgets.ts'
import { asAppError } from '../../src/http/problems.ts'

/** A server of its own for what no route of the product uses yet: prices. */
async function server() {
  let time = 0
  const app = Fastify()
  app.setErrorHandler((error, _request, reply) => {
    const { status, headers, code } = asAppError(error)
    return reply
      .code(status)
      .headers({ 'cache-control': 'no-store', ...headers })
      .send(code)
  })
  const budgets = registerBudgets(app, { anonymous: 60, user: 60, key: 60 }, () => time)
  const callers = {
    anonymous: { kind: 'anonymous' } as const,
    authenticate: () => Promise.reject(new Error('nobody has a key')),
    requireScope: () => {},
  }
  registerAuth(app, callers, budgets)
  app.get('/cheap', async () => 'cheap')
  app.get('/free', { config: { cost: 0 } }, async () => 'free')
  app.get('/dear', { config: { cost: 25 } }, async () => 'dear')
  app.get<{ Querystring: { points: string } }>('/priced', async (request, reply) => {
    request.charge(Number(request.query.points))
    return reply.header('cache-control', 'no-store').send('priced')
  })
  await app.ready()
  const ask = async (url: string) => {
    const { statusCode, headers } = await app.inject(url)
    return [statusCode, headers['ratelimit'], headers['retry-after']]
  }
  const pass = (ms: number) => {
    time += ms
  }
  return { ask, pass }
}

test('a route costs what it says, and a point where it says nothing', async () => {
  const { ask, pass } = await server()
  for (const [url, status] of [
    ['/dear', 200],
    ['/dear', 200],
    ['/dear', 429],
    ['/cheap', 200],
    ['/free', 200],
  ] as const)
    expect([url, (await ask(url))[0]]).toEqual([url, status])
  expect(await ask('/dear')).toEqual([429, '"default";r=9;t=16', '16'])
  pass(16_000)
  expect((await ask('/dear'))[0]).toBe(200)
  expect((await ask('/free'))[0]).toBe(200)
  expect((await ask('/cheap'))[0]).toBe(429)
})

test('what turns out to cost more is taken when it is known, all or nothing', async () => {
  const { ask, pass } = await server()
  expect(await ask('/priced?points=30')).toEqual([200, '"default";r=30;t=30', undefined])
  // the point that every request costs is gone
  expect(await ask('/priced?points=31')).toEqual([429, '"default";r=29;t=1', '1'])
  expect(await ask('/priced?points=29')).toEqual([200, '"default";r=0;t=60', undefined])
  pass(60_000)
  expect(await ask('/priced?points=1')).toEqual([200, '"default";r=59;t=1', undefined])
  pass(1000)
  expect(await ask('/priced?points=1000')).toEqual([200, '"default";r=0;t=60', undefined])
})
