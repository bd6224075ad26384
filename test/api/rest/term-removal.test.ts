import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { wrongCounts, wrongEntries, wrongPaths } from '../../db/judge.ts'
import { startApp } from '../../setup/app.ts'
import { article, author, category, series, tag } from '../../setup/data.ts'
import { keyHeaders, problemOf, rowCounts } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const { authorization } = await keyHeaders(server, 'content:write')

const send = (method: 'POST' | 'DELETE', url: string, payload?: object) =>
  app.inject({ method, url: `/v1${url}`, headers: { authorization }, ...(payload && { payload }) })
const read = async (url: string) => (await app.inject(`/v1${url}`)).json()
const deleted = async (url: string) => {
  const response = await send('DELETE', url)
  expect([response.body, response.statusCode]).toEqual(['', 204])
}
const termsOf = async (id: string) =>
  (
    await sql`select c.slug from article_categories l join categories c on c.id = l.category_id
             where article_id = ${id} order by l.position`
  ).map(({ slug }) => slug)
const expectOrder = async () => {
  expect(await wrongPaths(sql)).toEqual([])
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  expect(await wrongCounts(sql)).toEqual([])
}

const NOUNS = [
  {
    path: 'categories',
    code: 'CATEGORY_NOT_FOUND',
    full: 'CATEGORY_NOT_EMPTY',
    make: (slug: string) => category(sql, slug),
    field: 'categories',
  },
  {
    path: 'tags',
    code: 'TAG_NOT_FOUND',
    full: 'TERM_NOT_EMPTY',
    make: (slug: string) => tag(sql, slug),
    field: 'tags',
  },
  {
    path: 'authors',
    code: 'AUTHOR_NOT_FOUND',
    full: 'TERM_NOT_EMPTY',
    make: (slug: string) => author(sql, slug),
    field: 'authors',
  },
  {
    path: 'series',
    code: 'SERIES_NOT_FOUND',
    full: 'TERM_NOT_EMPTY',
    make: (slug: string) => series(sql, slug),
    field: null,
  },
] as const

describe.each(NOUNS)('$path', ({ path, code, full, make, field }) => {
  /** Articles in it: published, and a draft. */
  const fill = async (id: string) => {
    for (const [i, status] of ['published', 'draft'].entries()) {
      const articleId = await article(sql, { status, ...(field && { [field]: [id] }) })
      if (!field) await sql`insert into series_articles values (${id}, ${articleId}, ${i + 1})`
    }
  }

  test('go when nothing is in them, and their slugs are free again', async () => {
    const id = await make('short-lived')
    await sql`update ${sql(path)} set slug = 'shorter' where id = ${id}`
    await deleted(`/${path}/shorter`)
    for (const ref of [id, 'short-lived', 'shorter'])
      problemOf(await send('DELETE', `/${path}/${ref}`), 404, code)
    await make('short-lived')
    await deleted(`/${path}/short-lived`)
  })

  test('stay with what is in them, unless a rule is given; drafts count', async () => {
    const id = await make('full')
    await fill(id)
    const before = await rowCounts(sql)
    for (const url of [`/${path}/full`, `/${path}/${id}?articles=refuse`]) {
      const problem = problemOf(await send('DELETE', url), 409, full)
      expect(problem).toMatchObject({ articles: 2, detail: expect.stringContaining('2 articles') })
    }
    expect(await rowCounts(sql)).toEqual(before)
    await deleted(`/${path}/full?articles=unlink`)
    expect((await rowCounts(sql))['articles']).toBe(before['articles'])
    await expectOrder()
  })

  test('give their articles to another one', async () => {
    const [from, into] = [await make('giver'), await make('taker')]
    await fill(from)
    await deleted(`/${path}/giver?articles=move&into=taker`)
    expect((await read(`/${path}/taker`)).articleCount).toBe(1)
    problemOf(await send('DELETE', `/${path}/${into}`), 409, full)
    problemOf(await app.inject(`/v1/${path}/giver`), 404, code)
    await expectOrder()
  })

  test('become one: its slugs of old lead to the other one, and that keeps its own', async () => {
    const [from, into] = [await make('merged-once'), await make('merging')]
    await sql`update ${sql(path)} set slug = 'merged' where id = ${from}`
    await fill(from)
    const response = await send('POST', `/${path}/merged/merge`, { into: into.toUpperCase() })
    expect(response.statusCode).toBe(200)
    expect(response.json()).toMatchObject({ id: into, slug: 'merging', articleCount: 1 })
    expect(response.json()).toEqual(await read(`/${path}/merging`))
    for (const old of ['merged', 'merged-once'])
      expect((await app.inject(`/v1/${path}/${old}`)).headers.location).toBe(`/v1/${path}/merging`)
    const again = problemOf(await send('POST', `/${path}/merged/merge`, { into: 'merging' }), 404, code)
    expect(again.detail).toContain('"merging"')
    problemOf(await send('DELETE', `/${path}/merged?articles=unlink`), 404, code)
    await expectOrder()
  })

  test.each([
    ['articles=move', 400, '/into'],
    ['into=merging', 400, '/into'],
    ['articles=unlink&into=merging', 400, '/into'],
    ['articles=move&into=here', 400, '/into'],
    ['articles=move&into=nowhere', 422, '/into'],
    ['articles=move&into=merged', 422, '/into'],
    ['articles=burn', 400, '/articles'],
    ['article=unlink', 400, '/article'],
  ])('are kept by a rule that makes no sense: %s', async (query, status, at) => {
    if ((await app.inject(`/v1/${path}/here`)).statusCode === 404) await make('here')
    const before = await rowCounts(sql)
    const response = await send('DELETE', `/${path}/here?${query}`)
    const problem = problemOf(response, status, status === 400 ? 'VALIDATION_FAILED' : 'REFERENCE_NOT_FOUND')
    expect(problem.errors?.map((error) => error.path)).toEqual([at])
    expect(await rowCounts(sql)).toEqual(before)
  })

  test('are not merged with themselves, with nothing, or by anybody', async () => {
    problemOf(await send('POST', `/${path}/here/merge`, { into: 'here' }), 400, 'VALIDATION_FAILED')
    problemOf(await send('POST', `/${path}/here/merge`, { into: randomUUID() }), 422, 'REFERENCE_NOT_FOUND')
    problemOf(await send('POST', `/${path}/nowhere/merge`, { into: 'here' }), 404, code)
    problemOf(await send('POST', `/${path}/here/merge`, {}), 400, 'VALIDATION_FAILED')
    const reader = (await keyHeaders(server, 'content:read')).authorization
    for (const [method, url] of [
      ['POST', `/v1/${path}/here/merge`],
      ['DELETE', `/v1/${path}/here`],
    ] as const) {
      const payload = method === 'POST' ? { payload: { into: 'merging' } } : {}
      problemOf(await app.inject({ method, url, ...payload }), 401, 'AUTHENTICATION_FAILED')
      problemOf(
        await app.inject({ method, url, ...payload, headers: { authorization: reader } }),
        403,
        'FORBIDDEN',
      )
    }
    expect((await app.inject(`/v1/${path}/here`)).statusCode).toBe(200)
  })
})

