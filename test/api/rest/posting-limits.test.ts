import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { networkOf } from '../../../src/lib/network.ts'
import { graphql, startApp } from '../../setup/app.ts'
import { article } from '../../setup/data.ts'
import { LIMITS, newAddress, newName, others, postingTo, secrets, setAge, words } from '../posting-bed.ts'
import { keyHeaders, rowCounts } from '../support.ts'

const server = await startApp({ ...LIMITS, COMMENTS_ARTICLE_PER_MINUTE: '0', COMMENTS_SITE_PER_MINUTE: '0' })
const { app, database } = server
const { sql } = database
const { post, posted, refused, newArticle } = postingTo(server)
await article(sql, { slug: 'tides' })
const key = await keyHeaders(server, 'comments:write')
const staff = await keyHeaders(server, 'comments:moderate')

/** Each from an author of its own. */
const sequence = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('the pause of an author', () => {
  test('is 15 seconds: 429 with what is left of it, and then the next one is taken', async () => {
    const author = { name: newName() }
    const first = await posted('tides', words('One', { author }), { ip: '198.51.100.7' })
    await setAge(sql, 5, first.comment.id)
    const again = () => post('tides', words('Two', { author }), { ip: '198.51.100.7' })
    const problem = await refused(again, 429, 'COMMENTS_TOO_FAST')
    expect(problem).toMatchObject({ nextAction: 'wait', detail: expect.stringContaining('s') })
    expect(problem.retryAfter).toBeGreaterThan(5)
    expect(problem.retryAfter).toBeLessThanOrEqual(10)
    expect(problem.headers['retry-after']).toBe(String(problem.retryAfter))
    await setAge(sql, 13, first.comment.id)
    expect((await refused(again, 429, 'COMMENTS_TOO_FAST')).retryAfter).toBeLessThanOrEqual(2)
    await setAge(sql, 15, first.comment.id)
    expect((await again()).statusCode).toBe(201)
  })

  test('is one for the whole site, whatever the article and the face', async () => {
    await newArticle({ slug: 'ebb' })
    const author = { name: newName() }
    await posted('tides', words('One', { author }), { ip: '198.51.101.7' })
    await refused(
      () => post('ebb', words('Two', { author }), { ip: '198.51.101.7' }),
      429,
      'COMMENTS_TOO_FAST',
    )
    const before = await rowCounts(sql)
    const response = await app.inject({
      method: 'POST',
      url: '/graphql',
      remoteAddress: '198.51.101.7',
      payload: {
        query:
          'mutation($input: PostCommentInput!){postComment(input: $input){comment{id} errors{code message}}}',
        variables: { input: { article: 'ebb', body: 'Three', author } },
      },
    })
    expect(response.json().data.postComment).toMatchObject({
      comment: null,
      errors: [{ code: 'COMMENTS_TOO_FAST' }],
    })
    expect(await rowCounts(sql)).toEqual(before)
  })

  test('goes on where an author first typed a name and then brings the receipt', async () => {
    const { comment, holder } = await posted('tides', others('Without a receipt'))
    const next = (name: string) => () =>
      post('tides', words('With it', { author: { name } }), { headers: holder })
    await refused(next('Somebody else'), 429, 'COMMENTS_TOO_FAST')
    await setAge(sql, 15, comment.id)
    expect((await next('Somebody else')()).statusCode).toBe(201)
  })

  test('is of nobody else: not of another name, and not of the same name elsewhere', async () => {
    const author = { name: newName() }
    await posted('tides', words('One', { author }), { ip: '198.51.102.7' })
    await posted('tides', others('Two'), { ip: '198.51.102.7' })
    await posted('tides', words('Three', { author }), { ip: newAddress() })
  })

  test('is not for staff', async () => {
    for (const body of ['One', 'Two', 'Three', 'Three']) {
      expect((await post('tides', words(body), { headers: staff })).statusCode).toBe(201)
    }
  })
})

