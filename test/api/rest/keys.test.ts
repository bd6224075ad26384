import { createHash, randomUUID } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startApp } from '../../setup/app.ts'
import { article } from '../../setup/data.ts'
import { problemOf } from '../support.ts'

const { app, deps, database, logs } = await startApp()
const { sql } = database
await article(sql, { slug: 'seen' })

const newKey = (expiresAt: string | null = null) =>
  deps.core.keys.create({ name: 'editor', scopes: ['content:read'], expiresAt, sandbox: false })
const ask = (authorization: string, url = '/v1/articles/seen') =>
  app.inject({ url, headers: { authorization } })

test('a key is kept as the hash of its secret, and stands nowhere in the clear', async () => {
  const { id, key } = await newKey()
  const [, hexId, secret = ''] = /^bs_([0-9a-f]{32})_([0-9a-f]{64})$/.exec(key) ?? []
  expect(hexId).toBe(id.replaceAll('-', ''))
  const [row] = await sql`select * from api_keys where id = ${id}`
  expect(row?.['secret_hash']).toEqual(createHash('sha256').update(secret).digest())
  expect(JSON.stringify(await deps.core.keys.list())).not.toContain(secret)
  expect(JSON.stringify(await sql`select k.*, c.* from api_keys k, changes c`)).not.toContain(secret)
  expect((await ask(`Bearer ${key}`)).statusCode).toBe(200)
  expect(logs.join()).not.toContain(secret)
})

test('a key works by REST and by GraphQL, and its use is noted', async () => {
  const { id, key } = await newKey()
  for (const word of ['Bearer', 'bearer', 'BEARER'])
    expect((await ask(`${word} ${key}`)).statusCode).toBe(200)
  expect((await ask(`Bearer ${key}`, '/graphql?query={categories{id}}')).statusCode).toBe(200)
  const [row] = await sql`select last_used_at from api_keys where id = ${id}`
  expect(row?.['last_used_at']).not.toBeNull()
})

test('an expired, revoked, unknown or wrong key is one and the same refusal, at every door', async () => {
  const good = await newKey()
  const expired = await newKey('2026-01-01T00:00:00Z')
  const revoked = await newKey()
  expect(await deps.core.keys.revoke(revoked.id)).toBe(true)
  const keys = {
    expired: expired.key,
    revoked: revoked.key,
    unknown: `bs_${randomUUID().replaceAll('-', '')}_${'0'.repeat(64)}`,
    wrongSecret: good.key.slice(0, -1) + (good.key.endsWith('0') ? '1' : '0'),
    noSecret: good.key.slice(0, 35),
    upperCase: good.key.toUpperCase(),
    malformed: 'bs_1_2',
    otherKind: 'sk_live_123',
    long: `bs_${'a'.repeat(8000)}`,
  }
  const bodies = new Set<string>()
  for (const key of Object.values(keys)) {
    for (const url of ['/v1/articles/seen', '/v1/moderation/comments', '/graphql?query={categories{id}}']) {
      const response = await ask(`Bearer ${key}`, url)
      const problem = problemOf(response, 401, 'AUTHENTICATION_FAILED')
      expect(response.headers['www-authenticate']).toBe('Bearer realm="broadsheet", error="invalid_token"')
      bodies.add(JSON.stringify({ ...problem, instance: '' }))
    }
  }
  expect(bodies.size).toBe(1)
  expect((await ask(`Bearer ${good.key}`)).statusCode).toBe(200)
})

test.each(['', 'Bearer', 'Bearer ', 'Basic dXNlcjpwYXNz', 'Bearer a b', 'bs_1_2'])(
  'an Authorization header of another form is refused, not taken for anonymous: %j',
  async (authorization) => {
    problemOf(await ask(authorization), 401, 'AUTHENTICATION_FAILED')
  },
)

const DOORS = ['/v1/articles/seen', '/graphql?query={categories{id}}']

test.each(DOORS)('a key that expires stops at its moment: %s', async (url) => {
  const { id, key } = await newKey('2999-01-01T00:00:00Z')
  expect((await ask(`Bearer ${key}`, url)).statusCode).toBe(200)
  await sql`update api_keys set expires_at = now() where id = ${id}`
  problemOf(await ask(`Bearer ${key}`, url), 401, 'AUTHENTICATION_FAILED')
})

test.each(DOORS)(
  'it is over by the clock of the database, whatever that of the server says: %s',
  async (url) => {
    const alive = await newKey('2999-01-01T00:00:00Z')
    const over = await newKey('2026-01-01T00:00:00Z')
    onTestFinished(() => void vi.useRealTimers())
    for (const clock of ['2000-01-01', '3000-01-01']) {
      vi.useFakeTimers({ toFake: ['Date'], now: new Date(clock) })
      expect((await ask(`Bearer ${alive.key}`, url)).statusCode).toBe(200)
      problemOf(await ask(`Bearer ${over.key}`, url), 401, 'AUTHENTICATION_FAILED')
    }
  },
)

test('an answer to a key is not for caches, one to nobody is', async () => {
  const { key } = await newKey()
  expect((await ask(`Bearer ${key}`)).headers['cache-control']).toBe('private, no-store')
  expect((await app.inject('/v1/articles/seen')).headers['cache-control']).toBe(
    'public, max-age=0, must-revalidate',
  )
})
