import { createHmac, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { base64url, exportSPKI } from 'jose'
import type { Response } from 'light-my-request'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'
import {
  AUDIENCE,
  claims,
  ISSUER,
  type SigningKey,
  sign,
  signingKey,
  startIdentityProvider,
} from '../setup/identity.ts'
import { keyHeaders, problemOf } from './support.ts'

const provider = await startIdentityProvider()
afterAll(() => provider.close())
const ENV = { JWT_JWKS_URL: provider.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, BUDGET_ANONYMOUS: '0' }
const server = await startApp(ENV)
const { app, database, deps } = server
const { sql } = database
await article(sql, { slug: 'draft', status: 'draft', publishedAt: null })
const publicId = await article(sql, { slug: 'public' })

/** What fetches of keys go by. It stands still unless a test moves it; so does the date, at what it was. */
let clock = performance.now()
vi.spyOn(performance, 'now').mockImplementation(() => clock)
const pass = (ms: number) => {
  clock += ms
}
vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
const nowSeconds = () => Math.floor(Date.now() / 1000)

let key: SigningKey
beforeAll(async () => {
  key = await provider.publish('ES256', 'first')
})
beforeEach(() => {
  provider.mood = 'well'
  // whatever an earlier test has used up or made wait is over
  pass(60_000)
})

type Ask = (token: string, slug?: string) => Promise<Response>
const rest: Ask = (token, slug = 'draft') =>
  app.inject({ url: `/v1/articles/${slug}`, headers: { authorization: `Bearer ${token}` } })
const graph: Ask = (token, slug = 'draft') =>
  app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { authorization: `Bearer ${token}` },
    payload: { query: `{article(slug: "${slug}"){slug status}}` },
  })
const FACES = [
  ['REST', rest],
  ['GraphQL', graph],
] as const

const editor = (more: Record<string, unknown> = {}) => sign(key, { scope: 'content:read', ...more })
const ofDraft = (response: Response) =>
  response.json<{ data?: { article: { slug: string } | null }; slug?: string }>()
const seesDraft = (response: Response) =>
  (ofDraft(response).data?.article?.slug ?? ofDraft(response).slug) === 'draft'

function expectRefused(response: Response): string {
  const { instance: _, ...problem } = problemOf(response, 401, 'AUTHENTICATION_FAILED')
  expect(response.headers['www-authenticate']).toBe('Bearer realm="broadsheet", error="invalid_token"')
  return JSON.stringify(problem)
}

function expectUnavailable(response: Response): void {
  problemOf(response, 503, 'UNAVAILABLE')
  expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(response.headers['retry-after'])).toBeLessThanOrEqual(60)
}

describe.each(FACES)('by %s', (_, ask) => {
  test.each(['RS256', 'PS512', 'ES256', 'ES384', 'EdDSA', 'Ed25519'])(
    'a token signed with %s opens what its scopes open',
    async (alg) => {
      const signer = await provider.publish(alg)
      const response = await ask(await sign(signer, { scope: 'content:read' }))
      expect([response.statusCode, seesDraft(response)]).toEqual([200, true])
      expect(response.headers['cache-control']).toContain('no-store')
      expect(String(response.headers.vary)).toContain('Authorization')
    },
  )

  test.each([
    ['text', 'content:read', true],
    ['text with others around it', 'openid  profile content:read\temail', true],
    ['an array', ['content:read'], true],
    ['an array with others', ['offline_access', 'content:read', 7, null], true],
    ['nothing', undefined, false],
    ['others', 'openid profile', false],
    ['nearly the same', 'content:reader Content:Read content', false],
    ['more than tokens may have', 'admin', false],
    ['an object', { 'content:read': true }, false],
    ['truth', true, false],
    ['an array within an array', [['content:read']], false],
    ['an array of several in one', ['content:read content:write'], false],
  ])('scopes are read from %s', async (_, scope, opens) => {
    const response = await ask(await sign(key, { scope }))
    expect(seesDraft(response)).toBe(opens)
    expect((await ask(await sign(key, { scope }), 'public')).statusCode).toBe(200)
  })

  test('the clock of the provider may be some seconds off', async () => {
    const now = nowSeconds()
    for (const [more, good] of [
      [{ exp: now - 4 }, true],
      [{ exp: now - 5 }, false],
      [{ nbf: now + 5 }, true],
      [{ nbf: now + 6 }, false],
    ] as const) {
      const { statusCode } = await ask(await editor(more))
      expect([more, statusCode]).toEqual([more, good ? 200 : 401])
    }
  })
})