describe('the rate of a network', () => {
  test.each([
    ['/24', '192.0.2.1', '192.0.2.255', '192.0.3.1'],
    ['/56', '2001:db8:1:1200::1', '2001:db8:1:12ff:ffff::9', '2001:db8:1:1300::1'],
    ['/24, in the clothes of IPv6', '192.0.4.1', '::ffff:c000:4ff', '::ffff:192.0.5.1'],
  ])('is two a minute for a %s', async (_, one, other, elsewhere) => {
    const first = await posted('tides', others(), { ip: one })
    await posted('tides', others(), { ip: other })
    await setAge(sql, 20, first.comment.id)
    const third = () => post('tides', others(), { ip: other })
    const problem = await refused(third, 429, 'COMMENTS_TOO_FAST')
    // once the older of the two is a minute old
    expect(problem.retryAfter).toBeGreaterThan(30)
    expect(problem.retryAfter).toBeLessThanOrEqual(40)
    expect(problem.headers['retry-after']).toBe(String(problem.retryAfter))
    await posted('tides', others(), { ip: elsewhere })
    await setAge(sql, 58, first.comment.id)
    await refused(third, 429, 'COMMENTS_TOO_FAST')
    await setAge(sql, 60, first.comment.id)
    expect((await third()).statusCode).toBe(201)
  })

  test('is twenty an hour, and then goes on', async () => {
    const ip = newAddress()
    const ids: string[] = []
    for (const n of sequence(20)) {
      const { comment } = await posted('tides', others(), { ip })
      ids.push(comment.id)
      await setAge(sql, 3000 - n * 60, comment.id)
    }
    const next = () => post('tides', others(), { ip })
    const problem = await refused(next, 429, 'COMMENTS_TOO_FAST')
    expect(problem.retryAfter).toBeGreaterThan(570)
    expect(problem.retryAfter).toBeLessThanOrEqual(600)
    await setAge(sql, 3597, ids[0] as string)
    await refused(next, 429, 'COMMENTS_TOO_FAST')
    await setAge(sql, 3600, ids[0] as string)
    expect((await next()).statusCode).toBe(201)
  })

  test('counts what was posted under the key of yesterday', async () => {
    const ip = newAddress()
    const ids = [await posted('tides', others(), { ip }), await posted('tides', others(), { ip })].map(
      ({ comment }) => comment.id,
    )
    const yesterday = new Date(Date.now() - 86_400_000)
    const hash = secrets.sign('network', yesterday.toISOString().slice(0, 10), networkOf(ip) as string)
    await sql`update comment_private set ip_hmac = ${hash} where comment_id = any(${ids})`
    await refused(() => post('tides', others(), { ip }), 429, 'COMMENTS_TOO_FAST')
  })

  test('is of the reader and not of the server that speaks for him', async () => {
    const spoken = (ip: string | undefined) =>
      post(
        'tides',
        { ...others(), author: { name: newName(), subject: randomUUID() }, ...(ip && { client: { ip } }) },
        { headers: key, ip: '203.0.113.99' },
      )
    // the server writes for as many as it likes
    for (const _ of sequence(3)) expect((await spoken(newAddress())).statusCode).toBe(201)
    for (const _ of sequence(3)) expect((await spoken(undefined)).statusCode).toBe(201)
    const reader = newAddress()
    for (const _ of sequence(2)) expect((await spoken(reader)).statusCode).toBe(201)
    await refused(() => spoken(reader), 429, 'COMMENTS_TOO_FAST')
    // and the reader in person is in the same network
    await refused(() => post('tides', others(), { ip: reader }), 429, 'COMMENTS_TOO_FAST')
  })

  test('and the pause are of the reader whom a server names, wherever he is', async () => {
    const subject = randomUUID()
    const spoken = () =>
      post('tides', others('Words', { author: { name: newName(), subject }, client: { ip: newAddress() } }), {
        headers: key,
      })
    expect((await spoken()).statusCode).toBe(201)
    const [row] = await sql`select comment_id from comment_private order by created_at desc limit 1`
    await sql`update comment_private set body_hash = null where comment_id = ${row?.['comment_id']}`
    await refused(spoken, 429, 'COMMENTS_TOO_FAST')
  })
})

