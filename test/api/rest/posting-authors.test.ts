import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { startApp } from '../../setup/app.ts'
import { article, author } from '../../setup/data.ts'
import { AUDIENCE, ISSUER, sign, startIdentityProvider } from '../../setup/identity.ts'
import {
  decide,
  newAddress,
  newName,
  others,
  postingTo,
  secrets,
  setAge,
  type Taken,
} from '../posting-bed.ts'
import { keyHeaders, rowCounts } from '../support.ts'

const provider = await startIdentityProvider()
afterAll(() => provider.close())
const signer = await provider.publish('RS256')
const server = await startApp({
  JWT_JWKS_URL: provider.url,
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  COMMENTS_TWIN_HOURS: '1',
})
const { app, database } = server
const { sql } = database
const { post, posted, refused, stateOf } = postingTo(server)
await article(sql, { slug: 'tides' })
await article(sql, { slug: 'trust', commentPolicy: 'known' })
const key = await keyHeaders(server, 'comments:write')
const staff = await keyHeaders(server, 'comments:moderate')

const links = (count: number): string =>
  Array.from({ length: count }, (_, n) => `https://site${n}.example`).join(' ')
let texts = 0
const fresh = (more: object = {}) => others(`Text ${++texts}`, more)

interface Reader {
  write(slug: string, payload?: object): Promise<Taken>
}

/** A reader of the identity provider. */
async function account(): Promise<Reader> {
  const token = await sign(signer, { sub: randomUUID(), name: 'Account' })
  return {
    write: (slug, payload) =>
      posted(slug, { ...fresh(), ...payload }, { headers: { authorization: `Bearer ${token}` } }),
  }
}

/** A reader for whom a trusted server speaks. */
function subject(proof: object = { subject: randomUUID() }): Reader {
  return {
    write: (slug, payload) =>
      posted(slug, { ...fresh({ author: { name: newName(), ...proof } }), ...payload }, { headers: key }),
  }
}

/** A reader who brings the receipt of the comment before. */
function chain(): Reader {
  let headers: Record<string, string> = {}
  return {
    write: async (slug, payload) => {
      const taken = await posted(slug, { ...fresh(), ...payload }, { headers })
      headers = taken.holder
      return taken
    },
  }
}

const PROVEN: [string, () => Promise<Reader> | Reader][] = [
  ['an account', account],
  ['a subject', subject],
  ['a verified address', () => subject({ verifiedEmail: `${randomUUID()}@reader.example` })],
  ['a chain of receipts', chain],
]

describe.each(PROVEN)('known by %s', (_, reader) => {
  test('after two approved comments: under the policy known, and with up to three links', async () => {
    const { write } = await reader()
    expect((await write('trust')).verdict).toMatchObject({ status: 'pending', reasons: ['unknown_author'] })
    const [first, second] = [await write('tides'), await write('tides')]
    expect([first.status, second.status]).toEqual([201, 201])
    expect((await write('trust')).status).toBe(201)
    expect((await write('tides', { body: `a ${links(3)}` })).status).toBe(201)
    const four = await write('tides', { body: `b ${links(4)}` })
    expect(await stateOf(four.comment)).toBe('pending links')
  })

  test('not after one, not after two that are held, and not once one of them is a year old', async () => {
    const { write } = await reader()
    const first = await write('tides')
    expect(await stateOf((await write('trust')).comment)).toBe('pending unknown_author')
    expect(await stateOf((await write('tides', { body: `a ${links(2)}` })).comment)).toBe('pending links')
    await write('tides')
    expect((await write('trust')).status).toBe(201)
    await sql`update comments set status = 'pending' where article_id = (select id from articles where slug = 'trust')`
    await setAge(sql, 366 * 86_400, first.comment.id)
    expect(await stateOf((await write('trust')).comment)).toBe('pending unknown_author')
  })
})

