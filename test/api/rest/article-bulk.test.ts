import { describe, expect, test } from 'vitest'
import { HANDLER_TIMEOUT } from '../../../src/app.ts'
import { articleBulk, BULK_TIME } from '../../../src/core/article-bulk.ts'
import type { BulkResult } from '../../../src/shapes/article-writing.ts'
import { EDITOR } from '../../db/viewers.ts'
import { startApp } from '../../setup/app.ts'
import { article, tag } from '../../setup/data.ts'
import { keyHeaders, problemOf, rowCounts } from '../support.ts'

const server = await startApp()
const { app, database, deps } = server
const { sql } = database
const { authorization } = await keyHeaders(server, 'content:write')

const send = (payload: object, headers: Record<string, string> = { authorization }) =>
  app.inject({ method: 'POST', url: '/v1/bulk/articles', headers, payload })
const bulk = async (...operations: unknown[]): Promise<BulkResult[]> => {
  const response = await send({ operations })
  expect([response.statusCode, response.headers['cache-control']]).toEqual([200, 'no-store'])
  const { results } = response.json<{ results: BulkResult[] }>()
  expect(results.map(({ index }) => index)).toEqual(operations.map((_, i) => i))
  for (const { ok, problem, status } of results) expect([problem === null, status < 300]).toEqual([ok, ok])
  return results
}
const PAST = '2026-01-01T00:00:00.000Z'

