import { randomUUID } from 'node:crypto'
import { solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import type { Challenge } from 'altcha-lib/types'
import { describe, expect, test } from 'vitest'
import { createChallenges } from '../../../src/core/challenges.ts'
import { createFormTokens } from '../../../src/core/form-tokens.ts'
import type { CommentPolicyAnswer } from '../../../src/shapes/comments.ts'
import { startApp, type TestApp } from '../../setup/app.ts'
import { article } from '../../setup/data.ts'
import { newAddress, newName, others, postingTo, secrets, setAge, words } from '../posting-bed.ts'
import { keyHeaders, rowCounts } from '../support.ts'

const optional = await startApp()
const { app, database } = optional
const { sql } = database
const { post, posted, refused, stateOf } = postingTo(optional)
const tides = await article(sql, { slug: 'tides' })
const ebb = await article(sql, { slug: 'ebb' })
/** Other settings over the same articles. */
const withSettings = (env: Record<string, string>) => startApp(env, database)

const tokens = createFormTokens(secrets)
const cheap = createChallenges(secrets, { rounds: 2, tries: 8 })
const HOUR = 3_600_000
/** A token of a form that was drawn a minute ago. */
const token = (articleId = tides, age = 60_000) => tokens.issue(articleId, Date.now() - age)

async function solved(articleId = tides, now = Date.now()): Promise<string> {
  const challenge = JSON.parse(JSON.stringify(await cheap.issue(articleId, now))) as Challenge
  const solution = await solveChallenge({ challenge, deriveKey })
  return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64')
}

const formOf = async (server: TestApp, slug = 'tides'): Promise<CommentPolicyAnswer> =>
  (await server.app.inject(`/v1/articles/${slug}/comment-policy?form=true`)).json()

describe('a filled honeypot', () => {
  test('is spam that looks like what is held for a person, in every answer', async () => {
    await sql`insert into moderation_words (id, suspect, banned, version, updated_by) values (1, '{dubious}', '{forbidden}', 1, 'test')
      on conflict (id) do nothing`
    const headers = { 'idempotency-key': randomUUID() }
    // the one is held for a word, the other is spam
    const both = [words('A dubious word'), words('A dubious word', { honeypot: 'http://spam.example' })]
    const seen = await Promise.all(
      both.map((payload) => everyAnswer({ ...payload, author: { name: newName() } }, headers)),
    )
    expect(seen[1]).toEqual(seen[0])
    expect(seen[0]?.['posted']).toMatchObject({ status: 202, body: { verdict: { reasons: ['review'] } } })
    // links and words that are banned are no oracle either
    const { verdict, comment } = await posted(
      'tides',
      others('forbidden https://a.example https://b.example', { honeypot: 'x' }),
    )
    expect(await stateOf(comment)).toBe('spam honeypot')
    expect(verdict).toMatchObject({ status: 'pending', reasons: ['links', 'review'] })
    await sql`delete from moderation_words`
  })

  test('is spam also under an article where everything is held, whose order of reasons tells nothing', async () => {
    await article(sql, { slug: 'held-words', commentPolicy: 'held' })
    await sql`insert into moderation_words (id, suspect, version, updated_by) values (1, '{dubious}', 2, 'test')
      on conflict (id) do update set suspect = excluded.suspect, version = moderation_words.version + 1`
    const held = await posted('held-words', others('A dubious word'))
    const spam = await posted('held-words', others('A fine word', { honeypot: 'x' }))
    expect([await stateOf(held.comment), await stateOf(spam.comment)]).toEqual([
      'pending policy',
      'spam honeypot',
    ])
    expect(spam.verdict).toEqual(held.verdict)
    await sql`delete from moderation_words`
  })

  /** What an author gets of one comment, but for what differs from one to the next. */
  async function everyAnswer(payload: object, headers: Record<string, string>) {
    const ip = newAddress()
    const key = { 'idempotency-key': `${headers['idempotency-key']}-${newName().replace(' ', '')}` }
    const first = await post('tides', payload, { ip, headers: key })
    const { comment, receipt } = first.json()
    const url = `/v1/comments/${comment.id}`
    const own = { 'comment-receipt': receipt }
    const answers = {
      posted: first,
      replayed: await post('tides', payload, { ip, headers: key }),
      anonymous: await app.inject(url),
      read: await app.inject({ url, headers: own }),
      mine: await app.inject({ url: '/v1/articles/tides/comments/mine', headers: own }),
      edited: await app.inject({
        method: 'PATCH',
        url,
        headers: own,
        payload: { body: 'Nothing but good words' },
      }),
      editedBadly: await app.inject({
        method: 'PATCH',
        url,
        headers: own,
        payload: { body: 'A dubious edit' },
      }),
      readAgain: await app.inject({ url, headers: own }),
      withdrawn: await app.inject({ method: 'DELETE', url, headers: own }),
      readAtLast: await app.inject({ url, headers: own }),
    }
    return Object.fromEntries(
      Object.entries(answers).map(([name, { statusCode, body, headers: sent }]) => [
        name,
        { status: statusCode, headers: Object.keys(sent).sort(), body: faceless(body) },
      ]),
    )
  }

  /** JSON without ids, moments, receipts, names. */
  function faceless(body: string): unknown {
    if (body === '') return ''
    return JSON.parse(body, (name, value) =>
      ['id', 'rootId', 'createdAt', 'editedAt', 'editableUntil', 'receipt', 'name', 'instance'].includes(
        name,
      ) && value !== null
        ? `some ${name}`
        : value,
    )
  }

  test.each(['', '  ', '\n\t', null])('is not one that holds %j', async (honeypot) => {
    expect((await posted('tides', others('Words', { honeypot }))).status).toBe(201)
  })
})

describe('the token of a form', () => {
  test('comes with the policy, which without it is for everybody and cacheable', async () => {
    const { form, requires } = await formOf(optional)
    expect(form?.token).toMatch(/^bsf_/)
    expect(form?.challenge).toBeNull()
    expect(requires).toEqual(['author.name'])
    const bare = await app.inject('/v1/articles/tides/comment-policy')
    expect(bare.json().form).toBeUndefined()
    expect(bare.headers['cache-control']).not.toBe('no-store')
    const withForm = await app.inject('/v1/articles/tides/comment-policy?form=true')
    expect(withForm.headers['cache-control']).toBe('no-store')
  })

  test('counts once, and not for who is refused or tries out', async () => {
    const formToken = token()
    await refused(
      () => post('tides', others('Words', { formToken, author: { name: '\u202e' } })),
      400,
      'VALIDATION_FAILED',
    )
    await refused(
      () => post('tides', others('Words', { formToken, parentId: randomUUID() })),
      422,
      'PARENT_NOT_FOUND',
    )
    const dry = await post('tides', others('Words', { formToken, dryRun: true }))
    expect(dry.json().verdict.status).toBe('approved')
    await posted('tides', others('Words', { formToken }))
    for (const dryRun of [false, true]) {
      const problem = await refused(
        () => post('tides', others('Words', { formToken, dryRun })),
        422,
        'CHALLENGE_FAILED',
      )
      expect(problem).toMatchObject({ nextAction: 'reload_form', errors: [{ path: '/formToken' }] })
    }
  })

  test('sent by twenty at once makes one comment', async () => {
    const formToken = token()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('tides', others('Raced', { formToken }))),
    )
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array(19).fill(422)])
    expect(await sql`select from comments where body = 'Raced'`).toHaveLength(1)
  })

  test('that is younger than three seconds holds the comment, unless staff wrote it', async () => {
    const { comment, verdict } = await posted('tides', others('Quick', { formToken: token(tides, 1000) }))
    expect(await stateOf(comment)).toBe('pending too_fast')
    expect(verdict.reasons).toEqual(['review'])
    expect((await posted('tides', others('Slow', { formToken: token(tides, 3000) }))).status).toBe(201)
    const headers = await keyHeaders(optional, 'comments:moderate')
    const used = token(tides, 0)
    for (const body of ['One', 'Two']) {
      expect((await post('tides', others(body, { formToken: used }), { headers })).statusCode).toBe(201)
    }
  })

  test.each([
    ['expired', () => token(tides, 24 * HOUR + 5000), 'is expired'],
    ['of another article', () => token(ebb), 'is invalid'],
    ['none of ours', () => `bsf_${'A'.repeat(72)}`, 'is invalid'],
    ['empty', () => '', 'is invalid'],
  ])('that is %s is refused', async (_, make, message) => {
    const problem = await refused(
      () => post('tides', others('Words', { formToken: make() })),
      422,
      'CHALLENGE_FAILED',
    )
    expect(problem).toMatchObject({ nextAction: 'reload_form', errors: [{ path: '/formToken', message }] })
  })

  test('counts to the end of its day', async () => {
    expect(
      (await posted('tides', others('Late', { formToken: token(tides, 24 * HOUR - 60_000) }))).status,
    ).toBe(201)
  })

  test('is required where the site says so, and looked at by nobody where it is off', async () => {
    const required = await withSettings({ COMMENTS_FORM_TOKEN: 'required' })
    const there = postingTo(required)
    expect((await formOf(required)).requires).toContain('formToken')
    const problem = await there.refused(() => there.post('tides', others()), 422, 'CHALLENGE_FAILED')
    expect(problem).toMatchObject({ nextAction: 'reload_form', errors: [{ path: '/formToken' }] })
    await there.posted('tides', others('Words', { formToken: token() }))
    const off = await withSettings({ COMMENTS_FORM_TOKEN: 'off' })
    const loose = postingTo(off)
    expect((await formOf(off)).form?.token).toBeNull()
    const used = token(tides, 0)
    for (const formToken of [used, used, 'bsf_nonsense']) {
      expect((await loose.posted('tides', others('Words', { formToken }))).status).toBe(201)
    }
  })
})

