import { expect, test } from 'vitest'
import type { WrittenArticle } from '../../../src/shapes/article-writing.ts'
import type { Revision } from '../../../src/shapes/revisions.ts'
import { startApp } from '../../setup/app.ts'
import { article, author, category, tag } from '../../setup/data.ts'
import { keyHeaders, problemOf } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const editor = await keyHeaders(server, 'content:read', 'content:write')
const writer = await keyHeaders(server, 'content:write')
const moderator = await keyHeaders(server, 'comments:moderate')
const { authorization } = editor

const get = (url: string, headers: Record<string, string> = { authorization }) =>
  app.inject({ url: `/v1/articles/${url}`, headers })
const post = (url: string, payload?: object, ifMatch = '*') =>
  app.inject({
    method: 'POST',
    url: `/v1/articles${url}`,
    headers: { authorization, 'if-match': ifMatch },
    ...(payload && { payload }),
  })
const patch = async (id: string, payload: object): Promise<WrittenArticle> => {
  const headers = { authorization, 'if-match': '*' }
  const response = await app.inject({ method: 'PATCH', url: `/v1/articles/${id}`, headers, payload })
  expect([response.statusCode, response.body]).toEqual([200, expect.any(String)])
  return response.json()
}
const create = async (payload: object): Promise<WrittenArticle> => (await post('', payload)).json()

test('the versions of an article are a list like all others, newest first', async () => {
  const { id } = await create({ title: 'Listed' })
  for (const n of [2, 3, 4, 5]) await patch(id, { title: `Listed ${n}` })
  await post(`/${id}/publish`)
  const all = (await get(`${id}/revisions`)).json<{ data: Revision[]; page: object }>()
  expect(all.data.map(({ version }) => version)).toEqual([6, 5, 4, 3, 2, 1])
  expect(all.data[0]).toMatchObject({ status: 'published', actor: `key:${editor.id}`, unpublishAt: null })
  expect(all.data[1]).toMatchObject({ status: 'draft', publishedAt: null })
  expect(all.data[0]).not.toHaveProperty('document')
  const walked: Revision[] = []
  let url: string | null = `${id}/revisions?limit=4`
  while (url) {
    const response = await get(url)
    const { data, page } = response.json<{ data: Revision[]; page: { next: string | null } }>()
    walked.push(...data)
    if (page.next) expect(response.headers['link']).toContain('rel="next"')
    url = page.next && `${id}/revisions?limit=4&after=${page.next}`
  }
  expect(walked).toEqual(all.data)
  const last = (await get(`${id}/revisions?limit=4`)).json().page.next
  const { data: back } = (await get(`${id}/revisions?limit=2&before=${last}`)).json()
  expect(back.map(({ version }: Revision) => version)).toEqual([5, 4])
  const { id: other } = await create({ title: 'Other' })
  problemOf(await get(`${other}/revisions?after=${last}`), 400, 'CURSOR_INVALID')
})

test('a version says what the article was, and a comparison where it differs', async () => {
  const { id, document } = await create({
    title: 'One',
    body: { format: 'text', source: 'a\nb' },
    seo: { title: 'T' },
  })
  await patch(id, { body: { source: 'a\nc' }, seo: { title: null, noindex: true } })
  await patch(id, { title: 'Three' })
  expect((await get(`${id}/revisions/1`)).json()).toMatchObject({ version: 1, status: 'draft', document })
  const expected = [
    { path: '/body/source', before: 'a\nb', after: 'a\nc' },
    { path: '/seo/title', before: 'T' },
    { path: '/seo/noindex', after: true },
  ]
  const two = (await get(`${id}/revisions/1/diff?with=2`)).json()
  expect(two).toMatchObject({ from: 1, to: 2, changes: expect.arrayContaining(expected) })
  expect(two.changes).toHaveLength(3)
  const now = (await get(`${id}/revisions/2/diff`)).json()
  expect(now).toEqual({ from: 2, to: 3, changes: [{ path: '/title', before: 'One', after: 'Three' }] })
  expect((await get(`${id}/revisions/3/diff?with=3`)).json().changes).toEqual([])
  const back = (await get(`${id}/revisions/3/diff?with=2`)).json()
  expect(back.changes).toEqual([{ path: '/title', before: 'Three', after: 'One' }])
})

test('an old version becomes the newest; state and dates stay', async () => {
  const boats = await tag(sql, 'boats')
  const { id, document } = await create({ title: 'Before', tags: ['boats'], body: { source: 'Old *words*' } })
  await patch(id, { title: 'After', tags: [], body: { source: 'New' }, slug: 'after' })
  const { publishedAt } = (await post(`/${id}/publish`)).json<WrittenArticle>()
  problemOf(await post(`/${id}/revisions/1/restore`, undefined, '"2"'), 412, 'VERSION_STALE')
  const response = await post(`/${id}/revisions/1/restore`, undefined, '"3"')
  expect([response.statusCode, response.headers['etag']]).toEqual([200, '"4"'])
  expect(response.json()).toMatchObject({
    version: 4,
    status: 'published',
    publishedAt,
    excerpt: 'Old words',
    document: { ...document, tags: [boats] },
    dropped: [],
  })
  // once more it is that already
  expect((await post(`/${id}/revisions/1/restore`)).json()).toMatchObject({ version: 4, dropped: [] })
})

