import { randomUUID } from 'node:crypto'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { Response } from 'light-my-request'
import { beforeAll, describe, expect, test } from 'vitest'
import { crawlRest, type Visit } from '../api/crawl.ts'
import { conversation, keyHeaders, newspaper } from '../api/support.ts'
import { startApp } from '../setup/app.ts'
import { comment, series } from '../setup/data.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database

interface Schema {
  $ref?: string
  properties?: Record<string, Schema>
  type?: string
  additionalProperties?: unknown
  examples?: unknown[]
}

interface Operation {
  operationId: string
  summary?: string
  tags: string[]
  security?: Record<string, unknown>[]
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[]
  requestBody?: {
    content: Record<
      string,
      { schema: Schema; example?: unknown; examples?: Record<string, { value: unknown }> }
    >
  }
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>
}

interface Document {
  openapi: string
  info: object
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, object> }
}

const document = (await app.inject('/openapi.json')).json<Document>()
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }))
ajv.addSchema(document, 'document')
const pointer = (...steps: string[]) =>
  steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')

/** Holds an answer against what the document says of it. */
function check(operationId: string, response: Response): void {
  const found = operations.find(({ operation }) => operation.operationId === operationId)
  if (!found) throw new Error(`${operationId} is not in the document`)
  const { path, method, operation } = found
  const status = String(response.statusCode)
  const described = operation.responses[status]
  expect([operationId, status, described !== undefined]).toEqual([operationId, status, true])
  const type = String(response.headers['content-type'] ?? '').split(';')[0] as string
  if (response.body === '') return
  expect(Object.keys(described?.content ?? {})).toContain(type)
  const schema = `document#${pointer('paths', path, method, 'responses', status, 'content', type, 'schema')}`
  const validate = ajv.getSchema(schema)
  if (!validate) throw new Error(`no schema at ${schema}`)
  validate(type === 'text/event-stream' ? response.body : response.json())
  expect([operationId, status, validate.errors ?? []]).toEqual([operationId, status, []])
}

const NOUNS = [
  ['categories', 'Category', 'name'],
  ['tags', 'Tag', 'name'],
  ['authors', 'Author', 'name'],
  ['series', 'Series', 'title'],
] as const