describe('proof of work', async () => {
  const all = await withSettings({ COMMENTS_PROOF_OF_WORK: 'all' })
  const unknown = await withSettings({ COMMENTS_PROOF_OF_WORK: 'unknown' })

  test('is asked of nobody by default, and then nobody looks at it', async () => {
    for (const proof of ['nonsense', await solved(ebb)]) await posted('tides', others('Words', { proof }))
  })

  test('is issued with the policy, and solves for one comment', async () => {
    const there = postingTo(all)
    const policy = await formOf(all)
    expect(policy).toMatchObject({ proofFrom: 'all', requires: expect.arrayContaining(['proof']) })
    expect(policy.form?.challenge).toMatchObject({
      parameters: expect.anything(),
      signature: expect.any(String),
    })
    const proof = await solved()
    await there.refused(
      () => there.post('tides', others('Words', { proof, parentId: randomUUID() })),
      422,
      'PARENT_NOT_FOUND',
    )
    expect((await there.post('tides', others('Words', { proof, dryRun: true }))).statusCode).toBe(200)
    await there.posted('tides', others('Words', { proof }))
    const respelt = `${proof}=\n`
    for (const again of [proof, respelt]) {
      const problem = await there.refused(
        () => there.post('tides', others('Words', { proof: again })),
        422,
        'CHALLENGE_FAILED',
      )
      expect(problem).toMatchObject({ nextAction: 'solve_challenge', errors: [{ path: '/proof' }] })
    }
  })

  test('replayed by twenty at once makes one comment', async () => {
    const there = postingTo(all)
    const proof = await solved()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => there.post('tides', others('Mined', { proof }))),
    )
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array(19).fill(422)])
  })

  test.each([
    ['missing', async () => undefined],
    ['nonsense', async () => 'nonsense'],
    ['of another article', () => solved(ebb)],
    ['expired', () => solved(tides, Date.now() - 601_000)],
  ])('that is %s is refused', async (_, make) => {
    const there = postingTo(all)
    const proof = await make()
    const problem = await there.refused(
      () => there.post('tides', others('Words', { ...(proof && { proof }) })),
      422,
      'CHALLENGE_FAILED',
    )
    expect(problem).toMatchObject({ nextAction: 'solve_challenge', errors: [{ path: '/proof' }] })
  })

  test('of unknown authors only is not asked of known ones, nor used up by them', async () => {
    const there = postingTo(unknown)
    const headers = await keyHeaders(optional, 'comments:write')
    const reader = { author: { name: newName(), subject: randomUUID() } }
    for (let n = 0; n < 2; n++) {
      await there.refused(
        () => there.post('tides', others('Unknown', reader), { headers }),
        422,
        'CHALLENGE_FAILED',
      )
      await there.posted('tides', others(`Unknown ${n}`, { ...reader, proof: await solved() }), { headers })
    }
    const proof = await solved()
    for (let n = 0; n < 2; n++)
      await there.posted('tides', others(`Known ${n}`, { ...reader, proof }), { headers })
  })
})

