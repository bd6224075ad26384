import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCore } from '../../../src/core/core.ts'
import { metered } from '../../../src/lib/meter.ts'
import { createSecrets } from '../../../src/lib/secrets.ts'
import type { MadePreviewLink, PreviewLink } from '../../../src/shapes/preview-links.ts'
import { startApp } from '../../setup/app.ts'
import { article } from '../../setup/data.ts'
import { keyHeaders, problemOf } from '../support.ts'

const server = await startApp({ ARTICLE_URL: 'https://paper.example/{locale}/{slug}' })
const { app, database, deps } = server
const { sql } = database
const { previews } = deps.core
const editor = await keyHeaders(server, 'content:read', 'content:write')
const { authorization } = editor

const create = (ref: string, payload?: object, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: `/v1/articles/${ref}/preview-links`,
    headers: { authorization, ...headers },
    ...(payload && { payload }),
  })
const made = async (ref: string, payload?: object): Promise<MadePreviewLink> => {
  const response = await create(ref, payload)
  expect([response.statusCode, response.headers['cache-control']]).toEqual([201, 'no-store'])
  return response.json()
}
const list = async (ref: string, query = '') => {
  const url = `/v1/articles/${ref}/preview-links${query}`
  const response = await app.inject({ url, headers: { authorization } })
  return response.json<{ data: PreviewLink[]; page: { next: string | null } }>()
}
const revoke = (ref: string, id: string) =>
  app.inject({ method: 'DELETE', url: `/v1/articles/${ref}/preview-links/${id}`, headers: { authorization } })
const NOT_FOUND = { code: 'PREVIEW_NOT_FOUND' }