let visits: Visit[]
let editors: Visit[]
let moderators: Visit[]
beforeAll(async () => {
  const { ids, categories } = await newspaper(sql)
  await sql`update categories set slug = 'town' where id = ${categories.city}`
  await sql`update articles set subtitle = 'Sub', comment_policy = 'held', unpublish_at = '2999-01-01T00:00:00Z',
    seo = ${sql.json({ title: 'T', description: 'D', canonicalUrl: 'https://x.example', image: 'https://x.example/i', noindex: false })},
    cover = ${sql.json({ url: 'https://img.example/1.jpg', alt: 'Alt', width: 10, height: null, caption: 'C', credit: 'D' })}
    where slug = 'monday'`
  await sql`update articles set slug = 'tuesday-now' where slug = 'tuesday'`
  await sql`update articles set status = 'draft', published_at = null where slug = 'friday'`
  await sql`update categories set slug = 'city' where slug = 'town'`
  await sql`update categories set cover = ${sql.json({ url: 'https://img.example/2.jpg', alt: '', width: null, height: 9, caption: '', credit: '' })}
    where slug = 'docks'`
  await sql`update authors set avatar = ${sql.json({ url: 'https://img.example/b.jpg', alt: 'Ben', width: 1, height: 1, caption: '', credit: '' })},
    links = ${sql.json([{ label: 'Home', url: 'https://ben.example/' }])} where slug = 'ben'`
  await series(sql, 'walls', [ids.monday, ids.friday])
  const { first, second } = await conversation(sql, ids.monday)
  await sql`update comments set author_url = 'https://t.example/', edited_at = now() where id = ${first}`
  const pending = await comment(sql, ids.monday, { status: 'pending', email: 'p@x.example' })
  const reply = await comment(sql, ids.monday, { parentId: pending })
  await comment(sql, ids.monday, { parentId: reply })
  const rejected = await comment(sql, ids.monday, { status: 'rejected' })
  const hidden = await comment(sql, ids.monday, { parentId: rejected })
  const batch = randomUUID()
  await sql`insert into moderation_batches (id, actor) values (${batch}, 'key:x')`
  await sql`insert into moderation_batch_items values (${batch}, 0, ${first}, 'pending', 'links', false, 1)`
  const subjects = {
    articles: ['monday', 'tuesday', 'wednesday', 'friday', ids.monday, ids.friday, 'nothing'],
    categories: ['city', 'docks', 'town', 'sport', 'nowhere'],
    tags: ['boats', 'nowhere'],
    authors: ['ben', 'nowhere'],
    series: ['walls', 'nowhere'],
    comments: [first, second, pending, reply, rejected, hidden, 'not-an-id'],
    batches: [batch, first],
    versions: ['1', '99'],
    query: {
      include: [
        'adjacent',
        'comments',
        'adjacent.tags,comments,categories,authors,tags,headings,images,related,translations',
        'x',
      ],
      within: ['site', 'category:city', 'x'],
      sort: ['publishedAt', 'title', 'relevance', 'oldest', 'newest'],
      q: ['harbour', 'mon*'],
      fields: ['title', 'titel'],
      asOf: ['2027-01-01T00:00:00Z'],
      status: ['draft', 'any', 'x'],
      ids: ['x'],
      category: ['city', 'nowhere'],
      tag: ['boats'],
      author: ['ben'],
      locale: ['en', 'fr'],
      limit: ['1', '0'],
      count: ['3', 'exact'],
      replies: ['0', '2'],
      articles: ['monday,nothing', ','],
      after: ['x'],
      before: ['x'],
    },
  }
  const headersOf = async (...scopes: Parameters<typeof keyHeaders>[1][]) => ({
    authorization: (await keyHeaders(server, ...scopes)).authorization,
  })
  visits = await crawlRest(app, subjects)
  editors = await crawlRest(app, subjects, await headersOf('content:read'))
  moderators = await crawlRest(app, subjects, await headersOf('comments:moderate'))
  // some thousand requests, three times
}, 180_000)

/** Reads that are not for everybody. */
const RESERVED: Record<string, string> = {
  listModerationQueue: 'a moderator',
  getModeratedComment: 'a moderator',
  getModerationBatch: 'a moderator',
  listBans: 'a moderator',
  getWordLists: 'a moderator',
  getArticleDocument: 'an editor',
  listRevisions: 'an editor',
  getRevision: 'an editor',
  diffRevisions: 'an editor',
  listPreviewLinks: 'an editor',
  listOwnComments: 'an author',
  getSeriesOrder: 'an editor',
  getErasure: 'an operator',
}