test('nobody is known by what was typed, however often and from wherever', async () => {
  const who = { name: newName(), email: 'typed@reader.example', url: 'https://typed.example' }
  const ip = newAddress()
  for (let n = 0; n < 4; n++) await posted('tides', fresh({ author: who }), { ip })
  const { comment } = await posted('trust', fresh({ author: who }), { ip })
  expect(await stateOf(comment)).toBe('pending unknown_author')
  const two = await posted('tides', { ...fresh({ author: who }), body: `c ${links(2)}` }, { ip })
  expect(await stateOf(two.comment)).toBe('pending links')
})

test('one link of an unknown author passes, two are held; counted in the text and in what it becomes', async () => {
  expect((await posted('tides', others(links(1)))).status).toBe(201)
  for (const body of [
    links(2),
    '[a](https://a.example) [b](https://b.example)',
    '`https://a.example` https://b.example',
  ]) {
    expect(await stateOf((await posted('tides', others(body))).comment)).toBe('pending links')
  }
})

test.each([
  ['missing', {}, 201, null],
  ['wrong', { 'comment-receipt': `bsr_${'A'.repeat(64)}` }, 401, 'AUTHENTICATION_FAILED'],
  ['empty', { 'comment-receipt': '' }, 401, 'AUTHENTICATION_FAILED'],
])('a receipt that is %s', async (_, headers, status, code) => {
  const response = await post('tides', fresh(), { headers })
  expect([response.statusCode, response.json().code ?? null]).toEqual([status, code])
})

describe('what moderators decided about an author', () => {
  const identityOf = async ({ comment: { id } }: Taken, column: 'identity_key' | 'author_key') => {
    const [row] = await sql`select identity_key, author_key from comment_private where comment_id = ${id}`
    return row?.[column] as Buffer
  }
  const setPolicy = (hash: Buffer, policy: string) =>
    sql`insert into author_policies (key, policy, set_by) values (${hash}, ${policy}, 'test')`

  test.each(PROVEN)('known passes at once, by %s', async (_, reader) => {
    const { write } = await reader()
    await setPolicy(await identityOf(await write('tides'), 'identity_key'), 'known')
    expect((await write('trust')).status).toBe(201)
    expect((await write('tides', { body: `d ${links(3)}` })).status).toBe(201)
  })

  test.each(PROVEN)('held holds all, by %s', async (_, reader) => {
    const { write } = await reader()
    const first = await write('tides')
    await write('tides')
    await setPolicy(await identityOf(first, 'identity_key'), 'held')
    const held = await write('tides')
    expect(await stateOf(held.comment)).toBe('pending author_held')
    // a trusted server learns the reason, an author no more than that somebody will look
    expect([['author_held'], ['review']]).toContainEqual(held.verdict.reasons)
  })

  test('held holds who typed it and goes on by receipt, under whatever name; known lets nobody through who only types', async () => {
    const who = { name: newName() }
    const ip = newAddress()
    const first = await posted('tides', fresh({ author: who }), { ip })
    await setPolicy(await identityOf(first, 'author_key'), 'held')
    for (const posting of [{ ip }, { headers: first.holder }]) {
      const payload = posting.ip ? fresh({ author: who }) : fresh()
      expect(await stateOf((await posted('tides', payload, posting)).comment)).toBe('pending author_held')
    }
    // of two words about one author the stricter one counts
    await setPolicy(await identityOf(first, 'identity_key'), 'known')
    expect(await stateOf((await posted('tides', fresh(), { headers: first.holder })).comment)).toBe(
      'pending author_held',
    )
    await sql`update author_policies set policy = 'known' where key = ${await identityOf(first, 'author_key')}`
    expect(await stateOf((await posted('trust', fresh({ author: who }), { ip })).comment)).toBe(
      'pending unknown_author',
    )
  })
})

