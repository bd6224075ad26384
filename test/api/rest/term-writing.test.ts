import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { wrongCounts, wrongEntries, wrongPaths } from '../../db/judge.ts'
import { startApp } from '../../setup/app.ts'
import { article, category, tag } from '../../setup/data.ts'
import { keyHeaders, problemOf, rowCounts } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const { authorization } = await keyHeaders(server, 'content:write')

type Method = 'POST' | 'PATCH' | 'PUT' | 'DELETE'
const send = (method: Method, url: string, payload?: object, headers: Record<string, string> = {}) =>
  app.inject({
    method,
    url: `/v1${url}`,
    headers: { authorization, ...headers },
    ...(payload && { payload }),
  })
const done = async (method: Method, url: string, payload?: object) => {
  const response = await send(method, url, payload)
  expect([response.body, response.statusCode]).toEqual([response.body, method === 'POST' ? 201 : 200])
  expect(response.headers['cache-control']).toBe('no-store')
  return response.json()
}
const read = async (url: string) => (await app.inject(`/v1${url}`)).json()
const pathsOf = (response: Awaited<ReturnType<typeof send>>) =>
  response.json().errors?.map(({ path }: { path: string }) => path)

const NOUNS = [
  { path: 'categories', label: 'name', code: 'CATEGORY_NOT_FOUND' },
  { path: 'tags', label: 'name', code: 'TAG_NOT_FOUND' },
  { path: 'authors', label: 'name', code: 'AUTHOR_NOT_FOUND' },
  { path: 'series', label: 'title', code: 'SERIES_NOT_FOUND' },
] as const

