import { connect } from 'node:net'
import fc from 'fast-check'
import postgres from 'postgres'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { snapshotStatement } from '../../../src/db/changes.ts'
import { liveStatement } from '../../../src/db/comment-changes.ts'
import { publicComments } from '../../../src/db/comments.ts'
import { deeds, type Standing, standing, Writers } from '../../db/comment-writers.ts'
import { startApp } from '../../setup/app.ts'
import { article, comment, setStatus } from '../../setup/data.ts'
import { type EventClient, type EventReader, follow } from '../../setup/events.ts'
import { keyHeaders, problemOf } from '../support.ts'

const server = await startApp({
  MAX_STREAMS: '40',
  TRUST_PROXY: '127.0.0.1',
  CORS_ORIGINS: 'https://site.test',
})
const { app, database, logs } = server
const { sql } = database
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
/** For transactions that stay open. */
const writers = postgres(database.url, { max: 4, onnotice: () => {} })
afterAll(() => writers.end({ timeout: 1 }))

vi.setConfig({ testTimeout: 60_000 })
const soon = { timeout: 30_000, interval: 5 }

const addressOf = (articleId: string) => `${origin}/v1/articles/${articleId}/comments/stream`
const streamOf = async (articleId: string, headers: Record<string, string> = {}): Promise<EventClient> => {
  const client = await follow(addressOf(articleId), headers)
  onTestFinished(client.leave)
  return client
}
const resume = (articleId: string, lastId: string | undefined) =>
  streamOf(articleId, lastId === undefined ? {} : { 'last-event-id': lastId })

let marks = 0
/**
 * Once this is over, all that was committed before it has been told. It waits for no transaction that is open. The words
 * are those of the moment at which they are read, which may be heard for an older change: so only the second time counts.
 */
async function marked(client: EventClient, mark: string): Promise<void> {
  for (const words of [`mark ${marks++}`, `mark ${marks++}`]) {
    await sql`update comments set body_text = ${words} where id = ${mark}`
    await vi.waitFor(() => expect(client.events.map(({ data }) => data['text'])).toContain(words), soon)
  }
}
/** A stream that has told all that was before it, and a comment to mark it with. */
async function fresh(articleId: string): Promise<{ client: EventClient; mark: string }> {
  const mark = await comment(sql, articleId)
  const client = await streamOf(articleId)
  await marked(client, mark)
  client.events.length = 0
  return { client, mark }
}
const others = ({ events }: EventReader, mark: string) => events.filter(({ data }) => data.id !== mark)
const without = (client: EventReader, mark: string) => idsOf(client).filter((id) => id !== mark)
const idsOf = ({ events }: EventReader) => events.map(({ data }) => data.id)

async function openTransaction() {
  const connection = await writers.reserve()
  await connection`begin`
  return {
    sql: connection as unknown as postgres.Sql,
    end: async (how: 'commit' | 'rollback' = 'commit') => {
      await connection.unsafe(how)
      connection.release()
    },
  }
}

