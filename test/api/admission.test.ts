import net from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startApp } from '../setup/app.ts'
import { keyHeaders, problemOf } from './support.ts'

const server = await startApp()
const { app } = server
await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as net.AddressInfo

const url = '/v1/moderation/decisions'
const { authorization: without } = await keyHeaders(server, 'content:write')
const { authorization: moderator } = await keyHeaders(server, 'comments:moderate')
const decide = (payload: string, headers: Record<string, string>) =>
  app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } })

test.each([
  ['not JSON', '{', {}, 400, 'BODY_MALFORMED'],
  ['of the wrong shape', '{}', {}, 400, 'VALIDATION_FAILED'],
  ['too large', `{"decisions":"${'x'.repeat(70_000)}"}`, {}, 413, 'BODY_TOO_LARGE'],
  ['of another kind', 'x', { 'content-type': 'text/plain' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
])(
  'a body that is %s is looked at for callers with the scope alone',
  async (_, body, headers, status, code) => {
    problemOf(await decide(body, headers), 401, 'AUTHENTICATION_FAILED')
    problemOf(await decide(body, { ...headers, authorization: without }), 403, 'FORBIDDEN')
    problemOf(await decide(body, { ...headers, authorization: moderator }), status, code)
  },
)

/** Sends the head of a request, and nothing of its body. */
function sendHead(headers: string) {
  const socket = net.connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.write(
    `POST ${url} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n${headers}\r\n`,
  )
  return { socket, answer: () => answer }
}

test('whoever lacks the scope is answered while the body is still to come', async () => {
  const admitted = sendHead(`Authorization: ${moderator}\r\n`)
  for (const [headers, status] of [
    ['', 401],
    [`Authorization: ${without}\r\n`, 403],
  ] as const) {
    const { answer } = sendHead(headers)
    await vi.waitUntil(() => answer() !== '', 10_000)
    expect(answer()).toContain(`HTTP/1.1 ${status}`)
  }
  expect(admitted.answer()).toBe('')
  admitted.socket.write('{}')
  await vi.waitUntil(() => admitted.answer() !== '', 10_000)
  expect(admitted.answer()).toContain('HTTP/1.1 400')
})

test('a query that is wrong is told to callers with the scope alone', async () => {
  const ask = (headers: Record<string, string>) =>
    app.inject({ url: '/v1/moderation/comments?state=spam', headers })
  problemOf(await ask({}), 401, 'AUTHENTICATION_FAILED')
  problemOf(await ask({ authorization: without }), 403, 'FORBIDDEN')
  problemOf(await ask({ authorization: moderator }), 400, 'VALIDATION_FAILED')
})
