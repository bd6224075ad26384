import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { DecisionResults, ModerationBatch } from '../../../src/shapes/moderation.ts'
import { startApp } from '../../setup/app.ts'
import { article, comment } from '../../setup/data.ts'
import { keyHeaders, problemOf, rowCounts } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const { authorization, id: keyId } = await keyHeaders(server, 'comments:moderate')
const other = await keyHeaders(server, 'comments:moderate')
const articleId = await article(sql, { slug: 'decided' })

const post = (url: string, payload?: object, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: `/v1/moderation${url}`,
    headers: { authorization, ...headers },
    ...(payload && { payload }),
  })
const decide = async (decisions: object[], more: object = {}, headers: Record<string, string> = {}) => {
  const response = await post('/decisions', { decisions, ...more }, headers)
  expect(response.statusCode, response.body).toBe(200)
  return { ...response.json<DecisionResults>(), replayed: response.headers['idempotent-replayed'] }
}
const undo = (id: string | null, headers: Record<string, string> = {}) =>
  post(`/batches/${id}/undo`, undefined, headers)
const batchOf = async (id: string | null) =>
  app.inject({ url: `/v1/moderation/batches/${id}`, headers: { authorization } })
const standing = async (id: string) => {
  const [row] = await sql`select status, status_reason, vetted, revision from comments where id = ${id}`
  return Object.values({ ...row })
}
const held = () => comment(sql, articleId, { status: 'pending' })

describe('a batch of decisions', () => {
  test('is made of what was done, and tells how all stood before', async () => {
    const [a, b] = [await held(), await held()]
    await sql`update comments set status_reason = 'links' where id = ${b}`
    const { batchId, results } = await decide([
      { commentId: a, revision: 1, action: 'approve' },
      { commentId: randomUUID(), revision: 1, action: 'approve' },
      { commentId: b, revision: 1, action: 'reject', reasonCode: 'abusive' },
    ])
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true])
    const batch = (await batchOf(batchId)).json<ModerationBatch>()
    expect(batch).toMatchObject({ id: batchId, createdBy: `key:${keyId}`, undoneAt: null })
    const hours = (Date.parse(batch.undoableUntil ?? '') - Date.parse(batch.createdAt)) / 3_600_000
    expect(hours).toBe(24)
    expect(batch.items).toEqual([
      { commentId: a, fromStatus: 'pending', fromReason: 'accepted', revision: 2 },
      { commentId: b, fromStatus: 'pending', fromReason: 'links', revision: 2 },
    ])
  })

  test('of which nothing was done is none', async () => {
    const before = await rowCounts(sql)
    const { batchId } = await decide([{ commentId: randomUUID(), revision: 1, action: 'approve' }])
    expect(batchId).toBeNull()
    expect(await rowCounts(sql)).toEqual(before)
  })

  test('that is not there is BATCH_NOT_FOUND', async () => {
    problemOf(await batchOf(randomUUID()), 404, 'BATCH_NOT_FOUND')
    problemOf(await undo(randomUUID()), 404, 'BATCH_NOT_FOUND')
    problemOf(await undo('x'), 400, 'VALIDATION_FAILED')
  })
})

describe('a dry run', () => {
  test('answers what would happen, one decision after the other, and writes nothing', async () => {
    const a = await held()
    const reply = await comment(sql, articleId, { parentId: a })
    const decisions = [
      { commentId: a, revision: 1, action: 'approve' },
      { commentId: a, revision: 1, action: 'spam' },
      { commentId: a, revision: 2, action: 'spam' },
      { commentId: randomUUID(), revision: 1, action: 'approve' },
      { commentId: reply, revision: 1, action: 'reject' },
    ]
    const rows = () => sql`select to_jsonb(c) as row from comments c order by id`
    const before = [await rowCounts(sql), await rows()]
    const foreseen = await decide(decisions, { dryRun: true }, { 'idempotency-key': 'k'.repeat(16) })
    expect([await rowCounts(sql), await rows()]).toEqual(before)
    expect(foreseen.batchId).toBeNull()
    expect(foreseen.results.map(({ code }) => code)).toEqual([
      null,
      'REVISION_STALE',
      null,
      'COMMENT_NOT_FOUND',
      'VALIDATION_FAILED',
    ])
    const { results } = await decide(decisions, {}, { 'idempotency-key': 'k'.repeat(16) })
    const timeless = (list: DecisionResults['results']) =>
      list.map((result) => ({ ...result, comment: result.comment && { ...result.comment, decidedAt: '' } }))
    expect(timeless(results)).toEqual(timeless(foreseen.results))
  })
})