describe('what is told', () => {
  test('a comment as lists show it, when it is new, edited, voted on, held, let through and deleted', async () => {
    const articleId = await article(sql)
    const { client, mark } = await fresh(articleId)
    const heard = () => others(client, mark)
    const id = await comment(sql, articleId, { body: 'First words' })
    await vi.waitFor(() => expect(heard()).toHaveLength(1), soon)
    const list = (await app.inject(`/v1/articles/${articleId}/comments`)).json()
    const { replies: _, ...listed } = list.data.find((thread: { id: string }) => thread.id === id)
    expect(heard()[0]).toEqual({ type: 'comment', data: listed })
    const steps: [() => Promise<unknown>, string][] = [
      [() => sql`update comments set body_text = 'New words', edited_at = now() where id = ${id}`, 'comment'],
      [
        () =>
          sql`insert into comment_votes (comment_id, voter_key, value, proven) values (${id}, ${Buffer.from('v')}, 1, true)`,
        'comment',
      ],
      [() => setStatus(sql, id, 'pending'), 'removed'],
      [() => setStatus(sql, id, 'approved'), 'comment'],
      [() => setStatus(sql, id, 'deleted'), 'removed'],
    ]
    for (const [n, [step, type]] of steps.entries()) {
      await step()
      await vi.waitFor(() => expect(heard()).toHaveLength(n + 2), soon)
      expect([heard().at(-1)?.type, heard().at(-1)?.data.id]).toEqual([type, id])
    }
    expect(heard()[1]?.data['text']).toBe('New words')
  })

  test('a comment that is deleted above visible ones becomes a placeholder, and goes with the last of them', async () => {
    const articleId = await article(sql)
    const top = await comment(sql, articleId)
    const reply = await comment(sql, articleId, { parentId: top })
    const { client, mark } = await fresh(articleId)
    const heard = () => others(client, mark)
    await setStatus(sql, top, 'deleted')
    await vi.waitFor(() => expect(heard()).toHaveLength(1), soon)
    expect(heard()[0]).toMatchObject({
      type: 'comment',
      data: { id: top, placeholder: 'deleted', text: null },
    })
    await setStatus(sql, reply, 'spam')
    await vi.waitFor(() => expect(heard()).toHaveLength(3), soon)
    expect(
      heard()
        .slice(1)
        .map(({ type, data }) => [type, data.id])
        .sort(),
    ).toEqual(
      [
        ['removed', top],
        ['removed', reply],
      ].sort(),
    )
  })

  test('nothing of what was never public: held, spam, in a sandbox, rolled back, approved and hidden at once; no report', async () => {
    const articleId = await article(sql)
    const shown = await comment(sql, articleId)
    const { client, mark } = await fresh(articleId)
    for (const status of ['pending', 'spam', 'rejected', 'deleted']) {
      const id = await comment(sql, articleId, { status, body: 'CANARY' })
      await setStatus(sql, id, 'deleted')
      await sql`delete from comments where id = ${id}`
    }
    await sql`insert into comments (id, article_id, root_id, depth, status, status_reason, decided_by, author_name, body, body_html, body_text, sandbox)
      select id, ${articleId}, id, 0, 'approved', 'accepted', 'system', 'R', 'CANARY', 'CANARY', 'CANARY', true from (select gen_random_uuid() as id) g`
    const undone = await openTransaction()
    await comment(undone.sql, articleId, { body: 'CANARY' })
    await undone.end('rollback')
    const flash = await openTransaction()
    await setStatus(flash.sql, await comment(flash.sql, articleId, { body: 'CANARY' }), 'spam')
    await flash.end()
    await sql`insert into comment_reports (comment_id, reporter_key, proven, reason) values (${shown}, ${Buffer.from('r')}, true, 'spam')`
    await marked(client, mark)
    expect(without(client, mark)).toEqual([])
  })

  test('the words of a moment ago are not told of a comment that was hidden meanwhile', async () => {
    const articleId = await article(sql)
    const { client, mark } = await fresh(articleId)
    // shown and hidden again in two transactions, between two rounds or not
    for (let n = 0; n < 5; n++)
      await setStatus(sql, await comment(sql, articleId, { body: 'CANARY' }), 'spam')
    await marked(client, mark)
    const last = new Map(client.events.map(({ type, data }) => [data.id, type]))
    last.delete(mark)
    expect([...last.values()]).toEqual(Array(5).fill('removed'))
  })

  test.each([
    ['archived', (id: string) => sql`update articles set status = 'archived' where id = ${id}`],
    ['deleted for good', (id: string) => sql`delete from articles where id = ${id}`],
    [
      'over by the clock',
      (id: string) => sql`update articles set unpublish_at = now() - interval '1 second' where id = ${id}`,
    ],
  ])('an article that is %s closes its stream, and no other', async (_, hide) => {
    const [articleId, other] = [await article(sql), await article(sql)]
    await comment(sql, articleId)
    const client = await streamOf(articleId)
    const { client: beside, mark } = await fresh(other)
    await hide(articleId)
    await client.ended
    expect(client.events.at(-1)).toEqual({ type: 'closed', data: { articleId } })
    expect((await fetch(addressOf(articleId))).status).toBe(404)
    await marked(beside, mark)
  })
})

