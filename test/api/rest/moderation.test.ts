import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ModeratedComment } from '../../../src/shapes/comments.ts'
import type { DecisionResult } from '../../../src/shapes/moderation.ts'
import { startApp } from '../../setup/app.ts'
import { article, comment } from '../../setup/data.ts'
import { keyHeaders, problemOf } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const { authorization, id: keyId } = await keyHeaders(server, 'comments:moderate')
const articleId = await article(sql, { slug: 'moderated' })

const queue = async (query = '') => {
  const response = await app.inject({ url: `/v1/moderation/comments${query}`, headers: { authorization } })
  expect(response.statusCode).toBe(200)
  expect(response.headers['cache-control']).toBe('no-store')
  return response.json<{ data: ModeratedComment[]; page: { next: string; previous: string } }>()
}
const decide = async (...decisions: object[]): Promise<DecisionResult[]> => {
  const response = await app.inject({
    method: 'POST',
    url: '/v1/moderation/decisions',
    headers: { authorization },
    payload: { decisions },
  })
  expect(response.statusCode).toBe(200)
  return response.json().results
}
const isPublic = async (id: string) => (await app.inject(`/v1/comments/${id}`)).statusCode === 200
const commentCount = async () => (await app.inject('/v1/articles/moderated')).json().commentCount

describe('moderation', () => {
  const requests = [
    { method: 'GET', url: '/v1/moderation/comments' },
    {
      method: 'POST',
      url: '/v1/moderation/decisions',
      payload: { decisions: [{ commentId: randomUUID(), revision: 1, action: 'approve' }] },
    },
  ] as const

  test.each(requests)('is for keys: $method $url without one is 401', async (request) => {
    const response = await app.inject(request)
    problemOf(response, 401, 'AUTHENTICATION_FAILED')
    expect(response.headers['www-authenticate']).toContain('Bearer')
  })

  test.each(requests)('is for keys with the scope: $method $url with another is 403', async (request) => {
    const headers = await keyHeaders(
      server,
      'content:read',
      'content:write',
      'comments:write',
      'comments:erase',
    )
    problemOf(await app.inject({ ...request, headers }), 403, 'FORBIDDEN')
  })

  test.each(requests)('is for admin as well: $method $url', async (request) => {
    const headers = await keyHeaders(server, 'admin')
    expect((await app.inject({ ...request, headers })).statusCode).toBe(200)
  })
})

describe('the queue', () => {
  test('holds pending comments, oldest first, with all that a moderator needs', async () => {
    const newer = await comment(sql, articleId, { status: 'pending', createdAt: '2026-02-03T00:00:00Z' })
    const older = await comment(sql, articleId, {
      status: 'pending',
      createdAt: '2026-02-02T00:00:00Z',
      email: 'held@secret.example',
      body: 'Held',
    })
    const { data } = await queue()
    expect(data.map(({ id }) => id)).toEqual([older, newer])
    expect(data[0]).toMatchObject({
      status: 'pending',
      revision: 1,
      source: 'Held',
      email: 'held@secret.example',
      hiddenBy: null,
      decidedBy: 'system',
    })
    const one = await queue('?limit=1')
    const two = await queue(`?limit=1&after=${one.page.next}`)
    expect(two.data.map(({ id }) => id)).toEqual([newer])
    expect((await queue(`?limit=1&before=${two.page.previous}`)).data).toEqual(one.data)
    await sql`delete from comments where id in (${older}, ${newer})`
  })

  test.each(['approved', 'rejected', 'spam', 'deleted'])(
    'of another state holds that state: %s',
    async (status) => {
      const id = await comment(sql, articleId, { status })
      expect((await queue(`?status=${status}`)).data.map((row) => row.id)).toEqual([id])
      const cursor = (await queue('?status=approved&limit=1')).page.next
      expect(cursor).toBeNull()
      await sql`delete from comments where id = ${id}`
    },
  )
})

