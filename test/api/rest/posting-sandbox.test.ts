import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { SANDBOX_WORDS } from '../../../src/core/comment-sandbox.ts'
import { startApp } from '../../setup/app.ts'
import { article } from '../../setup/data.ts'
import { LIMITS, newAddress, newName, others, postingTo, words } from '../posting-bed.ts'
import { keyHeaders } from '../support.ts'

const server = await startApp({ ...LIMITS, COMMENTS_ARTICLE_PER_MINUTE: '4', COMMENTS_SITE_PER_MINUTE: '5' })
const { app, database, deps } = server
const { sql } = database
const { post, posted, refused, stateOf } = postingTo(server)
const tides = await article(sql, { slug: 'tides' })
const { key } = await deps.core.keys.create({
  name: 'test',
  scopes: ['comments:write'],
  expiresAt: null,
  sandbox: true,
})
const headers = { authorization: `Bearer ${key}` }
const real = await keyHeaders(server, 'comments:write')
const moderator = await keyHeaders(server, 'comments:moderate')

describe('words for every verdict', () => {
  test.each([
    ['Nothing special', 201, 'approved'],
    ['test:approved', 201, 'approved'],
    ['please test:pending this', 202, 'pending'],
    ['test:rejected', 202, 'rejected'],
    ['test:spam', 202, 'spam'],
  ])('%j is %i %s', async (body, status, state) => {
    const { comment, verdict, ...taken } = await posted('tides', words(body), { headers })
    expect([taken.status, await stateOf(comment)]).toEqual([status, `${state} sandbox`])
    expect(verdict).toMatchObject({ status: state, reasons: state === 'approved' ? [] : ['sandbox'] })
  })

  test.each([
    ['test:closed', 403, 'COMMENTS_CLOSED', {}],
    ['test:nonsense', 400, 'VALIDATION_FAILED', {}],
    ['test:banned', 403, 'COMMENTER_BANNED', { until: '2100-01-01T00:00:00.000Z' }],
    ['test:duplicate', 409, 'COMMENT_DUPLICATE', { nextAction: 'edit_text' }],
    ['test:429', 429, 'COMMENTS_TOO_FAST', { retryAfter: 15, nextAction: 'wait' }],
    ['test:challenge', 422, 'CHALLENGE_FAILED', { nextAction: 'solve_challenge' }],
    ['test:unavailable', 503, 'UNAVAILABLE', {}],
  ])('%s is %i %s', async (body, status, code, more) => {
    for (const dryRun of [false, true]) {
      const problem = await refused(() => post('tides', words(body, { dryRun }), { headers }), status, code)
      expect(problem).toMatchObject(more)
      if (status === 429) expect(problem.headers['retry-after']).toBe('15')
    }
  })

  test('are all of them here, and mean nothing in real comments', async () => {
    expect(SANDBOX_WORDS).toHaveLength(10)
    expect((await posted('tides', others(SANDBOX_WORDS.join(' ')))).status).toBe(201)
  })
})