describe('a preview link', () => {
  test('leads to one article, whatever its state, for a week unless told', async () => {
    const id = await article(sql, { slug: 'drafted', status: 'draft', publishedAt: null })
    const link = await made('drafted')
    expect(link.token).toMatch(/^bsp_[0-9a-f]{32}_[\w-]{72}$/)
    expect(link.token).toContain(link.id.replaceAll('-', ''))
    expect(link.url).toBe(`https://paper.example/en/drafted?preview=${link.token}`)
    expect(Date.parse(link.expiresAt) - Date.parse(link.createdAt)).toBe(7 * 86_400_000)
    expect(await previews.articleOf(link.token)).toBe(id)
    const short = await made(id, { expiresIn: 60 })
    expect(Date.parse(short.expiresAt) - Date.parse(short.createdAt)).toBe(60_000)
  })

  test('is made once for an Idempotency-Key, and presented with its token again', async () => {
    await article(sql, { slug: 'keyed' })
    const headers = { 'idempotency-key': 'one-preview-link-only' }
    const [first, again] = [await create('keyed', {}, headers), await create('keyed', {}, headers)]
    expect(again.json()).toEqual(first.json())
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect((await list('keyed')).data).toHaveLength(1)
    problemOf(await create('keyed', { expiresIn: 61 }, headers), 422, 'IDEMPOTENCY_KEY_REUSED')
  })

  test('shows nothing once it is revoked, over, or its article is gone; all alike, as for a forged one', async () => {
    const id = await article(sql, { slug: 'shown' })
    const [one, two, three] = [await made('shown'), await made('shown'), await made('shown')]
    expect((await revoke('shown', one.id.toUpperCase())).statusCode).toBe(204)
    expect((await revoke('shown', one.id)).statusCode).toBe(204)
    await expect(previews.articleOf(one.token)).rejects.toMatchObject(NOT_FOUND)
    await sql`update preview_links set expires_at = now() where id = ${two.id}`
    await expect(previews.articleOf(two.token)).rejects.toMatchObject(NOT_FOUND)
    expect(await previews.articleOf(three.token)).toBe(id)
    await sql`delete from articles where id = ${id}`
    await expect(previews.articleOf(three.token)).rejects.toMatchObject(NOT_FOUND)
    const messages = await Promise.all(
      [one.token, two.token, three.token, 'bsp_', ''].map((token) =>
        previews.articleOf(token).then(
          () => 'shown',
          (error: Error) => error.message,
        ),
      ),
    )
    expect(new Set(messages).size).toBe(1)
  })

  test('with any letter changed is refused before the database is asked', async () => {
    await article(sql, { slug: 'signed' })
    const { token } = await made('signed')
    const other = (await made('signed')).token
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('')
    const forged = fc.oneof(
      fc
        .tuple(fc.nat(token.length - 1), fc.constantFrom(...letters))
        .map(([at, letter]) => token.slice(0, at) + letter + token.slice(at + 1)),
      fc.nat(token.length - 1).map((at) => token.slice(0, at)),
      fc.constant(`${token.slice(0, 37)}${other.slice(37)}`),
      fc.constant(`${token}A`),
      fc.string(),
    )
    await fc.assert(
      fc.asyncProperty(forged, async (text) => {
        fc.pre(text !== token)
        const meter = { statements: 0, databaseMs: 0 }
        const found = metered(meter, () => previews.articleOf(text))
        await expect(found).rejects.toMatchObject(NOT_FOUND)
        expect(meter.statements).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  test('outlives a new secret for as long as the old one still verifies', async () => {
    const id = await article(sql, { slug: 'rotated' })
    const { token } = await made('rotated')
    const coreWith = (secret: string, previous?: string) =>
      createCore(
        deps.database.db,
        createSecrets(Buffer.from(secret), previous === undefined ? undefined : Buffer.from(previous)),
        { locale: 'en', comments: deps.config.comments, articleUrl: () => 'https://x.example' },
      ).previews
    const old = deps.config.secret as string
    expect(await coreWith('new secret', old).articleOf(token)).toBe(id)
    await expect(coreWith('new secret').articleOf(token)).rejects.toMatchObject(NOT_FOUND)
  })

  test('wants between a minute and thirty days', async () => {
    await article(sql, { slug: 'bounded' })
    for (const expiresIn of [59, 30 * 86_400 + 1, 60.5, '60', null])
      problemOf(await create('bounded', { expiresIn }), 400, 'VALIDATION_FAILED')
    problemOf(await create('bounded', { until: 'tomorrow' }), 400, 'VALIDATION_FAILED')
    problemOf(await create('nothing'), 404, 'ARTICLE_NOT_FOUND')
  })
})

test('links are listed without their tokens, newest first, page by page', async () => {
  await article(sql, { slug: 'linked' })
  const links: MadePreviewLink[] = []
  for (let n = 0; n < 5; n++) links.push(await made('linked'))
  const [first, , third] = links as [MadePreviewLink, MadePreviewLink, MadePreviewLink]
  await revoke('linked', third.id)
  const { data } = await list('linked')
  expect(data.map(({ id }) => id)).toEqual(links.map(({ id }) => id).reverse())
  expect(data[4]).toEqual({
    id: first.id,
    expiresAt: first.expiresAt,
    createdAt: first.createdAt,
    revokedAt: null,
    actor: `key:${editor.id}`,
  })
  expect(data[2]?.revokedAt).not.toBeNull()
  expect(JSON.stringify(data)).not.toContain('bsp_')
  const page = await list('linked', '?limit=3')
  expect((await list('linked', `?limit=3&after=${page.page.next}`)).data).toEqual(data.slice(3))
})

test('links are for editors; a link of another article is none of this one', async () => {
  await article(sql, { slug: 'mine' })
  await article(sql, { slug: 'yours' })
  const { id } = await made('mine')
  problemOf(await revoke('yours', id), 404, 'PREVIEW_NOT_FOUND')
  problemOf(await revoke('nothing', id), 404, 'ARTICLE_NOT_FOUND')
  problemOf(await revoke('mine', 'x'), 400, 'VALIDATION_FAILED')
  const reader = await keyHeaders(server, 'content:read')
  const writer = await keyHeaders(server, 'content:write')
  const url = '/v1/articles/mine/preview-links'
  for (const [method, path, allowed, refused] of [
    ['POST', url, writer, reader],
    ['GET', url, reader, await keyHeaders(server, 'comments:moderate')],
    ['DELETE', `${url}/${id}`, writer, reader],
  ] as const) {
    problemOf(await app.inject({ method, url: path }), 401, 'AUTHENTICATION_FAILED')
    problemOf(await app.inject({ method, url: path, headers: refused }), 403, 'FORBIDDEN')
    expect((await app.inject({ method, url: path, headers: allowed })).statusCode).toBeLessThan(300)
  }
})

describe('whoever holds it', () => {
  // after all articles that other tests made
  const day = (n: number) => `2026-02-0${n}T00:00:00Z`

  test('sees the draft and where it would stand, and nobody keeps the answer', async () => {
    await article(sql, { slug: 'before', publishedAt: day(1) })
    await article(sql, { slug: 'after', publishedAt: day(3) })
    const id = await article(sql, { slug: 'between', status: 'draft', publishedAt: day(2) })
    const { token } = await made('between')
    for (const ref of ['between', id]) {
      const response = await app.inject(`/v1/articles/${ref}?include=adjacent&preview=${token}`)
      expect(response.statusCode).toBe(200)
      expect(response.headers).toMatchObject({
        'cache-control': 'private, no-store',
        'x-robots-tag': 'noindex',
      })
      expect(response.json()).toMatchObject({
        id,
        status: 'draft',
        adjacent: { previous: { slug: 'before' }, next: { slug: 'after' } },
      })
      const beside = await app.inject(`/v1/articles/${ref}/adjacent?preview=${token}`)
      expect(beside.json()).toMatchObject({ previous: { slug: 'before' }, next: { slug: 'after' } })
      expect(beside.headers['cache-control']).toBe('private, no-store')
      expect((await app.inject(`/v1/articles/${ref}/related?preview=${token}`)).statusCode).toBe(200)
    }
  })

  test('sees no other article that is hidden, and none in any list or beside any other', async () => {
    const id = await article(sql, { slug: 'shown-to-some', status: 'draft', publishedAt: day(4) })
    await article(sql, { slug: 'shown-to-none', status: 'draft', publishedAt: day(4) })
    await article(sql, { slug: 'shown-to-all', publishedAt: day(5) })
    const { token } = await made('shown-to-some')
    problemOf(await app.inject(`/v1/articles/shown-to-none?preview=${token}`), 404, 'ARTICLE_NOT_FOUND')
    const other = await app.inject(`/v1/articles/shown-to-all?include=adjacent,related&preview=${token}`)
    expect(other.statusCode).toBe(200)
    expect(other.body).not.toContain(id)
    problemOf(await app.inject(`/v1/articles?preview=${token}`), 400, 'VALIDATION_FAILED')
    expect((await app.inject('/v1/articles?limit=100')).body).not.toContain(id)
  })

  test('sees nothing any more once it is revoked, forged or over', async () => {
    await article(sql, { slug: 'seen-once', status: 'draft', publishedAt: day(6) })
    const { id, token } = await made('seen-once')
    const read = () => app.inject(`/v1/articles/seen-once?preview=${token}`)
    expect((await read()).statusCode).toBe(200)
    await sql`update preview_links set expires_at = now() where id = ${id}`
    problemOf(await read(), 404, 'PREVIEW_NOT_FOUND')
    const second = await made('seen-once')
    await revoke('seen-once', second.id)
    problemOf(await app.inject(`/v1/articles/seen-once?preview=${second.token}`), 404, 'PREVIEW_NOT_FOUND')
    for (const forged of ['x', `${token}x`, token.replace(/.$/, (end) => (end === 'A' ? 'B' : 'A'))])
      problemOf(await app.inject(`/v1/articles/seen-once?preview=${forged}`), 404, 'PREVIEW_NOT_FOUND')
  })
})