describe('a decision', () => {
  test('approves: public, counted, and it is written who decided', async () => {
    const commentId = await comment(sql, articleId, { status: 'pending' })
    const before = await commentCount()
    const [result] = await decide({ commentId, revision: 1, action: 'approve' })
    expect(result).toMatchObject({ ok: true, code: null, detail: null })
    expect(result?.comment).toMatchObject({ status: 'approved', revision: 2, decidedBy: `key:${keyId}` })
    expect(await isPublic(commentId)).toBe(true)
    expect(await commentCount()).toBe(before + 1)
  })

  test('repeated is no conflict, whatever the revision, and changes nothing', async () => {
    const commentId = await comment(sql, articleId, { status: 'pending' })
    await decide({ commentId, revision: 1, action: 'approve' })
    const changes = () => sql`select count(*)::int as n from changes`
    const [before] = await changes()
    const [again] = await decide({ commentId, revision: 1, action: 'approve' })
    expect(again).toMatchObject({ ok: true, comment: { revision: 2 } })
    expect((await changes())[0]).toEqual(before)
  })

  test('on an older revision is REVISION_STALE and changes nothing', async () => {
    const commentId = await comment(sql, articleId, { status: 'pending' })
    await sql`update comments set revision = 3 where id = ${commentId}`
    const [result] = await decide({ commentId, revision: 2, action: 'approve' })
    expect(result).toMatchObject({ ok: false, code: 'REVISION_STALE', comment: null })
    expect(result?.detail).toContain('revision 3')
    expect(await isPublic(commentId)).toBe(false)
  })

  test('rejects only with a reason', async () => {
    const commentId = await comment(sql, articleId, { status: 'pending' })
    const [bare] = await decide({ commentId, revision: 1, action: 'reject' })
    expect(bare).toMatchObject({ ok: false, code: 'VALIDATION_FAILED' })
    const [result] = await decide({ commentId, revision: 1, action: 'reject', reasonCode: 'off_topic' })
    expect(result?.comment).toMatchObject({ status: 'rejected', statusReason: 'off_topic' })
  })

  test('about a comment that is not there is COMMENT_NOT_FOUND', async () => {
    const [result] = await decide({ commentId: randomUUID(), revision: 1, action: 'approve' })
    expect(result).toMatchObject({ ok: false, code: 'COMMENT_NOT_FOUND', comment: null })
  })

  test('that the states do not allow is INVALID_TRANSITION', async () => {
    const commentId = await comment(sql, articleId, { status: 'deleted' })
    const [result] = await decide({ commentId, revision: 1, action: 'approve' })
    expect(result).toMatchObject({ ok: false, code: 'INVALID_TRANSITION' })
  })

  test('that fails stops no other of its batch', async () => {
    const a = await comment(sql, articleId, { status: 'pending' })
    const b = await comment(sql, articleId, { status: 'pending' })
    const results = await decide(
      { commentId: a, revision: 1, action: 'approve' },
      { commentId: randomUUID(), revision: 1, action: 'spam' },
      { commentId: b, revision: 9, action: 'approve' },
      { commentId: b, revision: 1, action: 'spam' },
    )
    expect(results.map(({ ok }) => ok)).toEqual([true, false, false, true])
    expect(results.map(({ commentId }) => commentId)).toEqual([a, results[1]?.commentId, b, b])
    expect([await isPublic(a), await isPublic(b)]).toEqual([true, false])
  })

  test.each([
    ['reject', { reasonCode: 'abusive' }],
    ['spam', {}],
  ])('to %s hides everything below the comment, and undoing it shows it again', async (action, more) => {
    const parent = await comment(sql, articleId)
    const reply = await comment(sql, articleId, { parentId: parent })
    const below = await comment(sql, articleId, { parentId: reply })
    const before = await commentCount()
    await decide({ commentId: parent, revision: 1, action, ...more })
    expect([await isPublic(parent), await isPublic(reply), await isPublic(below)]).toEqual([
      false,
      false,
      false,
    ])
    expect(await commentCount()).toBe(before - 3)
    // what is decided below meanwhile stays hidden by what is above
    await decide(
      { commentId: reply, revision: 1, action: 'hold' },
      { commentId: reply, revision: 2, action: 'approve' },
    )
    expect(await isPublic(reply)).toBe(false)
    await decide({ commentId: parent, revision: 2, action: 'approve' })
    expect([await isPublic(parent), await isPublic(reply), await isPublic(below)]).toEqual([true, true, true])
    expect(await commentCount()).toBe(before)
  })

  test('to spam looks pending to the author, who learns nothing from any of his own reads', async () => {
    const payload = { body: 'Buy', author: { name: 'S' } }
    const posted = await app.inject({ method: 'POST', url: '/v1/articles/moderated/comments', payload })
    const { comment: own, receipt } = posted.json()
    await decide({ commentId: own.id, revision: 1, action: 'spam' })
    const response = await app.inject({
      url: `/v1/comments/${own.id}`,
      headers: { 'comment-receipt': receipt },
    })
    expect(response.json()).toMatchObject({ status: 'pending', text: 'Buy', placeholder: null })
    expect(response.json()).not.toHaveProperty('statusReason')
    // it grows with a decision, and would tell that there was one
    expect(response.json()).not.toHaveProperty('revision')
    expect(response.body).not.toContain('spam')
    expect(await isPublic(own.id)).toBe(false)
  })

  test('to reject tells the author why, without who', async () => {
    const payload = { body: 'Rude', author: { name: 'R' } }
    const posted = await app.inject({ method: 'POST', url: '/v1/articles/moderated/comments', payload })
    const { comment: own, receipt } = posted.json()
    await decide({ commentId: own.id, revision: 1, action: 'reject', reasonCode: 'abusive' })
    const response = await app.inject({
      url: `/v1/comments/${own.id}`,
      headers: { 'comment-receipt': receipt },
    })
    expect(response.json()).toMatchObject({
      status: 'rejected',
      statusReason: 'abusive',
      editableUntil: null,
    })
    expect(response.body).not.toContain(keyId)
  })

  test('is open to a moderator who deletes by DELETE, and who sees each comment whole', async () => {
    const commentId = await comment(sql, articleId, { email: 'whole@secret.example' })
    const headers = { authorization }
    const seen = (await app.inject({ url: `/v1/comments/${commentId}`, headers })).json()
    expect(seen).toMatchObject({ email: 'whole@secret.example', status: 'approved' })
    const deleted = await app.inject({ method: 'DELETE', url: `/v1/comments/${commentId}`, headers })
    expect(deleted.statusCode).toBe(204)
    expect(await isPublic(commentId)).toBe(false)
    problemOf(
      await app.inject({ method: 'DELETE', url: `/v1/comments/${randomUUID()}`, headers }),
      404,
      'COMMENT_NOT_FOUND',
    )
  })

  test.each([
    [[], '/decisions'],
    [[{ commentId: 'x', revision: 1, action: 'approve' }], '/decisions/0/commentId'],
    [[{ commentId: randomUUID(), revision: 0, action: 'approve' }], '/decisions/0/revision'],
    [[{ commentId: randomUUID(), revision: '1', action: 'approve' }], '/decisions/0/revision'],
    [[{ commentId: randomUUID(), action: 'approve' }], '/decisions/0/revision'],
    [[{ commentId: randomUUID(), revision: 1, action: 'erase' }], '/decisions/0/action'],
    [
      [{ commentId: randomUUID(), revision: 1, action: 'reject', reasonCode: 'honeypot' }],
      '/decisions/0/reasonCode',
    ],
    [Array(101).fill({ commentId: randomUUID(), revision: 1, action: 'approve' }), '/decisions'],
  ])('of another shape is refused before anything is decided: %j', async (decisions, path) => {
    const response = await app.inject({
      method: 'POST',
      url: '/v1/moderation/decisions',
      headers: { authorization },
      payload: { decisions },
    })
    expect(problemOf(response, 400, 'VALIDATION_FAILED').errors?.[0]?.path).toBe(path)
  })
})

