import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { newAddress, others, postingTo, words } from '../api/posting-bed.ts'
import { keyHeaders } from '../api/support.ts'
import { startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'

/** Abuse by, and of, those who vote, report and ask to be forgotten. */

const server = await startApp()
const { app, database, logs } = server
const { sql } = database
const { posted, stateOf } = postingTo(server)
await article(sql, { slug: 'tides' })
const key = await keyHeaders(server, 'comments:write')
const moderator = await keyHeaders(server, 'comments:moderate')
const operator = await keyHeaders(server, 'comments:erase')

const asReader = (subject = randomUUID()) => ({ ...key, 'comment-subject': subject })
const vote = (id: string, headers: Record<string, string>, value = 1) =>
  app.inject({ method: 'PUT', url: `/v1/comments/${id}/vote`, headers, payload: { value } })
const report = (id: string, headers: Record<string, string>) =>
  app.inject({ method: 'POST', url: `/v1/comments/${id}/reports`, headers, payload: { reason: 'abusive' } })

test('#23 "deleted" data that stays', async () => {
  const mark = `zq${randomUUID().replaceAll('-', '')}`
  const who = { name: `Name ${mark}`, email: `${mark}@reader.example`, url: `https://${mark}.example` }
  logs.length = 0
  const { comment, holder } = await posted('tides', words(`Words ${mark}`, { author: who }), {
    ip: newAddress(),
    headers: { 'idempotency-key': randomUUID() },
  })
  const url = `/v1/comments/${comment.id}`
  await app.inject({ method: 'PATCH', url, headers: holder, payload: { body: `Edited ${mark}` } })
  await posted('tides', others(`Reply to it`, { parentId: comment.id }))
  const erased = await app.inject({
    method: 'POST',
    url: '/v1/privacy/erasures',
    headers: operator,
    payload: { email: who.email },
  })
  expect(erased.statusCode).toBe(200)
  const tables = await sql<
    { name: string }[]
  >`select tablename as name from pg_tables where schemaname = 'public'`
  for (const { name } of tables) {
    const [row] = await sql`select count(*)::int as n from ${sql(name)} t where t::text ilike ${`%${mark}%`}`
    expect([name, row?.['n']]).toEqual([name, 0])
  }
  expect(logs.join('\n')).not.toContain(mark)
  expect((await app.inject({ url, headers: holder })).body).not.toContain(mark)
})

test('#26 vote stuffing and un-voting', async () => {
  const { comment } = await posted('tides', others())
  const reader = asReader()
  await Promise.all(Array.from({ length: 10 }, () => vote(comment.id, reader)))
  const sums = async () => (await app.inject(`/v1/comments/${comment.id}`)).json().votes
  const once = await sums()
  expect(once).toMatchObject({ up: 1 })
  // nobody takes back the vote of another one, and nobody without a proof votes at all
  await app.inject({ method: 'DELETE', url: `/v1/comments/${comment.id}/vote`, headers: asReader() })
  expect((await vote(comment.id, {})).statusCode).toBe(401)
  expect(await sums()).toEqual(once)
  const held = await posted('tides', others('https://a.example https://b.example'))
  expect((await vote(held.comment.id, reader)).statusCode).toBe(404)
})

test('#27 report brigading', async () => {
  const { comment } = await posted('tides', others())
  const one = asReader()
  for (let n = 0; n < 6; n++) await report(comment.id, one)
  expect(await stateOf(comment)).toBe('approved accepted')
  for (let n = 0; n < 4; n++) await report(comment.id, asReader())
  expect(await stateOf(comment)).toBe('pending flags')
  const [row] = await sql`select revision from comments where id = ${comment.id}`
  const decisions = [{ commentId: comment.id, revision: row?.['revision'], action: 'approve' }]
  await app.inject({
    method: 'POST',
    url: '/v1/moderation/decisions',
    headers: moderator,
    payload: { decisions },
  })
  // what a person approved, no brigade takes away
  await Promise.all(Array.from({ length: 12 }, () => report(comment.id, asReader())))
  expect(await stateOf(comment)).toBe('approved moderator')
})
