import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createSecrets } from '../../../src/lib/secrets.ts'
import type { Ban } from '../../../src/shapes/moderation.ts'
import { startApp } from '../../setup/app.ts'
import { article, comment } from '../../setup/data.ts'
import { keyHeaders, problemOf, rowCounts } from '../support.ts'

const SECRET = 'a secret for the bans, 32 characters'
const server = await startApp({ SECRET })
const { app, database } = server
const { sql } = database
const { authorization, id: keyId } = await keyHeaders(server, 'comments:moderate')
const headers = { authorization }
const secrets = createSecrets(Buffer.from(SECRET))
const articleId = await article(sql, { slug: 'banned' })
const until = new Date(Date.now() + 86_400_000).toISOString()

async function known(author: number | null, identity: number | null, network: string | null) {
  const id = await comment(sql, articleId, { email: 'x@Sub.Spam.example' })
  await sql`update comment_private set author_key = ${author === null ? null : Buffer.alloc(32, author)},
    identity_key = ${identity === null ? null : Buffer.alloc(32, identity)}, ip_prefix = ${network} where comment_id = ${id}`
  return id
}
const post = (payload: object) => app.inject({ method: 'POST', url: '/v1/moderation/bans', headers, payload })
const ban = async (payload: object) => {
  const response = await post({ until, reason: 'Spam', ...payload })
  expect(response.statusCode, response.body).toBe(201)
  return response.json<{ data: Ban[] }>().data
}
const fileOf = async (id: string) =>
  (await app.inject({ url: `/v1/moderation/comments/${id}`, headers })).json()

describe('a ban', () => {
  test('of author and network is by all that is known of them, and never tells by what', async () => {
    const commentId = await known(1, 2, '203.0.113.0/24')
    const bans = await ban({ commentId, kinds: ['author', 'network'], reason: ' Spam  again ' })
    expect(bans.map(({ kind }) => kind)).toEqual(['author', 'author', 'network'])
    for (const one of bans)
      expect(one).toMatchObject({
        until,
        reason: 'Spam again',
        createdBy: `key:${keyId}`,
        commentId,
        liftedAt: null,
      })
    const rows =
      await sql`select kind, encode(key, 'hex') as key from comment_bans where comment_id = ${commentId} order by kind, key`
    const network = secrets.sign('ban', 'network', '203.0.113.0/24').toString('hex')
    const ofAuthor = [1, 2].map((n) => secrets.sign('ban', 'author', Buffer.alloc(32, n)).toString('hex'))
    expect(rows.map((row) => [row['kind'], row['key']])).toEqual([
      ...ofAuthor.sort().map((key) => ['author', key]),
      ['network', network],
    ])
    expect(JSON.stringify(bans)).not.toContain('0101')
    const same = await known(2, null, '198.51.100.0/24')
    expect((await fileOf(same)).bans).toHaveLength(1)
    expect((await fileOf(commentId)).bans).toHaveLength(3)
  })

  test('of one key takes the place of an earlier one, also when many are made at once', async () => {
    const commentId = await known(3, 4, '192.0.2.0/24')
    const kinds = ['network', 'author']
    await Promise.all(Array.from({ length: 8 }, (_, n) => ban({ commentId, kinds, reason: `Ban ${n}` })))
    const rows = await sql`select distinct reason from comment_bans where comment_id = ${commentId}`
    expect(await sql`select from comment_bans where comment_id = ${commentId}`).toHaveLength(3)
    expect(rows).toHaveLength(1)
    const last = await ban({ commentId, kinds, reason: 'The last' })
    expect(last).toHaveLength(3)
    const stored =
      await sql`select id from comment_bans where comment_id = ${commentId} and reason = 'The last' order by id`
    expect(stored.map((row) => row['id'])).toEqual(last.map(({ id }) => id).sort())
  })

  test('of a domain is of its spelling in ASCII, and shows at comments from it and below it', async () => {
    const id = await known(5, null, null)
    expect((await fileOf(id)).bans).toEqual([])
    const [made] = await ban({ emailDomain: ' SPAM.example ' })
    expect(made).toMatchObject({ kind: 'email_domain', domain: 'spam.example', commentId: null })
    expect((await fileOf(id)).bans).toEqual([made])
    const [unicode] = await ban({ emailDomain: 'bücher.example' })
    expect(unicode?.domain).toBe('xn--bcher-kva.example')
  })

  test.each(['gmail.com', 'GMail.com', 'mail.yahoo.co.uk', 'co.uk'])(
    'of a domain of many is refused: %s',
    async (emailDomain) => {
      const { errors } = problemOf(await post({ emailDomain, until, reason: 'x' }), 422, 'BAN_TOO_WIDE')
      expect(errors?.[0]?.path).toBe('/emailDomain')
    },
  )

  const tooLong = new Date(Date.now() + 11 * 366 * 86_400_000).toISOString()
  test.each<[object, string]>([
    [{ until, reason: 'x' }, '/commentId'],
    [{ commentId: randomUUID(), until, reason: 'x' }, '/kinds'],
    [{ commentId: randomUUID(), kinds: [], until, reason: 'x' }, '/kinds'],
    [{ commentId: randomUUID(), kinds: ['email_domain'], until, reason: 'x' }, '/kinds/0'],
    [{ emailDomain: 'a.example', commentId: randomUUID(), until, reason: 'x' }, '/commentId'],
    [{ emailDomain: 'com', until, reason: 'x' }, '/emailDomain'],
    [{ emailDomain: '127.0.0.1', until, reason: 'x' }, '/emailDomain'],
    [{ emailDomain: 'a b.example', until, reason: 'x' }, '/emailDomain'],
    [{ emailDomain: 'a.example', until: '2020-01-01T00:00:00Z', reason: 'x' }, '/until'],
    [{ emailDomain: 'a.example', until: tooLong, reason: 'x' }, '/until'],
    [{ emailDomain: 'a.example', until, reason: ' ' }, '/reason'],
    [{ emailDomain: 'a.example', until }, '/reason'],
  ])('of another shape is refused and changes nothing: %j', async (payload, path) => {
    const before = await rowCounts(sql)
    expect(problemOf(await post(payload), 400, 'VALIDATION_FAILED').errors?.[0]?.path).toBe(path)
    expect(await rowCounts(sql)).toEqual(before)
  })

  test('of what is not known any more is refused', async () => {
    const scrubbed = await known(null, null, null)
    for (const [payload, path] of [
      [{ commentId: scrubbed, kinds: ['network'] }, '/kinds/0'],
      [{ commentId: scrubbed, kinds: ['author'] }, '/kinds/0'],
      [{ commentId: await known(6, null, null), kinds: ['author', 'network'] }, '/kinds/1'],
      [{ commentId: randomUUID(), kinds: ['author'] }, '/commentId'],
    ] as const) {
      const response = await post({ ...payload, until, reason: 'x' })
      expect(problemOf(response, 422, 'REFERENCE_NOT_FOUND').errors?.[0]?.path).toBe(path)
    }
  })

  test('is listed, newest first, and lifted; once more is no fault', async () => {
    const id = await known(7, null, null)
    const [made] = await ban({ commentId: id, kinds: ['author'] })
    const list = async (query = '') =>
      (await app.inject({ url: `/v1/moderation/bans${query}`, headers })).json<{
        data: Ban[]
        page: { next: string }
      }>()
    const all = (await list()).data
    expect(all[0]).toEqual(made)
    const moments = all.map(({ createdAt }) => createdAt)
    expect(moments).toEqual([...moments].sort().reverse())
    const { next } = (await list('?limit=1')).page
    expect((await list(`?limit=1&after=${next}`)).data).toEqual([all[1]])
    const lift = () => app.inject({ method: 'DELETE', url: `/v1/moderation/bans/${made?.id}`, headers })
    for (let n = 0; n < 2; n++) expect((await lift()).statusCode).toBe(204)
    expect((await list()).data[0]?.liftedAt).toEqual(expect.any(String))
    const inForce: Ban[] = (await fileOf(id)).bans
    expect(inForce.filter(({ kind }) => kind === 'author')).toEqual([])
    const url = `/v1/moderation/bans/${randomUUID()}`
    problemOf(await app.inject({ method: 'DELETE', url, headers }), 404, 'BAN_NOT_FOUND')
  })
})