describe('a bad record', () => {
  /** @returns whether the next comment of a reader with this record is held for it. */
  async function heldAfter(statuses: string[], how: { days?: number; by?: string } = {}): Promise<boolean> {
    const { write } = await account()
    const taken = [...statuses]
    const ids: string[] = []
    for (const _ of taken) ids.push((await write('tides')).comment.id)
    for (const [n, status] of taken.entries()) await decide(sql, status, ids[n] as string)
    await sql`update comments set decided_by = ${how.by ?? 'key:0'},
      decided_at = now() - make_interval(secs => ${(how.days ?? 0) * 86_400}) where id = any(${ids})`
    return (await stateOf((await write('tides')).comment)) === 'pending bad_record'
  }
  const of = (approved: number, rejected: string[]) => [
    ...Array.from({ length: approved }, () => 'approved'),
    ...rejected,
  ]

  test.each([
    ['two of two', [], 2, false],
    ['one of three', ['rejected'], 2, true],
    ['spam counts as well', ['spam'], 2, true],
    ['three of ten, which is 30 %', ['rejected', 'spam', 'rejected'], 7, true],
    ['three of eleven', ['rejected', 'spam', 'rejected'], 8, false],
    ['none of three', [], 3, false],
  ])('%s', async (_, rejected, approved, held) => {
    const statuses =
      rejected.length === 0 && approved === 2 ? ['rejected', 'rejected'] : of(approved, rejected)
    expect(await heldAfter(statuses)).toBe(held)
  })

  test('is of the last seven days, and of what people decided', async () => {
    const bad = ['rejected', 'rejected', 'rejected']
    expect(await heldAfter(bad, { days: 6.99 })).toBe(true)
    expect(await heldAfter(bad, { days: 7.01 })).toBe(false)
    expect(await heldAfter(bad, { by: 'user:0' })).toBe(true)
    expect(await heldAfter(bad, { by: 'system' })).toBe(false)
  })

  test('follows who types the same name from the same network, and nobody else', async () => {
    const who = { name: newName() }
    const ip = newAddress()
    for (let n = 0; n < 3; n++) {
      await decide(sql, 'rejected', (await posted('tides', fresh({ author: who }), { ip })).comment.id)
    }
    expect(await stateOf((await posted('tides', fresh({ author: who }), { ip })).comment)).toBe(
      'pending bad_record',
    )
    expect((await posted('tides', fresh({ author: who }))).status).toBe(201)
  })
})