describe('whoever was away', () => {
  test('hears what was missed, and then what comes', async () => {
    const articleId = await article(sql)
    const [kept, lost] = [await comment(sql, articleId), await comment(sql, articleId)]
    const { client: first, mark } = await fresh(articleId)
    await first.leave()
    const missed = await comment(sql, articleId)
    await setStatus(sql, lost, 'spam')
    const second = await resume(articleId, first.lastId)
    await marked(second, mark)
    expect(others(second, mark).map(({ type, data }) => [type, data.id])).toEqual([
      ['comment', missed],
      ['removed', lost],
    ])
    expect(idsOf(second)).not.toContain(kept)
    const byQuery = await follow(`${addressOf(articleId)}?lastEventId=${first.lastId}`)
    onTestFinished(byQuery.leave)
    await marked(byQuery, mark)
    expect(without(byQuery, mark)).toEqual([missed, lost])
  })

  test('hears of a transaction that was open meanwhile, though its numbers are older than what was heard', async () => {
    const articleId = await article(sql)
    const target = await comment(sql, articleId)
    const slow = await openTransaction()
    await slow.sql`update comments set body_text = 'late words', edited_at = now() where id = ${target}`
    const { client, mark } = await fresh(articleId)
    // it delays nobody else
    await marked(client, mark)
    expect(idsOf(client)).not.toContain(target)
    await client.leave()
    await slow.end()
    const back = await resume(articleId, client.lastId)
    await vi.waitFor(() => expect(without(back, mark)).toEqual([target]), soon)
    expect(back.events.find(({ data }) => data.id === target)?.data['text']).toBe('late words')
  })

  test('is told to begin anew where more than 500 comments were missed, or the id is of a time to come', async () => {
    const articleId = await article(sql)
    const { client, mark } = await fresh(articleId)
    await client.leave()
    await sql`insert into comments (id, article_id, root_id, depth, status, status_reason, decided_by, author_name, body, body_html, body_text)
      select id, ${articleId}, id, 0, 'approved', 'accepted', 'system', 'R', 'W', 'W', 'W'
      from (select gen_random_uuid() as id from generate_series(1, 501)) g`
    const back = await resume(articleId, client.lastId)
    await vi.waitFor(() => expect(back.events).toContainEqual({ type: 'reset', data: { articleId } }), soon)
    await marked(back, mark)
    const [hash] = JSON.parse(Buffer.from(client.lastId as string, 'base64url').toString())
    const future = Buffer.from(JSON.stringify([hash, '900000000000:900000000000:'])).toString('base64url')
    const ahead = await resume(articleId, future)
    await vi.waitFor(() => expect(ahead.events.map(({ type }) => type)).toEqual(['reset']), soon)
  })

  test.each(['nonsense', 'W10', 'WyJhIiwiMTowOiJd'])('gets 400 for an id that is none: %s', async (id) => {
    const articleId = await article(sql)
    const url = `/v1/articles/${articleId}/comments/stream`
    const byHeader = problemOf(
      await app.inject({ url, headers: { 'last-event-id': id } }),
      400,
      'CURSOR_INVALID',
    )
    expect(byHeader.errors?.[0]?.path).toBe('/last-event-id')
    const byQuery = problemOf(await app.inject(`${url}?lastEventId=${id}`), 400, 'CURSOR_INVALID')
    expect(byQuery.errors?.[0]?.path).toBe('/lastEventId')
  })

  test('gets 400 for snapshots that Postgres would not take, and for the id of another article', async () => {
    const [articleId, other] = [await article(sql), await article(sql)]
    const client = await streamOf(articleId)
    await vi.waitFor(() => expect(client.lastId).toBeDefined(), soon)
    const [hash] = JSON.parse(Buffer.from(client.lastId as string, 'base64url').toString())
    for (const snapshot of [
      '',
      '5',
      '5:4:',
      '0:4:',
      '1:9:9',
      '1:9:3,3',
      '1:9:4,3',
      '3:9:2',
      '1:9:a',
      '1:9223372036854775808:',
      '1:2:3:4',
      '01:2:',
    ]) {
      const id = Buffer.from(JSON.stringify([hash, snapshot])).toString('base64url')
      const url = `/v1/articles/${articleId}/comments/stream?lastEventId=${id}`
      problemOf(await app.inject(url), 400, 'CURSOR_INVALID')
    }
    const foreign = `/v1/articles/${other}/comments/stream?lastEventId=${client.lastId}`
    problemOf(await app.inject(foreign), 400, 'CURSOR_INVALID')
  })
})