describe.each(NOUNS)('$path', ({ path, label, code }) => {
  test('are made, and answered as they are read', async () => {
    const response = await send('POST', `/${path}`, { [label]: '  Old\n Harbour ' })
    expect(response.statusCode).toBe(201)
    const made = response.json()
    expect(made).toMatchObject({ slug: 'old-harbour', [label]: 'Old Harbour' })
    expect(response.headers.location).toBe(`http://broadsheet.test/v1/${path}/${made.id}`)
    expect(await read(`/${path}/old-harbour`)).toEqual(made)
    const changes = await sql`select kind, actor from changes where subject_id = ${made.id}`
    expect(changes.map(({ actor }) => actor)).toEqual([expect.stringMatching(/^key:/)])
  })

  test('get a slug of their own in any script, numbered where it is taken, also by one of the past', async () => {
    const slugs = []
    for (const name of ['Fähre', 'Fähre', 'Fahre', 'Паром', '渡し船', '渡し船', '!!!', '¿?'])
      slugs.push((await done('POST', `/${path}`, { [label]: name })).slug)
    const [bare, second] = slugs.slice(6)
    expect(slugs.slice(0, 6)).toEqual(['faehre', 'faehre-2', 'fahre', 'parom', '渡し船', '渡し船-2'])
    expect(second).toBe(`${bare}-2`)
    await done('PATCH', `/${path}/parom`, { slug: 'ferry' })
    expect((await done('POST', `/${path}`, { [label]: 'Паром' })).slug).toBe('parom-2')
    expect((await done('POST', `/${path}`, { [label]: 'Ferry' })).slug).toBe('ferry-2')
  })

  test('are made with one slug each, however many come at once with one name', async () => {
    const answers = await Promise.all(
      Array.from({ length: 15 }, () => send('POST', `/${path}`, { [label]: 'At once' })),
    )
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(15).fill(201))
    expect(new Set(answers.map((answer) => answer.json().slug)).size).toBe(15)
  })

  test('take a slug that is given, or tell what is wrong with it', async () => {
    await done('POST', `/${path}`, { [label]: 'X', slug: 'given' })
    for (const slug of ['given', 'old-harbour']) {
      const taken = await send('POST', `/${path}`, { [label]: 'Y', slug })
      problemOf(taken, 409, 'SLUG_TAKEN')
      expect(pathsOf(taken)).toEqual(['/slug'])
    }
    for (const [slug, told] of [
      ['Not This', 'it would be "not-this"'],
      ['ñandú', 'it would be "nandu"'],
      [randomUUID(), 'it would be "a-'],
      ['!', 'no letter or digit'],
    ]) {
      const problem = problemOf(
        await send('POST', `/${path}`, { [label]: 'Y', slug }),
        400,
        'VALIDATION_FAILED',
      )
      expect(problem.errors?.[0]).toMatchObject({
        path: '/slug',
        message: expect.stringContaining(told as string),
      })
    }
  })

  test('keep every slug that they had, and nobody else gets it', async () => {
    const { id } = await done('POST', `/${path}`, { [label]: 'N', slug: 'first' })
    await done('PATCH', `/${path}/first`, { slug: 'second' })
    expect((await done('PATCH', `/${path}/${id}`, { slug: 'third' })).slug).toBe('third')
    for (const old of ['first', 'second']) {
      expect((await app.inject(`/v1/${path}/${old}`)).headers.location).toBe(`/v1/${path}/third`)
      problemOf(await send('POST', `/${path}`, { [label]: 'N', slug: old }), 409, 'SLUG_TAKEN')
      problemOf(await send('PATCH', `/${path}/given`, { slug: old }), 409, 'SLUG_TAKEN')
      // who writes by an old slug may mean something else
      expect(problemOf(await send('PATCH', `/${path}/${old}`, {}), 404, code).detail).toContain('"third"')
    }
    expect((await done('PATCH', `/${path}/third`, { slug: 'first' })).slug).toBe('first')
  })

  test('are changed member by member; what is so already changes nothing', async () => {
    const made = await done('POST', `/${path}`, { [label]: 'Before' })
    const words = path === 'authors' ? 'bio' : 'description'
    const changed = await done('PATCH', `/${path}/before`, { [words]: ' Some\r\nwords ' })
    expect(changed).toEqual({ ...made, [words]: 'Some\nwords' })
    const before = await sql`select count(*) from changes`
    expect(await done('PATCH', `/${path}/before`, { [words]: 'Some\nwords', [label]: 'Before' })).toEqual(
      changed,
    )
    expect(await done('PATCH', `/${path}/before`, {})).toEqual(changed)
    expect(await sql`select count(*) from changes`).toEqual(before)
    expect(await done('PATCH', `/${path}/before`, { [words]: null })).toEqual(made)
  })

  test.each([
    [{}, [`/${label}`]],
    [{ [label]: '' }, [`/${label}`]],
    [{ [label]: null }, [`/${label}`]],
    [{ [label]: '\u200b' }, [`/${label}`]],
    [{ [label]: 'x'.repeat(201) }, [`/${label}`]],
    [{ [label]: 'a\u0000b' }, [`/${label}`]],
    [{ [label]: 'X', slug: null }, ['/slug']],
    [{ [label]: 'X', colour: 'red' }, ['/colour']],
  ])('of another shape are refused with the place at fault: %j', async (body, paths) => {
    const before = await rowCounts(sql)
    const response = await send('POST', `/${path}`, body)
    problemOf(response, 400, 'VALIDATION_FAILED')
    expect(pathsOf(response)).toEqual(paths)
    expect(await rowCounts(sql)).toEqual(before)
  })

  test('are written with the scope content:write only', async () => {
    const reader = await keyHeaders(server, 'content:read')
    const sandbox = await server.deps.core.keys.create({
      name: 't',
      scopes: ['admin'],
      expiresAt: null,
      sandbox: true,
    })
    const before = await rowCounts(sql)
    for (const [method, url] of [
      ['POST', `/v1/${path}`],
      ['PATCH', `/v1/${path}/given`],
    ] as const) {
      const payload = { [label]: 'Z' }
      problemOf(await app.inject({ method, url, payload }), 401, 'AUTHENTICATION_FAILED')
      for (const key of [reader.authorization, `Bearer ${sandbox.key}`])
        problemOf(
          await app.inject({ method, url, payload, headers: { authorization: key } }),
          403,
          'FORBIDDEN',
        )
    }
    expect(await rowCounts(sql)).toEqual(before)
    problemOf(await send('PATCH', `/${path}/nothing`, {}), 404, code)
    problemOf(await send('PATCH', `/${path}/${randomUUID()}`, {}), 404, code)
  })

  test('are made once for each Idempotency-Key', async () => {
    const headers = { 'idempotency-key': `key-${randomUUID()}` }
    const first = await send('POST', `/${path}`, { [label]: 'Once' }, headers)
    const again = await send('POST', `/${path}`, { [label]: 'Once' }, headers)
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, 'true'])
    expect(again.json()).toEqual(first.json())
    problemOf(await send('POST', `/${path}`, { [label]: 'Twice' }, headers), 422, 'IDEMPOTENCY_KEY_REUSED')
    problemOf(
      await send('POST', `/${path}`, { [label]: 'X' }, { 'idempotency-key': 'x' }),
      400,
      'IDEMPOTENCY_KEY_INVALID',
    )
  })
})

describe('an author', () => {
  test('has a portrait, of which a part can be changed, and links', async () => {
    const links = [{ label: 'Home', url: 'https://ada.example' }]
    const avatar = { url: 'https://img.example/ada.jpg', alt: 'Ada', width: 40 }
    const made = await done('POST', '/authors', { name: 'Portrayed', avatar, links })
    expect(made.avatar).toEqual({ ...avatar, height: null, caption: '', credit: '' })
    expect(made.links).toEqual([{ label: 'Home', url: 'https://ada.example/' }])
    const url = `/authors/${made.id}`
    expect((await done('PATCH', url, { avatar: { width: null, credit: 'Ben' } })).avatar).toEqual({
      ...made.avatar,
      width: null,
      credit: 'Ben',
    })
    expect(await done('PATCH', url, { avatar: null, links: null })).toMatchObject({ avatar: null, links: [] })
    for (const [patch, path] of [
      [{ avatar: { alt: 'x' } }, '/avatar/url'],
      [{ avatar: { url: 'javascript:alert(1)' } }, '/avatar/url'],
      [{ links: [...links, { label: 'x', url: 'https://a:b@c.example' }] }, '/links/1/url'],
      [{ links: [{ label: '\u2060', url: 'https://c.example' }] }, '/links/0/label'],
    ] as const) {
      const refused = await send('PATCH', url, patch)
      problemOf(refused, 400, 'VALIDATION_FAILED')
      expect(pathsOf(refused)).toEqual([path])
    }
  })
})

