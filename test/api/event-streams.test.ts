import Fastify from 'fastify'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { registerEventStreams, STREAM_TIMEOUT } from '../../src/http/event-streams.ts'
import { registerRequestLog } from '../../src/http/logging.ts'
import { follow } from '../setup/events.ts'

/** A server with one stream, in which time passes quickly. */
const app = Fastify({ handlerTimeout: 100, connectionTimeout: 1000, forceCloseConnections: 'idle' })
app.decorateRequest('turnedAway', false)
registerRequestLog(app)
const streams = registerEventStreams(app, 10, 20)
let position = 0
app.get('/', { handlerTimeout: STREAM_TIMEOUT }, async (request, reply) =>
  streams.take(request, reply).begin(undefined, () => (position++ % 2 ? `at-${position}` : undefined)),
)
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
afterAll(() => app.close())

const soon = { timeout: 20_000, interval: 5 }

test('a stream gives signs of life, with the place to resume from, and no limit of time for answers ends it', async () => {
  const client = await follow(origin)
  onTestFinished(client.leave)
  let over = false
  void client.ended.then(() => {
    over = true
  })
  // fifteen times as long as a handler may take, longer than a connection may be silent
  await vi.waitFor(() => expect(client.beats).toBeGreaterThan(75), soon)
  expect(over).toBe(false)
  expect(client.lastId).toMatch(/^at-/)
  expect(client.events).toEqual([])
})

test('a server that closes ends what it says, and says no more', async () => {
  const client = await follow(origin)
  await app.close()
  expect(await client.ended).toBe(true)
  expect(client.retry).toBeGreaterThan(0)
})