describe('decisions under an Idempotency-Key', () => {
  test('that come again present the batch anew, and decide nothing', async () => {
    const [a, b] = [await held(), await held()]
    const decisions = [
      { commentId: randomUUID(), revision: 1, action: 'approve' },
      { commentId: a, revision: 1, action: 'approve' },
      { commentId: b, revision: 1, action: 'spam' },
    ]
    const key = { 'idempotency-key': randomUUID() }
    const first = await decide(decisions, {}, key)
    await decide([{ commentId: a, revision: 2, action: 'hold' }])
    const before = await rowCounts(sql)
    const again = await decide(decisions, {}, key)
    expect(again).toMatchObject({ batchId: first.batchId, replayed: 'true' })
    expect(again.results.map(({ ok, comment }) => [ok, comment?.status])).toEqual([
      [false, undefined],
      [true, 'pending'],
      [true, 'spam'],
    ])
    expect(await rowCounts(sql)).toEqual(before)
  })

  test('of another request are refused', async () => {
    const key = { 'idempotency-key': randomUUID() }
    await decide([{ commentId: await held(), revision: 1, action: 'approve' }], {}, key)
    const another = { decisions: [{ commentId: await held(), revision: 1, action: 'approve' }] }
    problemOf(await post('/decisions', another, key), 422, 'IDEMPOTENCY_KEY_REUSED')
    problemOf(await post('/decisions', another, { 'idempotency-key': 'x' }), 400, 'IDEMPOTENCY_KEY_INVALID')
    // the key means nothing to another caller
    await decide(another.decisions, {}, { ...key, authorization: other.authorization })
  })

  test('that were cut off are gone on with', async () => {
    const [a, b] = [await held(), await held()]
    const decisions = [a, b].map((commentId) => ({ commentId, revision: 1, action: 'approve' }))
    const key = { 'idempotency-key': randomUUID() }
    const { batchId } = await decide(decisions, {}, key)
    // as if the process had died after the first
    await sql`delete from moderation_batch_items where batch_id = ${batchId} and position = 1`
    await sql`update comments set status = 'pending', revision = 1 where id = ${b}`
    const again = await decide(decisions, {}, key)
    expect(again.results.map(({ ok }) => ok)).toEqual([true, true])
    expect(await standing(b)).toEqual(['approved', 'moderator', true, 2])
    expect((await batchOf(batchId)).json().items).toHaveLength(2)
  })
})

