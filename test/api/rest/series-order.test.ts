import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { Response } from 'light-my-request'
import { afterEach, describe, expect, test } from 'vitest'
import { withoutDetector } from '../../db/concurrent.ts'
import { wrongCounts, wrongEntries } from '../../db/judge.ts'
import { startApp } from '../../setup/app.ts'
import { article, series } from '../../setup/data.ts'
import { keyHeaders, problemOf } from '../support.ts'

const server = await startApp({ DATABASE_CONNECTIONS: '12' })
const { app, database } = server
const { sql } = database
await withoutDetector(sql)
const { authorization } = await keyHeaders(server, 'content:read', 'content:write')

const FIELDS = [
  {},
  { status: 'draft', publishedAt: null },
  { publishedAt: '2998-01-01T00:00:00.000Z' },
  { publishedAt: '2026-01-01T00:00:00.000Z', unpublishAt: '2026-02-01T00:00:00.000Z' },
  { status: 'trashed' },
  {},
  {},
]
const ids: string[] = []
for (const [i, fields] of FIELDS.entries()) ids.push(await article(sql, { slug: `part-${i}`, ...fields }))
const [a, b, c, d, e, f] = ids as [string, string, string, string, string, string]
let made = 0
const newSeries = (articles: string[] = []) => series(sql, `series-${made++}`, articles)

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'
const send = (
  method: Method,
  url: string,
  payload?: object,
  headers: Record<string, string> = {},
): Promise<Response> =>
  app.inject({
    method,
    url: `/v1/series/${url}`,
    headers: { authorization, ...headers },
    ...(payload && { payload }),
  })
const idsOf = (response: Response): string[] => {
  expect([response.body, response.statusCode]).toEqual([response.body, 200])
  const { data } = response.json<{ data: { id: string; position: number }[] }>()
  expect(data.map(({ position }) => position)).toEqual(data.map((_, i) => i + 1))
  return data.map(({ id }) => id)
}
/** As it stands in the table. */
const stored = async (id: string): Promise<string[]> => {
  const rows =
    await sql`select article_id, position from series_articles where series_id = ${id} order by position`
  expect(rows.map((row) => row['position'])).toEqual(rows.map((_, i) => i + 1))
  return rows.map((row) => row['article_id'])
}
const reorder = async (id: string, articles: string[]) => {
  const { etag } = (await send('GET', `${id}/order`)).headers
  return send('PUT', `${id}/articles`, { articles }, { 'if-match': String(etag) })
}

afterEach(async () => {
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  expect(await wrongCounts(sql)).toEqual([])
})