describe('the rate of', () => {
  test('an article is so many a minute, and of no other article', async () => {
    const small = await startApp({ COMMENTS_ARTICLE_PER_MINUTE: '3' })
    const there = postingTo(small)
    for (const slug of ['crowded', 'calm']) await article(small.database.sql, { slug })
    const first = await there.posted('crowded', others())
    for (const _ of sequence(2)) await there.posted('crowded', others())
    await setAge(small.database.sql, 25, first.comment.id)
    const fourth = () => there.post('crowded', others())
    const problem = await there.refused(fourth, 429, 'COMMENTS_TOO_FAST')
    expect(problem.retryAfter).toBeGreaterThan(25)
    expect(problem.retryAfter).toBeLessThanOrEqual(35)
    await there.posted('calm', others())
    await setAge(small.database.sql, 60, first.comment.id)
    expect((await fourth()).statusCode).toBe(201)
  })

  test('the site holds unknown authors beyond it, and says no more than that somebody will look', async () => {
    const small = await startApp({ COMMENTS_SITE_PER_MINUTE: '3' })
    const there = postingTo(small)
    for (const slug of ['one', 'two']) await article(small.database.sql, { slug })
    for (const slug of ['one', 'two', 'one']) expect((await there.posted(slug, others())).status).toBe(201)
    const { status, comment, verdict } = await there.posted('two', others())
    expect([status, await there.stateOf(comment)]).toEqual([202, 'pending site_rate'])
    expect(verdict).toMatchObject({ status: 'pending', reasons: ['review'], nextAction: 'wait' })
    const [row] = await small.database.sql`select reasons from comments where id = ${comment.id}`
    expect(row?.['reasons']).toEqual(['site_rate'])
    // those whom a moderator made known pass
    const byKey = { headers: await keyHeaders(small, 'comments:write') }
    const reader = { author: { name: newName(), subject: randomUUID() } }
    const first = await there.posted('one', others('Unknown', reader), byKey)
    await small.database.sql`insert into author_policies (key, policy, set_by)
      select identity_key, 'known', 'test' from comment_private where comment_id = ${first.comment.id}`
    expect([first.status, (await there.posted('one', others('Known', reader), byKey)).status]).toEqual([
      202, 201,
    ])
  })
})

describe('the same words of one author at one place', () => {
  const twice = async (more: object = {}) => {
    const ip = newAddress()
    const payload = words('The very same  words', { author: { name: newName() }, ...more })
    return { ip, payload, first: await posted('tides', payload, { ip }) }
  }

  test('within 15 seconds are a second click: 200, the same comment, no receipt, nothing written', async () => {
    const { ip, payload, first } = await twice()
    const before = await rowCounts(sql)
    for (const body of [payload.body, '  The very\n same words ', 'The very same words']) {
      const response = await post('tides', { ...payload, body }, { ip })
      expect(response.statusCode).toBe(200)
      expect(response.json()).toEqual({
        comment: first.comment,
        receipt: null,
        duplicateOf: first.comment.id,
        verdict: first.verdict,
      })
    }
    expect(await rowCounts(sql)).toEqual(before)
    await setAge(sql, 13, first.comment.id)
    expect((await post('tides', payload, { ip })).statusCode).toBe(200)
  })

  test('from 15 seconds to 24 hours are 409 COMMENT_DUPLICATE', async () => {
    const { ip, payload, first } = await twice()
    for (const age of [15, 3600, 86_390]) {
      await setAge(sql, age, first.comment.id)
      const problem = await refused(() => post('tides', payload, { ip }), 409, 'COMMENT_DUPLICATE')
      expect(problem).toMatchObject({ duplicateOf: first.comment.id, nextAction: 'edit_text' })
    }
    await setAge(sql, 86_400, first.comment.id)
    expect((await post('tides', payload, { ip })).statusCode).toBe(201)
  })

  test.each([
    ['other case', { body: 'The Very Same Words' }],
    ['another author', { author: { name: 'Somebody else' } }],
  ])('are not the same with %s', async (_, other) => {
    const { ip, payload, first } = await twice()
    await setAge(sql, 20, first.comment.id)
    expect((await post('tides', { ...payload, ...other }, { ip })).statusCode).toBe(201)
  })

  test('are not the same under another article, and not in answer to another comment', async () => {
    await newArticle({ slug: 'elsewhere' })
    const { ip, payload, first } = await twice()
    await setAge(sql, 70, first.comment.id)
    const there = await posted('elsewhere', payload, { ip })
    await setAge(sql, 70, there.comment.id)
    const reply = { ...payload, parentId: first.comment.id }
    const below = await posted('tides', reply, { ip })
    expect((await post('tides', reply, { ip })).json().duplicateOf).toBe(below.comment.id)
    await setAge(sql, 70, below.comment.id)
    expect((await posted('tides', { ...payload, parentId: below.comment.id }, { ip })).status).toBe(201)
  })

  test('are a second click past the depth limit too, where replies hang beside what they answer', async () => {
    const chain = [(await posted('tides', others())).comment.id]
    for (const _ of sequence(5)) {
      chain.push((await posted('tides', others('Down', { parentId: chain.at(-1) as string }))).comment.id)
    }
    const ip = newAddress()
    const deep = words('Deep', { author: { name: newName() }, parentId: chain[5] as string })
    const { comment } = await posted('tides', deep, { ip })
    expect(comment.replyToId).toBe(chain[5])
    expect((await post('tides', deep, { ip })).json().duplicateOf).toBe(comment.id)
    await setAge(sql, 20, comment.id)
    expect((await posted('tides', { ...deep, parentId: chain[4] as string }, { ip })).status).toBe(201)
  })

  test('may be written again once the author took them back, but not once a moderator did', async () => {
    const { ip, payload, first } = await twice()
    await app.inject({ method: 'DELETE', url: `/v1/comments/${first.comment.id}`, headers: first.holder })
    await setAge(sql, 20, first.comment.id)
    const second = await posted('tides', payload, { ip })
    await app.inject({ method: 'DELETE', url: `/v1/comments/${second.comment.id}`, headers: staff })
    await setAge(sql, 20, second.comment.id)
    await refused(() => post('tides', payload, { ip }), 409, 'COMMENT_DUPLICATE')
  })

  test('with the receipt of the first are a second click as well', async () => {
    const { ip, payload, first } = await twice()
    const response = await post('tides', payload, { ip, headers: first.holder })
    expect([response.statusCode, response.json().duplicateOf]).toEqual([200, first.comment.id])
  })
})

