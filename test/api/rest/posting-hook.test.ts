import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startApp } from '../../setup/app.ts'
import { article } from '../../setup/data.ts'
import { decide, others, postingTo, type Taken, words } from '../posting-bed.ts'
import { keyHeaders } from '../support.ts'

interface Asked {
  comment: { id: string; revision: number; source: string }
}

/** Somebody else's service: what it is asked, and how it answers; `during` runs before it does. */
const service = {
  asked: [] as Asked[],
  verdict: 'approve' as 'approve' | 'hold' | 'spam' | 'away',
  during: async (_: Asked): Promise<void> => {},
}
const hook = createServer(async (request, response) => {
  const event = JSON.parse(await bodyOf(request)) as Asked
  service.asked.push(event)
  await service.during(event)
  response.writeHead(service.verdict === 'away' ? 503 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ verdict: service.verdict }))
})
await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
afterAll(() => hook.close())

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const env = {
  COMMENTS_HOOK_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/check`,
  COMMENTS_HOOK_SECRET: 'a secret of sixteen or more',
  // with a second connection the test could not tell whether one is held
  DATABASE_CONNECTIONS: '1',
}
const server = await startApp(env)
const { app, database, deps } = server
const { sql } = database
const { post, posted, stateOf } = postingTo(server)
await article(sql, { slug: 'tides' })
const other = await startApp(env, database)
const moderator = await keyHeaders(server, 'comments:moderate')

beforeEach(async () => {
  Object.assign(service, { asked: [], verdict: 'approve', during: async () => {} })
  await sql`delete from comment_checks`
})

const isPublic = async (id: string) => (await app.inject(`/v1/comments/${id}`)).statusCode === 200
const edit = ({ comment, holder }: Taken, body: string) =>
  app.inject({ method: 'PATCH', url: `/v1/comments/${comment.id}`, headers: holder, payload: { body } })
const checks = () => sql`select comment_id, attempts from comment_checks`
const reasonsOf = async ({ comment: { id } }: Taken) =>
  (await sql`select reasons from comments where id = ${id}`)[0]?.['reasons']
/** Checks come due. */
const makeDue = () => sql`update comment_checks set next_at = now() - interval '1 second'`
/** Asks about what is due, as housekeeping does. */
const askDue = async (instance = deps) =>
  instance.core.housekeeping.steps.find(({ name }) => name === 'comments checked')?.run(10)

describe('before a comment is live the hook is asked, and its answer is what becomes of it', () => {
  test.each([
    ['approve', 201, 'approved', 'approved check_passed', []],
    ['hold', 202, 'pending', 'pending provider', ['provider']],
    ['spam', 202, 'pending', 'spam provider', ['provider']],
  ] as const)('%s', async (verdict, status, shown, state, reasons) => {
    service.verdict = verdict
    service.during = async ({ comment: { id } }) => {
      // by a read of the same instance, whose only connection is free
      expect(await isPublic(id)).toBe(false)
      expect((await app.inject('/v1/articles/tides')).statusCode).toBe(200)
    }
    const taken = await posted('tides', others(`To ${verdict}`))
    expect([taken.status, taken.comment.status, await stateOf(taken.comment)]).toEqual([status, shown, state])
    expect(await reasonsOf(taken)).toEqual(reasons)
    expect(taken.verdict).toMatchObject({ status: shown, reasons: verdict === 'approve' ? [] : ['review'] })
    expect(await isPublic(taken.comment.id)).toBe(verdict === 'approve')
    expect(await checks()).toHaveLength(0)
    expect(service.asked).toHaveLength(1)
  })

  test('hears the words and nothing that is private', async () => {
    await posted('tides', words('Heard', { author: { name: 'Tamsin', email: 'private@secret.example' } }), {
      ip: '192.0.2.99',
    })
    expect(service.asked[0]).toMatchObject({
      type: 'comment.check',
      comment: { source: 'Heard', revision: 1 },
    })
    const heard = JSON.stringify(service.asked)
    for (const word of ['secret.example', '192.0.2', 'Key', 'Nonce']) expect(heard).not.toContain(word)
  })

  test('but not about what is held or rejected anyway, tried out, or written by staff', async () => {
    await posted('tides', others('https://a.example https://b.example'))
    await posted('tides', others('Honey', { honeypot: 'x' }))
    await post('tides', others('Tried', { dryRun: true }))
    expect((await post('tides', others('Staff'), { headers: moderator })).statusCode).toBe(201)
    expect(service.asked).toEqual([])
  })
})

describe('a hook that is away', () => {
  test('holds the comment, is asked again after 1, 5 and 20 minutes, and then a person decides', async () => {
    service.verdict = 'away'
    const taken = await posted('tides', others('Waiting'))
    expect([taken.status, taken.verdict]).toEqual([
      202,
      { status: 'pending', reasons: ['check_unavailable'], retryAfter: null, nextAction: 'wait' },
    ])
    for (const [attempts, minutes] of [
      [1, 1],
      [2, 5],
      [3, 20],
    ] as const) {
      const [row] =
        await sql`select attempts, extract(epoch from next_at - now())::int as wait from comment_checks`
      expect(row?.['attempts']).toBe(attempts)
      expect(row?.['wait']).toBeGreaterThan(minutes * 60 - 30)
      expect(row?.['wait']).toBeLessThanOrEqual(minutes * 60)
      expect(await askDue()).toBe(0)
      await sql`update comment_checks set next_at = next_at - make_interval(mins => ${minutes})`
      expect(await askDue()).toBe(1)
    }
    expect(await checks()).toHaveLength(0)
    expect(await stateOf(taken.comment)).toBe('pending check_unavailable')
    await makeDue()
    expect(await askDue()).toBe(0)
    expect(service.asked).toHaveLength(4)
  })

  test('and comes back lets the comment through by itself', async () => {
    service.verdict = 'away'
    const taken = await posted('tides', others('Late'))
    service.verdict = 'approve'
    await makeDue()
    expect(await askDue()).toBe(1)
    expect(await stateOf(taken.comment)).toBe('approved check_passed')
    expect(await reasonsOf(taken)).toEqual([])
    expect(await isPublic(taken.comment.id)).toBe(true)
    expect(await checks()).toHaveLength(0)
  })

  test('fails nothing else: the answer is 202, and the log has no word of the comment', async () => {
    service.verdict = 'away'
    server.logs.length = 0
    await posted('tides', others('Words of the comment'))
    const lines = server.logs.join('\n')
    expect(lines).toContain('a comment could not be checked')
    for (const word of ['Words of the comment', env.COMMENTS_HOOK_SECRET]) expect(lines).not.toContain(word)
  })
})

describe('while the hook is asked', () => {
  test('an edit is what counts: the answer about the old words does nothing', async () => {
    service.verdict = 'away'
    const taken = await posted('tides', others('Old words'))
    service.verdict = 'approve'
    let edited: Promise<unknown> = Promise.resolve()
    service.during = async ({ comment: { source } }) => {
      if (source !== 'Old words') return
      service.verdict = 'hold'
      edited = edit(taken, 'New words')
      await edited
      service.verdict = 'approve'
    }
    await makeDue()
    await askDue()
    await edited
    expect(service.asked.map(({ comment }) => comment.source)).toEqual([
      'Old words',
      'Old words',
      'New words',
    ])
    expect(await stateOf(taken.comment)).toBe('pending provider')
    expect(await isPublic(taken.comment.id)).toBe(false)
  })

  test('an edit that could not be asked about goes on waiting, whatever is said of the old words', async () => {
    service.verdict = 'away'
    const taken = await posted('tides', others('Old words'))
    service.during = async ({ comment: { source } }) => {
      if (source !== 'Old words') return
      await edit(taken, 'New words')
      service.verdict = 'approve'
    }
    await makeDue()
    await askDue()
    expect(await stateOf(taken.comment)).toBe('pending check_unavailable')
    expect(await checks()).toHaveLength(1)
    await makeDue()
    await askDue()
    expect(service.asked.at(-1)?.comment.source).toBe('New words')
    expect(await stateOf(taken.comment)).toBe('approved check_passed')
  })

  test('a decision of a person stands', async () => {
    for (const status of ['rejected', 'spam', 'deleted']) {
      service.during = async ({ comment: { id } }) => decide(sql, status, id)
      const response = await post('tides', others(`Decided ${status}`))
      const id = response.json().comment.id
      expect(await stateOf({ id })).toBe(`${status} moderator`)
      expect(await isPublic(id)).toBe(false)
    }
    expect(await checks()).toHaveLength(0)
  })

  test('what a person holds while it waits, the answer does not let go', async () => {
    service.during = async ({ comment: { id, revision } }) => {
      const response = await app.inject({
        method: 'POST',
        url: '/v1/moderation/decisions',
        headers: { authorization: moderator.authorization },
        payload: { decisions: [{ commentId: id, revision, action: 'hold' }] },
      })
      expect(response.json().results[0]).toMatchObject({ ok: true, comment: { statusReason: 'moderator' } })
    }
    const response = await post('tides', others('Held by a person'))
    expect(response.statusCode).toBe(202)
    expect(await stateOf(response.json().comment)).toBe('pending moderator')
    expect(await checks()).toHaveLength(0)
  })

  test('and the process dies, another one asks', async () => {
    service.verdict = 'away'
    const taken = await posted('tides', others('Left behind'))
    // as it stands before the first answer
    await sql`update comment_checks set attempts = 0, next_at = now() + interval '30 seconds'`
    expect(await askDue(other.deps)).toBe(0)
    service.verdict = 'approve'
    await sql`update comment_checks set next_at = now() - interval '1 second'`
    const both = await Promise.all([askDue(other.deps), askDue()])
    expect(both.sort()).toEqual([0, 1])
    expect(await stateOf(taken.comment)).toBe('approved check_passed')
  })
})

describe('an edit', () => {
  test('is asked about too: out of sight meanwhile, and back by the answer', async () => {
    const taken = await posted('tides', others('Before'))
    service.during = async ({ comment: { id } }) => expect(await isPublic(id)).toBe(false)
    expect((await edit(taken, 'After')).json()).toMatchObject({ status: 'approved', text: 'After' })
    service.verdict = 'spam'
    expect((await edit(taken, 'Advertisement')).json().status).toBe('pending')
    expect(await stateOf(taken.comment)).toBe('spam provider')
  })

  test('of a comment that waits, into words that are held, asks no more', async () => {
    service.verdict = 'away'
    const taken = await posted('tides', others('Waits'))
    service.verdict = 'approve'
    await edit(taken, 'https://a.example https://b.example')
    expect(await stateOf(taken.comment)).toBe('pending links')
    expect(await checks()).toHaveLength(0)
    await edit(taken, 'No links')
    expect(await stateOf(taken.comment)).toBe('pending links')
    expect(service.asked).toHaveLength(1)
  })

  test('of what a person holds asks nobody', async () => {
    const taken = await posted('tides', others('Held'))
    await decide(sql, 'pending', taken.comment.id)
    service.asked = []
    expect((await edit(taken, 'Better')).json().status).toBe('pending')
    expect(service.asked).toEqual([])
    expect(await stateOf(taken.comment)).toBe('pending moderator')
  })
})

test('the word of the idempotency key is the word of now', async () => {
  service.verdict = 'away'
  const headers = { 'idempotency-key': 'a key for the hook'.replaceAll(' ', '-') }
  const payload = others('Once')
  const first = await post('tides', payload, { headers })
  expect(first.statusCode).toBe(202)
  service.verdict = 'approve'
  await makeDue()
  await askDue()
  const again = await post('tides', payload, { headers })
  expect([again.statusCode, again.json().comment.status, again.json().verdict.reasons]).toEqual([
    201,
    'approved',
    [],
  ])
  expect(service.asked).toHaveLength(2)
})