describe('a category', () => {
  const expectOrder = async () => {
    expect(await wrongPaths(sql)).toEqual([])
    expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
    expect(await wrongCounts(sql)).toEqual([])
  }

  test('stands below another one, in the place that it is given', async () => {
    const top = await done('POST', '/categories', {
      name: 'Top',
      cover: { url: 'https://img.example/t.jpg' },
    })
    for (const [name, position] of [
      ['B', 1],
      ['A', 1],
      ['C', 0],
    ])
      await done('POST', '/categories', { name: `Below ${name}`, parentId: top.id.toUpperCase(), position })
    const { children, cover } = await read('/categories/top')
    expect(children.map(({ name }: { name: string }) => name)).toEqual(['Below C', 'Below A', 'Below B'])
    expect(cover.url).toBe('https://img.example/t.jpg')
    await done('PATCH', '/categories/below-c', { position: 7 })
    const { children: moved } = await read('/categories/top')
    expect(moved.map(({ name }: { name: string }) => name)).toEqual(['Below A', 'Below B', 'Below C'])
    expect(
      (await done('PATCH', '/categories/below-c', { parentId: null, position: null })).ancestors,
    ).toEqual([])
  })

  test('moves with everything below it, and the counts follow', async () => {
    const [a, b] = [await category(sql, 'move-a'), await category(sql, 'move-b')]
    const child = await category(sql, 'move-child', a)
    await article(sql, { categories: [await category(sql, 'move-leaf', child)] })
    const counts = async () => [
      (await read('/categories/move-a')).articleCountWithSubtree,
      (await read('/categories/move-b')).articleCountWithSubtree,
    ]
    expect(await counts()).toEqual([1, 0])
    const moved = await done('PATCH', '/categories/move-child', { parentId: b })
    expect(moved.ancestors.map(({ slug }: { slug: string }) => slug)).toEqual(['move-b'])
    expect(await counts()).toEqual([0, 1])
    for (const parentId of [child, (await read('/categories/move-leaf')).id]) {
      const refused = await send('PATCH', '/categories/move-child', { parentId })
      problemOf(refused, 409, 'CATEGORY_CYCLE')
      expect(pathsOf(refused)).toEqual(['/parentId'])
    }
    await expectOrder()
  })

  test('has a parent that exists', async () => {
    for (const response of [
      await send('POST', '/categories', { name: 'Orphan', parentId: randomUUID() }),
      await send('PATCH', '/categories/top', { parentId: await tag(sql, 'no-category') }),
    ]) {
      problemOf(response, 422, 'REFERENCE_NOT_FOUND')
      expect(pathsOf(response)).toEqual(['/parentId'])
    }
    expect(await sql`select from categories where name = 'Orphan'`).toHaveLength(0)
  })

  test('stands in one of ten levels, also when a subtree moves', async () => {
    let parentId = (await done('POST', '/categories', { name: 'Level 1' })).id
    for (let level = 2; level <= 10; level++)
      parentId = (await done('POST', '/categories', { name: `Level ${level}`, parentId })).id
    const tooDeep = await send('POST', '/categories', { name: 'Level 11', parentId })
    problemOf(tooDeep, 409, 'CATEGORY_TOO_DEEP')
    expect(pathsOf(tooDeep)).toEqual(['/parentId'])
    await done('PATCH', '/categories/level-10', { parentId: (await read('/categories/level-2')).id })
    const upper = await done('POST', '/categories', { name: 'Upper' })
    const lower = await done('POST', '/categories', { name: 'Lower', parentId: upper.id })
    // eight levels
    await done('PATCH', '/categories/level-2', { parentId: lower.id })
    const lowest = await done('POST', '/categories', { name: 'Lowest', parentId: lower.id })
    const refused = await send('PATCH', '/categories/level-2', { parentId: lowest.id })
    problemOf(refused, 409, 'CATEGORY_TOO_DEEP')
    expect(pathsOf(refused)).toEqual(['/parentId'])
    await expectOrder()
  })

  test('is one of 5,000 at most', async () => {
    const [row] = await sql`select 5000 - count(*)::int as room from categories`
    await sql`insert into categories (id, slug, name)
      select gen_random_uuid(), 'many-' || i, 'Many' from generate_series(1, ${row?.['room'] - 1}::int) i`
    await done('POST', '/categories', { name: 'The last one' })
    problemOf(await send('POST', '/categories', { name: 'One more' }), 409, 'CATEGORY_LIMIT')
    expect((await read('/categories?shape=flat')).data).toHaveLength(5000)
    await sql`delete from categories where name = 'Many'`
  })
})