describe('a ban', () => {
  const ban = (kind: string, hash: Buffer, until = '2 days') =>
    sql`insert into comment_bans (id, kind, key, until, reason, created_by)
      values (${randomUUID()}, ${kind}, ${kind === 'author' ? secrets.sign('ban', 'author', hash) : hash}, now() + ${until}::interval, 'test', 'test') returning until`
  const banOnDomain = (domain: string) => ban('email_domain', secrets.sign('ban', 'domain', domain))
  const keysOf = async ({ comment: { id } }: Taken) => {
    const [row] = await sql`select identity_key, author_key from comment_private where comment_id = ${id}`
    return row as unknown as { identity_key: Buffer; author_key: Buffer }
  }

  test.each(PROVEN)('on an author refuses with its end, by %s', async (_, reader) => {
    const { write } = await reader()
    const [row] = await ban('author', (await keysOf(await write('tides'))).identity_key)
    const before = await rowCounts(sql)
    await expect(write('tides')).rejects.toThrow('COMMENTER_BANNED')
    await expect(write('tides')).rejects.toThrow(String(row?.['until'].toISOString()))
    expect(await rowCounts(sql)).toEqual(before)
    await sql`update comment_bans set lifted_at = now()`
    expect((await write('tides')).status).toBe(201)
    await sql`update comment_bans set lifted_at = null, until = now()`
    expect((await write('tides')).status).toBe(201)
  })

  test('on what was typed holds for the receipt of it too, and not for the same name elsewhere', async () => {
    const who = { name: newName() }
    const ip = newAddress()
    const first = await posted('tides', fresh({ author: who }), { ip })
    await ban('author', (await keysOf(first)).author_key)
    await refused(() => post('tides', fresh({ author: who }), { ip }), 403, 'COMMENTER_BANNED')
    await refused(() => post('tides', fresh(), { headers: first.holder }), 403, 'COMMENTER_BANNED')
    await posted('tides', fresh({ author: who }))
  })

  test('on a network refuses all in it: readers in person, and those whom a server speaks for', async () => {
    await ban('network', secrets.sign('ban', 'network', '198.51.100.0/24'))
    const problem = await refused(
      () => post('tides', fresh(), { ip: '198.51.100.200' }),
      403,
      'COMMENTER_BANNED',
    )
    expect(Date.parse(problem.until ?? '')).toBeGreaterThan(Date.now())
    const spoken = (ip: string) =>
      post('tides', { ...fresh(), client: { ip } }, { headers: key, ip: '198.51.100.1' })
    await refused(() => spoken('198.51.100.3'), 403, 'COMMENTER_BANNED')
    expect((await spoken('198.51.101.3')).statusCode).toBe(201)
    await posted('tides', fresh(), { ip: '198.51.101.200' })
  })

  test('on a domain refuses its addresses and those below it, and no others', async () => {
    await banOnDomain('spam.example')
    const from = (email: string) => () => post('tides', fresh({ author: { name: newName(), email } }))
    for (const email of [
      'a@spam.example',
      'a@SPAM.example',
      'a@mail.of.spam.example',
      ' a@spam.example '.trim(),
    ]) {
      await refused(from(email), 403, 'COMMENTER_BANNED')
    }
    const verified = () =>
      post('tides', fresh({ author: { name: newName(), verifiedEmail: 'b@spam.example' } }), { headers: key })
    await refused(verified, 403, 'COMMENTER_BANNED')
    for (const email of ['a@notspam.example', 'a@example.org', 'spam.example@other.example']) {
      expect((await from(email)()).statusCode).toBe(201)
    }
  })

  test('tells the end of the longest of several', async () => {
    const first = await posted('tides', fresh({ author: { name: newName(), email: 'c@long.example' } }))
    await ban('author', (await keysOf(first)).author_key, '1 hour')
    const [row] = await ban('email_domain', secrets.sign('ban', 'domain', 'long.example'), '9 days')
    const edit = () =>
      app.inject({
        method: 'PATCH',
        url: `/v1/comments/${first.comment.id}`,
        headers: first.holder,
        payload: { body: 'x' },
      })
    expect((await refused(edit, 403, 'COMMENTER_BANNED')).until).toBe(String(row?.['until'].toISOString()))
  })

  test.each(['author', 'network', 'email_domain'])('on %s refuses edits as well', async (kind) => {
    const ip = newAddress()
    const email = `d@${randomUUID()}.example`
    const taken = await posted('tides', fresh({ author: { name: newName(), email } }), { ip })
    const [row] = await sql`select ip_prefix from comment_private where comment_id = ${taken.comment.id}`
    const hashes: Record<string, Buffer> = {
      author: (await keysOf(taken)).author_key,
      network: secrets.sign('ban', 'network', row?.['ip_prefix']),
      email_domain: secrets.sign('ban', 'domain', email.slice(2)),
    }
    await ban(kind, hashes[kind] as Buffer)
    const edit = () =>
      app.inject({
        method: 'PATCH',
        url: `/v1/comments/${taken.comment.id}`,
        headers: taken.holder,
        payload: { body: 'x' },
      })
    await refused(edit, 403, 'COMMENTER_BANNED')
    // to take the words back is everybody's right
    const withdrawn = await app.inject({
      method: 'DELETE',
      url: `/v1/comments/${taken.comment.id}`,
      headers: taken.holder,
    })
    expect(withdrawn.statusCode).toBe(204)
  })
})