const unsigned = (header: object, payload: object) =>
  [header, payload].map((part) => base64url.encode(JSON.stringify(part))).join('.')
const hmac = (header: object, payload: object, secret: string | Buffer) => {
  const text = unsigned(header, payload)
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

/** Everything that is wrong with a token, each made when its test runs. */
const FORGERIES: Record<string, () => Promise<string>> = {
  'that is over': () => editor({ exp: nowSeconds() - 60 }),
  'that is not valid yet': () => editor({ nbf: nowSeconds() + 60 }),
  'of another issuer': () => editor({ iss: 'https://login.example' }),
  'of no issuer': () => editor({ iss: undefined }),
  'of a list of issuers': () => editor({ iss: [ISSUER] }),
  'for another audience': () => editor({ aud: 'broadsheet-staging' }),
  'for several others': () => editor({ aud: ['a', 'b'] }),
  'for no audience': () => editor({ aud: undefined }),
  'without an end': () => editor({ exp: undefined }),
  'whose end is text': () => editor({ exp: String(nowSeconds() + 60) }),
  'whose end is null': () => editor({ exp: null }),
  'whose beginning is text': () => editor({ nbf: 'now' }),
  'of nobody': () => editor({ sub: undefined }),
  'of an empty subject': () => editor({ sub: '' }),
  'of a subject that is a number': () => editor({ sub: 7 }),
  'of a subject that is an object': () => editor({ sub: { id: 7 } }),
  'of a subject that cannot be stored': () => editor({ sub: 'a\0b' }),
  'of a subject without end': () => editor({ sub: 'x'.repeat(256) }),
  'with the algorithm none': async () =>
    `${unsigned({ alg: 'none', kid: key.kid }, claims({ scope: 'content:read' }))}.`,
  'with the algorithm None and the signature of another': async () =>
    `${unsigned({ alg: 'None', kid: key.kid }, claims({ scope: 'content:read' }))}.${(await editor()).split('.')[2]}`,
  'with no algorithm': async () => `${unsigned({ kid: key.kid }, claims())}.AAAA`,
  'that takes the public key for a secret, as PEM': async () =>
    hmac({ alg: 'HS256', kid: key.kid }, claims({ scope: 'content:read' }), await exportSPKI(key.publicKey)),
  'that takes the public key for a secret, as JSON': async () =>
    hmac({ alg: 'HS256', kid: key.kid }, claims({ scope: 'content:read' }), JSON.stringify(key.jwk)),
  'that takes the public key for a secret, as bytes': async () =>
    hmac({ alg: 'HS256', kid: key.kid }, claims(), Buffer.from(key.jwk.x as string, 'base64url')),
  'signed by a secret with no name': async () => hmac({ alg: 'HS256' }, claims(), ''),
  'of another key under the name of ours': async () =>
    sign(await signingKey('ES256', key.kid), { scope: 'content:read' }),
  'of another algorithm under the name of our key': async () =>
    sign(await signingKey('RS256', key.kid), { scope: 'content:read' }),
  'of a key that nobody published': async () => sign(await signingKey('ES256'), { scope: 'content:read' }),
  'that brings its own key': async () => {
    const own = await signingKey('ES256')
    return sign(own, { scope: 'content:read' }, { jwk: own.jwk })
  },
  'that says where its key is': async () => {
    const own = await signingKey('ES256')
    return sign(own, { scope: 'content:read' }, { jku: 'http://127.0.0.1:1/keys' })
  },
  'whose payload was changed': async () => {
    const [header, , signature] = (await sign(key)).split('.')
    return `${header}.${base64url.encode(JSON.stringify(claims({ scope: 'content:read' })))}.${signature}`
  },
  'whose header was changed': async () => {
    const [, payload, signature] = (await editor()).split('.')
    const header = base64url.encode(JSON.stringify({ alg: key.alg, kid: key.kid, typ: 'at+jwt' }))
    return `${header}.${payload}.${signature}`
  },
  'whose signature is gone': async () => `${(await editor()).split('.').slice(0, 2).join('.')}.`,
  'whose signature is too short': async () => (await editor()).slice(0, -20),
  'that must be understood otherwise': async () =>
    `${unsigned({ alg: key.alg, kid: key.kid, crit: ['b64'], b64: false }, claims())}.AAAA`,
  'whose payload is no object': async () => `${unsigned({ alg: key.alg, kid: key.kid }, [])}.AAAA`,
  'whose parts are no JSON': async () => 'abc.def.ghi',
  'whose kid is an object': async () => `${unsigned({ alg: key.alg, kid: {} }, claims())}.AAAA`,
  'that is huge': () => editor({ padding: 'x'.repeat(7000) }),
  'that is huge and nothing else': async () => `${'a'.repeat(12_000)}.b.c`,
}

test.each(Object.keys(FORGERIES))('a token %s is refused, by both faces', async (name) => {
  const token = await (FORGERIES[name] as () => Promise<string>)()
  for (const [, ask] of FACES) expectRefused(await ask(token))
})

test('what is wrong with a token is not told', async () => {
  const bodies = new Set<string>()
  for (const forge of Object.values(FORGERIES)) {
    pass(60_000)
    bodies.add(expectRefused(await rest(await forge())))
  }
  expect(bodies.size).toBe(1)
})

test('nothing that anybody makes of a token is one, or a fault of ours', async () => {
  const good = await editor()
  const [header = '', payload = '', signature = ''] = good.split('.')
  const bytes = (part: string) => Buffer.from(part, 'base64url')
  const flipped = (part: string, at: number, bit: number) => {
    const copy = bytes(part)
    const index = at % copy.length
    copy[index] = (copy[index] as number) ^ (1 << bit)
    return copy.toString('base64url')
  }
  const tampered = fc
    .record({
      part: fc.integer({ min: 0, max: 2 }),
      at: fc.nat(),
      bit: fc.integer({ min: 0, max: 7 }),
    })
    .map(({ part, at, bit }) =>
      [header, payload, signature].map((text, n) => (n === part ? flipped(text, at, bit) : text)).join('.'),
    )
  const json = fc.oneof(
    fc.json({ maxDepth: 2 }),
    fc
      .record({ alg: fc.constantFrom('ES256', 'RS256', 'HS256', 'none', 7), kid: fc.jsonValue() })
      .map((v) => JSON.stringify(v)),
  )
  const madeUp = fc
    .tuple(json, json, fc.base64String())
    .map((parts) => parts.map((part) => base64url.encode(part)).join('.'))
  await fc.assert(
    fc.asyncProperty(fc.oneof(tampered, madeUp), async (token) => {
      pass(60_000)
      for (const [, ask] of FACES) expectRefused(await ask(token))
    }),
    { numRuns: 150 },
  )
  expect((await rest(good)).statusCode).toBe(200)
})

describe('a token that names no key', () => {
  const nameless = (signer: SigningKey) => sign(signer, { scope: 'content:read' }, { kid: undefined })

  test('is tried with every key of its kind', async () => {
    const first = await provider.publish('ES512')
    expect((await rest(await nameless(first))).statusCode).toBe(200)
    const second = await provider.publish('ES512')
    pass(600_000)
    await rest(await editor())
    await vi.waitFor(async () => expect((await rest(await nameless(second))).statusCode).toBe(200))
    expect((await rest(await nameless(first))).statusCode).toBe(200)
  })

  test('is refused where none of them made it', async () => {
    expectRefused(await rest(await nameless(await signingKey('ES512'))))
    expectRefused(await rest(await nameless(await signingKey('RS384'))))
  })
})

describe('the keys of the provider', () => {
  test('are fetched once for many tokens, also when they come at once', async () => {
    const before = provider.fetches
    const signer = await provider.publish('ES256')
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, n) => sign(signer, { sub: `reader-${n}`, scope: 'content:read' })),
    )
    const answers = await Promise.all(tokens.map((token) => rest(token)))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200))
    expect(provider.fetches).toBe(before + 1)
  })

  test('may be changed: a new one counts at once, the old one until it is withdrawn', async () => {
    const old = await provider.publish('RS256')
    const byOld = await sign(old, { scope: 'content:read' })
    expect((await rest(byOld)).statusCode).toBe(200)
    const renewed = await provider.publish('RS256')
    expect((await rest(await sign(renewed, { scope: 'content:read' }))).statusCode).toBe(200)
    expect((await graph(byOld)).statusCode).toBe(200)
    provider.published = provider.published.filter(({ kid }) => kid !== old.kid)
    // known keys are asked for anew after ten minutes, beside a request
    pass(599_999)
    expect((await rest(byOld)).statusCode).toBe(200)
    pass(1)
    expect((await rest(byOld)).statusCode).toBe(200)
    await vi.waitFor(async () => expect((await rest(byOld)).statusCode).toBe(401))
    expect((await rest(await sign(renewed, { scope: 'content:read' }))).statusCode).toBe(200)
  })

  test('are not fetched again for one that was not among them a moment ago', async () => {
    const stranger = await sign(await signingKey('ES256'))
    expectRefused(await rest(stranger))
    const before = provider.fetches
    for (let n = 0; n < 20; n++) expectRefused(await rest(stranger))
    expect(provider.fetches).toBe(before)
    pass(30_000)
    expectRefused(await rest(stranger))
    expect(provider.fetches).toBe(before + 1)
  })

  test('are fetched twelve times a minute at most, whatever keys tokens name', async () => {
    const signer = await signingKey('ES256')
    const before = provider.fetches
    const statuses: number[] = []
    for (let n = 0; n < 40; n++) {
      const response = await rest(await sign({ ...signer, kid: randomUUID() }))
      statuses.push(response.statusCode)
      if (response.statusCode === 503) expectUnavailable(response)
      else expectRefused(response)
    }
    expect(statuses).toEqual([...Array<number>(12).fill(401), ...Array<number>(28).fill(503)])
    expect(provider.fetches).toBe(before + 12)
    expect((await rest(await editor())).statusCode).toBe(200)
    const rotated = await provider.publish('ES256')
    const token = await sign(rotated, { scope: 'content:read' })
    const refused = await rest(token)
    expectUnavailable(refused)
    pass(Number(refused.headers['retry-after']) * 1000)
    expect((await rest(token)).statusCode).toBe(200)
  })

  test.each(['error', 'garbage', 'broken', 'silent'] as const)(
    'are kept while the address is %s; one that is not known cannot be checked then',
    async (mood) => {
      expect((await rest(await editor())).statusCode).toBe(200)
      const rotated = await provider.publish('ES256')
      const token = await sign(rotated, { scope: 'content:read' })
      provider.mood = mood
      // old enough to be asked for anew, which fails
      pass(600_000)
      for (const [, ask] of FACES) {
        expect((await ask(await editor())).statusCode).toBe(200)
        expectUnavailable(await ask(token))
        expect((await ask(await editor())).statusCode).toBe(200)
      }
      const before = provider.fetches
      for (let n = 0; n < 20; n++) expectUnavailable(await rest(token))
      expect(provider.fetches).toBe(before)
      provider.mood = 'well'
      pass(5_000)
      expect((await rest(token)).statusCode).toBe(200)
    },
  )

  test('are those that the address gives, also where these are none', async () => {
    provider.mood = 'empty'
    pass(600_000)
    const token = await editor()
    await rest(token)
    await vi.waitFor(async () => expect((await rest(token)).statusCode).toBe(401))
    provider.mood = 'well'
    pass(60_000)
    expect((await rest(token)).statusCode).toBe(200)
  })

  test('that nobody can use are no fault of the token', async () => {
    const kid = randomUUID()
    provider.published.push({ ...key.jwk, kid, x: 'AAAA' })
    expectUnavailable(await rest(await sign({ ...key, kid })))
    provider.published.pop()
  })

  test('that are gone and back are told in the log, once each, without an address', async () => {
    const told = () =>
      server.logs
        .map((line) => JSON.parse(line) as { msg: string })
        .filter(({ msg }) => msg.includes('identity provider'))
    const before = told().length
    provider.mood = 'error'
    const token = await sign(await signingKey('ES256'))
    for (let n = 0; n < 3; n++) {
      expectUnavailable(await rest(token))
      pass(5_000)
    }
    provider.mood = 'well'
    expectRefused(await rest(token))
    expect(
      told()
        .slice(before)
        .map(({ msg }) => msg),
    ).toEqual([
      'the keys of the identity provider cannot be fetched',
      'the keys of the identity provider can be fetched again',
    ])
    expect(JSON.stringify(told())).not.toContain('127.0.0.1')
  })
})