describe('every answer is the one that the document describes', () => {
  test.each(['nobody', 'an editor', 'a moderator'])('to %s, refusals too', (who) => {
    const crawled = who === 'nobody' ? visits : who === 'an editor' ? editors : moderators
    for (const { operationId, response } of crawled) check(operationId, response)
    expect(crawled.filter(({ response }) => response.statusCode === 200).length).toBeGreaterThan(50)
    const answered = new Set(
      crawled.filter(({ response }) => response.statusCode === 200).map(({ operationId }) => operationId),
    )
    const reads = operations
      .filter(({ method }) => method === 'get')
      .map(({ operation }) => operation.operationId)
    const expected = reads.filter((id) => (RESERVED[id] ?? who) === who)
    expect([...answered].sort()).toEqual(expected.sort())
  })

  test('to an operator who exports and erases a person', async () => {
    const headers = await keyHeaders(server, 'comments:erase')
    const email = 'p@x.example'
    const send = (url: string) => app.inject({ method: 'POST', url, headers, payload: { email } })
    const exported = await send('/v1/privacy/exports')
    expect(exported.json().comments).not.toEqual([])
    check('exportPerson', exported)
    const erased = await send('/v1/privacy/erasures')
    expect(erased.json().comments).toBe(exported.json().comments.length)
    check('erasePerson', erased)
    check('getErasure', await app.inject({ url: `/v1/privacy/erasures/${erased.json().id}`, headers }))
  })

  test('to a list of nothing, and to a redirect', async () => {
    check('listArticles', await app.inject('/v1/articles?locale=xx'))
    const moved = await app.inject('/v1/articles/tuesday')
    expect(moved.statusCode).toBe(308)
    check('getArticle', moved)
  })

  test('to everything that may be written', async () => {
    const { authorization } = await keyHeaders(server, 'comments:moderate')
    const payload = { body: 'Words', author: { name: 'T', email: 't@x.example', url: 'https://t.example' } }
    for (const [slug, status] of [
      ['wednesday', 201],
      ['monday', 202],
      ['nothing', 404],
    ] as const) {
      const posted = await app.inject({ method: 'POST', url: `/v1/articles/${slug}/comments`, payload })
      expect(posted.statusCode).toBe(status)
      check('postComment', posted)
      if (status === 404) continue
      const { comment: own, receipt } = posted.json()
      const request = { url: `/v1/comments/${own.id}`, headers: { 'comment-receipt': receipt } }
      check('getComment', await app.inject(request))
      const mine = { ...request, url: `/v1/articles/${slug}/comments/mine` }
      check('listOwnComments', await app.inject(mine))
      check(
        'postComment',
        await app.inject({
          ...mine,
          method: 'POST',
          url: `/v1/articles/${slug}/comments`,
          payload: { ...payload, dryRun: true },
        }),
      )
      check(
        'editComment',
        await app.inject({ ...request, method: 'PATCH', payload: { body: 'Other words' } }),
      )
      check(
        'editComment',
        await app.inject({ ...request, headers: {}, method: 'PATCH', payload: { body: 'x' } }),
      )
      check('withdrawComment', await app.inject({ ...request, headers: {}, method: 'DELETE' }))
      const decide = async (action: string, revision: number, more: object = {}) =>
        check(
          'decideComments',
          await app.inject({
            method: 'POST',
            url: '/v1/moderation/decisions',
            headers: { authorization },
            payload: { decisions: [{ commentId: own.id, revision, action, ...more }] },
          }),
        )
      await decide('spam', 2)
      check('getComment', await app.inject(request))
      await decide('spam', 1)
      await decide('approve', 1)
      await decide('reject', 3)
      await decide('approve', 3)
      await decide('reject', 4, { reasonCode: 'abusive' })
      check('getComment', await app.inject(request))
      check('withdrawComment', await app.inject({ ...request, method: 'DELETE' }))
      check('getComment', await app.inject(request))
    }
    const editor = { authorization: (await keyHeaders(server, 'content:write')).authorization }
    for (const [path, id, label] of NOUNS) {
      const write = (method: 'POST' | 'PATCH' | 'DELETE', url: string, body?: object, headers = editor) =>
        app.inject({ method, url: `/v1/${path}${url}`, headers, ...(body && { payload: body }) })
      for (const body of [{ [label]: 'Made' }, { [label]: 'Made', slug: 'made' }, {}])
        check(`create${id}`, await write('POST', '', body))
      check(
        `create${id}`,
        await app.inject({ method: 'POST', url: `/v1/${path}`, payload: { [label]: 'x' } }),
      )
      for (const body of [{ slug: 'remade' }, { slug: 'made' }, { slug: 'Made' }])
        check(`edit${id}`, await write('PATCH', '/made', body))
      for (const url of ['/made?articles=move', '/nothing', '/made'])
        check(`delete${id}`, await write('DELETE', url))
      for (const slug of ['into', 'from']) await write('POST', '', { [label]: slug })
      for (const body of [{ into: 'nothing' }, { into: 'into' }, { into: 'into' }])
        check(`merge${id}`, await write('POST', '/from/merge', body))
    }
    check(
      'deleteCategory',
      await app.inject({ method: 'DELETE', url: '/v1/categories/city', headers: editor }),
    )
    for (const body of [{}, { ...payload, parentId: 'x' }]) {
      check(
        'postComment',
        await app.inject({ method: 'POST', url: '/v1/articles/wednesday/comments', payload: body }),
      )
    }
    check(
      'decideComments',
      await app.inject({ method: 'POST', url: '/v1/moderation/decisions', payload: {} }),
    )
  })

  test('to everything that moderators write', async () => {
    const { authorization } = await keyHeaders(server, 'comments:moderate')
    const [row] = await sql`select id from articles where slug = 'monday'`
    const id = await comment(sql, row?.['id'], { status: 'pending' })
    const request = async (
      operationId: string,
      method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
      url: string,
      payload?: object,
      headers: Record<string, string> = {},
    ) => {
      const response = await app.inject({
        method,
        url: `/v1/moderation${url}`,
        headers: { authorization, ...headers },
        ...(payload && { payload }),
      })
      check(operationId, response)
      return response
    }
    const decisions = [{ commentId: id, revision: 1, action: 'approve' }]
    const key = { 'idempotency-key': 'decided once, at most'.replaceAll(' ', '-') }
    await request('decideComments', 'POST', '/decisions', { decisions, dryRun: true })
    const { batchId } = (await request('decideComments', 'POST', '/decisions', { decisions }, key)).json()
    await request('decideComments', 'POST', '/decisions', { decisions: [...decisions, ...decisions] }, key)
    for (const to of [batchId, batchId, id, 'x'])
      await request('undoModerationBatch', 'POST', `/batches/${to}/undo`)
    for (const [to, body] of [
      [id, { body: 'x', revision: 3 }],
      [id, { body: 'x', revision: 1 }],
      [id, {}],
      [batchId, { body: 'x', revision: 1 }],
    ] as const)
      await request('editModeratedComment', 'PATCH', `/comments/${to}`, body)
    await sql`update comment_private set author_key = 'x' where comment_id = ${id}`
    const ban = { until: '2030-01-01T00:00:00Z', reason: 'Spam' }
    const bans = [
      await request('createBans', 'POST', '/bans', { ...ban, commentId: id, kinds: ['author'] }),
      await request('createBans', 'POST', '/bans', { ...ban, emailDomain: 'gmail.com' }),
      await request('createBans', 'POST', '/bans', ban),
    ]
    expect(bans.map(({ statusCode }) => statusCode)).toEqual([201, 422, 400])
    for (const to of [bans[0]?.json().data[0].id, id, 'x']) await request('liftBan', 'DELETE', `/bans/${to}`)
    for (const [to, policy] of [
      [id, 'held'],
      [id, 'x'],
      [batchId, null],
    ])
      await request('setAuthorPolicy', 'PUT', `/comments/${to}/author-policy`, { policy })
    const lists = { banned: ['one'], suspect: [], reserved: [] }
    for (const ifMatch of ['*', '"0"', undefined])
      await request('replaceWordLists', 'PUT', '/words', lists, ifMatch ? { 'if-match': ifMatch } : {})
    check(
      'reportComment',
      await app.inject({ method: 'POST', url: `/v1/comments/${id}/reports`, payload: { reason: 'other' } }),
    )
    const subject = { ...(await keyHeaders(server, 'comments:write')), 'comment-subject': 'ada' }
    for (const to of [id, batchId]) {
      const url = `/v1/comments/${to}/reports`
      const payload = { reason: 'other' }
      check('reportComment', await app.inject({ method: 'POST', url, payload, headers: subject }))
    }
  })
})