describe('what a test key posts', () => {
  test('stands in no list, count, queue or log, not even as a reply', async () => {
    const { comment: root } = await posted('tides', others('A real thread'))
    const [before] = await sql`select max(id) as last from changes`
    const { comment, holder } = await posted('tides', words('Unreal', { parentId: root.id }), { headers })
    await posted('tides', words('test:pending'), { headers })
    await app.inject({
      method: 'PATCH',
      url: `/v1/comments/${comment.id}`,
      headers: holder,
      payload: { body: 'Edited' },
    })
    expect(await sql`select * from changes where id > ${before?.['last']} and kind like 'comment%'`).toEqual(
      [],
    )
    expect((await app.inject(`/v1/comments/${root.id}`)).json().replyCount).toBe(0)
    expect((await app.inject(`/v1/comments/${root.id}/replies`)).json().data).toEqual([])
    expect((await app.inject(`/v1/comments/${comment.id}`)).statusCode).toBe(404)
    const [counted] = await sql`select comment_count, (select count(*)::int from comments
      where article_id = a.id and status = 'approved' and not sandbox) as real from articles a where id = ${tides}`
    expect(counted?.['comment_count']).toBe(counted?.['real'])
    const queue = await app.inject({ url: '/v1/moderation/comments?status=pending', headers: moderator })
    expect(queue.json().data).toEqual([])
    // its author sees it
    expect((await app.inject({ url: `/v1/comments/${comment.id}`, headers: holder })).json().text).toBe(
      'Edited',
    )
  })

  test('takes no part in limits: neither is it too fast, nor does it make anybody else so', async () => {
    await article(sql, { slug: 'limits' })
    const reader = { author: { name: newName(), subject: 'reader' }, client: { ip: newAddress() } }
    for (let n = 0; n < 6; n++) {
      expect((await post('limits', words('The same words', reader), { headers })).statusCode).toBe(201)
    }
    // the real reader of that name, network and words; the article and the site are not crowded either
    expect((await posted('limits', words('The same words', reader), { headers: real })).status).toBe(201)
    expect((await post('limits', words('The same words', reader), { headers })).json().duplicateOf).toBeNull()
  })

  test('gains nobody a name, and is not known by one', async () => {
    await article(sql, { slug: 'known', commentPolicy: 'known' })
    const reader = (subject: string) => ({
      author: { name: newName(), subject },
      client: { ip: newAddress() },
    })
    for (let n = 0; n < 3; n++) await posted('tides', words(`Unreal ${n}`, reader('famous')), { headers })
    expect((await posted('known', words('Real', reader('famous')), { headers: real })).status).toBe(202)
  })

  test('is not answered in earnest', async () => {
    const { comment } = await posted('tides', words('Unreal'), { headers })
    await refused(() => post('tides', others('Real', { parentId: comment.id })), 422, 'PARENT_NOT_FOUND')
    expect(
      (await posted('tides', words('Unreal as well', { parentId: comment.id }), { headers })).status,
    ).toBe(201)
  })
})

describe('a test key', () => {
  test('sees, edits and withdraws nothing of the real reader whose name it says', async () => {
    const subject = randomUUID()
    await sql`update articles set comment_policy = 'held' where id = ${tides}`
    const spoken = { author: { name: newName(), subject }, client: { ip: newAddress() } }
    const { comment, holder } = await posted('tides', words('Real words', spoken), { headers: real })
    await sql`update articles set comment_policy = null where id = ${tides}`
    const claim = { ...headers, 'comment-subject': subject }
    const url = `/v1/comments/${comment.id}`
    expect((await app.inject({ url, headers: claim })).statusCode).toBe(404)
    expect(
      (await app.inject({ method: 'PATCH', url, headers: claim, payload: { body: 'x' } })).statusCode,
    ).toBe(404)
    expect((await app.inject({ method: 'DELETE', url, headers: claim })).statusCode).toBe(404)
    expect(
      (await app.inject({ url: '/v1/articles/tides/comments/mine', headers: claim })).json().data,
    ).toEqual([])
    // and a real receipt opens no test comment, nor the other way round
    await refused(
      () => post('tides', words(), { headers: { ...headers, ...holder } }),
      401,
      'AUTHENTICATION_FAILED',
    )
    const unreal = await posted('tides', words('Unreal'), { headers })
    await refused(() => post('tides', others(), { headers: unreal.holder }), 401, 'AUTHENTICATION_FAILED')
  })

  test('learns of a real comment, whose receipt it holds, no more than whoever else holds it', async () => {
    const { comment, holder } = await posted('tides', words('Real spam', { honeypot: 'x' }))
    const proof = { ...headers, ...holder }
    const url = `/v1/comments/${comment.id}`
    const seen = [
      (await app.inject({ url, headers: proof })).json(),
      (await app.inject({ url: '/v1/articles/tides/comments/mine', headers: proof })).json().data[0],
      (await app.inject({ method: 'PATCH', url, headers: proof, payload: { body: 'Edited' } })).json(),
    ]
    expect(seen.map(({ status }) => status)).toEqual(['pending', 'pending', 'pending'])
  })

  test('finds its own again, by subject and by receipt', async () => {
    const subject = randomUUID()
    const first = await posted('tides', words('One', { author: { name: 'T', subject } }), { headers })
    const url = '/v1/articles/tides/comments/mine'
    for (const proof of [{ ...headers, 'comment-subject': subject }, first.holder]) {
      const { data } = (await app.inject({ url, headers: proof })).json()
      expect(data.map(({ id }: { id: string }) => id)).toEqual([first.comment.id])
    }
    // the real reader of that name has none
    const { data } = (await app.inject({ url, headers: { ...real, 'comment-subject': subject } })).json()
    expect(data).toEqual([])
  })
})