describe('closing', () => {
  test('so many days after publication refuses, with the moment, in new comments and edits', async () => {
    const closing = await withSettings({ COMMENTS_CLOSE_AFTER_DAYS: '7' })
    const there = postingTo(closing)
    const day = 86_400_000
    const ago = (ms: number) => new Date(Date.now() - ms)
    await article(sql, { slug: 'six-days', publishedAt: ago(7 * day - 60_000).toISOString() })
    const publishedAt = ago(7 * day + 1000)
    await article(sql, { slug: 'seven-days', publishedAt: publishedAt.toISOString() })
    const { comment, holder } = await there.posted('six-days', others())
    const problem = await there.refused(() => there.post('seven-days', others()), 403, 'COMMENTS_CLOSED')
    expect(problem).toMatchObject({ closedAt: new Date(publishedAt.getTime() + 7 * day).toISOString() })
    const policy = (await closing.app.inject('/v1/articles/seven-days/comment-policy')).json()
    expect(policy).toMatchObject({
      open: false,
      closesAt: new Date(publishedAt.getTime() + 7 * day).toISOString(),
    })
    await sql`update articles set published_at = ${publishedAt} where slug = 'six-days'`
    const edit = () =>
      closing.app.inject({
        method: 'PATCH',
        url: `/v1/comments/${comment.id}`,
        headers: holder,
        payload: { body: 'x' },
      })
    await there.refused(edit, 403, 'COMMENTS_CLOSED')
    await there.refused(
      () => there.post('six-days', others('Words', { dryRun: true })),
      403,
      'COMMENTS_CLOSED',
    )
  })

  test('by its own date, whichever comes first', async () => {
    const closing = await withSettings({ COMMENTS_CLOSE_AFTER_DAYS: '7' })
    const there = postingTo(closing)
    await article(sql, { slug: 'dated', publishedAt: new Date().toISOString() })
    await sql`update articles set comments_close_at = now() - interval '1 second' where slug = 'dated'`
    await there.refused(() => there.post('dated', others()), 403, 'COMMENTS_CLOSED')
    await sql`update articles set comments_close_at = now() + interval '1 minute' where slug = 'dated'`
    await there.posted('dated', others())
  })
})

