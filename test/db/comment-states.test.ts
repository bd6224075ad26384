import { describe, expect, test } from 'vitest'
import { findComment, transition } from '../../src/core/comment-states.ts'
import type { TransitionActor } from '../../src/core/comment-transitions.ts'
import { createReceipts } from '../../src/core/receipts.ts'
import { inTransaction } from '../../src/db/client.ts'
import { lockThread } from '../../src/db/comment-writes.ts'
import { COMMENT_STATUSES, type CommentStatus } from '../../src/domain/comment.ts'
import { AppError } from '../../src/lib/errors.ts'
import { createSecrets } from '../../src/lib/secrets.ts'
import { keyHeaders } from '../api/support.ts'
import { startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'
import { wrongComments } from './judge.ts'

const SECRET = 'a secret for the states, 32 characters'
const server = await startApp({ SECRET })
const { app, deps, database } = server
const { sql } = database
const { authorization } = await keyHeaders(server, 'comments:moderate')
const receipts = createReceipts(createSecrets(Buffer.from(SECRET)))
const articleId = await article(sql)

const ACTORS: TransitionActor[] = ['system', 'author', 'moderator', 'admin', 'subject']

/** Where a comment may stand; of one that is deleted it matters by whom, from what and when. */
const PLACES = [
  'pending',
  'approved',
  'rejected',
  'spam',
  'erased',
  'withdrawn',
  'deleted too long ago',
  'scrubbed',
  'deleted from pending',
  'deleted from approved',
  'deleted from rejected',
  'deleted from spam',
] as const
type Place = (typeof PLACES)[number]

/** comments.md §2, written down a second time: who may take a comment from (row) to (column). */
const S = 'system'
const A = 'author'
const M = 'moderator'
const X = 'admin'
const U = 'subject'
const ALL = [S, A, M, X, U]
const GONE = { pending: [], approved: [], rejected: [], spam: [], deleted: ALL, erased: [X, U] }
const TABLE: Record<Place, Record<CommentStatus, string[]>> = {
  pending: {
    pending: ALL,
    approved: [M, S],
    rejected: [M, S],
    spam: [M, S],
    deleted: [A, M],
    erased: [X, U],
  },
  approved: { pending: [S, M], approved: ALL, rejected: [M], spam: [M], deleted: [A, M], erased: [X, U] },
  rejected: { pending: [M], approved: [M], rejected: ALL, spam: [], deleted: [A, M], erased: [X, U] },
  spam: { pending: [M], approved: [M], rejected: [], spam: ALL, deleted: [A, M], erased: [X, U] },
  erased: { pending: [], approved: [], rejected: [], spam: [], deleted: [], erased: ALL },
  withdrawn: GONE,
  'deleted too long ago': GONE,
  scrubbed: GONE,
  'deleted from pending': { ...GONE, pending: [M] },
  'deleted from approved': { ...GONE, approved: [M] },
  'deleted from rejected': { ...GONE, rejected: [M] },
  'deleted from spam': { ...GONE, spam: [M] },
}

const statusOf = (place: Place): CommentStatus => COMMENT_STATUSES.find((one) => one === place) ?? 'deleted'

/** By plain SQL. @returns the id of a comment that stands there. */
async function put(place: Place): Promise<string> {
  const id = await comment(sql, articleId, { status: statusOf(place) })
  await sql`update comments set decided_at = now() - interval '29 days 23 hours' where id = ${id}`
  const from = /^deleted from (.*)/.exec(place)?.[1] ?? 'approved'
  if (statusOf(place) === 'deleted' && place !== 'withdrawn')
    await sql`update comments set deleted_from = ${from} where id = ${id}`
  if (place === 'deleted too long ago')
    await sql`update comments set decided_at = now() - interval '30 days 1 minute' where id = ${id}`
  if (place === 'scrubbed')
    await sql`update comments set body = '', body_html = '', body_text = '', scrubbed_at = now() where id = ${id}`
  return id
}

interface Outcome {
  moved: boolean
  /** Of a refusal. */
  code?: string
  allowed?: string[]
}

/** Through the one transition function. */
async function move(id: string, status: CommentStatus, actor: TransitionActor): Promise<Outcome> {
  try {
    const moved = await inTransaction(deps.database.db, 'test', async (tx) => {
      await lockThread(tx, id)
      const row = await findComment(tx, id)
      return transition(tx, row, { status, reason: 'moderator', decidedBy: 'test' }, actor)
    })
    return { moved }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { from, allowed } = error.details.extra as { from: string; allowed: string[] }
    const [row] = await sql`select status from comments where id = ${id}`
    expect(from).toBe(row?.['status'])
    return { moved: false, code: error.code, allowed: allowed.sort() }
  }
}

const changesOf = async (id: string) => (await sql`select from changes where subject_id = ${id}`).length
const standing = async (id: string) => {
  const [row] = await sql`
    select status, revision, vetted, deleted_from as "deletedFrom" from comments where id = ${id}`
  return { ...row } as {
    status: CommentStatus
    revision: number
    vetted: boolean
    deletedFrom: string | null
  }
}

describe.each(PLACES)('from %s', (place) => {
  test.each(COMMENT_STATUSES)('to %s goes who the table says, and nobody else', async (to) => {
    const from = statusOf(place)
    for (const actor of ACTORS) {
      const id = await put(place)
      const before = { ...(await standing(id)), changes: await changesOf(id) }
      const outcome = await move(id, to, actor)
      const allowed = TABLE[place][to].includes(actor)
      const moved = allowed && from !== to
      const others = COMMENT_STATUSES.filter(
        (status) => status !== from && TABLE[place][status].includes(actor),
      )
      expect([actor, outcome]).toEqual([
        actor,
        allowed ? { moved } : { moved: false, code: 'INVALID_TRANSITION', allowed: others.sort() },
      ])
      const after = await standing(id)
      expect(after).toMatchObject({ status: allowed ? to : from, revision: moved ? 2 : 1 })
      expect((await changesOf(id)) - before.changes).toBe(moved ? 1 : 0)
      expect(after.vetted).toBe(moved && actor === 'moderator' && to === 'approved')
      if (moved) expect(after.deletedFrom).toBe(actor === 'moderator' && to === 'deleted' ? from : null)
    }
  })

  test('the doors of moderators lead where the table says', async () => {
    const doors = {
      approve: 'approved',
      reject: 'rejected',
      spam: 'spam',
      hold: 'pending',
      delete: 'deleted',
      restore: /^deleted from (.*)/.exec(place)?.[1],
    }
    for (const [action, to] of Object.entries(doors) as [string, CommentStatus | undefined][]) {
      const id = await put(place)
      const [result] = await decide({
        commentId: id,
        revision: 1,
        action,
        ...(action === 'reject' && { reasonCode: 'abusive' }),
      })
      const allowed = to !== undefined && TABLE[place][to].includes(M)
      expect([action, result]).toMatchObject([
        action,
        allowed ? { ok: true, code: null } : { ok: false, code: 'INVALID_TRANSITION' },
      ])
      expect((await standing(id)).status).toBe(allowed ? to : statusOf(place))
    }
  })

  test('the door of the author leads where the table says', async () => {
    const id = await put(place)
    const nonce = Buffer.alloc(16, 7)
    await sql`update comment_private set receipt_nonce = ${nonce} where comment_id = ${id}`
    const receipt = receipts.issue(await findComment(deps.database.db, id))
    const headers = { 'comment-receipt': receipt }
    const response = await app.inject({ method: 'DELETE', url: `/v1/comments/${id}`, headers })
    const allowed = TABLE[place].deleted.includes(A)
    expect(response.statusCode).toBe(allowed ? 204 : 404)
    // what its author takes back, no moderator brings back
    expect(await standing(id)).toMatchObject({
      status: allowed ? 'deleted' : statusOf(place),
      deletedFrom: null,
    })
  })
})

test('after all that every counter and every hiding is right', async () => {
  expect(await wrongComments(sql)).toEqual([])
})

async function decide(...decisions: object[]) {
  const request = { method: 'POST', url: '/v1/moderation/decisions', headers: { authorization } } as const
  const response = await app.inject({ ...request, payload: { decisions } })
  expect(response.statusCode).toBe(200)
  return response.json<{ results: { ok: boolean; code: string | null }[] }>().results
}

describe('a decision of a person', () => {
  const reported = async (status: string) => {
    const id = await comment(sql, articleId, { status })
    for (const n of [1, 2, 3])
      await sql`insert into comment_reports (comment_id, reporter_key, proven, reason)
        values (${id}, ${Buffer.alloc(32, n)}, true, 'abusive')`
    return id
  }
  const resolutions = async (id: string) =>
    (await sql`select resolution from comment_reports where comment_id = ${id}`).map(
      (row) => row['resolution'],
    )

  test.each([
    ['pending', 'approve', 'dismissed', 0],
    ['approved', 'reject', 'upheld', 0],
    ['approved', 'spam', 'upheld', 0],
    ['approved', 'delete', 'upheld', 0],
    ['approved', 'hold', null, 3],
  ] as const)('answers the open reports: %s, %s, %s', async (status, action, resolution, open) => {
    const id = await reported(status)
    const reason = action === 'reject' ? { reasonCode: 'abusive' } : {}
    await decide({ commentId: id, revision: 1, action, ...reason })
    expect(await resolutions(id)).toEqual([resolution, resolution, resolution])
    const [row] = await sql`select report_count from comments where id = ${id}`
    expect(row?.['report_count']).toBe(open)
  })

  test('that agrees with how a comment stands vouches for it, where it names these words', async () => {
    const id = await reported('approved')
    await sql`update comments set revision = 2 where id = ${id}`
    const [stale] = await decide({ commentId: id, revision: 1, action: 'approve' })
    expect(stale).toMatchObject({ ok: true })
    expect([await standing(id), await resolutions(id)]).toMatchObject([{ vetted: false }, [null, null, null]])
    await decide({ commentId: id, revision: 2, action: 'approve' })
    expect(await standing(id)).toMatchObject({ status: 'approved', revision: 2, vetted: true })
    expect(await resolutions(id)).toEqual(['dismissed', 'dismissed', 'dismissed'])
    const before = await changesOf(id)
    await decide({ commentId: id, revision: 2, action: 'approve' })
    expect(await changesOf(id)).toBe(before)
  })

  test('of the system, and of the author, answers none', async () => {
    const [held, withdrawn] = [await reported('approved'), await reported('approved')]
    await move(held, 'pending', 'system')
    await move(withdrawn, 'deleted', 'author')
    for (const id of [held, withdrawn]) expect(await resolutions(id)).toEqual([null, null, null])
  })
})