describe('many articles at once', () => {
  test('are written in order, each with a result of its own', async () => {
    await tag(sql, 'boats')
    const results = await bulk(
      { op: 'create', document: { title: 'Bulk', tags: ['boats'] } },
      { op: 'update', ref: 'bulk', ifMatch: 1, patch: { title: 'Changed' } },
      { op: 'publish', ref: 'bulk', ifMatch: 2, publishedAt: PAST },
      { op: 'unpublish', ref: 'bulk', ifMatch: '*', at: '2999-01-01T00:00:00Z' },
      { op: 'schedule', ref: 'bulk', ifMatch: '*', publishedAt: '2998-01-01T00:00:00Z' },
      { op: 'archive', ref: 'bulk', ifMatch: 5 },
      { op: 'trash', ref: 'bulk', locale: 'en', ifMatch: '*' },
      { op: 'restore', ref: 'bulk', ifMatch: '*' },
      { op: 'trash', ref: 'bulk', ifMatch: '*' },
      { op: 'purge', ref: 'bulk', ifMatch: '*' },
    )
    expect(
      results.map(({ status, article: written }) => [status, written?.version, written?.status]),
    ).toEqual([
      [201, 1, 'draft'],
      [200, 2, 'draft'],
      [200, 3, 'published'],
      [200, 4, 'published'],
      [200, 5, 'scheduled'],
      [200, 6, 'archived'],
      [200, 7, 'trashed'],
      [200, 8, 'draft'],
      [200, 9, 'trashed'],
      [204, undefined, undefined],
    ])
    expect(results[2]?.article).toMatchObject({
      slug: 'bulk',
      locale: 'en',
      title: 'Changed',
      publishedAt: PAST,
    })
    expect(await sql`select 1 from articles where title = 'Changed'`).toEqual([])
  })

  test('one that fails changes nothing and stops no other', async () => {
    const id = await article(sql, { slug: 'target' })
    const before = await rowCounts(sql)
    const results = await bulk(
      { op: 'create', document: { title: '' } },
      { op: 'create', document: { title: 'x', slug: 'target' } },
      { op: 'create', document: { title: 'x', tags: ['none'] } },
      { op: 'create', document: { title: 'a\u0000b' } },
      { op: 'create' },
      { op: 'update', ref: 'target', patch: {} },
      { op: 'update', ref: 'target', ifMatch: 7, patch: {} },
      { op: 'update', ref: 'target', ifMatch: 1, patch: { titel: 'x' } },
      { op: 'update', ref: 'target', ifMatch: 1, patch: { slug: 'Not One' } },
      { op: 'publish', ref: 'target', ifMatch: 1, publishedAt: '2999-01-01T00:00:00Z' },
      { op: 'purge', ref: 'target', ifMatch: 1 },
      { op: 'purge', ref: 'nothing', ifMatch: 1 },
      { op: 'archive', ref: 'target', ifMatch: 1, patch: {} },
      { op: 'publsh', ref: 'target', ifMatch: 1 },
      { op: 7 },
      'archive',
      null,
    )
    const outcomes = results.map(({ status, problem }) => [
      status,
      problem?.code,
      problem?.errors?.map(({ path }) => path),
    ])
    expect(outcomes).toEqual([
      [400, 'VALIDATION_FAILED', ['/document/title']],
      [409, 'SLUG_TAKEN', ['/document/slug']],
      [422, 'REFERENCE_NOT_FOUND', ['/document/tags/0']],
      [400, 'VALIDATION_FAILED', ['/document/title']],
      [400, 'VALIDATION_FAILED', ['/document']],
      [428, 'PRECONDITION_REQUIRED', undefined],
      [412, 'VERSION_STALE', undefined],
      [400, 'VALIDATION_FAILED', ['/patch/titel']],
      [400, 'VALIDATION_FAILED', ['/patch/slug']],
      [422, 'PUBLISH_IN_FUTURE', ['/publishedAt']],
      [409, 'INVALID_TRANSITION', undefined],
      [404, 'ARTICLE_NOT_FOUND', undefined],
      [400, 'VALIDATION_FAILED', ['/patch']],
      [400, 'VALIDATION_FAILED', ['/op']],
      [400, 'VALIDATION_FAILED', ['/op']],
      [400, 'VALIDATION_FAILED', ['']],
      [400, 'VALIDATION_FAILED', ['']],
    ])
    expect(results[1]?.problem?.detail).toContain('/document/slug: ')
    expect(results[6]?.problem).toMatchObject({ version: 1 })
    expect(results[7]?.problem?.detail).toContain('did you mean "title"?')
    expect(results[10]?.problem).toMatchObject({
      from: 'published',
      allowed: expect.arrayContaining(['trash']),
    })
    expect(results[13]?.problem?.detail).toContain('did you mean "publish"?')
    expect(await rowCounts(sql)).toEqual(before)
    const [last] = await bulk({ op: 'archive', ref: id, ifMatch: 1 })
    expect(last).toMatchObject({ ok: true, article: { status: 'archived' } })
  })

  test('are created once for each key', async () => {
    const create = { op: 'create', document: { title: 'Keyed' }, idempotencyKey: 'bulk-key-number-1' }
    const [first, second] = await bulk(create, create)
    expect([first?.replayed, second?.replayed]).toEqual([false, true])
    expect(second?.article).toEqual(first?.article)
    const headers = { authorization, 'idempotency-key': create.idempotencyKey }
    const alone = await app.inject({ method: 'POST', url: '/v1/articles', headers, payload: create.document })
    expect([alone.headers['idempotent-replayed'], alone.json().id]).toEqual(['true', first?.article?.id])
    const [bad] = await bulk({ ...create, idempotencyKey: 'with white space in it' })
    expect(bad?.problem?.code).toBe('IDEMPOTENCY_KEY_INVALID')
  })

  test('are at most 100, in 8 MiB', async () => {
    const some = (n: number) => ({ operations: Array.from({ length: n }, () => ({ op: 'archive' })) })
    expect((await send(some(100))).json().results).toHaveLength(100)
    for (const payload of [some(0), some(101), {}, [], { operations: {} }, { ...some(1), dryRun: true }])
      problemOf(await send(payload), 400, 'VALIDATION_FAILED')
    const large = { operations: [{ op: 'create', document: { title: 'x'.repeat(8 * 1024 * 1024) } }] }
    expect(problemOf(await send(large), 413, 'BODY_TOO_LARGE').detail).toContain('8388608')
    const unknown = await app.inject({
      method: 'POST',
      url: '/v1/bulk/articles?dryRun=true',
      headers: { authorization },
      payload: some(1),
    })
    problemOf(unknown, 400, 'VALIDATION_FAILED')
  })

  test('are for keys with the scope', async () => {
    const payload = { operations: [{ op: 'archive', ref: 'x' }] }
    problemOf(await send(payload, {}), 401, 'AUTHENTICATION_FAILED')
    problemOf(await send(payload, await keyHeaders(server, 'content:read')), 403, 'FORBIDDEN')
  })
})

test('what is not begun in time is NOT_DONE, and is not done', async () => {
  expect(BULK_TIME).toBeLessThan(HANDLER_TIMEOUT - 2000)
  let now = 0
  const slow = articleBulk(deps.core.writing, () => {
    now += BULK_TIME / 2
    return now
  })
  const operations = [1, 2, 3, 4].map((n) => ({ op: 'create', document: { title: `Timed ${n}` } }))
  const { results, failures } = await slow.run({ operations }, EDITOR)
  expect(results.map(({ status, problem }) => [status, problem?.code])).toEqual([
    [201, undefined],
    [201, undefined],
    [503, 'NOT_DONE'],
    [503, 'NOT_DONE'],
  ])
  expect(failures).toEqual([])
  expect((await sql`select 1 from articles where title like 'Timed %'`).length).toBe(2)
})

test('a failure of ours is a result like any other, and logged', async () => {
  const broken = articleBulk({
    ...deps.core.writing,
    create: async () => {
      throw new Error('secret')
    },
  })
  const { results, failures } = await broken.run(
    { operations: [{ op: 'create', document: { title: 'x' } }] },
    EDITOR,
  )
  expect(results[0]).toMatchObject({ ok: false, status: 500, problem: { code: 'INTERNAL' } })
  expect(JSON.stringify(results)).not.toContain('secret')
  expect(failures).toHaveLength(1)
})