describe('the order', () => {
  test('is idempotency key, twin, flood', async () => {
    const ip = newAddress()
    const payload = words('In order', { author: { name: newName() } })
    const headers = { 'idempotency-key': randomUUID() }
    const first = await posted('tides', payload, { ip, headers })
    // the key knows the answer, with the receipt
    const replay = await post('tides', payload, { ip, headers })
    expect([replay.statusCode, replay.headers['idempotent-replayed']]).toEqual([201, 'true'])
    expect(replay.json().receipt).toBe(first.receipt)
    // the twin knows the comment, before anybody is too fast
    expect((await post('tides', payload, { ip })).statusCode).toBe(200)
    expect((await post('tides', { ...payload, body: 'Other' }, { ip })).statusCode).toBe(429)
    await setAge(sql, 15, first.comment.id)
    expect((await post('tides', payload, { ip })).json().code).toBe('COMMENT_DUPLICATE')
  })

  test('and a twin under a key of its own is remembered under it', async () => {
    const ip = newAddress()
    const payload = words('Twin with a key', { author: { name: newName() } })
    const first = await posted('tides', payload, { ip })
    const headers = { 'idempotency-key': randomUUID() }
    for (const replayed of [undefined, 'true']) {
      const response = await post('tides', payload, { ip, headers })
      expect([response.statusCode, response.headers['idempotent-replayed']]).toEqual([200, replayed])
      expect(response.json()).toMatchObject({ receipt: null, duplicateOf: first.comment.id })
    }
  })
})

test('the rates switched off let everything through', async () => {
  const free = await startApp()
  const there = postingTo(free)
  await article(free.database.sql, { slug: 'free' })
  for (const _ of sequence(5))
    expect((await there.post('free', words(), { ip: '192.0.2.1' })).statusCode).toBe(201)
})

test('what GraphQL posted counts for REST', async () => {
  const author = { name: newName() }
  // injected requests come from 127.0.0.1
  const mutation = 'mutation($input: PostCommentInput!){postComment(input: $input){comment{id}}}'
  const { errors } = await graphql(app, mutation, { input: { article: 'tides', body: 'By GraphQL', author } })
  expect(errors).toBeUndefined()
  await refused(
    () => post('tides', words('By REST', { author }), { ip: '127.0.0.1' }),
    429,
    'COMMENTS_TOO_FAST',
  )
})