const script = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: deeds },
    { weight: 1, arbitrary: fc.constant({ do: 'cut' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'resume' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'hear' as const }) },
  ),
  { minLength: 20, maxLength: 60 },
)

test('a client that is cut and comes back at random has in the end what lists show, and never heard of anything else', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (sequence) => {
      const articleId = await article(sql)
      const writing = new Writers(database.url, [articleId, articleId, articleId])
      const kept = new Map<string, Standing>()
      const named = new Set<string>()
      const mark = await comment(sql, articleId)
      let client = await follow(addressOf(articleId))
      await vi.waitFor(() => expect(client.lastId).toBeDefined(), soon)
      // as a browser: who hears nothing new keeps the id of before
      let lastId = ''
      const comeBack = () => follow(addressOf(articleId), { 'last-event-id': lastId })
      const take = () => {
        for (const { type, data } of client.events.splice(0)) {
          named.add(String(data.id))
          if (type === 'comment')
            kept.set(String(data.id), {
              text: data['text'] as string,
              placeholder: data['placeholder'] as string,
            })
          else kept.delete(String(data.id))
        }
      }
      let away = false
      for (const step of sequence) {
        if (step.do === 'cut') {
          // whatever the id was when it was cut
          await client.leave()
          take()
          lastId = client.lastId ?? lastId
          away = true
        } else if (step.do === 'resume' && away) {
          client = await comeBack()
          away = false
        } else if (step.do === 'hear' && !away) {
          await marked(client, mark)
          take()
        } else if (!['cut', 'resume', 'hear'].includes(step.do)) await writing.perform(step as never)
      }
      await writing.close()
      if (away) client = await comeBack()
      await marked(client, mark)
      take()
      await client.leave()
      expect(kept).toEqual(await standing(sql, [articleId]))
      const secret = await sql<{ id: string }[]>`
        select c.subject_id as id from changes c where c.article_id = ${articleId} and c.kind like 'comment.%'
        group by 1 having not bool_or((c.payload -> 'listed')::boolean and not exists (
          select from changes n where n.subject_id = c.subject_id and n.xid = c.xid and n.id > c.id
            and not (n.payload -> 'listed')::boolean))`
      expect(secret.filter(({ id }) => named.has(id))).toEqual([])
    }),
    { numRuns: 12, endOnFailure: true },
  )
}, 170_000)