describe('the queue, asked for more', () => {
  test.each([
    ['status=gone', '/status'],
    ['reason=bad', '/reason'],
    ['sort=top', '/sort'],
    ['reported=false', '/reported'],
    ['sameAuthorAs=x', '/sameAuthorAs'],
    ['createdAfter=yesterday', '/createdAfter'],
    ['locale=en', '/locale'],
    ['author=x', '/author'],
  ])('refuses %s', async (query, path) => {
    const response = await app.inject({
      url: `/v1/moderation/comments?${query}`,
      headers: { authorization },
    })
    expect(problemOf(response, 400, 'VALIDATION_FAILED').errors?.[0]?.path).toBe(path)
  })

  test.each(['sameAuthorAs', 'sameNetworkAs'])(
    '%s of what is not there, or not known, is refused',
    async (name) => {
      const known = await comment(sql, articleId, { status: 'pending' })
      for (const id of [randomUUID(), known]) {
        const url = `/v1/moderation/comments?${name}=${id}`
        const response = await app.inject({ url, headers: { authorization } })
        expect(problemOf(response, 422, 'REFERENCE_NOT_FOUND').errors?.[0]?.path).toBe(`/${name}`)
      }
    },
  )
})

describe('a comment with everything around it', () => {
  test('tells its words before, who reported it, and what became of it', async () => {
    const payload = { body: 'First words', author: { name: 'File' } }
    const posted = await app.inject({ method: 'POST', url: '/v1/articles/moderated/comments', payload })
    const { comment: own, receipt } = posted.json()
    const url = `/v1/comments/${own.id}`
    await app.inject({
      method: 'PATCH',
      url,
      headers: { 'comment-receipt': receipt },
      payload: { body: 'Second words' },
    })
    const other = await comment(sql, articleId)
    for (const [id, reporter, resolution] of [
      [own.id, 1, null],
      [other, 1, 'upheld'],
      [own.id, 2, 'dismissed'],
    ] as const)
      await sql`insert into comment_reports (comment_id, reporter_key, proven, reason, note, resolution)
        values (${id}, ${Buffer.alloc(32, reporter)}, true, 'abusive', 'A note', ${resolution})`
    await decide({ commentId: own.id, revision: 2, action: 'hold' })
    const response = await app.inject({ url: `/v1/moderation${url.slice(3)}`, headers: { authorization } })
    expect(response.statusCode).toBe(200)
    expect(response.json()).toMatchObject({
      comment: { id: own.id, status: 'pending', source: 'Second words', reportCount: 1, revision: 3 },
      revisions: [{ revision: 1, source: 'First words', replacedBy: 'receipt' }],
      reports: [{ reason: 'abusive', note: 'A note', proven: true, reporter: { total: 2, upheld: 1 } }],
      history: [
        { actor: `key:${keyId}`, from: 'approved', to: 'pending', reason: 'moderator' },
        { actor: 'anonymous', from: null, to: 'approved', reason: 'accepted' },
      ],
      authorPolicy: null,
    })
    expect(response.body).not.toContain('0101010101')
  })

  test('that is not there is COMMENT_NOT_FOUND', async () => {
    const url = `/v1/moderation/comments/${randomUUID()}`
    problemOf(await app.inject({ url, headers: { authorization } }), 404, 'COMMENT_NOT_FOUND')
  })
})
