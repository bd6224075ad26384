import net from 'node:net'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { graphql, startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { keyHeaders, problemOf } from './support.ts'

const BUDGET = 5
const server = await startApp({ BUDGET_ANONYMOUS: String(BUDGET), BUDGET_KEY: '3', TRUST_PROXY: '10.9.9.9' })
const { app, deps, database } = server
const { sql } = database
await article(sql, { slug: 'tides' })

/** What the budgets go by; it stands still unless a test moves it. */
let clock = performance.now()
vi.spyOn(performance, 'now').mockImplementation(() => clock)
const pass = (ms: number) => {
  clock += ms
}

/** An address of its own for each test. */
let tests = 0
let address = ''
beforeEach(() => {
  address = `203.0.113.${++tests}`
})

const read = (headers: Record<string, string> = {}, remoteAddress = address) =>
  app.inject({ url: '/v1/articles/tides', headers, remoteAddress })
const query = (headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/graphql',
    headers,
    payload: { query: '{categories{id}}' },
    remoteAddress: address,
  })
const exhaust = async () => {
  for (let n = 0; n < BUDGET; n++) expect((await read()).statusCode).toBe(200)
}
const keyWith = async (budget?: number | null) => {
  const { key, id } = await deps.core.keys.create({
    name: 'test',
    scopes: ['content:read'],
    expiresAt: null,
    sandbox: false,
    ...(budget !== undefined && { budget }),
  })
  return { id, authorization: `Bearer ${key}` }
}
const WRONG = `Bearer bs_${'0'.repeat(32)}_${'0'.repeat(64)}`

/** Runs `work` while no key can be looked up: what does look one up is a 500. */
async function withoutKeys(work: () => Promise<void>): Promise<void> {
  await sql`alter table api_keys rename to api_keys_away`
  try {
    await work()
  } finally {
    await sql`alter table api_keys_away rename to api_keys`
  }
}

describe('the budget of an address', () => {
  test('is one for both faces; what is beyond it is refused and told when to come back', async () => {
    for (const ask of [read, query, read, query, read]) expect((await ask()).statusCode).toBe(200)
    for (const ask of [read, query]) {
      const refused = await ask()
      const { detail } = problemOf(refused, 429, 'RATE_LIMITED')
      expect(detail).toBe('The budget is 5 points a minute; there is enough again in 12 s')
      expect(refused.headers).toMatchObject({
        'retry-after': '12',
        'ratelimit-policy': '"default";q=5;w=60',
        ratelimit: '"default";r=0;t=12',
      })
    }
    pass(11_999)
    expect((await read()).headers['retry-after']).toBe('1')
    pass(1)
    expect((await query()).statusCode).toBe(200)
    problemOf(await query(), 429, 'RATE_LIMITED')
  })

  test('is that of its network, and of nobody else', async () => {
    await exhaust()
    for (const [asked, status] of [
      [address, 429],
      [`::ffff:${address}`, 429],
      ['198.51.100.7', 200],
    ] as const)
      expect([asked, (await read({}, asked)).statusCode]).toEqual([asked, status])
    for (let n = 0; n < BUDGET; n++)
      expect((await read({}, `2001:db8:0:12${n}${n}::${n}`)).statusCode).toBe(200)
    expect((await read({}, '2001:db8:0:12ff:ffff::1')).statusCode).toBe(429)
    expect((await read({}, '2001:db8:0:1300::1')).statusCode).toBe(200)
  })

  test('goes by X-Forwarded-For from a proxy that is trusted, and from nobody else', async () => {
    const forwarded = (n: number, from: string) => read({ 'x-forwarded-for': `198.51.100.${10 + n}` }, from)
    for (let n = 0; n < 2 * BUDGET; n++) expect((await forwarded(n, '10.9.9.9')).statusCode).toBe(200)
    for (let n = 0; n < BUDGET; n++) expect((await forwarded(n, address)).statusCode).toBe(200)
    expect((await forwarded(99, address)).statusCode).toBe(429)
  })

  test('does not count what is always answered', async () => {
    await exhaust()
    for (const url of ['/healthz', '/readyz', '/openapi.json', '/docs/', '/docs/errors', '/']) {
      const response = await app.inject({ url, remoteAddress: address })
      expect([url, response.statusCode]).toEqual([url, 200])
      expect(response.headers).not.toHaveProperty('ratelimit')
    }
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/v1/articles/tides',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'GET' },
      remoteAddress: address,
    })
    expect(preflight.statusCode).toBe(204)
  })

  test('refuses in a way that a page in a browser can read', async () => {
    await exhaust()
    const refused = await read({ origin: 'https://reader.example' })
    expect(refused.statusCode).toBe(429)
    expect(refused.headers['access-control-allow-origin']).toBe('*')
    const exposed = String(refused.headers['access-control-expose-headers'])
    for (const name of ['retry-after', 'ratelimit', 'ratelimit-policy']) expect(exposed).toContain(name)
  })

  test('is held against before the body is read', async () => {
    await exhaust()
    for (const url of ['/v1/articles/tides/comments', '/graphql']) {
      const response = await app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        payload: '{ not json',
        remoteAddress: address,
      })
      problemOf(response, 429, 'RATE_LIMITED')
    }
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as net.AddressInfo
    for (let n = 0; n < BUDGET; n++) await read({}, '127.0.0.1')
    const socket = net.connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.write(
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n',
    )
    await vi.waitUntil(() => answer !== '', 10_000)
    expect(answer).toContain('HTTP/1.1 429')
    socket.destroy()
  })
})