test('a server starts without the provider, and believes it from when it is there', async () => {
  const late = await startIdentityProvider()
  const port = Number(new URL(late.url).port)
  await late.close()
  const early = await startApp({ ...ENV, JWT_JWKS_URL: late.url })
  await article(early.database.sql, { slug: 'public' })
  const signer = await signingKey('RS256')
  const token = await sign(signer)
  const ask = (authorization?: string) =>
    early.app.inject({ url: '/v1/articles/public', headers: authorization ? { authorization } : {} })
  expectUnavailable(await ask(`Bearer ${token}`))
  expect((await early.app.inject('/readyz')).statusCode).toBe(200)
  expect((await ask()).statusCode).toBe(200)
  expect((await ask((await keyHeaders(early, 'content:read')).authorization)).statusCode).toBe(200)
  // what was never a token of theirs needs no key to be seen
  expectRefused(await ask(`Bearer ${unsigned({ alg: 'none' }, claims())}.`))

  const there = await startIdentityProvider(port)
  afterAll(() => there.close())
  there.published.push(signer.jwk)
  pass(5_000)
  expect((await ask(`Bearer ${token}`)).statusCode).toBe(200)
})

test('without a provider no token is one', async () => {
  const alone = await startApp()
  const authorization = `Bearer ${await editor()}`
  expectRefused(await alone.app.inject({ url: '/v1/articles', headers: { authorization } }))
})