describe('a trusted server', () => {
  test.each([
    ['/client', { client: { ip: '192.0.2.1' } }],
    ['/author/subject', { author: { name: 'T', subject: 's' } }],
    ['/author/verifiedEmail', { author: { name: 'T', verifiedEmail: 'a@b.example' } }],
  ])('only may say %s: everybody else is refused with the path', async (path, claim) => {
    const token = await sign(signer, { sub: randomUUID() })
    const callers: Record<string, string>[] = [{}, staff, { authorization: `Bearer ${token}` }]
    for (const headers of callers) {
      const problem = await refused(() => post('tides', fresh(claim), { headers }), 403, 'FORBIDDEN')
      expect(problem.errors?.map((error) => error.path)).toEqual([path])
    }
  })

  test.each(['', 'nowhere', '1.2.3', '1.2.3.4/24', '999.1.1.1', '::g'])(
    'names no address by %j',
    async (ip) => {
      const problem = await refused(
        () => post('tides', { ...fresh(), client: { ip } }, { headers: key }),
        400,
        'VALIDATION_FAILED',
      )
      expect(problem.errors?.[0]?.path).toBe('/client/ip')
    },
  )

  test('vouches for its readers: verified, and that network only is kept', async () => {
    const payload = fresh({
      author: { name: 'T', subject: 'x' },
      client: { ip: '192.0.2.77', userAgent: 'Seen/1.0' },
    })
    const { comment } = await posted('tides', payload, { headers: key, ip: '203.0.113.5' })
    expect(comment.author).toMatchObject({ verified: true })
    const stored = JSON.stringify(await sql`select * from comment_private where comment_id = ${comment.id}`)
    expect(stored).toContain('192.0.2.0/24')
    for (const word of ['192.0.2.77', '203.0.113', 'Seen/1.0']) expect(stored).not.toContain(word)
  })

  test('learns the real state and reasons of spam: at once, later, in lists and after an edit', async () => {
    const proof = randomUUID()
    const payload = fresh({ author: { name: 'T', subject: proof }, honeypot: 'filled' })
    const { comment, verdict } = await posted('tides', payload, { headers: key })
    expect([comment.status, verdict]).toEqual([
      'spam',
      { status: 'spam', reasons: ['honeypot'], retryAfter: null, nextAction: 'wait' },
    ])
    const headers = { ...key, 'comment-subject': proof }
    const url = `/v1/comments/${comment.id}`
    expect((await app.inject({ url, headers })).json().status).toBe('spam')
    const mine = await app.inject({ url: '/v1/articles/tides/comments/mine', headers })
    expect(mine.json().data.map(({ status }: { status: string }) => status)).toEqual(['spam'])
    const edited = await app.inject({ method: 'PATCH', url, headers, payload: { body: 'Other' } })
    expect(edited.json().status).toBe('spam')
  })
})

describe('reserved names', () => {
  test('are those of authors, however they are spelt, and everybody else may bear theirs', async () => {
    await author(sql, 'Ada Lovelace')
    for (const name of [
      'Ada Lovelace',
      'ADA LOVELACE',
      'Аdа Lоvеlасе',
      'Ada-Love1ace',
      'Ådä Lovelace',
      'A d a L o v e l a c e',
    ]) {
      const { comment, verdict } = await posted('tides', fresh({ author: { name } }))
      expect([name, await stateOf(comment)]).toEqual([name, 'pending reserved_name'])
      expect(verdict.reasons).toEqual(['review'])
    }
    for (const name of ['Ada', 'Adam Lovelace', '李'])
      expect((await posted('tides', fresh({ author: { name } }))).status).toBe(201)
    expect(
      (await post('tides', fresh({ author: { name: 'Ada Lovelace' } }), { headers: staff })).statusCode,
    ).toBe(201)
  })
})

test('staff passes the rules of content, in posts and in edits of their own', async () => {
  const editor = await sign(signer, { sub: randomUUID(), name: 'Editor', scope: 'comments:moderate' })
  const headers = { authorization: `Bearer ${editor}` }
  const { comment, status } = await posted('trust', { body: links(9), honeypot: 'x' }, { headers })
  expect(status).toBe(201)
  const edited = await app.inject({
    method: 'PATCH',
    url: `/v1/comments/${comment.id}`,
    headers,
    payload: { body: links(8) },
  })
  expect(edited.json()).toMatchObject({ status: 'approved', source: links(8) })
})

test('who speaks for others without the right to learns from no answer which comments there are', async () => {
  const { comment } = await posted('trust', fresh())
  const token = await sign(signer, { sub: randomUUID() })
  const headers = { authorization: `Bearer ${token}`, 'comment-subject': 'somebody' }
  const answers = await Promise.all(
    [comment.id, randomUUID()].map((id) => app.inject({ url: `/v1/comments/${id}`, headers })),
  )
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403])
})
