import { afterAll, expect, test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { AUDIENCE, ISSUER, sign, startIdentityProvider } from '../setup/identity.ts'
import { newAddress, newName, postingTo, words } from './posting-bed.ts'
import { keyHeaders, problemOf } from './support.ts'

const provider = await startIdentityProvider()
afterAll(() => provider.close())
const signer = await provider.publish('ES256')
const server = await startApp({
  JWT_JWKS_URL: provider.url,
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  JWT_SCOPES: 'comments:write',
})
const { app, database } = server
const { sql } = database
const { posted } = postingTo(server)
await article(sql, { slug: 'tides' })
const bearer = async (scope?: string) => ({
  authorization: `Bearer ${await sign(signer, { sub: 'both', name: 'Both', ...(scope && { scope }) })}`,
})
const ask = (url: string, headers: Record<string, string>) =>
  app.inject({ method: 'POST', url: `/v1/privacy/${url}`, payload: {}, headers })

test('who speaks for a reader by a token asks for that reader, and never for the own account', async () => {
  const speaker = await bearer('comments:write')
  const own = await posted('tides', { body: 'Words of the speaker' }, { headers: speaker })
  const spoken = { author: { name: newName(), subject: 'bob' }, client: { ip: newAddress() } }
  const theirs = await posted('tides', words('Words of the reader', spoken), { headers: speaker })
  const forBob = { 'comment-subject': 'bob' }
  for (const url of ['exports', 'erasures'])
    problemOf(await ask(url, { ...(await bearer()), ...forBob }), 403, 'FORBIDDEN')
  const { comments } = (await ask('exports', { ...speaker, ...forBob })).json()
  expect(comments.map(({ id }: { id: string }) => id)).toEqual([theirs.comment.id])
  expect((await ask('erasures', { ...speaker, ...forBob })).json()).toMatchObject({ comments: 1 })
  const left =
    await sql`select id from comments where id = any(${[own.comment.id, theirs.comment.id]}::uuid[])`
  expect(left).toEqual([{ id: own.comment.id }])
})

test('a ban outlives the erasure of whom it is on', async () => {
  const account = { authorization: `Bearer ${await sign(signer, { sub: 'banned', name: newName() })}` }
  const { comment } = await posted('tides', { body: 'Words of the banned' }, { headers: account })
  const moderator = await keyHeaders(server, 'comments:moderate')
  const ban = await app.inject({
    method: 'POST',
    url: '/v1/moderation/bans',
    headers: { authorization: moderator.authorization },
    payload: {
      commentId: comment.id,
      kinds: ['author'],
      until: '2027-01-01T00:00:00Z',
      reason: 'Spam of Banned',
    },
  })
  expect(ban.statusCode).toBe(201)
  expect((await ask('erasures', account)).json()).toMatchObject({ complete: true, comments: 1 })
  const again = await app.inject({
    method: 'POST',
    url: '/v1/articles/tides/comments',
    headers: account,
    payload: { body: 'Back again' },
  })
  problemOf(again, 403, 'COMMENTER_BANNED')
  expect(await sql`select comment_id, reason from comment_bans`).toEqual([{ comment_id: null, reason: '' }])
})
