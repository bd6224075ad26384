import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { COMMENT_STATUSES } from '../../../src/domain/comment.ts'
import { wrongVotes } from '../../db/judge.ts'
import { startApp } from '../../setup/app.ts'
import { article, comment, setStatus, votes } from '../../setup/data.ts'
import { AUDIENCE, ISSUER, sign, startIdentityProvider } from '../../setup/identity.ts'
import { keyHeaders, problemOf } from '../support.ts'

const provider = await startIdentityProvider()
afterAll(() => provider.close())
const signing = await provider.publish('ES256')
const ENV = { JWT_JWKS_URL: provider.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, BUDGET_ANONYMOUS: '0' }
const server = await startApp({ ...ENV, DATABASE_CONNECTIONS: '24' })
const { app, database, deps } = server
const { sql } = database
const trusted = await keyHeaders(server, 'comments:write')
const editor = await keyHeaders(server, 'content:write')
const articleId = await article(sql, { slug: 'discussed' })

type Headers = Record<string, string>
const withToken = async (sub: string): Promise<Headers> => ({
  authorization: `Bearer ${await sign(signing, { sub })}`,
})
const withSubject = (subject: string): Headers => ({
  authorization: trusted.authorization,
  'comment-subject': encodeURIComponent(subject),
})
async function newDevice(): Promise<Headers> {
  const response = await app.inject({ method: 'POST', url: '/v1/devices' })
  expect(response.statusCode).toBe(201)
  return { 'comment-device': response.json().deviceToken }
}

const put = (id: string, value: unknown, headers: Headers = {}) =>
  app.inject({ method: 'PUT', url: `/v1/comments/${id}/vote`, headers, payload: { value } as object })
const take = (id: string, headers: Headers = {}) =>
  app.inject({ method: 'DELETE', url: `/v1/comments/${id}/vote`, headers })

/** What everybody is shown, and what the votes add up to. */
async function sumsOf(id: string) {
  const [row] = await sql`
    select count(*) filter (where value = 1)::int as up, count(*) filter (where value = -1)::int as down,
      coalesce(sum(value) filter (where proven), 0)::int as score
    from comment_votes where comment_id = ${id}`
  const shown = await app.inject(`/v1/comments/${id}`)
  expect(shown.json().votes).toEqual({ ...row })
  return row
}

const VOTERS: [string, () => Promise<Headers>, number][] = [
  ['a reader of the identity provider', () => withToken(randomUUID()), 1],
  ['a reader whom a trusted server names', async () => withSubject(randomUUID()), 1],
  ['a device', newDevice, 0],
]