describe('the order of a series', () => {
  test('is read by editors, hidden articles included, and by nobody else', async () => {
    const id = await newSeries([b, a, c, d, e])
    const response = await send('GET', `${id.toUpperCase()}/order`)
    expect(response.headers['cache-control']).toBe('private, no-store')
    expect(idsOf(response)).toEqual([b, a, c, d, e])
    const { data } = response.json()
    expect(data.map(({ status }: { status: string }) => status)).toEqual([
      'draft',
      'published',
      'scheduled',
      'expired',
      'trashed',
    ])
    expect(data[1]).toEqual({
      position: 2,
      id: a,
      slug: 'part-0',
      locale: 'en',
      title: 'Title of part-0',
      status: 'published',
      publishedAt: '2026-01-01T00:00:00.000Z',
      unpublishAt: null,
    })
    problemOf(await app.inject(`/v1/series/${id}/order`), 401, 'AUTHENTICATION_FAILED')
    const writer = (await keyHeaders(server, 'comments:moderate')).authorization
    problemOf(await send('GET', `${id}/order`, undefined, { authorization: writer }), 403, 'FORBIDDEN')
    problemOf(await send('GET', 'nothing/order'), 404, 'SERIES_NOT_FOUND')
    expect((await app.inject(`/v1/series/${id}`)).json().articleCount).toBe(1)
  })

  test('is replaced whole, by ids and slugs', async () => {
    const id = await newSeries([a, b])
    const response = await reorder(id, ['part-2', b.toUpperCase(), 'part-0'])
    expect(idsOf(response)).toEqual([c, b, a])
    const read = await send('GET', `${id}/order`)
    expect([read.json(), read.headers.etag]).toEqual([response.json(), response.headers.etag])
    expect(idsOf(await reorder(id, [a, b]))).toEqual([a, b])
    expect(idsOf(await reorder(id, []))).toEqual([])
    const german = await article(sql, { slug: 'part-0', locale: 'de' })
    const put = (locale: string) =>
      send('PUT', `${id}/articles?locale=${locale}`, { articles: ['part-0'] }, { 'if-match': '*' })
    expect(idsOf(await put('de'))).toEqual([german])
    problemOf(await put('fr'), 422, 'REFERENCE_NOT_FOUND')
  })

  test('is replaced by those only who know it', async () => {
    const id = await newSeries([a, b])
    const { etag } = (await send('GET', `${id}/order`)).headers
    const put = (headers: Record<string, string>) =>
      send('PUT', `${id}/articles`, { articles: [b, a] }, headers)
    problemOf(await put({}), 428, 'PRECONDITION_REQUIRED')
    for (const tag of ['"other"', `W/${etag}`]) {
      const stale = await put({ 'if-match': tag })
      problemOf(stale, 412, 'ORDER_STALE')
      expect(stale.headers.etag).toBe(etag)
    }
    problemOf(await put({ 'if-match': 'x' }), 400, 'VALIDATION_FAILED')
    expect(await stored(id)).toEqual([a, b])
    expect(idsOf(await put({ 'if-match': `"other", ${etag}` }))).toEqual([b, a])
    problemOf(await put({ 'if-match': String(etag) }), 412, 'ORDER_STALE')
    for (const request of [
      ['POST', `${id}/articles`, { article: a }],
      ['DELETE', `${id}/articles/part-0`],
    ] as const)
      problemOf(await send(request[0], request[1], request[2], { 'if-match': '"other"' }), 412, 'ORDER_STALE')
    expect(await stored(id)).toEqual([b, a])
  })

  test('names each article once, and only what is there', async () => {
    const id = await newSeries([a, b])
    const refused = async (articles: unknown[]) => {
      const response = await send('PUT', `${id}/articles`, { articles }, { 'if-match': '*' })
      return [response.json().code, response.json().errors.map(({ path }: { path: string }) => path)]
    }
    expect(await refused([a, randomUUID(), 'nothing', b])).toEqual([
      'REFERENCE_NOT_FOUND',
      ['/articles/1', '/articles/2'],
    ])
    expect(await refused([a, b, 'part-0'])).toEqual(['VALIDATION_FAILED', ['/articles/2']])
    expect(await refused([a, 7])).toEqual(['VALIDATION_FAILED', ['/articles/1']])
    expect(await refused(Array(1001).fill(a))).toEqual(['VALIDATION_FAILED', ['/articles']])
    expect((await refused(Array(1000).fill('x'.repeat(200))))[0]).toBe('REFERENCE_NOT_FOUND')
    expect(await stored(id)).toEqual([a, b])
  })

  test('takes an article in at a place, and gives one another place', async () => {
    const id = await newSeries([a, b])
    const post = async (body: object) => idsOf(await send('POST', `${id}/articles`, body))
    expect(await post({ article: 'part-2' })).toEqual([a, b, c])
    expect(await post({ article: d, position: 1 })).toEqual([d, a, b, c])
    expect(await post({ article: e, before: 'part-1' })).toEqual([d, a, e, b, c])
    expect(await post({ article: d, after: c })).toEqual([a, e, b, c, d])
    expect(await post({ article: d, after: c })).toEqual([a, e, b, c, d])
    expect(await post({ article: a, position: 99 })).toEqual([e, b, c, d, a])
    expect(await stored(id)).toEqual([e, b, c, d, a])
    for (const [body, status, path] of [
      [{ article: a, before: a }, 422, '/before'],
      [{ article: a, after: f }, 422, '/after'],
      [{ article: 'nothing' }, 422, '/article'],
      [{ article: a, position: 1, before: b }, 400, '/before'],
      [{ article: a, position: 0 }, 400, '/position'],
      [{ position: 1 }, 400, '/article'],
    ] as const) {
      const problem = problemOf(
        await send('POST', `${id}/articles`, body),
        status,
        status === 400 ? 'VALIDATION_FAILED' : 'REFERENCE_NOT_FOUND',
      )
      expect(problem.errors?.map((error) => error.path)).toEqual([path])
    }
  })

  test('lets an article go, and closes up', async () => {
    const id = await newSeries([a, b, c])
    expect(idsOf(await send('DELETE', `${id}/articles/part-1`))).toEqual([a, c])
    expect(await stored(id)).toEqual([a, c])
    problemOf(await send('DELETE', `${id}/articles/${b}`), 404, 'NOT_IN_SERIES')
    problemOf(await send('DELETE', `${id}/articles/nothing`), 404, 'ARTICLE_NOT_FOUND')
    problemOf(await send('DELETE', `nothing/articles/${a}`), 404, 'SERIES_NOT_FOUND')
  })

  test('is written with the scope content:write only', async () => {
    const id = await newSeries([a])
    const reader = (await keyHeaders(server, 'content:read')).authorization
    for (const [method, url, payload] of [
      ['PUT', `${id}/articles`, { articles: [] }],
      ['POST', `${id}/articles`, { article: b }],
      ['DELETE', `${id}/articles/${a}`, undefined],
    ] as const) {
      problemOf(
        await app.inject({ method, url: `/v1/series/${url}`, ...(payload && { payload }) }),
        401,
        'AUTHENTICATION_FAILED',
      )
      problemOf(await send(method, url, payload, { authorization: reader }), 403, 'FORBIDDEN')
    }
    expect(await stored(id)).toEqual([a])
  })

  test('is right again after an article of it was purged', async () => {
    const gone = await article(sql)
    const id = await newSeries([a, gone, b])
    await sql`delete from articles where id = ${gone}`
    expect(idsOf(await send('GET', `${id}/order`))).toEqual([a, b])
    expect(idsOf(await send('POST', `${id}/articles`, { article: c, position: 2 }))).toEqual([a, c, b])
    expect(await stored(id)).toEqual([a, c, b])
  })

  test('holds a thousand articles', async () => {
    const id = await newSeries()
    await sql`insert into articles (id, locale, slug, status, published_at, title, excerpt, body_format, body_source, body_html,
        body_text, word_count, reading_minutes)
      select md5('k' || i)::uuid, 'en', 'k-' || i, 'published', now() - interval '1 day', '', '', 'text', '', '', '', 0, 0
      from generate_series(1, 1000) i`
    const all = (await sql`select id from articles where slug like 'k-%' order by slug`).map(
      (row) => row['id'],
    )
    expect(idsOf(await reorder(id, all))).toEqual(all)
    expect(idsOf(await reorder(id, all.toReversed()))).toEqual(all.toReversed())
    problemOf(await send('POST', `${id}/articles`, { article: a }), 409, 'SERIES_FULL')
    expect(idsOf(await send('POST', `${id}/articles`, { article: all[0], position: 1 }))[0]).toBe(all[0])
    expect((await app.inject(`/v1/series/${id}`)).json().articleCount).toBe(1000)
  })
})