test('a site under attack answers every new comment alike, and trusted servers as it is', async () => {
  const uniform = await withSettings({ COMMENTS_UNIFORM: 'true' })
  const there = postingTo(uniform)
  await sql`insert into moderation_words (id, suspect, banned, version, updated_by) values (1, '{dubious}', '{forbidden}', 2, 'test')`
  const variants = ['Fine words', 'A dubious word', 'A forbidden word', 'https://a.example https://b.example']
  const seen = []
  for (const [n, body] of [...variants, 'Honey'].entries()) {
    const response = await there.post('tides', others(body, { honeypot: n === 4 ? 'x' : null }))
    const { comment, receipt, ...rest } = response.json()
    seen.push([
      response.statusCode,
      rest,
      typeof receipt,
      {
        ...comment,
        id: '',
        rootId: '',
        createdAt: '',
        source: '',
        html: '',
        text: '',
        author: '',
        editableUntil: typeof comment.editableUntil,
      },
    ])
  }
  expect(seen[0]).toMatchObject([
    202,
    { verdict: { status: 'pending', reasons: [], retryAfter: null, nextAction: null } },
    'string',
    { status: 'pending' },
  ])
  for (const one of seen) expect(one).toEqual(seen[0])
  const dry = await there.post('tides', others('A forbidden word', { dryRun: true }))
  expect(dry.json().verdict).toEqual({ status: 'pending', reasons: [], retryAfter: null, nextAction: null })
  const headers = await keyHeaders(optional, 'comments:write')
  const real = await there.post('tides', others('Another forbidden word'), { headers })
  expect([real.statusCode, real.json().comment.status, real.json().verdict.reasons]).toEqual([
    202,
    'rejected',
    ['banned_word'],
  ])
  await sql`delete from moderation_words`
})