describe.each(VOTERS)('the vote of %s', (_, voter, weight) => {
  test('counts once, however often it is cast, and is not to be kept', async () => {
    const id = await comment(sql, articleId)
    const headers = await voter()
    for (let round = 0; round < 3; round++) {
      const response = await put(id.toUpperCase(), 1, headers)
      expect(response.statusCode).toBe(200)
      expect(response.headers['cache-control']).toBe('no-store')
      expect(response.json()).toEqual({ commentId: id, value: 1, votes: { up: 1, down: 0, score: weight } })
    }
    expect(await sumsOf(id)).toEqual({ up: 1, down: 0, score: weight })
  })

  test('is replaced by another one, and taken back, once or twice', async () => {
    const id = await comment(sql, articleId)
    const headers = await voter()
    await put(id, 1, headers)
    expect((await put(id, -1, headers)).json().votes).toEqual({ up: 0, down: 1, score: 0 - weight })
    for (let round = 0; round < 2; round++) {
      const response = await take(id, headers)
      expect([response.statusCode, response.body, response.headers['cache-control']]).toEqual([
        204,
        '',
        'no-store',
      ])
      expect(await sumsOf(id)).toEqual({ up: 0, down: 0, score: 0 })
    }
    expect((await put(id, -1, headers)).json().votes).toEqual({ up: 0, down: 1, score: 0 - weight })
  })

  test('is one when it comes on twenty connections at once, and the last of many minds is in the sums', async () => {
    const id = await comment(sql, articleId)
    const headers = await voter()
    const same = await Promise.all(Array.from({ length: 20 }, () => put(id, 1, headers)))
    expect(same.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200))
    expect(await sumsOf(id)).toEqual({ up: 1, down: 0, score: weight })
    const minds = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 3 === 2 ? take(id, headers) : put(id, i % 3 ? -1 : 1, headers),
      ),
    )
    expect(minds.every(({ statusCode }) => statusCode === 200 || statusCode === 204)).toBe(true)
    const { up, down } = (await sumsOf(id)) as { up: number; down: number }
    expect(up + down).toBeLessThanOrEqual(1)
  })

  test('leaves a keyed hash in the database, and no reader in the change log', async () => {
    const id = await comment(sql, articleId)
    const headers = await voter()
    await put(id, 1, headers)
    const [row] = await sql<[{ key: Buffer }]>`
      select voter_key as key from comment_votes where comment_id = ${id}`
    expect(row.key).toHaveLength(32)
    const changes = await sql`select actor from changes where subject_id = ${id} and kind = 'comment.updated'`
    expect(changes.length).toBeGreaterThan(0)
    for (const { actor } of changes) expect(actor).toMatch(/^(anonymous|key:.*)$/)
  })
})

test('voters of any kind are others than those of another kind', async () => {
  const id = await comment(sql, articleId)
  await put(id, 1, await withToken('one'))
  await put(id, 1, withSubject('one'))
  await put(id, 1, withSubject('One'))
  await put(id, 1, await newDevice())
  await put(id, 1, await newDevice())
  expect(await sumsOf(id)).toEqual({ up: 5, down: 0, score: 3 })
})

test('the author of a comment votes on it as others do', async () => {
  const payload = { body: 'Words', author: { name: 'T' } }
  await sql`update articles set comment_policy = 'open' where id = ${articleId}`
  const posted = await app.inject({
    method: 'POST',
    url: `/v1/articles/discussed/comments`,
    payload,
    headers: await withToken('author'),
  })
  const { id } = posted.json().comment
  await setStatus(sql, id, 'approved')
  expect((await put(id, 1, await withToken('author'))).json().votes).toEqual({ up: 1, down: 0, score: 1 })
})

test('however many devices vote, the order stays as proven readers made it', async () => {
  const at = await article(sql, { slug: 'brigaded' })
  const [good, poor] = [await comment(sql, at), await comment(sql, at)]
  await put(good, 1, withSubject('a reader'))
  const before = (await app.inject('/v1/articles/brigaded/comments?sort=top')).json()
  for (let n = 0; n < 30; n++) {
    const device = await newDevice()
    await put(poor, 1, device)
    await put(good, -1, device)
  }
  const after = (await app.inject('/v1/articles/brigaded/comments?sort=top')).json()
  const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)
  expect(idsOf(after)).toEqual([good, poor])
  expect(idsOf(after)).toEqual(idsOf(before))
  expect(after.data.map((thread: { votes: object }) => thread.votes)).toEqual([
    { up: 1, down: 30, score: 1 },
    { up: 30, down: 0, score: 0 },
  ])
})