test('whatever is done to an order, it is the one that was asked for, from 1 and without holes', async () => {
  const n = fc.nat({ max: ids.length - 1 })
  const step = fc.oneof(
    fc.record({ do: fc.constant('reorder' as const), to: fc.shuffledSubarray(ids) }),
    fc.record({ do: fc.constant('place' as const), n, at: fc.integer({ min: 1, max: 9 }) }),
    fc.record({
      do: fc.constant('beside' as const),
      n,
      other: n,
      side: fc.constantFrom('before' as const, 'after' as const),
    }),
    fc.record({ do: fc.constant('take' as const), n }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const id = await newSeries()
      let model: string[] = []
      for (const one of steps) {
        if (one.do === 'reorder') {
          model = one.to
          expect(idsOf(await reorder(id, one.to))).toEqual(model)
          continue
        }
        const who = ids[one.n] as string
        const others = model.filter((other) => other !== who)
        if (one.do === 'place') {
          model = [...others.slice(0, one.at - 1), who, ...others.slice(one.at - 1)]
          expect(idsOf(await send('POST', `${id}/articles`, { article: who, position: one.at }))).toEqual(
            model,
          )
        } else if (one.do === 'beside') {
          const place = others.indexOf(ids[one.other] as string)
          const answer = await send('POST', `${id}/articles`, { article: who, [one.side]: ids[one.other] })
          if (place < 0) problemOf(answer, 422, 'REFERENCE_NOT_FOUND')
          else {
            const cut = one.side === 'before' ? place : place + 1
            model = [...others.slice(0, cut), who, ...others.slice(cut)]
            expect(idsOf(answer)).toEqual(model)
          }
        } else {
          const answer = await send('DELETE', `${id}/articles/${who}`)
          if (model.includes(who)) expect(idsOf(answer)).toEqual(others)
          else problemOf(answer, 404, 'NOT_IN_SERIES')
          model = others
        }
      }
      expect(await stored(id)).toEqual(model)
      const [row] = await sql`select count(*)::int as n from articles
        where id = any(${model}) and status = 'published' and published_at <= now() and coalesce(unpublish_at > now(), true)`
      expect((await app.inject(`/v1/series/${id}`)).json().articleCount).toBe(row?.['n'])
    }),
    { numRuns: 15, endOnFailure: true },
  )
}, 60_000)