test('the claim and the most that a token may have are settings', async () => {
  const other = await startApp({
    ...ENV,
    JWT_SCOPE_CLAIM: 'https://x.example/roles',
    JWT_SCOPES: 'comments:moderate,admin',
  })
  const queue = async (more: Record<string, unknown>) =>
    (
      await other.app.inject({
        url: '/v1/moderation/comments',
        headers: { authorization: `Bearer ${await sign(key, more)}` },
      })
    ).statusCode
  expect(await queue({ scope: 'comments:moderate' })).toBe(403)
  expect(await queue({ 'https://x.example/roles': ['content:read', 'comments:erase'] })).toBe(403)
  expect(await queue({ 'https://x.example/roles': ['comments:moderate'] })).toBe(200)
  expect(await queue({ 'https://x.example/roles': 'admin' })).toBe(200)
})

describe('who holds a token', () => {
  const decide = async (token: string) => {
    const commentId = await comment(sql, publicId, { status: 'pending' })
    const response = await app.inject({
      method: 'POST',
      url: '/v1/moderation/decisions',
      headers: { authorization: `Bearer ${token}` },
      payload: { decisions: [{ commentId, revision: 1, action: 'approve' }] },
    })
    return { response, commentId }
  }
  const actorOf = async (token: string) => {
    const { response, commentId } = await decide(token)
    expect(response.statusCode).toBe(200)
    const [result] = response.json<{ results: { comment: { decidedBy: string } }[] }>().results
    const actors = await sql<{ actor: string }[]>`
      select distinct actor from changes where subject_id = ${commentId} and kind <> 'comment.created'
        and actor <> 'system'`
    expect(actors.map(({ actor }) => actor)).toEqual([result?.comment.decidedBy])
    return result?.comment.decidedBy
  }
  const person = {
    sub: 'auth0|5f7c8ec7',
    name: 'Maud Perrin',
    email: 'maud@secret.example',
    email_verified: true,
    scope: 'comments:moderate',
  }

  test('is known by issuer and subject, a name, and an address that the provider vouches for', async () => {
    const viewer = async (more: Record<string, unknown>) =>
      deps.core.callers.authenticate(await sign(key, more))
    expect(await viewer(person)).toEqual({
      kind: 'user',
      userId: expect.stringMatching(/^[0-9a-f]{32}$/),
      issuer: ISSUER,
      subject: person.sub,
      name: person.name,
      verifiedEmail: person.email,
      scopes: new Set(['comments:moderate']),
    })
    for (const [more, verifiedEmail] of [
      [{ email_verified: 'true' }, person.email],
      [{ email_verified: false }, null],
      [{ email_verified: 'false' }, null],
      [{ email_verified: 1 }, null],
      [{ email_verified: undefined }, null],
      [{ email: undefined }, null],
      [{ email: 'no address' }, null],
      [{ email: ['a@x.example'] }, null],
      [{ email: 'a@x.example\0' }, null],
    ] as const)
      expect([more, await viewer({ ...person, ...more })]).toMatchObject([more, { verifiedEmail }])
    for (const [more, name] of [
      [{ name: undefined, nickname: ' maud ' }, 'maud'],
      [{ name: '', nickname: undefined, preferred_username: 'maud@secret.example' }, null],
      [{ name: { given: 'Maud' } }, null],
      [{ name: 'a\nb' }, null],
    ] as const)
      expect([more, await viewer({ ...person, ...more })]).toMatchObject([more, { name }])
  })

  test('is told that the token lacks a scope', async () => {
    const response = await app.inject({
      url: '/v1/moderation/comments',
      headers: { authorization: `Bearer ${await editor()}` },
    })
    expect(problemOf(response, 403, 'FORBIDDEN').detail).toBe('The token lacks the scope comments:moderate')
  })

  test('stands in the change log as the same word each time, which tells nothing of the person', async () => {
    const actor = await actorOf(await sign(key, person))
    expect(actor).toMatch(/^user:[0-9a-f]{32}$/)
    expect(await actorOf(await sign(key, { ...person, email: 'new@secret.example', name: 'M.' }))).toBe(actor)
    const others = [{ sub: 'auth0|5f7c8ec8' }, { sub: 'auth0|5f7c8ec7 ' }, { sub: 'auth0' }]
    const named = await Promise.all(
      others.map(async (more) => actorOf(await sign(key, { ...person, ...more }))),
    )
    expect(new Set([actor, ...named]).size).toBe(4)
    const kept = JSON.stringify([
      await sql`select * from changes`,
      await sql`select * from comments`,
      server.logs,
    ])
    for (const word of [person.sub, person.name, person.email, 'eyJ']) expect(kept).not.toContain(word)
  })

  test('may comment as any reader may, each with idempotency keys of their own', async () => {
    const post = async (sub: string, body: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/articles/public/comments',
        headers: {
          authorization: `Bearer ${await sign(key, { sub })}`,
          'idempotency-key': 'the-same-for-all-of-them',
        },
        payload: { body, author: { name: 'Reader' } },
      })
    const first = await post('a', 'One.')
    const again = await post('a', 'One.')
    const other = await post('b', 'Two.')
    expect([first, again, other].map(({ statusCode }) => statusCode)).toEqual([201, 201, 201])
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(again.json().comment.id).toBe(first.json().comment.id)
    expect(other.json().comment.id).not.toBe(first.json().comment.id)
  })

  test('has a budget of their own, wherever they ask from', async () => {
    const tight = await startApp({ ...ENV, BUDGET_USER: '2', BUDGET_ANONYMOUS: '3' })
    const ask = (token: string, remoteAddress: string) =>
      tight.app.inject({ url: '/v1/articles', headers: { authorization: `Bearer ${token}` }, remoteAddress })
    const one = await editor({ sub: 'one' })
    expect((await ask(one, '203.0.113.1')).headers['ratelimit']).toBe('"default";r=1;t=30')
    expect((await ask(await editor({ sub: 'one', jti: 'another' }), '203.0.113.2')).statusCode).toBe(200)
    problemOf(await ask(one, '203.0.113.3'), 429, 'RATE_LIMITED')
    expect((await ask(await editor({ sub: 'two' }), '203.0.113.3')).statusCode).toBe(200)
    // what is wrong counts against the address, what could not be checked does not
    provider.mood = 'error'
    const unknown = await sign(await signingKey('ES256'))
    for (let n = 0; n < 6; n++) expectUnavailable(await ask(unknown, '203.0.113.4'))
    for (let n = 0; n < 3; n++) expectRefused(await ask('abc.def.ghi', '203.0.113.4'))
    problemOf(await ask('abc.def.ghi', '203.0.113.4'), 429, 'RATE_LIMITED')
  })
})
