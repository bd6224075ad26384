import { randomUUID } from 'node:crypto'
import type { Response } from 'light-my-request'
import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { LIMITS, newAddress, newName, others, postingTo, words } from '../api/posting-bed.ts'
import { startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { gate, until, waiting } from './concurrent.ts'
import { wrongComments } from './judge.ts'

const env = {
  ...LIMITS,
  COMMENTS_ARTICLE_PER_MINUTE: '0',
  COMMENTS_SITE_PER_MINUTE: '0',
  DATABASE_CONNECTIONS: '8',
}
const server = await startApp(env)
const { app, database } = server
const { sql } = database
/** Two instances over one database, in turns. */
const instances = [server, await startApp(env, database)].map((instance) => postingTo(instance))
const writers = postgres(database.url, { max: 2, onnotice: () => {} })
afterAll(() => writers.end({ timeout: 1 }))

const post = (n: number) => (instances[n % 2] as (typeof instances)[number]).post
const atOnce = (count: number, send: (n: number) => Promise<Response>): Promise<Response[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => send(n)))
/** How often each status was answered. */
function statuses(answers: Response[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { statusCode } of answers) counts[statusCode] = (counts[statusCode] ?? 0) + 1
  return counts
}
const rowsUnder = async (slug: string): Promise<number> => {
  const [row] =
    await sql`select count(*)::int as n from comments c join articles a on a.id = c.article_id where slug = ${slug}`
  return row?.['n']
}
async function newArticle(): Promise<string> {
  const slug = `race-${randomUUID().slice(0, 13)}x`
  await article(sql, { slug })
  return slug
}

test('forty posts at once of one author are one within the pause', async () => {
  const slug = await newArticle()
  const [ip, author] = [newAddress(), { name: newName() }]
  const answers = await atOnce(40, (n) => post(n)(slug, words(`Words ${n}`, { author }), { ip }))
  expect(statuses(answers)).toEqual({ 201: 1, 429: 39 })
  expect(await rowsUnder(slug)).toBe(1)
})

test('forty posts at once from one network are exactly two a minute', async () => {
  const slug = await newArticle()
  const ip = newAddress()
  const answers = await atOnce(40, (n) => post(n)(slug, others(), { ip }))
  expect(statuses(answers)).toEqual({ 201: 2, 429: 38 })
  expect(await rowsUnder(slug)).toBe(2)
})

test('twenty posts at once under one idempotency key are one', async () => {
  const slug = await newArticle()
  const [ip, headers, payload] = [newAddress(), { 'idempotency-key': randomUUID() }, others()]
  const answers = await atOnce(20, (n) => post(n)(slug, payload, { ip, headers }))
  expect(Object.keys(statuses(answers)).filter((status) => !['201', '409'].includes(status))).toEqual([])
  const made = answers.filter(({ statusCode }) => statusCode === 201)
  expect(new Set(made.map((answer) => answer.json().receipt)).size).toBe(1)
  expect(await rowsUnder(slug)).toBe(1)
})

test('twenty twins at once are one row, and the others are told which', async () => {
  const slug = await newArticle()
  const [ip, payload] = [newAddress(), others('A twin')]
  const answers = await atOnce(20, (n) => post(n)(slug, payload, { ip }))
  expect(statuses(answers)).toEqual({ 200: 19, 201: 1 })
  const id = answers.find(({ statusCode }) => statusCode === 201)?.json().comment.id
  for (const answer of answers.filter(({ statusCode }) => statusCode === 200)) {
    expect(answer.json()).toMatchObject({ duplicateOf: id, receipt: null })
  }
  expect(await rowsUnder(slug)).toBe(1)
})