describe('the budget of a key', () => {
  test('is its own, or the default, or without limit', async () => {
    for (const [budget, admitted] of [
      [undefined, 3],
      [null, 3],
      [7, 7],
      [0, 50],
    ] as const) {
      const { authorization } = await keyWith(budget)
      for (let n = 0; n < admitted; n++) {
        const ask = n % 2 === 0 ? read : query
        expect((await ask({ authorization })).statusCode).toBe(200)
      }
      expect((await read({ authorization })).statusCode).toBe(budget === 0 ? 200 : 429)
    }
  })

  test('is told with every answer that nobody may store, and with no other', async () => {
    const { authorization } = await keyWith(60)
    const own = await read({ authorization })
    expect(own.headers).toMatchObject({
      'cache-control': 'private, no-store',
      'ratelimit-policy': '"default";q=60;w=60',
      ratelimit: '"default";r=59;t=1',
    })
    expect((await query({ authorization })).headers['ratelimit']).toBe('"default";r=58;t=2')
    pass(1500)
    const missing = await app.inject({ url: '/v1/articles/none', headers: { authorization } })
    expect([missing.statusCode, missing.headers['ratelimit']]).toEqual([404, '"default";r=58;t=2'])

    const unlimited = await read({ authorization: (await keyWith(0)).authorization })
    const shared = await read()
    for (const { headers } of [unlimited, shared]) {
      expect(headers).not.toHaveProperty('ratelimit')
      expect(headers).not.toHaveProperty('ratelimit-policy')
    }
    expect(shared.headers['cache-control']).toContain('public')
    const nothing = await app.inject({ url: '/v1/articles/none', remoteAddress: address })
    expect(nothing.headers['ratelimit']).toBe('"default";r=3;t=24')
  })

  test('goes with the key, from wherever, and does not go with the address', async () => {
    const first = await keyWith(2)
    const second = await keyWith(2)
    await exhaust()
    expect((await read(first)).statusCode).toBe(200)
    expect((await read(first, '198.51.100.200')).statusCode).toBe(200)
    expect((await read(first, '198.51.100.201')).statusCode).toBe(429)
    expect((await read(second)).statusCode).toBe(200)
    expect((await read()).statusCode).toBe(429)
  })

  test('holds from the next request on when it is changed', async () => {
    const { id, authorization } = await keyWith(1)
    await read({ authorization })
    expect((await read({ authorization })).statusCode).toBe(429)
    await sql`update api_keys set budget = 5 where id = ${id}`
    expect((await read({ authorization })).statusCode).toBe(200)
  })

  test('is held against before the scope of a route', async () => {
    const { authorization } = await keyWith(1)
    const ask = () => app.inject({ url: '/v1/moderation/comments', headers: { authorization } })
    problemOf(await ask(), 403, 'FORBIDDEN')
    problemOf(await ask(), 429, 'RATE_LIMITED')
  })
})

