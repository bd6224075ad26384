import { describe, expect, test } from 'vitest'
import { startApp } from '../../setup/app.ts'
import { article, series, tag } from '../../setup/data.ts'
import { keyHeaders, newspaper, problemOf } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const { ids, tags, authors } = await newspaper(sql)
const walls = await series(sql, 'walls', [ids.friday, ids.monday])
await tag(sql, 'unused')
await article(sql, {
  slug: 'coming',
  publishedAt: '2998-01-01T00:00:00Z',
  tags: [tags.boats],
  authors: [authors.ada],
})
await article(sql, { slug: 'kept', status: 'draft', tags: [tags.boats] })
await sql`update authors set bio = 'Writes.', links = ${sql.json([{ label: 'Home', url: 'https://ada.example/' }])},
  avatar = ${sql.json({ url: 'https://img.example/a.jpg', alt: 'Ada', width: 1, height: 1, caption: '', credit: '' })}
  where slug = 'ada'`

const read = async (url: string, headers: Record<string, string> = {}) => {
  const response = await app.inject({ url, headers })
  expect([url, response.statusCode]).toEqual([url, 200])
  return response.json()
}
const ALL = [
  ['tags', tags.boats, 'boats', 'TAG_NOT_FOUND'],
  ['authors', authors.ada, 'ada', 'AUTHOR_NOT_FOUND'],
  ['series', walls, 'walls', 'SERIES_NOT_FOUND'],
] as const

describe('tags, authors and series', () => {
  test('are lists by name, each with its visible articles', async () => {
    const { data, page } = await read('/v1/tags')
    expect(data).toEqual([
      { id: tags.boats, slug: 'boats', name: 'boats', description: '', articleCount: 3 },
      { id: expect.any(String), slug: 'unused', name: 'unused', description: '', articleCount: 0 },
    ])
    expect(page).toEqual({ next: null, previous: null, hasNext: false, hasPrevious: false })
    expect((await read('/v1/series')).data).toEqual([
      { id: walls, slug: 'walls', title: 'walls', description: '', articleCount: 2 },
    ])
    expect((await read('/v1/authors')).data.map(({ slug }: { slug: string }) => slug)).toEqual(['ada', 'ben'])
  })

  test('leave out what has no visible article with hideEmpty', async () => {
    expect((await read('/v1/tags?hideEmpty=true')).data).toHaveLength(1)
  })

  test('are counted where that is asked for', async () => {
    for (const count of ['estimated', 'exact']) {
      expect((await read(`/v1/tags?limit=1&count=${count}`)).page).toMatchObject({ count: 2, hasNext: true })
      expect((await read(`/v1/tags?hideEmpty=true&count=${count}`)).page.count).toBe(1)
    }
    expect((await read('/v1/tags?count=none')).page).not.toHaveProperty('count')
  })

  test('an author has a portrait and addresses', async () => {
    expect(await read('/v1/authors/ada')).toEqual({
      id: authors.ada,
      slug: 'ada',
      name: 'ada',
      bio: 'Writes.',
      avatar: { url: 'https://img.example/a.jpg', alt: 'Ada', width: 1, height: 1, caption: '', credit: '' },
      links: [{ label: 'Home', url: 'https://ada.example/' }],
      articleCount: 1,
    })
  })

  test.each(ALL)(
    '%s: one is read by id and by slug; by an old slug it redirects',
    async (path, id, slug, code) => {
      const one = await read(`/v1/${path}/${slug}`)
      expect(one.id).toBe(id)
      expect(await read(`/v1/${path}/${id.toUpperCase()}`)).toEqual(one)
      await sql`update ${sql(path)} set slug = 'änders' where id = ${id}`
      await sql`update ${sql(path)} set slug = 'wieder' where id = ${id}`
      for (const old of [slug, 'änders']) {
        const moved = await app.inject(`/v1/${path}/${encodeURIComponent(old)}?`)
        expect([moved.statusCode, moved.headers.location, moved.body]).toEqual([
          308,
          `/v1/${path}/wieder`,
          '',
        ])
      }
      await sql`update ${sql(path)} set slug = ${slug} where id = ${id}`
      expect((await app.inject(`/v1/${path}/wieder`)).headers.location).toBe(`/v1/${path}/${slug}`)
      problemOf(await app.inject(`/v1/${path}/nothing`), 404, code)
      problemOf(await app.inject(`/v1/${path}/00000000-0000-4000-8000-000000000000`), 404, code)
    },
  )
})