describe('two editors at once', () => {
  test('who both replace an order: one does, the other is told that it has changed', async () => {
    for (let round = 0; round < 6; round++) {
      const id = await newSeries([a, b, c])
      const { etag } = (await send('GET', `${id}/order`)).headers
      const orders = [
        [c, b, a],
        [b, d, e],
        [f, a],
      ]
      const answers = await Promise.all(
        orders.map((articles) => send('PUT', `${id}/articles`, { articles }, { 'if-match': String(etag) })),
      )
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412, 412])
      const winner = answers.findIndex(({ statusCode }) => statusCode === 200)
      expect(await stored(id)).toEqual(orders[winner])
    }
  })

  test('who place and take articles of several series leave all of them whole', async () => {
    for (let round = 0; round < 4; round++) {
      const [one, two] = [await newSeries([a, b]), await newSeries([b, a])]
      const answers = await Promise.all([
        ...[c, d, e, f].map((article, i) =>
          send('POST', `${one}/articles`, { article, position: 1 + (i % 3) }),
        ),
        ...[f, e, d, c].map((article) => send('POST', `${two}/articles`, { article, before: a })),
        send('DELETE', `${one}/articles/${b}`),
        ...[a, c].map(
          (id) => sql`update articles set published_at = published_at + interval '1 minute' where id = ${id}`,
        ),
      ])
      for (const answer of answers)
        if ('statusCode' in answer) expect([answer.statusCode, answer.body]).toEqual([200, answer.body])
      expect((await stored(one)).toSorted()).toEqual([a, c, d, e, f].toSorted())
      expect((await stored(two)).toSorted()).toEqual([a, b, c, d, e, f].toSorted())
    }
  })

  test('of whom one deletes the series: the other finds it, or does not', async () => {
    for (let round = 0; round < 4; round++) {
      const id = await newSeries([a])
      const [gone, placed] = await Promise.all([
        send('DELETE', `${id}?articles=unlink`),
        send('POST', `${id}/articles`, { article: b }),
      ])
      expect(gone.statusCode).toBe(204)
      expect([200, 404]).toContain(placed.statusCode)
      expect(await stored(id)).toEqual([])
    }
  })
})