describe('failed authentications', () => {
  test('count against their address; beyond its budget nothing is looked up any more', async () => {
    const good = await keyWith(50)
    for (let n = 1; n <= BUDGET; n++) {
      const refused = await read({ authorization: n % 2 === 0 ? WRONG : 'Basic dXNlcjpwYXNz' })
      problemOf(refused, 401, 'AUTHENTICATION_FAILED')
      expect(refused.headers['ratelimit']).toBe(`"authentication";r=${BUDGET - n};t=${12 * n}`)
    }
    await withoutKeys(async () => {
      for (const authorization of [WRONG, good.authorization, 'Basic x']) {
        const refused = await read({ authorization })
        problemOf(refused, 429, 'RATE_LIMITED')
        expect(refused.headers['ratelimit-policy']).toBe('"authentication";q=5;w=60')
        expect(refused.headers['retry-after']).toBe('12')
      }
    })
    problemOf(await read(), 429, 'RATE_LIMITED')
    expect((await read(good, '198.51.100.30')).statusCode).toBe(200)
    pass(12_000)
    expect((await read(good)).statusCode).toBe(200)
  })

  test('are no more when many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => read({ authorization: WRONG })))
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 401)).toHaveLength(BUDGET)
    expect(statuses.filter((status) => status === 429)).toHaveLength(40 - BUDGET)
  })

  test('keep no right key out, however many of these are looked up at once', async () => {
    const good = await keyWith(0)
    const answers = await Promise.all(Array.from({ length: 40 }, () => read(good)))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(40).fill(200))
  })

  test('are none where the key is right, or could not be looked up', async () => {
    const good = await keyWith(0)
    for (let n = 0; n < 3 * BUDGET; n++) expect((await read(good)).statusCode).toBe(200)
    await withoutKeys(async () => {
      for (let n = 0; n < 3 * BUDGET; n++) expect((await read(good)).statusCode).toBe(500)
    })
    expect((await read(good)).statusCode).toBe(200)
    await exhaust()
  })
})

test('what is refused is counted in the log, not told one by one', async () => {
  await exhaust()
  const lines = () => server.logs.map((line) => JSON.parse(line) as { msg: string; turnedAway?: number })
  const counted = () => lines().reduce((sum, { turnedAway = 0 }) => sum + turnedAway, 0)
  // what earlier tests have left to be told
  await read()
  await vi.waitUntil(() => lines().at(-1)?.msg === 'turned away: over budget', 10_000)
  const before = { lines: lines().length, counted: counted() }
  for (let n = 0; n < 40; n++) problemOf(await read(), 429, 'RATE_LIMITED')
  await vi.waitUntil(() => counted() === before.counted + 40, 10_000)
  expect(lines().length - before.lines).toBeLessThan(5)
})

test('0 is no limit, and nothing is told of it', async () => {
  const free = await startApp({ BUDGET_ANONYMOUS: '0', BUDGET_KEY: '0' })
  const { authorization } = await keyHeaders(free, 'content:read')
  for (let n = 0; n < 200; n++) {
    expect(
      (await free.app.inject({ url: '/v1/articles', headers: { authorization: WRONG } })).statusCode,
    ).toBe(401)
    expect((await free.app.inject('/v1/articles')).statusCode).toBe(200)
  }
  const answer = await free.app.inject({ url: '/v1/articles', headers: { authorization } })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers).not.toHaveProperty('ratelimit')
})

test('the defaults let a build of thousands of pages through at once', async () => {
  const usual = await startApp()
  const { authorization } = await keyHeaders(usual, 'content:read')
  const answer = await usual.app.inject({ url: '/v1/articles', headers: { authorization } })
  expect(answer.headers['ratelimit-policy']).toBe('"default";q=30000;w=60')
  const nothing = await graphql(usual.app, '{nothing}')
  expect(nothing.status).toBe(400)
  expect((await usual.app.inject('/v1/articles/none')).headers['ratelimit-policy']).toBe(
    '"default";q=6000;w=60',
  )
})