describe('asOf', () => {
  const urls = [
    '/v1/categories',
    '/v1/categories/city',
    ...ALL.flatMap(([path, , slug]) => [`/v1/${path}`, `/v1/${path}/${slug}`]),
  ]

  test.each(urls)('is for those who see what is scheduled: %s', async (url) => {
    const asked = `${url}?asOf=2998-06-01T00:00:00Z`
    const { errors } = problemOf(await app.inject(asked), 401, 'AUTHENTICATION_FAILED')
    expect(errors).toEqual([{ path: '/asOf', message: 'needs the scope content:read' }])
    const { authorization } = await keyHeaders(server, 'comments:moderate')
    const refused = problemOf(await app.inject({ url: asked, headers: { authorization } }), 403, 'FORBIDDEN')
    expect(refused.errors?.[0]?.path).toBe('/asOf')
  })

  test('counts what will be there, and what was', async () => {
    const { authorization } = await keyHeaders(server, 'content:read')
    const count = async (moment: string) =>
      (await read(`/v1/tags/boats?asOf=${moment}`, { authorization })).articleCount
    expect(await count('2998-06-01T00:00:00Z')).toBe(4)
    expect(await count('2026-03-02T06:00:00Z')).toBe(1)
    expect(await count('2026-03-02T07:59:59%2B02:00')).toBe(0)
    const { page } = await read('/v1/tags?hideEmpty=true&count=exact&asOf=2025-01-01T00:00:00Z', {
      authorization,
    })
    expect(page.count).toBe(0)
  })

  test.each(['x', '0000-06-01T00:00:00Z', '2026-01-01T23:59:60Z', '2026-02-30T00:00:00Z', '2026-01-01'])(
    'takes moments only: %s',
    async (moment) => {
      const { authorization } = await keyHeaders(server, 'content:read')
      const response = await app.inject({ url: `/v1/tags?asOf=${moment}`, headers: { authorization } })
      expect(problemOf(response, 400, 'VALIDATION_FAILED').errors?.[0]?.path).toBe('/asOf')
    },
  )
})

test('an answer to a key is kept by nobody', async () => {
  const { authorization } = await keyHeaders(server, 'content:read')
  for (const url of [
    '/v1/tags',
    '/v1/tags/boats',
    '/v1/authors',
    '/v1/series/walls',
    '/v1/categories/city',
  ]) {
    const response = await app.inject({ url, headers: { authorization } })
    expect(response.headers['cache-control']).toBe('private, no-store')
    expect((await app.inject(url)).headers['cache-control']).toBe('public, max-age=0, must-revalidate')
  }
})

test('a cursor of another list is refused', async () => {
  const { next } = (await read('/v1/tags?limit=1')).page
  for (const url of ['/v1/authors?', '/v1/tags?hideEmpty=true&'])
    problemOf(await app.inject(`${url}after=${next}`), 400, 'CURSOR_INVALID')
  expect((await read(`/v1/tags?limit=1&count=exact&after=${next}`)).page).toMatchObject({
    hasPrevious: true,
    count: 2,
  })
})

test('an old slug of a category redirects, through a chain of names, with the query', async () => {
  await sql`update categories set slug = 'seaport' where slug = 'harbour'`
  await sql`update categories set slug = 'port' where slug = 'seaport'`
  for (const old of ['harbour', 'seaport']) {
    const { statusCode, headers } = await app.inject(`/v1/categories/${old}`)
    expect([statusCode, headers.location]).toEqual([308, '/v1/categories/port'])
  }
  expect((await read('/v1/categories/port')).slug).toBe('port')
})
