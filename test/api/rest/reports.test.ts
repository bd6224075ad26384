import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { createDeviceTokens } from '../../../src/core/device-tokens.ts'
import { createSecrets } from '../../../src/lib/secrets.ts'
import { startApp } from '../../setup/app.ts'
import { article, comment } from '../../setup/data.ts'
import { keyHeaders, problemOf } from '../support.ts'

const SECRET = 'a secret for reports, 32 characters'
const server = await startApp({ SECRET, COMMENTS_REPORTS: '3' })
const { app, database } = server
const { sql } = database
const { authorization } = await keyHeaders(server, 'comments:write')
const moderator = await keyHeaders(server, 'comments:moderate')
const devices = createDeviceTokens(createSecrets(Buffer.from(SECRET)))
const articleId = await article(sql, { slug: 'reported' })

const report = (id: string, headers: Record<string, string>, payload: object = { reason: 'abusive' }) =>
  app.inject({ method: 'POST', url: `/v1/comments/${id}/reports`, headers, payload })
const subject = (name: string) => ({ authorization, 'comment-subject': name })
const standing = async (id: string) => {
  const [row] = await sql`
    select status, status_reason, decided_by, report_count from comments where id = ${id}`
  return Object.values({ ...row })
}

let id: string
beforeEach(async () => {
  id = await comment(sql, articleId)
})

describe('a report', () => {
  test('is taken once for each reporter, and answered alike each time', async () => {
    for (const payload of [{ reason: 'abusive', note: ' A\u202e note ' }, { reason: 'other' }]) {
      const response = await report(id, subject('ada'), payload)
      expect(response.statusCode).toBe(202)
      expect(response.json()).toEqual({ commentId: id, reported: true })
    }
    const rows =
      await sql`select reason, note, proven, resolution from comment_reports where comment_id = ${id}`
    expect([...rows]).toEqual([{ reason: 'abusive', note: 'A note', proven: true, resolution: null }])
    expect(await standing(id)).toEqual(['approved', 'accepted', 'system', 1])
  })

  test('of enough proven reporters withdraws the comment; devices do not count', async () => {
    for (let n = 0; n < 4; n++) await report(id, { 'comment-device': devices.issue() })
    await report(id, subject('ada'))
    await report(id, subject('ben'))
    await report(id, subject('ben'))
    expect(await standing(id)).toEqual(['approved', 'accepted', 'system', 6])
    expect((await report(id, subject('cleo'))).statusCode).toBe(202)
    expect(await standing(id)).toEqual(['pending', 'flags', 'system', 7])
    problemOf(await report(id, subject('dan')), 404, 'COMMENT_NOT_FOUND')
  })

  test('withdraws nothing that a person approved, until its words change', async () => {
    await sql`update comments set status = 'pending' where id = ${id}`
    const decisions = [{ commentId: id, revision: 1, action: 'approve' }]
    const headers = { authorization: moderator.authorization }
    await app.inject({ method: 'POST', url: '/v1/moderation/decisions', headers, payload: { decisions } })
    for (const name of ['a', 'b', 'c', 'd']) await report(id, subject(name))
    expect(await standing(id)).toEqual(['approved', 'moderator', `key:${moderator.id}`, 4])
    await sql`update comments set vetted = false where id = ${id}`
    await report(id, subject('e'))
    expect((await standing(id)).slice(0, 2)).toEqual(['pending', 'flags'])
  })

  test('is only for what the public sees', async () => {
    const hidden = await article(sql, { status: 'draft', publishedAt: null })
    const rejected = await comment(sql, articleId, { status: 'rejected' })
    const deleted = await comment(sql, articleId, { status: 'deleted' })
    await comment(sql, articleId, { parentId: deleted })
    const unseen = [
      randomUUID(),
      await comment(sql, hidden),
      rejected,
      deleted,
      await comment(sql, articleId, { parentId: rejected }),
    ]
    for (const one of unseen) problemOf(await report(one, subject('ada')), 404, 'COMMENT_NOT_FOUND')
    expect(await sql`select from comment_reports where comment_id = any(${unseen})`).toHaveLength(0)
  })

  test('of nobody, of a false device, or of another shape is refused', async () => {
    problemOf(await report(id, {}), 401, 'AUTHENTICATION_FAILED')
    problemOf(await report(id, { 'comment-device': 'x' }), 401, 'AUTHENTICATION_FAILED')
    problemOf(await report(id, { authorization }), 401, 'AUTHENTICATION_FAILED')
    problemOf(await report(id, { 'comment-subject': 'ada' }), 403, 'FORBIDDEN')
    for (const [payload, path] of [
      [{}, '/reason'],
      [{ reason: 'rude' }, '/reason'],
      [{ reason: 'other', note: 'x'.repeat(501) }, '/note'],
      [{ reason: 'other', resolution: 'upheld' }, '/resolution'],
    ] as const) {
      const response = await report(id, subject('ada'), payload)
      expect(problemOf(response, 400, 'VALIDATION_FAILED').errors?.[0]?.path).toBe(path)
    }
    expect((await standing(id))[3]).toBe(0)
  })
})

test('twenty reporters at once withdraw a comment exactly once', async () => {
  for (let round = 0; round < 4; round++) {
    const one = await comment(sql, articleId)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => report(one, subject(`reader ${n}`.replace(' ', '-')))),
    )
    const taken = answers.filter(({ statusCode }) => statusCode === 202)
    for (const response of answers) expect([202, 404]).toContain(response.statusCode)
    expect(taken).toHaveLength(3)
    expect(await standing(one)).toEqual(['pending', 'flags', 'system', 3])
    const moves = await sql`select from changes where subject_id = ${one} and payload ? 'oldStatus'`
    expect(moves).toHaveLength(1)
    const [row] = await sql`select revision from comments where id = ${one}`
    expect(row?.['revision']).toBe(2)
  }
})