test('what is gone meanwhile is left out and told', async () => {
  const [harbour, sport] = [await category(sql, 'harbour'), await category(sql, 'sport')]
  const [gone, ada] = [await tag(sql, 'gone'), await author(sql, 'ada')]
  const [target, original] = [await article(sql), await article(sql, { locale: 'de' })]
  const { id } = await create({
    title: 'Rich',
    slug: 'rich',
    authors: [ada],
    tags: [gone],
    categories: [harbour, sport],
    translationOf: original,
    adjacent: {
      site: { previous: target, next: original },
      [`category:${sport}`]: { next: original },
      [`tag:${gone}`]: { next: original },
    },
  })
  await patch(id, { tags: [], categories: [harbour], translationOf: null, adjacent: null, slug: 'poor' })
  await sql`delete from tags where id = ${gone}`
  await sql`delete from articles where id = ${target}`
  await sql`delete from slugs where slug = 'rich'`
  await article(sql, { slug: 'rich' })
  const restored = (await post(`/${id}/revisions/1/restore`)).json()
  expect(restored.document).toMatchObject({
    slug: 'poor',
    authors: [ada],
    tags: [],
    categories: [harbour, sport],
    translationOf: original,
    adjacent: { site: { next: original }, [`category:${sport}`]: { next: original } },
  })
  expect(restored.document.adjacent).not.toHaveProperty(`tag:${gone}`)
  expect(restored.dropped).toHaveLength(4)
  expect(restored.dropped).toEqual(
    expect.arrayContaining([
      { path: '/tags/0', value: gone },
      { path: `/adjacent/tag:${gone}`, value: gone },
      { path: '/adjacent/site/previous', value: target },
      { path: '/slug', value: 'rich' },
    ]),
  )
})

test('a group of translations outlives its original in every version', async () => {
  const original = await article(sql)
  const { id } = await create({ title: 'Übersetzt', locale: 'de', translationOf: original })
  await sql`delete from articles where id = ${original}`
  expect((await patch(id, { title: 'Neu' })).document.translationOf).toBe(original)
  expect((await post(`/${id}/revisions/1/restore`)).json()).toMatchObject({
    document: { title: 'Übersetzt', translationOf: original },
    dropped: [],
  })
})

test('an import makes versions too', async () => {
  const run = (title: string) =>
    server.deps.core.imports.run(
      [
        {
          kind: 'article',
          where: 'line 1',
          externalId: 'a1',
          title,
          body: { format: 'html', source: '<p>Words</p>' },
          status: 'published',
          publishedAt: '2026-01-01T00:00:00Z',
          authors: [],
          categories: [],
          tags: [{ name: 'Sea' }],
        },
      ],
      { source: 'test', locale: 'en', dryRun: false, onFault: () => {}, onProgress: () => {} },
    )
  await run('Imported')
  await run('Imported again')
  await patch('imported', { subtitle: 'By hand' })
  const { data } = (await get('imported/revisions')).json<{ data: Revision[] }>()
  expect(data.map(({ version, actor }) => [version, actor])).toEqual([
    [3, `key:${editor.id}`],
    [2, 'cli'],
    [1, 'cli'],
  ])
  expect((await get('imported/revisions/1/diff')).json().changes).toEqual(
    [
      { path: '/title', before: 'Imported', after: 'Imported again' },
      { path: '/subtitle', before: null, after: 'By hand' },
    ].toSorted((a, b) => (a.path < b.path ? 1 : -1)),
  )
})

test('versions are for editors, and of articles that are there', async () => {
  const { id } = await create({ title: 'Closed' })
  for (const path of ['revisions', 'revisions/1', 'revisions/1/diff']) {
    problemOf(await get(`${id}/${path}`, {}), 401, 'AUTHENTICATION_FAILED')
    problemOf(await get(`${id}/${path}`, moderator), 403, 'FORBIDDEN')
    problemOf(await get(`nothing/${path}`), 404, 'ARTICLE_NOT_FOUND')
  }
  for (const path of ['revisions/2', 'revisions/2/diff', 'revisions/1/diff?with=2'])
    problemOf(await get(`${id}/${path}`), 404, 'REVISION_NOT_FOUND')
  for (const path of ['revisions/0', 'revisions/x', 'revisions/2147483648', 'revisions/1/diff?with=0'])
    problemOf(await get(`${id}/${path}`), 400, 'VALIDATION_FAILED')
  const reader = await keyHeaders(server, 'content:read')
  const url = `/v1/articles/${id}/revisions/1/restore`
  problemOf(await app.inject({ method: 'POST', url }), 401, 'AUTHENTICATION_FAILED')
  problemOf(await app.inject({ method: 'POST', url, headers: reader }), 403, 'FORBIDDEN')
  problemOf(await app.inject({ method: 'POST', url, headers: writer }), 428, 'PRECONDITION_REQUIRED')
})