describe('what an editor writes is answered as the document describes', () => {
  const request = async (
    operationId: string,
    method: 'POST' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
    more: Record<string, string> = {},
  ) => {
    const { authorization } = await keyHeaders(server, 'content:write', 'content:read')
    const headers = { authorization, 'if-match': '*', ...more }
    const response = await app.inject({ method, url: `/v1${url}`, headers, ...(payload && { payload }) })
    check(operationId, response)
    return response
  }

  test('articles, and what is refused', async () => {
    const input = {
      title: 'Written',
      cover: { url: 'https://img.example/1.jpg' },
      seo: { title: 'T' },
      tags: ['boats'],
      adjacent: { site: { next: 'monday' } },
    }
    const { id } = (await request('createArticle', 'POST', '/articles', input)).json()
    for (const body of [{}, { title: 'x', slug: 'monday' }, { title: 'x', tags: ['none'] }])
      await request('createArticle', 'POST', '/articles', body)
    await request('createArticle', 'POST', '/articles', input, { authorization: 'Bearer x' })
    await request('updateArticle', 'PATCH', `/articles/${id}`, { subtitle: 'S', adjacent: null })
    await request('updateArticle', 'PATCH', `/articles/${id}`, {}, { 'if-match': '"9"' })
    await request('updateArticle', 'PATCH', `/articles/${id}`, {}, { 'if-match': '9' })
    await request('updateArticle', 'PATCH', '/articles/nothing', {})
  })

  test('an old version that is restored', async () => {
    const { id } = (await request('createArticle', 'POST', '/articles', { title: 'Old' })).json()
    await request('updateArticle', 'PATCH', `/articles/${id}`, { title: 'New' })
    const restore = (n: number | string) =>
      request('restoreRevision', 'POST', `/articles/${id}/revisions/${n}/restore`)
    expect((await restore(1)).json()).toMatchObject({ title: 'Old', version: 3, dropped: [] })
    expect((await restore(9)).statusCode).toBe(404)
    expect((await restore('x')).statusCode).toBe(400)
  })

  test('many articles at once, whatever becomes of each', async () => {
    const operations = [
      { op: 'create', document: { title: 'Bulk' } },
      { op: 'create', document: { titel: 'Bulk' } },
      { op: 'update', ref: 'monday', ifMatch: 99, patch: {} },
      { op: 'restore', ref: 'monday', ifMatch: '*' },
      { op: 'trash', ref: 'friday', ifMatch: '*' },
      { op: 'purge', ref: 'friday', ifMatch: '*' },
    ]
    const response = await request('writeArticles', 'POST', '/bulk/articles', { operations })
    const { results } = response.json<{ results: { status: number }[] }>()
    expect(results.map(({ status }) => status)).toEqual([201, 400, 412, 409, 200, 204])
    await request('writeArticles', 'POST', '/bulk/articles', { operations: [] })
  })

  test('preview links', async () => {
    const path = '/articles/monday/preview-links'
    const made = await request('createPreviewLink', 'POST', path, { expiresIn: 60 })
    const { id } = made.json()
    await request('createPreviewLink', 'POST', path, { expiresIn: 1 })
    await request('revokePreviewLink', 'DELETE', `${path}/${id}`)
    const { authorization } = await keyHeaders(server, 'content:read')
    check('listPreviewLinks', await app.inject({ url: `/v1${path}`, headers: { authorization } }))
    await request('revokePreviewLink', 'DELETE', `${path}/${id.replaceAll(/[0-9]/g, '0')}`)
    await request('revokePreviewLink', 'DELETE', `${path}/x`)
  })

  test('every action, also where the state does not take it', async () => {
    const { id } = (await request('createArticle', 'POST', '/articles', { title: 'Moved' })).json()
    const day = (year: number) => `${year}-01-01T00:00:00Z`
    const act = (action: string, payload?: object) =>
      request(`${action}Article`, 'POST', `/articles/${id}/${action}`, payload)
    const statuses = [
      await act('publish'),
      await act('publish', { publishedAt: day(2999) }),
      await act('schedule', { publishedAt: day(2999), unpublishAt: day(3999) }),
      await act('schedule', {}),
      await act('unpublish'),
      await act('unpublish', { at: day(2999) }),
      await act('archive'),
      await act('purge'),
      await request('trashArticle', 'DELETE', `/articles/${id}`),
      await act('restore'),
      await act('restore'),
      await request('trashArticle', 'DELETE', `/articles/${id}`),
      await act('purge'),
    ].map(({ statusCode }) => statusCode)
    expect(statuses).toEqual([200, 422, 200, 400, 200, 409, 200, 409, 200, 200, 409, 200, 204])
  })
})