describe('the seam', () => {
  test('between what was missed and what comes nothing is lost, while writers go on and commit out of order', async () => {
    const articleId = await article(sql)
    let { client, mark } = await fresh(articleId)
    let lastId = client.lastId
    const heard = new Set<string>()
    const written: string[] = []
    let over = false
    // held comments lock nothing that the others need, and an approval is one short transaction
    const write = async () => {
      while (!over) {
        const one = await openTransaction()
        const id = await comment(one.sql, articleId, { status: 'deleted' })
        await one.end()
        const slow = await openTransaction()
        await slow.sql`select pg_current_xact_id()`
        await sql`update comments set status = 'pending' where id = ${id}`
        await slow.sql`update comments set status = 'approved' where id = ${id}`
        await slow.end()
        written.push(id)
      }
    }
    const writing = Promise.all([write(), write()])
    for (let n = 0; n < 40; n++) {
      await client.leave()
      for (const id of idsOf(client)) heard.add(String(id))
      lastId = client.lastId ?? lastId
      client = await resume(articleId, lastId)
      // sometimes cut before a word, sometimes after
      if (n % 3 === 0) await vi.waitFor(() => expect(client.events.length).toBeGreaterThan(0), soon)
    }
    over = true
    await writing
    await marked(client, mark)
    for (const id of idsOf(client)) heard.add(String(id))
    expect(written.filter((id) => !heard.has(id))).toEqual([])
    expect(written.length).toBeGreaterThan(10)
  })
})