describe('undoing a batch', () => {
  test('puts each comment back as it stood, for another moderator too, and the log says so', async () => {
    const [a, b, c] = [await held(), await comment(sql, articleId), await comment(sql, articleId)]
    await sql`update comments set status_reason = 'links' where id = ${a}`
    await sql`update comments set vetted = true where id = ${b}`
    const { batchId } = await decide([
      { commentId: a, revision: 1, action: 'approve' },
      { commentId: b, revision: 1, action: 'delete' },
      { commentId: c, revision: 1, action: 'reject', reasonCode: 'illegal' },
    ])
    await decide([{ commentId: c, revision: 2, action: 'approve' }])
    const response = await undo(batchId, { authorization: other.authorization })
    expect(response.statusCode).toBe(200)
    const { results } = response.json<DecisionResults>()
    expect(results.map(({ commentId, code }) => [commentId, code])).toEqual([
      [a, null],
      [b, null],
      [c, 'REVISION_STALE'],
    ])
    expect(results[0]?.comment).toMatchObject({ status: 'pending', statusReason: 'links', revision: 3 })
    expect(await standing(a)).toEqual(['pending', 'links', false, 3])
    expect(await standing(b)).toEqual(['approved', 'accepted', true, 3])
    expect(await standing(c)).toEqual(['approved', 'moderator', true, 3])
    const url = `/v1/moderation/comments/${a}`
    const { history } = (await app.inject({ url, headers: { authorization } })).json()
    expect(history[0]).toMatchObject({
      actor: `key:${other.id}`,
      from: 'approved',
      to: 'pending',
      reason: 'undone',
    })
    expect(history).toHaveLength(3)
  })

  test('takes back several decisions about one comment, the last one first', async () => {
    const a = await comment(sql, articleId)
    const { batchId } = await decide([
      { commentId: a, revision: 1, action: 'approve' },
      { commentId: a, revision: 1, action: 'hold' },
      { commentId: a, revision: 2, action: 'spam' },
      { commentId: a, revision: 3, action: 'delete' },
      { commentId: a, revision: 4, action: 'restore' },
    ])
    const { results } = (await undo(batchId)).json<DecisionResults>()
    expect(results.map(({ code }) => code)).toEqual([null, null, null, null, null])
    expect((await standing(a)).slice(0, 3)).toEqual(['approved', 'accepted', false])
  })

  test('brings nothing back that its author took back after it was deleted, and neither does restore', async () => {
    const posted = await app.inject({
      method: 'POST',
      url: `/v1/articles/${articleId}/comments`,
      headers: { authorization },
      payload: { body: 'Better not said', author: { name: 'Ann' } },
    })
    const { comment: own, receipt } = posted.json()
    expect(own.status).toBe('approved')
    const { batchId } = await decide([{ commentId: own.id, revision: 1, action: 'delete' }])
    const withdrawal = { url: `/v1/comments/${own.id}`, headers: { 'comment-receipt': receipt } }
    expect((await app.inject({ method: 'DELETE', ...withdrawal })).statusCode).toBe(204)
    const { results } = await decide([{ commentId: own.id, revision: 2, action: 'restore' }])
    expect(results[0]).toMatchObject({ ok: false, code: 'INVALID_TRANSITION' })
    const undone = (await undo(batchId)).json<DecisionResults>()
    expect(undone.results[0]).toMatchObject({ ok: false, code: 'INVALID_TRANSITION' })
    expect((await standing(own.id))[0]).toBe('deleted')
  })

  test('takes nothing from another moderator where the request had changed nothing', async () => {
    const a = await comment(sql, articleId)
    const approve = (revision: number) => [{ commentId: a, revision, action: 'approve' }]
    const { batchId } = await decide(approve(7), {}, { 'idempotency-key': randomUUID() })
    expect(await standing(a)).toEqual(['approved', 'accepted', false, 1])
    await decide(approve(1))
    expect((await undo(batchId)).json<DecisionResults>().results).toMatchObject([{ commentId: a, ok: true }])
    expect(await standing(a)).toEqual(['approved', 'accepted', true, 1])
  })

  test('a second time is BATCH_UNDONE, and after a day UNDO_WINDOW_CLOSED; both change nothing', async () => {
    const [a, b] = [await held(), await held()]
    const { batchId } = await decide([{ commentId: a, revision: 1, action: 'approve' }])
    const { batchId: old } = await decide([{ commentId: b, revision: 1, action: 'approve' }])
    expect((await undo(batchId)).statusCode).toBe(200)
    await decide([{ commentId: a, revision: 3, action: 'approve' }])
    problemOf(await undo(batchId), 409, 'BATCH_UNDONE')
    expect(await standing(a)).toEqual(['approved', 'moderator', true, 4])
    expect((await batchOf(batchId)).json()).toMatchObject({
      undoneAt: expect.any(String),
      undoableUntil: null,
    })
    await sql`update moderation_batches set created_at = now() - interval '24 hours 1 second' where id = ${old}`
    problemOf(await undo(old), 403, 'UNDO_WINDOW_CLOSED')
    expect(await standing(b)).toEqual(['approved', 'moderator', true, 2])
    expect((await batchOf(old)).json()).toMatchObject({ undoneAt: null, undoableUntil: null })
  })
})