describe('a comment that the public does not see', () => {
  async function unseen(): Promise<Record<string, string>> {
    const found: Record<string, string> = { absent: randomUUID() }
    for (const status of COMMENT_STATUSES.filter((status) => status !== 'approved')) {
      found[status] = await comment(sql, articleId, { status })
      found[`${status} with replies`] = await comment(sql, articleId, { status })
      const reply = await comment(sql, articleId, { parentId: found[`${status} with replies`] as string })
      if (status === 'rejected' || status === 'spam') found[`below ${status}`] = reply
    }
    found['sandbox'] = await comment(sql, articleId)
    await sql`update comments set sandbox = true where id = ${found['sandbox']}`
    const states = {
      draft: { status: 'draft', publishedAt: null },
      future: { publishedAt: '2999-01-01T00:00:00Z' },
      over: { unpublishAt: '2026-01-02T00:00:00Z' },
    }
    for (const [name, state] of Object.entries(states))
      found[name] = await comment(sql, await article(sql, state))
    return found
  }

  test('takes no vote and gives none back, by one answer for all', async () => {
    for (const [name, id] of Object.entries(await unseen())) {
      for (const headers of [await withToken('r'), withSubject('r'), await newDevice()]) {
        for (const response of [await put(id, 1, headers), await take(id, headers)]) {
          const problem = problemOf(response, 404, 'COMMENT_NOT_FOUND')
          expect([name, problem.detail]).toEqual([name, 'There is no such comment'])
        }
      }
    }
    const [row] =
      await sql`select count(*)::int as n from comment_votes v join comments c on c.id = v.comment_id where c.status <> 'approved'`
    expect(row).toEqual({ n: 0 })
  })

  test('shows no votes as a placeholder, and all of them when it comes back', async () => {
    const id = await comment(sql, articleId)
    await comment(sql, articleId, { parentId: id })
    await votes(sql, id, { up: 2, down: 1, devices: 1 })
    await setStatus(sql, id, 'pending')
    expect((await app.inject(`/v1/comments/${id}`)).json()).toMatchObject({
      placeholder: 'withheld',
      votes: { up: 0, down: 0, score: 0 },
    })
    await setStatus(sql, id, 'approved')
    expect(await sumsOf(id)).toEqual({ up: 3, down: 1, score: 1 })
  })

  test('is every comment to a test key', async () => {
    const { key } = await deps.core.keys.create({
      name: 'test',
      scopes: ['comments:write'],
      expiresAt: null,
      sandbox: true,
    })
    const id = await comment(sql, articleId)
    const headers = { authorization: `Bearer ${key}` }
    for (const who of [{ 'comment-subject': 'r' }, await newDevice()] as Headers[]) {
      problemOf(await put(id, 1, { ...headers, ...who }), 404, 'COMMENT_NOT_FOUND')
      problemOf(await take(id, { ...headers, ...who }), 404, 'COMMENT_NOT_FOUND')
    }
    expect(await sumsOf(id)).toEqual({ up: 0, down: 0, score: 0 })
  })
})

