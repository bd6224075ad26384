import { once } from 'node:events'
import net from 'node:net'
import type { Response } from 'light-my-request'
import { afterEach, expect, test, vi } from 'vitest'
import { startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { keyHeaders, problemOf } from './support.ts'

const LIMIT = 3

// a server of its own that waits long for what the tests lock
const server = await startApp({ MAX_IN_FLIGHT: String(LIMIT), DATABASE_STATEMENT_TIMEOUT: '20000' })
const { app, database } = server
await article(database.sql, { slug: 'tides' })
await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as net.AddressInfo

let unlock: (() => Promise<void>) | undefined
afterEach(() => unlock?.())

/** Makes every read of articles wait until it is undone. */
async function lock(): Promise<void> {
  const session = await database.sql.reserve()
  await session`begin`
  await session`lock table articles in access exclusive mode`
  unlock = async () => {
    unlock = undefined
    await session`rollback`
    session.release()
  }
}

const read = () => app.inject('/v1/articles/tides')

/** How many refusals the tests have seen. */
let refusals = 0

function expectTurnedAway(answer: Response): void {
  problemOf(answer, 503, 'OVERLOADED')
  refusals++
}

/** How many statements wait for the lock. */
async function waiting(): Promise<number> {
  const [row] = await database.sql<{ n: number }[]>`
    select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and application_name = 'broadsheet'`
  return row?.n ?? 0
}

/** Reads that hold all places, until the lock is undone. */
async function fill(): Promise<Promise<Response>[]> {
  await lock()
  const reads = Array.from({ length: LIMIT }, async () => read())
  await vi.waitUntil(async () => (await waiting()) === LIMIT, 10_000)
  return reads
}

/** True when every place is free: as many as there are can be taken, and not one more. */
async function expectAllFree(): Promise<void> {
  const reads = await fill()
  expectTurnedAway(await read())
  await unlock?.()
  const answers = await Promise.all(reads)
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(LIMIT).fill(200))
}

test('what comes beyond the limit is turned away at once, before keys and bodies, in a way that a page can read', async () => {
  const reads = await fill()
  const turnedAway = await Promise.all([
    app.inject({ url: '/v1/articles/tides', headers: { origin: 'https://reader.example' } }),
    app.inject({ url: '/v1/articles', headers: { authorization: 'Bearer bs_nonsense' } }),
    app.inject({
      method: 'POST',
      url: '/v1/articles/tides/comments',
      headers: { 'content-type': 'application/json' },
      payload: '{ not json',
    }),
    app.inject({ method: 'POST', url: '/graphql', payload: { query: '{ articles { nodes { id } } }' } }),
    app.inject('/nowhere'),
  ])
  for (const answer of turnedAway) {
    expectTurnedAway(answer)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.headers['access-control-allow-origin']).toBe('*')
  }
  expect((await app.inject('/healthz')).statusCode).toBe(200)
  expect((await app.inject('/readyz')).statusCode).toBe(200)
  await unlock?.()
  expect((await Promise.all(reads)).map(({ statusCode }) => statusCode)).toEqual(Array(LIMIT).fill(200))
  expect((await read()).statusCode).toBe(200)
})

test('what is turned away is counted in the log, not told one by one', async () => {
  const lines = () => server.logs.map((line) => JSON.parse(line) as { status?: number; turnedAway?: number })
  const counted = () => lines().reduce((sum, { turnedAway = 0 }) => sum + turnedAway, 0)
  const before = lines().length
  const reads = await fill()
  await Promise.all(Array.from({ length: 50 }, async () => expectTurnedAway(await read())))
  await unlock?.()
  await Promise.all(reads)
  // with what an earlier test has left to be told
  await vi.waitUntil(() => counted() === refusals, 10_000)
  expect(lines().length - before).toBeLessThanOrEqual(LIMIT + 2)
  expect(lines().filter(({ status }) => status === 503)).toEqual([])
})

test('a place comes back, however a request ends', async () => {
  const { authorization } = await keyHeaders(server, 'comments:moderate')
  const post = (payload: string, headers = {}) =>
    app.inject({
      method: 'POST',
      url: '/v1/articles/tides/comments',
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    })
  const comment = JSON.stringify({ body: 'Words', author: { name: 'Reader' } })
  for (let round = 0; round < LIMIT; round++) {
    const statuses = [
      await post(comment),
      await post('{ not json'),
      await post('{}'),
      await post(comment, { authorization: 'Bearer bs_nonsense' }),
      await post(comment, { authorization }),
      await post(comment, { 'content-type': 'text/plain' }),
      await post(`{"body":"${'x'.repeat(70_000)}"}`),
      await app.inject('/v1/articles/nowhere'),
      await app.inject('/nowhere'),
      await app.inject({ method: 'HEAD', url: '/v1/articles' }),
      await app.inject({ method: 'DELETE', url: '/v1/articles' }),
      await app.inject({ method: 'OPTIONS', url: '/v1/articles', headers: { origin: 'https://a.example' } }),
      await app.inject({ method: 'GET', url: '/v1/articles', payload: 'a body that nobody reads' }),
      await app.inject({ method: 'POST', url: '/graphql', payload: { query: '{' } }),
    ].map(({ statusCode }) => statusCode)
    expect(statuses).not.toContain(503)
    expect(statuses).not.toContain(500)
  }
  await expectAllFree()
})

test('a client that is gone holds its place only for as long as its statement runs', async () => {
  await lock()
  for (let i = 0; i < LIMIT; i++) {
    const socket = net.connect(port, '127.0.0.1')
    socket.write('GET /v1/articles/tides HTTP/1.1\r\nHost: x\r\n\r\n')
    await vi.waitUntil(async () => (await waiting()) === i + 1, 10_000)
    socket.destroy()
    await once(socket, 'close')
  }
  expectTurnedAway(await read())
  await unlock?.()
  await vi.waitUntil(async () => (await waiting()) === 0, 10_000)
  await expectAllFree()
})

test('clients that take their time to send a body keep nobody out, and find a place when they have sent it', async () => {
  const body = JSON.stringify({ body: 'Slowly written.', author: { name: 'Slow' } })
  const head = `POST /v1/articles/tides/comments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\nExpect: 100-continue\r\n\r\n`
  const slow = await Promise.all(
    Array.from({ length: LIMIT + 1 }, async () => {
      const socket = net.connect(port, '127.0.0.1')
      let answer = ''
      socket.on('data', (chunk) => {
        answer += chunk
      })
      socket.write(head)
      await vi.waitUntil(() => answer.includes('100 Continue'), 10_000)
      return { socket, answer: () => answer }
    }),
  )
  expect((await read()).statusCode).toBe(200)

  const reads = await fill()
  const [late, ...others] = slow as [(typeof slow)[number], ...typeof slow]
  late.socket.write(body)
  await vi.waitUntil(() => late.answer().includes('OVERLOADED'), 10_000)
  refusals++
  await unlock?.()
  await Promise.all(reads)
  for (const { socket } of others) socket.write(body)
  await vi.waitUntil(() => others.every(({ answer }) => answer().includes('HTTP/1.1 201')), 10_000)
  await expectAllFree()
})