describe('a category', () => {
  test('that is merged hands over what is below, and an article in both stands there once, primary where it was', async () => {
    const [a, b, c] = [await category(sql, 'aa'), await category(sql, 'bb'), await category(sql, 'cc')]
    await category(sql, 'aa-child', a)
    const primary = await article(sql, { categories: [a, c, b] })
    const second = await article(sql, { categories: [c, b, a] })
    const alone = await article(sql, { categories: [c, a] })
    expect((await send('POST', '/categories/aa/merge', { into: 'bb' })).json()).toMatchObject({
      articleCount: 3,
      children: [{ slug: 'aa-child', parentId: b }],
    })
    expect(await Promise.all([primary, second, alone].map(termsOf))).toEqual([
      ['bb', 'cc'],
      ['cc', 'bb'],
      ['cc', 'bb'],
    ])
    await expectOrder()
  })

  test('does not go into what stands below it', async () => {
    const top = await category(sql, 'ring-top')
    const mid = await category(sql, 'ring-mid', top)
    await category(sql, 'ring-low', mid)
    for (const into of ['ring-mid', 'ring-low']) {
      for (const response of [
        await send('POST', '/categories/ring-top/merge', { into }),
        await send('DELETE', `/categories/ring-top?children=move&into=${into}`),
      ])
        expect(problemOf(response, 409, 'CATEGORY_CYCLE').errors?.[0]?.path).toBe('/into')
    }
    expect((await send('POST', '/categories/ring-low/merge', { into: 'ring-top' })).statusCode).toBe(200)
    await expectOrder()
  })

  test('with categories below needs a rule for them too', async () => {
    const [top, other] = [await category(sql, 'keep-top'), await category(sql, 'keep-other')]
    const mid = await category(sql, 'keep-mid', top)
    const low = await category(sql, 'keep-low', mid)
    await article(sql, { categories: [mid, low] })
    const problem = problemOf(await send('DELETE', '/categories/keep-mid'), 409, 'CATEGORY_NOT_EMPTY')
    expect(problem).toMatchObject({ articles: 1, children: 1 })
    expect(
      problemOf(await send('DELETE', '/categories/keep-mid?articles=unlink'), 409, 'CATEGORY_NOT_EMPTY'),
    ).not.toHaveProperty('articles')
    expect(
      problemOf(await send('DELETE', '/categories/keep-mid?children=lift'), 409, 'CATEGORY_NOT_EMPTY'),
    ).not.toHaveProperty('children')
    await deleted('/categories/keep-mid?articles=unlink&children=lift')
    expect((await read('/categories/keep-low')).parentId).toBe(top)
    await deleted('/categories/keep-top?children=move&into=keep-other')
    expect(await read('/categories/keep-low')).toMatchObject({ parentId: other, articleCount: 1 })
    await expectOrder()
  })
})

test('a series takes the articles of another one at its end, each once, as long as there is room', async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => article(sql)))
  const [a, b, c, d, e] = ids as [string, string, string, string, string]
  const into = await series(sql, 'long', [a, b])
  await series(sql, 'tail', [c, b, d, e])
  await deleted('/series/tail?articles=move&into=long')
  const order =
    await sql`select article_id, position from series_articles where series_id = ${into} order by position`
  expect(order.map((row) => [row['article_id'], row['position']])).toEqual(
    [a, b, c, d, e].map((id, i) => [id, i + 1]),
  )
  const full = await series(sql, 'bulky')
  await sql`insert into articles (id, locale, slug, title, excerpt, body_format, body_source, body_html, body_text, word_count, reading_minutes)
    select md5('bulk' || i)::uuid, 'en', 'bulk-' || i, '', '', 'text', '', '', '', 0, 0 from generate_series(1, 1000) i`
  await sql`insert into series_articles select ${full}::uuid, md5('bulk' || i)::uuid, i from generate_series(1, 1000) i`
  problemOf(await send('POST', '/series/bulky/merge', { into: 'long' }), 409, 'SERIES_FULL')
  await expectOrder()
})