describe('a dry run', () => {
  test('tells the verdict and how the words would stand, and writes nothing', async () => {
    await sql`insert into moderation_words (id, banned, version, updated_by) values (1, '{forbidden}', 3, 'test')`
    await article(sql, { slug: 'held', commentPolicy: 'held' })
    const before = await rowCounts(sql)
    const tryOut = async (body: string, slug = 'tides', more = {}) =>
      (
        await post(slug, others(body, { dryRun: true, ...more }), {
          headers: { 'idempotency-key': randomUUID() },
        })
      ).json()
    expect(await tryOut('My **own** words')).toEqual({
      comment: null,
      receipt: null,
      duplicateOf: null,
      verdict: { status: 'approved', reasons: [], retryAfter: null, nextAction: null },
      preview: { html: expect.stringContaining('<strong>own</strong>'), text: 'My own words' },
    })
    const verdicts = [
      (await tryOut('https://a.example https://b.example')).verdict,
      (await tryOut('A forbidden word')).verdict,
      (await tryOut('Words', 'held')).verdict,
      (await tryOut('Words', 'tides', { honeypot: 'x' })).verdict,
    ]
    expect(verdicts).toMatchObject([
      { status: 'pending', reasons: ['links'], nextAction: 'edit_text' },
      { status: 'rejected', reasons: ['banned_word'], nextAction: 'edit_text' },
      { status: 'pending', reasons: ['policy'], nextAction: 'wait' },
      { status: 'pending', reasons: ['review'], nextAction: 'wait' },
    ])
    expect(await rowCounts(sql)).toEqual(before)
    await sql`delete from moderation_words`
  })

  test('is refused as the comment would be, and lays no claim to anything', async () => {
    const strict = await withSettings({ COMMENTS_PAUSE: '15', COMMENTS_TWIN_HOURS: '24' })
    const there = postingTo(strict)
    const ip = newAddress()
    const payload = words('Once', { author: { name: newName() } })
    // dry runs are no comments: none of them makes the next one too fast
    for (let n = 0; n < 3; n++)
      expect((await there.post('tides', { ...payload, dryRun: true }, { ip })).statusCode).toBe(200)
    const headers = { 'idempotency-key': randomUUID() }
    await there.post('tides', { ...payload, dryRun: true }, { ip, headers })
    const first = await there.posted('tides', payload, { ip, headers })
    const second = await there.post('tides', { ...payload, dryRun: true }, { ip })
    expect(second.json()).toMatchObject({
      comment: null,
      receipt: null,
      duplicateOf: first.comment.id,
      verdict: first.verdict,
    })
    await there.refused(
      () => there.post('tides', { ...payload, body: 'Twice', dryRun: true }, { ip }),
      429,
      'COMMENTS_TOO_FAST',
    )
    await setAge(sql, 20, first.comment.id)
    await there.refused(
      () => there.post('tides', { ...payload, dryRun: true }, { ip }),
      409,
      'COMMENT_DUPLICATE',
    )
    await there.refused(
      () => there.post('nowhere', { ...payload, dryRun: true }, { ip }),
      404,
      'ARTICLE_NOT_FOUND',
    )
  })

  test('waits for nobody, and nobody for it', async () => {
    const ip = newAddress()
    await sql.begin(async (tx) => {
      await tx`select from articles where slug = 'tides' for update`
      expect((await post('tides', others('Words', { dryRun: true }), { ip })).statusCode).toBe(200)
    })
  })
})
