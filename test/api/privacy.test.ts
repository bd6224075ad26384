import { randomBytes, randomUUID } from 'node:crypto'
import type { Response } from 'light-my-request'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createReceipts } from '../../src/core/receipts.ts'
import { readFullComment } from '../../src/db/comment-writes.ts'
import { STORES } from '../../src/db/traces.ts'
import type { ImportedComment } from '../../src/domain/interchange.ts'
import { createSecrets } from '../../src/lib/secrets.ts'
import type { Erasure, PersonExport } from '../../src/shapes/privacy.ts'
import { startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'
import { AUDIENCE, ISSUER, sign, startIdentityProvider } from '../setup/identity.ts'
import { crawlRest } from './crawl.ts'
import { dump, holding } from './dump.ts'
import { keyHeaders, problemOf } from './support.ts'

const SECRET = 'a secret for tests, 32 characters'
const OLD_SECRET = 'the secret before, of 32 characters'
const provider = await startIdentityProvider()
afterAll(() => provider.close())
const key = await provider.publish('ES256')
const server = await startApp({
  SECRET,
  SECRET_PREVIOUS: OLD_SECRET,
  JWT_JWKS_URL: provider.url,
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  COMMENTS_KEEP_REJECTED: '0',
})
const { app, deps, database, logs } = server
const { sql } = database
const secrets = createSecrets(Buffer.from(SECRET))
const receipts = createReceipts(secrets)
const operator = await keyHeaders(server, 'comments:erase')
const trusted = await keyHeaders(server, 'comments:write')
const articleId = await article(sql, { slug: 'talked-about' })

const bearer = async (sub: string) => ({ authorization: `Bearer ${await sign(key, { sub })}` })
const userIdOf = (sub: string, secret = secrets) =>
  secret.sign('user', ISSUER, sub).toString('hex').slice(0, 32)
const send = (url: string, payload: object, headers: Record<string, string> = {}): Promise<Response> =>
  app.inject({ method: 'POST', url: `/v1/privacy/${url}`, payload, headers })
const exported = async (payload: object, headers: Record<string, string> = {}): Promise<PersonExport> => {
  const response = await send('exports', payload, headers)
  expect([response.statusCode, response.headers['cache-control']]).toEqual([200, 'no-store'])
  return response.json()
}
const erased = async (payload: object, headers: Record<string, string> = {}): Promise<Erasure> => {
  const response = await send('erasures', payload, headers)
  expect([response.statusCode, response.headers['cache-control']]).toEqual([200, 'no-store'])
  return response.json()
}
const receiptOf = async (id: string): Promise<string> => {
  await sql`update comment_private set receipt_nonce = ${randomBytes(16)} where comment_id = ${id}`
  const row = await readFullComment(deps.database.db, id)
  if (!row) throw new Error('no such comment')
  return receipts.issue(row)
}
/** A comment of somebody with an identity. */
async function written(identity: Buffer, fields: Parameters<typeof comment>[2] = {}): Promise<string> {
  const id = await comment(sql, articleId, fields)
  await sql`update comment_private set identity_key = ${identity}, author_key = ${identity} where comment_id = ${id}`
  return id
}
const status = async (id: string) => (await sql`select status from comments where id = ${id}`)[0]?.['status']

describe('whose data', () => {
  const reader = randomBytes(32)
  test.each(['exports', 'erasures'])(
    '%s are for whoever proves who they are, and for operators',
    async (url) => {
      const id = await written(reader)
      const nobody = await send(url, {})
      problemOf(nobody, 401, 'AUTHENTICATION_FAILED')
      for (const named of [{ email: 'a@b.example' }, { subject: 'reader' }, { commentId: id }]) {
        problemOf(await send(url, named), 401, 'AUTHENTICATION_FAILED')
        problemOf(await send(url, named, trusted), 403, 'FORBIDDEN')
        problemOf(await send(url, named, await bearer('somebody')), 403, 'FORBIDDEN')
      }
      const foreign = await receiptOf(await written(randomBytes(32)))
      for (const commentId of [id, randomUUID()])
        for (const receipt of [foreign, 'bsr_none'])
          problemOf(await send(url, { commentId, receipt }), 401, 'AUTHENTICATION_FAILED')
      expect(await status(id)).toBe('approved')
    },
  )

  test.each(['exports', 'erasures'])('%s refuse a claim that is none, and say where', async (url) => {
    const refused = async (payload: object, headers: Record<string, string>, path: string) =>
      expect(problemOf(await send(url, payload, headers), 400, 'VALIDATION_FAILED').errors).toMatchObject([
        { path },
      ])
    await refused({ email: 'a@b.example', subject: 'a' }, operator, '/subject')
    await refused({ email: 'a@b.example', receipt: 'bsr_x' }, operator, '/receipt')
    await refused({ name: 'Tamsin' }, operator, '/name')
    await refused({}, operator, '/email')
    await refused({ commentId: 'first' }, operator, '/commentId')
    await refused({}, trusted, '/comment-subject')
    await refused({}, { ...trusted, 'comment-subject': '%E0%A4%A' }, '/comment-subject')
    await refused({}, { ...trusted, 'comment-subject': 'x'.repeat(256) }, '/comment-subject')
    problemOf(await send(url, { commentId: randomUUID() }, operator), 404, 'COMMENT_NOT_FOUND')
  })

  test('a test key speaks for no reader', async () => {
    const { key } = await deps.core.keys.create({
      name: 'test',
      scopes: ['comments:write'],
      expiresAt: null,
      sandbox: true,
    })
    const headers = { authorization: `Bearer ${key}`, 'comment-subject': 'reader-9' }
    const id = await written(secrets.sign('person', 'subject', 'reader-9'))
    problemOf(await send('erasures', {}, headers), 403, 'FORBIDDEN')
    expect(await status(id)).toBe('approved')
  })

  test.each([
    [
      'a user by token',
      async () => [{}, await bearer('sub-1')],
      () => secrets.sign('person', 'user', userIdOf('sub-1')),
    ],
    [
      'a user whose words are older than the secret',
      async () => [{}, await bearer('sub-2')],
      () => {
        const old = createSecrets(Buffer.from(OLD_SECRET))
        return old.sign('person', 'user', userIdOf('sub-2', old))
      },
    ],
    [
      'the reader of a trusted server',
      async () => [{}, { ...trusted, 'comment-subject': encodeURIComponent('reader Ä/1') }],
      () => secrets.sign('person', 'subject', 'reader Ä/1'),
    ],
    [
      'a reader by subject, for an operator',
      async () => [{ subject: 'reader-2' }, operator],
      () => secrets.sign('person', 'subject', 'reader-2'),
    ],
    [
      'an address that a server vouched for',
      async () => [{ email: 'Vouched@Mail.example' }, operator],
      () => secrets.sign('person', 'email', 'vouched@mail.example'),
    ],
  ] as const)('%s gets what is theirs, and nothing else', async (_, ask, identity) => {
    const mine = [await written(identity()), await written(identity(), { status: 'spam' })]
    const others = await written(randomBytes(32))
    const [payload, headers] = (await ask()) as [object, Record<string, string>]
    const { comments } = await exported(payload, headers)
    expect(comments.map(({ id }) => id).sort()).toEqual([...mine].sort())
    expect(comments.find(({ id }) => id === mine[1])?.status).toBe('pending')
    expect(await erased(payload, headers)).toMatchObject({ complete: true, comments: 2 })
    expect(await sql`select id from comments where id = any(${[...mine, others]}::uuid[])`).toEqual([
      { id: others },
    ])
    expect((await exported(payload, headers)).comments).toEqual([])
    expect(await erased(payload, headers)).toMatchObject({ complete: true, comments: 0 })
  })

  test('the holder of one receipt gets all that hangs on its chain, in the body or in the header', async () => {
    const identity = randomBytes(32)
    const [one, two] = [await written(identity), await written(identity)]
    const receipt = await receiptOf(one)
    const { person, comments } = await exported(
      { commentId: one.toUpperCase() },
      { 'comment-receipt': receipt },
    )
    expect([person.foundBy, comments.length]).toEqual(['receipt', 2])
    // it names its comment by itself
    expect((await exported({}, { 'comment-receipt': receipt })).comments).toEqual(comments)
    expect((await exported({ receipt })).comments).toEqual(comments)
    expect(await erased({ commentId: one, receipt })).toMatchObject({ comments: 2 })
    problemOf(await send('exports', { commentId: one, receipt }), 401, 'AUTHENTICATION_FAILED')
    expect(await sql`select id from comments where id = any(${[one, two]}::uuid[])`).toEqual([])
  })

  test('an address that was only typed finds the comments that bear it, and no identity behind them', async () => {
    const identity = randomBytes(32)
    const typed = await written(identity, { email: 'Typed@Mail.example' })
    const other = await written(identity, { email: 'own@mail.example' })
    const voted = await comment(sql, articleId)
    await sql`insert into comment_votes (comment_id, voter_key, value, proven) values (${voted}, ${identity}, 1, true)`
    const claim = { email: 'typed@mail.EXAMPLE' }
    expect((await exported(claim, operator)).comments.map(({ id }) => id)).toEqual([typed])
    expect(await erased(claim, operator)).toMatchObject({ comments: 1 })
    expect(await status(other)).toBe('approved')
    expect((await sql`select from comment_votes where comment_id = ${voted}`).length).toBe(1)
  })

  test('an operator gets what the person gets, but for how they were found', async () => {
    const identity = secrets.sign('person', 'subject', 'same')
    const id = await written(identity, { status: 'rejected', email: 'same@mail.example' })
    await written(identity, { status: 'spam' })
    const own = await exported({}, { ...trusted, 'comment-subject': 'same' })
    const { person, ...theirs } = await exported({ commentId: id }, operator)
    expect(person).toEqual({ foundBy: 'comment' })
    expect(theirs).toEqual({ ...own, person: undefined })
  })
})

test('an export of many things comes in parts of a hundred, each thing once, in order', async () => {
  const identity = secrets.sign('person', 'subject', 'busy')
  await sql`
    with made as (select md5('busy ' || i)::uuid as id, i from generate_series(1, 103) i),
    rows as (
      insert into comments (id, article_id, root_id, depth, status, status_reason, decided_by, author_name, body, body_html,
        body_text, created_at)
      select id, ${articleId}, id, 0, 'rejected', 'moderator', 'key:1', 'Busy', 'b', 'b', 'b', now() - i / 3 * interval '1 minute'
      from made returning id)
    insert into comment_private (comment_id, identity_key) select id, ${identity} from rows`
  await sql`insert into comment_votes (comment_id, voter_key, value, proven)
            select id, ${identity}, 1, true from comments where author_name = 'Busy' limit 100`
  await sql`insert into comment_reports (comment_id, reporter_key, proven, reason)
            select id, ${identity}, true, 'other' from comments where author_name = 'Busy' limit 4`
  const seen: string[] = []
  let next: string | null = ''
  let parts = 0
  while (next !== null) {
    const url: string = `exports${next && `?after=${next}`}`
    const part: PersonExport = (await send(url, { subject: 'busy' }, operator)).json()
    expect(part.comments.length + part.votes.length + part.reports.length).toBeLessThanOrEqual(100)
    seen.push(
      ...part.comments.map(({ id }) => `comment ${id}`),
      ...part.votes.map(({ commentId }) => `vote ${commentId}`),
      ...part.reports.map(({ commentId }) => `report ${commentId}`),
    )
    next = part.page.next
    parts++
  }
  const right = await sql`
    select 'comment ' || id as line from (select id, created_at from comments where author_name = 'Busy') c order by created_at, id`
  expect([parts, seen.length, new Set(seen).size]).toEqual([3, 207, 207])
  expect(seen.slice(0, 103)).toEqual(right.map(({ line }) => line))
  const cursor = (await exported({ subject: 'busy' }, operator)).page.next
  problemOf(await send(`exports?after=${cursor}`, { subject: 'other' }, operator), 400, 'CURSOR_INVALID')
  await sql`delete from comments where author_name = 'Busy'`
})

test('how long things are kept is told to everybody, from the settings in force', async () => {
  const response = await app.inject('/v1/privacy/retention')
  expect(response.json()).toMatchObject({
    ipPrefix: 'P30D',
    email: 'until_erasure',
    idempotencyKey: 'PT24H',
    states: {
      pending: { for: 'P30D', becomes: 'rejected' },
      rejected: { for: 'until_erasure', becomes: 'scrubbed' },
      spam: { for: 'P15D', becomes: 'scrubbed' },
    },
  })
})

test('the receipt names every store, is kept, and is for operators', async () => {
  const receipt = await erased({ subject: 'who never wrote' }, operator)
  expect(receipt.stores).toEqual(STORES.map((store) => ({ store, rows: 0 })))
  const url = `/v1/privacy/erasures/${receipt.id}`
  expect((await app.inject({ url, headers: operator })).json()).toEqual(receipt)
  problemOf(await app.inject({ url }), 401, 'AUTHENTICATION_FAILED')
  problemOf(await app.inject({ url, headers: trusted }), 403, 'FORBIDDEN')
  const unknown = `/v1/privacy/erasures/${randomUUID()}`
  problemOf(await app.inject({ url: unknown, headers: operator }), 404, 'ERASURE_NOT_FOUND')
})

test('every table that a comment is known by, or a keyed hash stands in, is named by the receipt', async () => {
  const tables = await sql`
    select distinct table_name as name from information_schema.columns
    where table_schema = 'public' and (column_name in ('comment_id', 'subject_id') or data_type = 'bytea')`
  // of articles and terms; of keys and the site
  const others = ['slugs', 'api_keys', 'secrets']
  const known: readonly string[] = STORES
  expect(
    tables
      .map(({ name }) => name)
      .filter((name) => !known.includes(name))
      .sort(),
  ).toEqual(others.sort())
})

describe('a person who filled every field', () => {
  const SUB = 'canary-sub'
  const PREFIX = '198.51.100.0/24'
  const identity = secrets.sign('person', 'user', userIdOf(SUB))
  const typedKey = randomBytes(32)
  const WORDS = {
    body: 'canarybody',
    edited: 'canaryedited',
    name: 'Canaryname',
    url: 'canaryurl.example',
    email: 'canary@mail.example',
    note: 'canarynote',
    idempotencyKey: 'canary-idempotency-key',
    imported: 'canaryimported',
    importedName: 'Canaryimportname',
  }
  const imported: ImportedComment = {
    kind: 'comment',
    where: 'line 1',
    externalId: 'c1',
    articleExternalId: 'a1',
    parentExternalId: null,
    status: 'approved',
    authorName: WORDS.importedName,
    authorEmail: WORDS.email,
    authorUrl: `https://${WORDS.url}/`,
    createdAt: '2026-01-02T00:00:00.000Z',
    body: { format: 'text', source: WORDS.imported } as ImportedComment['body'],
  }
  const runImport = async () => {
    const faults: string[] = []
    const report = await deps.core.imports.run([imported], {
      source: 'wp',
      locale: 'en',
      dryRun: false,
      onFault: ({ reason }) => void faults.push(reason),
      onProgress: () => {},
    })
    return { faults, outcome: report.outcomes.comment }
  }
  /** Whatever tells of the person, by what it is. */
  const canaries: Record<string, string> = {
    ...WORDS,
    address: '198.51.100.7',
    prefix: PREFIX,
    identity: identity.toString('hex'),
    typedKey: typedKey.toString('hex'),
    userId: userIdOf(SUB),
  }
  let receipt = ''
  let token = ''
  let answered = 0
  let under = ''
  let tokenHeaders: { authorization: string }

  beforeAll(async () => {
    tokenHeaders = await bearer(SUB)
    token = tokenHeaders.authorization.slice(7)
    const posted = await app.inject({
      method: 'POST',
      url: '/v1/articles/talked-about/comments',
      remoteAddress: canaries['address'] as string,
      headers: { ...tokenHeaders, 'idempotency-key': WORDS.idempotencyKey },
      payload: {
        body: WORDS.body,
        author: { name: WORDS.name, url: `https://${WORDS.url}/`, email: WORDS.email },
      },
    })
    const { id } = posted.json().comment
    under = id
    receipt = posted.json().receipt
    await sql`update comment_private set identity_key = ${identity}, author_key = ${typedKey} where comment_id = ${id}`
    await app.inject({
      method: 'PATCH',
      url: `/v1/comments/${id}`,
      headers: { 'comment-receipt': receipt },
      payload: { body: WORDS.edited },
    })
    const ofOther = await comment(sql, articleId, { body: 'Words of another', name: 'Another' })
    answered = (await sql`select score from comments where id = ${ofOther}`)[0]?.['score']
    await comment(sql, articleId, { parentId: id, body: 'Words of another below', name: 'Another' })
    await sql`insert into comment_votes values (${ofOther}, ${identity}, 1, true), (${id}, ${randomBytes(32)}, -1, true)`
    await sql`insert into comment_reports (comment_id, reporter_key, proven, reason, note)
              values (${ofOther}, ${identity}, true, 'other', ${WORDS.note})`
    await sql`insert into idempotency_keys (scope, key, fingerprint, status, subject_id)
              values (${`user:${userIdOf(SUB)}:report`}, 'canary-idempotency-key-2', '\\x00', 200, ${ofOther})`
    await sql`insert into comment_checks (comment_id, next_at) values (${id}, now())`
    await sql`insert into author_policies (key, policy, set_by) values (${typedKey}, 'held', 'key:1')`
    await sql`insert into comment_bans (id, kind, key, comment_id, until, reason, created_by) values
      (${randomUUID()}, 'author', ${secrets.sign('ban', 'author', identity)}, ${id}, now() - interval '1 day', ${`Banned: ${WORDS.name}`}, 'key:1'),
      (${randomUUID()}, 'network', ${randomBytes(32)}, ${id}, now() + interval '1 day', 'r', 'key:1')`
    const batch = randomUUID()
    await sql`insert into moderation_batches (id, actor) values (${batch}, 'key:1')`
    await sql`insert into moderation_batch_items (batch_id, position, comment_id, from_status, from_reason, from_vetted, revision)
              values (${batch}, 0, ${id}, 'pending', 'links', false, 1)`
    await sql`insert into import_sources (source, kind, external_id, subject_id, fingerprint)
              values ('wp', 'article', 'a1', ${articleId}, '')`
    expect(await runImport()).toMatchObject({ faults: [], outcome: { created: 1 } })
    const [source] =
      await sql`select encode(fingerprint, 'hex') as hex from import_sources where kind = 'comment'`
    canaries['fingerprint'] = source?.['hex']
    const [hidden] = await sql`
      select encode(receipt_nonce, 'hex') as nonce, encode(ip_hmac, 'hex') as network from comment_private where comment_id = ${id}`
    canaries['nonce'] = hidden?.['nonce']
    canaries['networkKey'] = hidden?.['network']
  })

  test('stands in the database with all of it, each in its place, and in no other', async () => {
    const dumped = await dump(sql)
    const places = Object.fromEntries(
      Object.entries(canaries).map(([what, text]) => [what, holding(dumped, text)]),
    )
    expect(places).toEqual({
      body: ['comment_revisions'],
      edited: ['comments'],
      name: ['comment_bans', 'comments'],
      url: ['comments'],
      email: ['comment_private'],
      note: ['comment_reports'],
      idempotencyKey: ['idempotency_keys'],
      imported: ['comments'],
      importedName: ['comments'],
      address: [],
      prefix: ['comment_private'],
      identity: ['comment_private', 'comment_reports', 'comment_votes'],
      typedKey: ['author_policies', 'comment_private'],
      userId: ['changes', 'idempotency_keys'],
      fingerprint: ['import_sources'],
      nonce: ['comment_private'],
      networkKey: ['comment_private'],
    })
    for (const secret of [receipt, receipt.slice(4), token, operator.authorization.slice(7)])
      expect(holding(dumped, secret)).toEqual([])
  })

  test('nothing private of them is in any answer to anybody, nor in the log', async () => {
    const [row] = await sql`select array_agg(id::text) as ids from comments`
    const subjects = {
      articles: ['talked-about'],
      categories: [],
      tags: [],
      authors: [],
      series: [],
      comments: row?.['ids'],
      versions: [],
      batches: [],
      query: {},
    }
    const told = [
      'email',
      'note',
      'idempotencyKey',
      'address',
      'prefix',
      'identity',
      'typedKey',
      'userId',
      'nonce',
      'networkKey',
    ]
    for (const { url, response } of await crawlRest(app, subjects))
      for (const what of told) {
        const body = (response.body + JSON.stringify(response.headers)).toLowerCase()
        expect([url, what, body.includes((canaries[what] as string).toLowerCase())]).toEqual([
          url,
          what,
          false,
        ])
      }
    for (const [what, text] of Object.entries({ ...canaries, receipt, token }))
      expect([what, logs.some((line) => line.toLowerCase().includes(text.toLowerCase()))]).toEqual([
        what,
        false,
      ])
  })

  test('gets all of it', async () => {
    const { comments, votes, reports } = await exported({}, tokenHeaders)
    expect(comments).toMatchObject([
      {
        source: WORDS.edited,
        revisions: [{ source: WORDS.body }],
        author: { name: WORDS.name, url: `https://${WORDS.url}/`, email: WORDS.email },
        ipPrefix: PREFIX,
        articleId,
      },
    ])
    expect([votes, reports]).toMatchObject([[{ value: 1 }], [{ reason: 'other', note: WORDS.note }]])
  })

  test('is erased from every store: no dump of the database has anything of them, nor the log', async () => {
    const receipts = [await erased({}, tokenHeaders), await erased({ email: WORDS.email }, operator)]
    const rows = (store: string) =>
      receipts.map(({ stores }) => stores.find((one) => one.store === store)?.rows)
    expect(Object.fromEntries(STORES.map((store) => [store, rows(store)]))).toEqual({
      comments: [1, 1],
      comment_private: [1, 1],
      comment_revisions: [1, 0],
      comment_votes: [2, 0],
      comment_reports: [1, 0],
      comment_checks: [1, 0],
      moderation_batch_items: [1, 0],
      idempotency_keys: [2, 0],
      import_sources: [0, 1],
      author_policies: [1, 0],
      comment_bans: [2, 0],
      changes: [1, 0],
    })
    const dumped = await dump(sql)
    const left = Object.entries(canaries).map(([what, text]) => [what, holding(dumped, text)])
    expect(left.filter(([, tables]) => tables?.length)).toEqual([])
    expect(holding(dumped, 'Words of another')).toEqual(['comments'])
    for (const [what, text] of Object.entries({ ...canaries, receipt, token }))
      expect([what, logs.some((line) => line.toLowerCase().includes(text.toLowerCase()))]).toEqual([
        what,
        false,
      ])
  })

  test('leaves the words of others, under a placeholder without a word, and sums without their part', async () => {
    const threads = (await app.inject('/v1/articles/talked-about/comments?limit=100')).json().data
    const thread = threads.find(({ id }: { id: string }) => id === under)
    expect(thread).toMatchObject({ placeholder: 'deleted', author: null, html: null, replyCount: 1 })
    const [sums] =
      await sql`select score, upvotes, report_count from comments where body = 'Words of another'`
    expect(sums).toEqual({ score: answered, upvotes: 0, report_count: 0 })
    expect(await sql`select kind, comment_id, reason from comment_bans order by kind`).toEqual([
      { kind: 'author', comment_id: null, reason: '' },
      { kind: 'network', comment_id: null, reason: '' },
    ])
  })

  test('is not brought back by the import that brought them', async () => {
    const again = await runImport()
    expect(again).toMatchObject({
      faults: ['the comment was erased here: left alone'],
      outcome: { created: 0, updated: 0 },
    })
    expect(holding(await dump(sql), WORDS.imported)).toEqual([])
  })

  test('may post with the same key again, and it is a new comment', async () => {
    const again = await app.inject({
      method: 'POST',
      url: '/v1/articles/talked-about/comments',
      headers: { ...tokenHeaders, 'idempotency-key': WORDS.idempotencyKey },
      payload: { body: 'Other words', author: { name: 'New' } },
    })
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, undefined])
    expect(again.json().comment.id).not.toBe(under)
  })
})
