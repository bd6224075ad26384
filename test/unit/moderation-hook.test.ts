import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { createModerationHook, HookUnavailable } from '../../src/lib/moderation-hook.ts'

const SECRET = 'the-secret-of-the-hook'
const EVENT = { comment: { body: 'what-was-asked – ü' } }
const ANSWER = 'what-was-answered'

const servers: Server[] = []

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/check`
}

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    }),
  )
})

const answering =
  (body: string | Buffer, status = 200, headers = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body)

const check = (url: string, options: { timeout?: number; secret?: string; fetch?: typeof fetch } = {}) =>
  createModerationHook({ url, secret: SECRET, ...options }).check(EVENT)

/** That a check failed with this code, and tells nothing of what went over the wire. */
async function refused(checking: Promise<unknown>, code: string): Promise<void> {
  const error = await checking.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(HookUnavailable)
  expect(error).toMatchObject({ name: 'HookUnavailable', code })
  const told = inspect(error, { depth: 9, showHidden: true })
  for (const hidden of [SECRET, 'what-was-asked', ANSWER]) expect(told).not.toContain(hidden)
}

describe('what is asked', () => {
  it.each([
    ['a secret as plain text', SECRET, Buffer.from(SECRET)],
    [
      'a secret in base64',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'),
    ],
  ])('is JSON, signed after Standard Webhooks, with %s', async (_, secret, key) => {
    const seen: { request: IncomingMessage; body: string }[] = []
    const url = await serve(async (request, response) => {
      seen.push({ request, body: await text(request) })
      response.end('{"verdict":"approve"}')
    })
    const hook = createModerationHook({ url, secret })
    const before = Math.floor(Date.now() / 1000)
    for (let n = 0; n < 2; n++) expect(await hook.check(EVENT)).toEqual({ verdict: 'approve', reason: null })
    for (const { request, body } of seen) {
      const {
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signature,
      } = request.headers
      expect(request).toMatchObject({ method: 'POST', url: '/check' })
      expect(request.headers['content-type']).toBe('application/json')
      expect(JSON.parse(body)).toEqual(EVENT)
      expect(timestamp).toMatch(/^\d+$/)
      expect(Number(timestamp)).toBeGreaterThanOrEqual(before)
      expect(Number(timestamp)).toBeLessThanOrEqual(Date.now() / 1000)
      const mac = createHmac('sha256', key)
        .update(`${id}.${timestamp}.`)
        .update(body, 'utf8')
        .digest('base64')
      expect(signature).toBe(`v1,${mac}`)
    }
    const ids = seen.map(({ request }) => request.headers['webhook-id'])
    expect(new Set(ids).size).toBe(2)
  })

  it.each(['', 'whsec_', 'whsec_not base64', 'whsec_ab!cd', 'whsec_a'])(
    'is not signed with the secret %j',
    (secret) => {
      expect(() => createModerationHook({ url: 'http://127.0.0.1/', secret })).toThrow(
        'The secret of the moderation hook is not one',
      )
    },
  )
})

describe('a verdict', () => {
  it.each([
    ['{"verdict":"approve"}', 'approve', null],
    ['{"verdict":"hold","reason":"Rude"}', 'hold', 'Rude'],
    ['{"verdict":"spam","reason":null,"score":0.9}', 'spam', null],
    ['{"verdict":"hold","reason":" a\\u0000b\\u202E\\ud800 "}', 'hold', 'ab'],
    ['{"verdict":"hold","reason":"\\u200B"}', 'hold', null],
    [JSON.stringify({ verdict: 'hold', reason: 'x'.repeat(501) }), 'hold', `${'x'.repeat(499)}…`],
    [`{"verdict":"spam"}${' '.repeat(64 * 1024 - 18)}`, 'spam', null],
  ])('is read: %.60s', async (answer, verdict, reason) => {
    expect(await check(await serve(answering(answer)))).toEqual({ verdict, reason })
  })

  it('is never read from anything else', async () => {
    const verdict = fc.oneof(fc.constantFrom('approve', 'hold', 'spam', 'APPROVE', ' hold'), fc.jsonValue())
    const near = fc.record({ verdict, reason: fc.jsonValue() }).map((value) => ({
      answer: JSON.stringify(value),
      isVerdict:
        ['approve', 'hold', 'spam'].some((known) => known === value.verdict) &&
        (value.reason === null || typeof value.reason === 'string'),
    }))
    const far = fc
      .oneof(fc.string({ unit: 'binary' }), fc.json())
      .map((answer) => ({ answer, isVerdict: false }))
    await fc.assert(
      fc.asyncProperty(fc.oneof(near, far), async ({ answer, isVerdict }) => {
        const checking = check('http://127.0.0.1/', { fetch: async () => new Response(answer) })
        if (isVerdict) expect(await checking).toMatchObject({ verdict: JSON.parse(answer).verdict })
        else await refused(checking, 'MALFORMED')
      }),
      { numRuns: 300 },
    )
  })
})

describe('whoever gives no verdict', () => {
  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['HTML', `<html>${ANSWER}`],
    ['cut JSON', `{"verdict":"approve","reason":"${ANSWER}"`],
    ['a list', `["approve","${ANSWER}"]`],
    ['another verdict', `{"verdict":"${ANSWER}"}`],
    ['a list of verdicts', `{"verdict":["approve"]}`],
    ['a reason that is no text', `{"verdict":"approve","reason":{"a":"${ANSWER}"}}`],
    ['what is not UTF-8', Buffer.from('{"verdict":"approve","reason":"\xff"}', 'latin1')],
  ])('is refused with %s', async (_, answer) => {
    await refused(check(await serve(answering(answer))), 'MALFORMED')
  })

  it.each([201, 204, 301, 302, 307, 400, 401, 429, 500, 503])('is refused with status %i', async (status) => {
    let visits = 0
    const elsewhere = await serve((_request, response) => {
      visits++
      response.end('{"verdict":"approve"}')
    })
    const body = status === 204 ? '' : '{"verdict":"approve","reason":"what-was-answered"}'
    await refused(check(await serve(answering(body, status, { location: elsewhere }))), 'STATUS')
    expect(visits).toBe(0)
  })

  it('is not read beyond 64 KiB', async () => {
    await refused(
      check(await serve(answering(`{"verdict":"spam"}${' '.repeat(64 * 1024 - 17)}`))),
      'TOO_LARGE',
    )
    let hungUp: Promise<unknown> | undefined
    const endless = await serve((_request, response) => {
      hungUp = once(response, 'close')
      const pour = (): void => {
        while (response.write(ANSWER.repeat(100)));
      }
      response.on('drain', pour)
      pour()
    })
    await refused(check(endless, { timeout: 30_000 }), 'TOO_LARGE')
    await hungUp
  })

  it.each([
    ['never answers', () => {}],
    [
      'answers in part and falls silent',
      (response: ServerResponse) => response.write('{"verdict":"approve"'),
    ],
    [
      'answers in whole and does not end',
      (response: ServerResponse) => response.write('{"verdict":"approve"}'),
    ],
  ])('is not waited for when it %s', async (_, start) => {
    let hungUp: Promise<unknown> | undefined
    const url = await serve((_request, response) => {
      hungUp = once(response, 'close')
      start(response)
    })
    await refused(check(url, { timeout: 300 }), 'TIMEOUT')
    await hungUp
  })

  it('is refused when the connection tears', async () => {
    const atOnce = await serve((request) => request.socket.destroy())
    await refused(check(atOnce), 'UND_ERR_SOCKET')
    const midway = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('{"verdict":"approve"}', () => response.destroy())
    })
    await refused(check(midway), 'UND_ERR_SOCKET')
    const chunked = await serve((_request, response) => {
      response.write('{"verdict":"approve"}', () => response.destroy())
    })
    await refused(check(chunked), 'UND_ERR_SOCKET')
  })

  it('is refused when nobody is there, or the address is none', async () => {
    const url = await serve(() => {})
    await new Promise((resolve) => servers.pop()?.close(resolve))
    await refused(check(url), 'ECONNREFUSED')
    await refused(check(`http://${SECRET}:x@127.0.0.1/`), 'UNREACHABLE')
    await refused(check('nonsense', { fetch: () => Promise.reject(ANSWER) }), 'UNREACHABLE')
  })
})