describe('the connection', () => {
  test('has the headers of every answer and of a stream, an id at once, and a time to come back', async () => {
    const articleId = await article(sql)
    const client = await streamOf(articleId, { origin: 'https://site.test' })
    const headers = Object.fromEntries(client.response.headers)
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': 'https://site.test',
    })
    await vi.waitFor(() => expect(client.lastId).toMatch(/^[\w-]+$/), soon)
    expect(client.retry).toBeGreaterThanOrEqual(1000)
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: `/v1/articles/${articleId}/comments/stream`,
      headers: {
        origin: 'https://site.test',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'last-event-id',
      },
    })
    expect(preflight.headers['access-control-allow-headers']).toContain('last-event-id')
  })

  test('HEAD is answered at once and keeps no stream; hidden articles are 404, also for an editor', async () => {
    const articleId = await article(sql)
    for (let n = 0; n < 30; n++) {
      const { status, headers } = await fetch(addressOf(articleId), { method: 'HEAD' })
      expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    }
    const draft = await article(sql, { status: 'draft' })
    const url = `/v1/articles/${draft}/comments/stream`
    problemOf(await app.inject(url), 404, 'ARTICLE_NOT_FOUND')
    problemOf(
      await app.inject({ url, headers: await keyHeaders(server, 'content:read') }),
      404,
      'ARTICLE_NOT_FOUND',
    )
  })

  test('one client has 20 streams, all together as many as the instance may, and each place comes back', async () => {
    const articleId = await article(sql)
    const from = (client: string) => streamOf(articleId, { 'x-forwarded-for': client })
    const first = await Promise.all(Array.from({ length: 20 }, () => from('198.51.100.1')))
    const refused = await from('198.51.100.1')
    expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([429, '5'])
    expect(
      await fetch(addressOf(articleId), { headers: { 'x-forwarded-for': '198.51.100.1' } }).then((r) =>
        r.json(),
      ),
    ).toMatchObject({ code: 'RATE_LIMITED' })
    const others = await Promise.all(Array.from({ length: 20 }, (_, n) => from(`198.51.100.${n + 2}`)))
    const full = await fetch(addressOf(articleId), { headers: { 'x-forwarded-for': '203.0.113.1' } })
    expect([full.status, full.headers.get('retry-after'), (await full.json()).code]).toEqual([
      503,
      '5',
      'OVERLOADED',
    ])
    expect(others.every(({ response }) => response.status === 200)).toBe(true)
    await Promise.all([...first, ...others].map(({ leave }) => leave()))
    await vi.waitFor(async () => expect((await from('198.51.100.1')).response.status).toBe(200), soon)
  })

  test('a stream is one line of the log when it is over, with its events and none of their words', async () => {
    const articleId = await article(sql)
    const from = logs.length
    const { client, mark } = await fresh(articleId)
    await comment(sql, articleId, { body: 'WORDS-OF-A-COMMENT' })
    await marked(client, mark)
    expect(logs.slice(from).filter((line) => line.includes(`/v1/articles/${articleId}/`))).toEqual([])
    await client.leave()
    const lines = () => logs.slice(from).filter((line) => line.includes(`/v1/articles/${articleId}/`))
    await vi.waitFor(() => expect(lines()).toHaveLength(1), soon)
    expect(JSON.parse(lines()[0] as string)).toMatchObject({ msg: 'request', status: 200 })
    // what is read for all is counted for nobody
    expect(JSON.parse(lines()[0] as string).statements).toBeLessThanOrEqual(2)
    expect(JSON.parse(lines()[0] as string).events).toBeGreaterThanOrEqual(client.events.length)
    expect(logs.slice(from).join('')).not.toContain('WORDS-OF-A-COMMENT')
    expect(logs.slice(from).join('')).not.toContain('premature')
  })

  test('who does not read is cut off, and nobody else hears less for it', async () => {
    const articleId = await article(sql)
    const { port } = new URL(origin)
    const deaf = connect({ port: Number(port), host: '127.0.0.1' })
    onTestFinished(() => void deaf.destroy())
    deaf.pause()
    deaf.on('error', () => {})
    const gone = new Promise((resolve) => deaf.once('close', resolve))
    deaf.write(`GET /v1/articles/${articleId}/comments/stream HTTP/1.1\r\nhost: any\r\n\r\n`)
    const { client, mark } = await fresh(articleId)
    const from = logs.length
    const ended = () => logs.slice(from).some((line) => line.includes(`/v1/articles/${articleId}/`))
    // sixty megabytes are more than any buffer of a socket holds, and less than it takes to seem silent
    for (let n = 0; n < 15 && !ended(); n++) {
      const ids = await sql<{ id: string }[]>`
        insert into comments (id, article_id, root_id, depth, status, status_reason, decided_by, author_name, body, body_html, body_text)
        select id, ${articleId}, id, 0, 'approved', 'accepted', 'system', 'R', 'W', repeat('w', 10000), repeat('w', 10000)
        from (select gen_random_uuid() as id from generate_series(1, 200)) g returning id`
      await vi.waitFor(() => expect(idsOf(client)).toContain(ids.at(-1)?.id), soon)
    }
    expect(ended()).toBe(true)
    deaf.resume()
    await gone
    await marked(client, mark)
  })

  test('many streams cost the database one statement a round, and one more where there is something to tell', async () => {
    const articleId = await article(sql)
    const clients = await Promise.all(
      Array.from({ length: 15 }, (_, n) => streamOf(articleId, { 'x-forwarded-for': `192.0.2.${n}` })),
    )
    const tail = vi.spyOn(liveStatement, 'run')
    const forms = vi.spyOn(publicComments, 'run')
    onTestFinished(() => void vi.restoreAllMocks())
    const posted = await comment(sql, articleId)
    await Promise.all(
      clients.map((client) => vi.waitFor(() => expect(idsOf(client)).toContain(posted), soon)),
    )
    const rounds = tail.mock.calls.length
    await vi.waitFor(() => expect(tail.mock.calls.length).toBeGreaterThan(rounds + 2), soon)
    expect(forms.mock.calls.length).toBe(1)
    expect(new Set(tail.mock.calls.map(([, , params]) => params['articles'])).size).toBe(1)
    await Promise.all(clients.map(({ leave }) => leave()))
    // nobody listens, nothing is asked: whoever comes then has to find out where the log ends
    const end = vi.spyOn(snapshotStatement, 'run')
    await vi.waitFor(
      async () => {
        await (await follow(addressOf(articleId))).leave()
        expect(end).toHaveBeenCalled()
      },
      { timeout: 30_000, interval: 300 },
    )
  })
})