test('many authors, networks and threads at once end without a ring of waits', async () => {
  const slugs = [await newArticle(), await newArticle()]
  const roots: string[] = []
  for (const slug of slugs) roots.push((await post(0)(slug, others())).json().comment.id)
  const authors = Array.from({ length: 4 }, () => ({ name: newName(), email: `${randomUUID()}@x.example` }))
  const networks = Array.from({ length: 4 }, newAddress)
  const answers = await atOnce(80, (n) =>
    post(n)(
      slugs[n % 2] as string,
      words(`Mixed ${n}`, {
        author: authors[n % 4] as { name: string },
        parentId: n % 3 ? (roots[n % 2] as string) : null,
      }),
      { ip: networks[(n >> 2) % 4] as string },
    ),
  )
  expect(Object.keys(statuses(answers)).filter((status) => !['201', '429'].includes(status))).toEqual([])
  const [crowded] = await sql`
    select count(*)::int as n from comment_private group by ip_hmac having count(*) > 2 and min(ip_prefix) like '10.%'`
  expect(crowded).toBeUndefined()
  expect(await wrongComments(sql)).toEqual([])
})

/**
 * A post that has begun meets a change of plain SQL that is written and not committed.
 * @returns the answer of the post, which waits for the change.
 */
async function meanwhile(
  change: (tx: postgres.TransactionSql) => Promise<unknown>,
  send: () => Promise<Response>,
) {
  const [wrote, mayCommit] = [gate(), gate()]
  const done = writers.begin(async (tx) => {
    await change(tx)
    wrote.open()
    await mayCommit.opened
  })
  await wrote.opened
  let ended = false
  const answer = send().finally(() => {
    ended = true
  })
  await until(async () => ended || (await waiting(sql)) > 0)
  mayCommit.open()
  await done
  return answer
}

test.each([
  ['closes', "comment_policy = 'closed'", 403],
  ['comes to its closing date', "comments_close_at = now() - interval '1 minute'", 403],
  ['is hidden', "status = 'draft'", 404],
  ['is held', "comment_policy = 'held'", 202],
])('a post, and an edit, under an article that %s meanwhile', async (_, change, status) => {
  const slug = await newArticle()
  const first = (await post(0)(slug, others())).json()
  const edit = () =>
    app.inject({
      method: 'PATCH',
      url: `/v1/comments/${first.comment.id}`,
      headers: { 'comment-receipt': first.receipt },
      payload: { body: 'Edited' },
    })
  const set = (tx: postgres.TransactionSql) =>
    tx.unsafe(`update articles set ${change} where slug = '${slug}'`)
  expect((await meanwhile(set, () => post(0)(slug, others()))).statusCode).toBe(status)
  await sql.unsafe(
    `update articles set comment_policy = null, comments_close_at = null, status = 'published' where slug = '${slug}'`,
  )
  expect((await meanwhile(set, edit)).statusCode).toBe(status === 202 ? 200 : status)
  expect(await rowsUnder(slug)).toBe(status === 202 ? 2 : 1)
})

test('a reply to a comment that is withdrawn meanwhile is refused', async () => {
  const slug = await newArticle()
  const { comment } = (await post(0)(slug, others())).json()
  const withdraw = (tx: postgres.TransactionSql) =>
    tx`update comments set status = 'deleted', status_reason = 'withdrawn' where id = ${comment.id}`
  const answer = await meanwhile(withdraw, () => post(0)(slug, others('Reply', { parentId: comment.id })))
  expect([answer.statusCode, answer.json().code]).toEqual([422, 'PARENT_NOT_REPLYABLE'])
})

test('replies race the withdrawal of what they answer: none is acknowledged after it', async () => {
  for (let round = 0; round < 4; round++) {
    const slug = await newArticle()
    const { comment, receipt } = (await post(0)(slug, others())).json()
    const url = `/v1/comments/${comment.id}`
    let withdrawn = false
    const withdrawal = app
      .inject({ method: 'DELETE', url, headers: { 'comment-receipt': receipt } })
      .finally(() => {
        withdrawn = true
      })
    const replies = await atOnce(6, async (n) => {
      const late = withdrawn
      const answer = await post(n)(slug, others('Reply', { parentId: comment.id }))
      if (late) expect(answer.statusCode).toBe(422)
      return answer
    })
    expect((await withdrawal).statusCode).toBe(204)
    expect(Object.keys(statuses(replies)).filter((status) => !['201', '422'].includes(status))).toEqual([])
    const [row] = await sql`select count(*)::int as n from comments where parent_id = ${comment.id}`
    expect(row?.['n']).toBe(statuses(replies)[201] ?? 0)
    expect(await wrongComments(sql)).toEqual([])
  }
})