describe('a policy for an author', () => {
  const put = (id: string, payload: object) =>
    app.inject({ method: 'PUT', url: `/v1/moderation/comments/${id}/author-policy`, headers, payload })

  test('is tied to who is proven, or else to who is known, and is taken back', async () => {
    const [proven, unproven] = [await known(10, 11, null), await known(12, null, null)]
    for (const id of [proven, unproven]) {
      expect((await put(id, { policy: 'held' })).json()).toEqual({ policy: 'held' })
      expect((await put(id, { policy: 'known' })).statusCode).toBe(200)
      expect((await fileOf(id)).authorPolicy).toBe('known')
    }
    const rows = await sql`select encode(key, 'hex') as key, policy, set_by from author_policies order by key`
    expect(rows.map((row) => Object.values({ ...row }))).toEqual([
      ['0b'.repeat(32), 'known', `key:${keyId}`],
      ['0c'.repeat(32), 'known', `key:${keyId}`],
    ])
    for (const id of [proven, unproven]) await put(id, { policy: null })
    expect(await sql`select from author_policies`).toHaveLength(0)
    expect((await fileOf(proven)).authorPolicy).toBeNull()
  })

  test('of nobody known, of no comment, or of another word is refused', async () => {
    problemOf(await put(await known(null, null, null), { policy: 'held' }), 422, 'REFERENCE_NOT_FOUND')
    problemOf(await put(randomUUID(), { policy: 'held' }), 404, 'COMMENT_NOT_FOUND')
    problemOf(await put(await known(9, null, null), { policy: 'open' }), 400, 'VALIDATION_FAILED')
  })
})