describe('a vote is refused', () => {
  test('without any proof of a reader, saying what is missing', async () => {
    const id = await comment(sql, articleId)
    for (const headers of [
      {},
      { authorization: trusted.authorization },
      { authorization: editor.authorization },
    ] as Headers[]) {
      for (const response of [await put(id, 1, headers), await take(id, headers)]) {
        const { detail } = problemOf(response, 401, 'AUTHENTICATION_FAILED')
        for (const way of ['token', 'Comment-Device', 'Comment-Subject']) expect(detail).toContain(way)
      }
    }
  })

  test('for a subject that somebody names who may not', async () => {
    const id = await comment(sql, articleId)
    const device = await newDevice()
    for (const headers of [
      {},
      device,
      { authorization: editor.authorization },
      await withToken('r'),
    ] as Headers[])
      problemOf(await put(id, 1, { ...headers, 'comment-subject': 'reader' }), 403, 'FORBIDDEN')
  })

  test.each([
    '',
    'a b',
    '%',
    '%zz',
    '%C3',
    '%ED%A0%80',
    'a%00b',
    'a%0Ab',
    '%C2%85',
    'ü',
    'a'.repeat(256),
    '%F0%9F%98%80'.repeat(256),
  ])('for a subject that is none: %j', async (subject) => {
    const id = await comment(sql, articleId)
    const problem = problemOf(
      await put(id, 1, { ...trusted, 'comment-subject': subject }),
      400,
      'VALIDATION_FAILED',
    )
    expect(problem.errors?.map(({ path }) => path)).toEqual(['/comment-subject'])
  })

  test.each([
    'a'.repeat(255),
    '%F0%9F%98%80'.repeat(255),
    'auth0%7C42',
    'J%C3%BCrgen%20M.',
    'user@x.example',
  ])('but not for a subject of any other characters: %#', async (subject) => {
    const id = await comment(sql, articleId)
    expect((await put(id, 1, { ...trusted, 'comment-subject': subject })).statusCode).toBe(200)
  })

  test('for a device token that is not ours to the letter', async () => {
    const id = await comment(sql, articleId)
    const { 'comment-device': token = '' } = await newDevice()
    const [, device = '', signature = ''] = /^bsd_([0-9a-f]{32})_([\w-]{43})$/.exec(token) ?? []
    const { 'comment-device': other = '' } = await newDevice()
    // the last letter of 43 holds four bits of the signature and two that are nothing
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twin = signature.slice(0, 42) + letters[letters.indexOf(signature[42] as string) + 1]
    for (const forged of [
      '',
      'x',
      token.slice(0, -1),
      `${token}A`,
      `${token} `.trim().toUpperCase(),
      `bsd_${device}_${other.slice(-43)}`,
      `bsd_${device}_${twin}`,
      `bsd_${device}_${'A'.repeat(43)}`,
      `${token}, ${token}`,
    ])
      problemOf(await put(id, 1, { 'comment-device': forged }), 401, 'AUTHENTICATION_FAILED')
    expect(await sumsOf(id)).toEqual({ up: 0, down: 0, score: 0 })
    // what stands in the database is no token
    await put(id, 1, { 'comment-device': token })
    const [row] = await sql<[{ key: Buffer }]>`
      select voter_key as key from comment_votes where comment_id = ${id}`
    const leaked = `bsd_${device}_${row.key.toString('base64url')}`
    problemOf(await put(id, 1, { 'comment-device': leaked }), 401, 'AUTHENTICATION_FAILED')
  })

  test.each([0, 2, -2, 1.5, '1', true, null, [1], {}])('for a value that is none: %j', async (value) => {
    const id = await comment(sql, articleId)
    const problem = problemOf(await put(id, value, withSubject('r')), 400, 'VALIDATION_FAILED')
    expect(problem.errors?.map(({ path }) => path)).toContain('/value')
  })

  test('for a body, a query and an id that are none', async () => {
    const id = await comment(sql, articleId)
    const headers = withSubject('r')
    const url = `/v1/comments/${id}/vote`
    problemOf(await app.inject({ method: 'PUT', url, headers, payload: {} }), 400, 'VALIDATION_FAILED')
    problemOf(
      await app.inject({ method: 'PUT', url, headers, payload: { value: 1, score: 9 } }),
      400,
      'VALIDATION_FAILED',
    )
    problemOf(
      await app.inject({ method: 'PUT', url: `${url}?value=1`, headers, payload: { value: 1 } }),
      400,
      'VALIDATION_FAILED',
    )
    problemOf(
      await app.inject({ method: 'DELETE', url, headers, payload: { value: 1 } }),
      400,
      'VALIDATION_FAILED',
    )
    problemOf(
      await app.inject({ method: 'POST', url: '/v1/devices', payload: { id: 'mine' } }),
      400,
      'VALIDATION_FAILED',
    )
    problemOf(await put('not-an-id', 1, headers), 400, 'VALIDATION_FAILED')
  })
})

test('device tokens are each another, are not to be kept by caches, and store nothing', async () => {
  const response = await app.inject({ method: 'POST', url: '/v1/devices' })
  expect(response.headers['cache-control']).toBe('no-store')
  const tokens = await Promise.all(Array.from({ length: 20 }, newDevice))
  expect(new Set(tokens.map((token) => token['comment-device'])).size).toBe(20)
})

test('the sums of all comments are those of their votes', async () => {
  expect(await wrongVotes(sql)).toEqual([])
})