describe('an edit by a moderator', () => {
  const edit = (id: string, payload: object, headers: Record<string, string> = { authorization }) =>
    app.inject({ method: 'PATCH', url: `/v1/moderation/comments/${id}`, headers, payload })

  test('gives other words and another name, keeps the old words, and runs no rules', async () => {
    const id = await comment(sql, articleId, { body: 'Old' })
    await sql`update comments set vetted = true, author_url = 'https://a.example/' where id = ${id}`
    const body = Array.from({ length: 9 }, (_, i) => `https://a${i}.example/`).join(' ')
    const response = await edit(id, { body, author: { name: ' New  name ', url: null }, revision: 1 })
    expect(response.statusCode).toBe(200)
    expect(response.json()).toMatchObject({
      source: body,
      author: { name: 'New name', url: null },
      revision: 2,
      status: 'approved',
      vetted: false,
      editedAt: expect.any(String),
    })
    const revisions =
      await sql`select revision, body, replaced_by from comment_revisions where comment_id = ${id}`
    expect([...revisions]).toEqual([{ revision: 1, body: 'Old', replaced_by: `key:${keyId}` }])
    const [change] = await sql`select actor from changes where subject_id = ${id} order by id desc limit 1`
    expect(change?.['actor']).toBe(`key:${keyId}`)
  })

  test('of the name alone keeps the words, and one that changes nothing writes nothing', async () => {
    const id = await comment(sql, articleId, { body: 'Old', name: 'Ada' })
    expect((await edit(id, { author: { name: 'Ben' }, revision: 1 })).json()).toMatchObject({
      author: { name: 'Ben' },
      editedAt: null,
      revision: 2,
    })
    expect(await sql`select from comment_revisions where comment_id = ${id}`).toHaveLength(0)
    const before = await rowCounts(sql)
    const same = await edit(id, { body: 'Old', author: { name: 'Ben' }, revision: 2 })
    expect(same.json()).toMatchObject({ revision: 2 })
    expect(await rowCounts(sql)).toEqual(before)
  })

  test.each([
    [{ body: ' ', revision: 1 }, '/body'],
    [{ author: { name: '\u202e' }, revision: 1 }, '/author/name'],
    [{ author: { url: 'javascript:alert(1)' }, revision: 1 }, '/author/url'],
    [{ body: 'x' }, '/revision'],
    [{ status: 'approved', revision: 1 }, '/status'],
  ])('is checked as everybody is: %j', async (payload, path) => {
    const id = await comment(sql, articleId)
    const response = await edit(id, payload)
    expect(problemOf(response, 400, 'VALIDATION_FAILED').errors?.[0]?.path).toBe(path)
  })

  test('on an older revision, of what is gone, or by somebody else, is refused', async () => {
    const id = await comment(sql, articleId)
    await sql`update comments set revision = 2 where id = ${id}`
    problemOf(await edit(id, { body: 'x', revision: 1 }), 409, 'REVISION_STALE')
    for (const status of ['deleted', 'erased']) {
      const gone = await comment(sql, articleId, { status })
      problemOf(await edit(gone, { body: 'x', revision: 1 }), 409, 'INVALID_TRANSITION')
    }
    problemOf(await edit(randomUUID(), { body: 'x', revision: 1 }), 404, 'COMMENT_NOT_FOUND')
    const writer = await keyHeaders(server, 'comments:write')
    const headers = { authorization: writer.authorization }
    problemOf(await edit(id, { body: 'x', revision: 2 }, headers), 403, 'FORBIDDEN')
  })
})