describe('the document', () => {
  test('is OpenAPI 3.1, with JSON Schema as 3.1 knows it', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/)
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) })
    const text = JSON.stringify(document)
    expect(text).not.toContain('"nullable"')
    expect(text).not.toContain('"$id"')
    expect(text).not.toMatch(/"exclusiveM(?:in|ax)imum":(?:true|false)/)
    const names = Object.keys(document.components.schemas)
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
      expect(names).toContain(name)
    expect(text.match(/"\$ref":"(?!#\/components\/)/)).toBeNull()
    for (const schema of Object.values(document.components.schemas)) {
      expect(ajv.validateSchema(schema as object)).toBe(true)
    }
  })

  test('names every operation once, with a summary, known tags and security, and its path parameters', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const tags = document.tags.map(({ name }) => name)
    for (const { path, operation } of operations) {
      expect(operation.summary).toMatch(/^[A-Z]/)
      for (const tag of operation.tags) expect(tags).toContain(tag)
      for (const scheme of (operation.security ?? []).flatMap(Object.keys)) {
        expect(Object.keys(document.components.securitySchemes)).toContain(scheme)
      }
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(declared.map(({ name }) => name)).toEqual(inPath)
      for (const { required } of declared) expect(required).toBe(true)
      for (const { name, schema } of operation.parameters ?? [])
        expect([name, typeof schema]).toEqual([name, 'object'])
    }
  })

  test('describes every answer; a refusal is a problem', () => {
    for (const { operation } of operations) {
      const statuses = Object.keys(operation.responses)
      expect(statuses.some((status) => status.startsWith('2'))).toBe(true)
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        expect(description).not.toBe('')
        if (Number(status) < 400) continue
        expect(content).toEqual({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        })
      }
    }
  })

  test('closes every shape of an answer: what is not named cannot leave', () => {
    const open: string[] = []
    const walk = (value: unknown, path: string): void => {
      if (value === null || typeof value !== 'object') return
      const schema = value as Schema
      if (schema.type === 'object' && schema.properties && schema.additionalProperties !== false)
        open.push(path)
      for (const [name, item] of Object.entries(value)) walk(item, `${path}/${name}`)
    }
    const { Problem: _, ...shapes } = document.components.schemas
    walk(shapes, '')
    for (const { path, method, operation } of operations) {
      walk(operation.requestBody, `${method} ${path} request`)
      walk(operation.responses['200'], `${method} ${path} 200`)
    }
    expect(open).toEqual([])
  })

  test('refuses an answer with one field more, wherever it stands', async () => {
    const response = await app.inject('/v1/articles/monday?include=adjacent,comments')
    const validate = ajv.getSchema('document#/components/schemas/Article')
    const body = response.json()
    expect(validate?.(body)).toBe(true)
    expect(validate?.({ ...body, email: 'x' })).toBe(false)
    expect(
      validate?.({ ...body, adjacent: { ...body.adjacent, next: { ...body.adjacent.next, status: 'x' } } }),
    ).toBe(false)
    const [thread] = body.comments.data
    const comments = { ...body.comments, data: [{ ...thread, email: 'x' }] }
    expect(validate?.({ ...body, comments })).toBe(false)
  })

  test('gives examples of what to send, and each is one', () => {
    let examples = 0
    for (const { path, method, operation } of operations) {
      for (const [type, content] of Object.entries(operation.requestBody?.content ?? {})) {
        const validate = ajv.getSchema(
          `document#${pointer('paths', path, method, 'requestBody', 'content', type, 'schema')}`,
        )
        const { schema } = content
        const shape = schema.$ref
          ? document.components.schemas[schema.$ref.split('/').at(-1) as string]
          : schema
        const given = [
          ...(content.example === undefined ? [] : [content.example]),
          ...Object.values(content.examples ?? {}).map(({ value }) => value),
          ...(shape?.examples ?? []),
        ]
        expect([operation.operationId, given.length > 0]).toEqual([operation.operationId, true])
        for (const example of given) {
          validate?.(example)
          expect([operation.operationId, validate?.errors ?? []]).toEqual([operation.operationId, []])
          examples++
        }
      }
    }
    expect(examples).toBeGreaterThanOrEqual(3)
  })
})
