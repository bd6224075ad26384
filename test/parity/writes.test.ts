import { randomUUID } from 'node:crypto'
import type { Response } from 'light-my-request'
import { describe, expect, test } from 'vitest'
import type { OwnComment } from '../../src/shapes/comments.ts'
import { keyHeaders } from '../api/support.ts'
import { graphql, startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'
import { OWN, own } from './names.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const { authorization } = await keyHeaders(server, 'comments:moderate')
await article(sql, { slug: 'open' })
await article(sql, { slug: 'held', commentPolicy: 'held' })
await article(sql, { slug: 'closed', commentPolicy: 'closed' })
await article(sql, { slug: 'hidden', status: 'draft' })

interface Refused {
  errors: { code: string; message: string; path: string | null }[]
}

type Posted = Refused & { comment: OwnComment; receipt: string; replayed: boolean }

const POST = `mutation($input: PostCommentInput!){it: postComment(input: $input){receipt replayed comment{${OWN} replies{nodes{id}}} errors{code message path}}}`
const EDIT = `mutation($input: EditCommentInput!){it: editComment(input: $input){comment{${OWN}} errors{code message path}}}`
const WITHDRAW =
  'mutation($input: WithdrawCommentInput!){it: withdrawComment(input: $input){withdrawn errors{code message path}}}'

async function mutate<T>(mutation: string, input: object, headers: Record<string, string> = {}): Promise<T> {
  const { status, data, errors } = await graphql<{ it: T }>(app, mutation, { input }, headers)
  expect([status, errors]).toEqual([200, undefined])
  return data.it
}
const post = (slug: string, payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: `/v1/articles/${slug}/comments`, payload, headers })

const words = { body: 'Some **words**', author: { name: 'Tamsin', url: 'https://t.example' } }

/** Everything but what differs from one comment to the next. */
const comparable = ({
  id: _,
  rootId: _r,
  createdAt: _c,
  editableUntil: _e,
  replies: _p,
  ...rest
}: Record<string, unknown>) => rest

describe('a comment is posted alike by REST and by GraphQL', () => {
  test.each(['open', 'held'])('under an article that is %s', async (slug) => {
    const byRest = (await post(slug, words)).json<{ comment: OwnComment; receipt: string }>()
    const byGraphql = await mutate<Posted>(POST, { article: slug, ...words })
    expect(byGraphql).toMatchObject({ errors: [], replayed: false })
    expect(comparable(byGraphql.comment)).toEqual(comparable(own(byRest.comment) as OwnComment))
    // the receipt of either face opens the comment at the other
    const read = await app.inject({
      url: `/v1/comments/${byGraphql.comment.id}`,
      headers: { 'comment-receipt': byGraphql.receipt },
    })
    const { replies: _, ...posted } = byGraphql.comment as OwnComment & { replies: object }
    expect(own(read.json())).toEqual(posted)
    const { data } = await graphql<{ comment: object }>(
      app,
      `{comment(id: "${byRest.comment.id}", receipt: "${byRest.receipt}"){${OWN} replies{nodes{id}} last: replies(last: 1){nodes{id}}}}`,
    )
    expect(data.comment).toEqual({ ...own(byRest.comment), replies: { nodes: [] }, last: { nodes: [] } })
  })

  test('with a key that one face used, the other gives the same answer', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const first = await post('open', words, headers)
    const second = await mutate<Posted>(POST, { article: 'open', ...words }, headers)
    expect(second.replayed).toBe(true)
    expect([second.comment.id, second.receipt]).toEqual([first.json().comment.id, first.json().receipt])
    const others = { 'idempotency-key': randomUUID() }
    const { comment: own } = await mutate<Posted>(POST, { article: 'open', ...words }, others)
    const again = await post('open', words, others)
    expect([again.json().comment.id, again.headers['idempotent-replayed']]).toEqual([own.id, 'true'])
  })
})

describe('a refusal is the same by REST and by GraphQL', () => {
  test.each([
    ['hidden', {}, 'ARTICLE_NOT_FOUND'],
    ['nothing', {}, 'ARTICLE_NOT_FOUND'],
    ['closed', {}, 'COMMENTS_CLOSED'],
    ['open', { parentId: randomUUID() }, 'PARENT_NOT_FOUND'],
  ])('to post under %s %j', async (slug, more, code) => {
    const problem = (await post(slug, { ...words, ...more })).json()
    expect(problem.code).toBe(code)
    const { errors, comment, receipt } = await mutate<Posted>(POST, { article: slug, ...words, ...more })
    expect([comment, receipt]).toEqual([null, null])
    expect(errors).toEqual([{ code, message: problem.detail, path: problem.errors?.[0].path ?? null }])
  })

  test.each([
    ['body', { body: '' }],
    ['body', { body: ' ' }],
    ['author/name', { author: { name: '\u200b' } }],
    ['author/email', { author: { name: 'T', email: 'x' } }],
    ['author/url', { author: { name: 'T', url: 'ftp://x.example' } }],
    ['parentId', { parentId: '7' }],
  ])('of a wrong %s %j, as VALIDATION_FAILED at the same place', async (place, more) => {
    const problem = (await post('open', { ...words, ...more })).json()
    expect([problem.code, problem.errors[0].path]).toEqual(['VALIDATION_FAILED', `/${place}`])
    const { errors } = await graphql(app, POST, { input: { article: 'open', ...words, ...more } })
    expect(errors).toMatchObject([{ extensions: { code: 'VALIDATION_FAILED', errors: problem.errors } }])
  })

  test('to edit and to withdraw with another receipt, too late, and what is not there', async () => {
    const mine = (await post('open', words)).json<{ comment: OwnComment; receipt: string }>()
    const other = (await post('open', words)).json<{ comment: OwnComment; receipt: string }>()
    const late = (await post('open', words)).json<{ comment: OwnComment; receipt: string }>()
    await sql`update comments set created_at = created_at - interval '5 minutes' where id = ${late.comment.id}`
    for (const [id, receipt, edit, withdraw] of [
      [randomUUID(), mine.receipt, 'COMMENT_NOT_FOUND', 'COMMENT_NOT_FOUND'],
      [mine.comment.id, other.receipt, 'AUTHENTICATION_FAILED', 'AUTHENTICATION_FAILED'],
      [late.comment.id, late.receipt, 'EDIT_WINDOW_CLOSED', undefined],
    ] as const) {
      const request = { url: `/v1/comments/${id}`, headers: { 'comment-receipt': receipt } }
      const codeOf = async (mutation: string, input: object): Promise<string | undefined> => {
        const { data, errors } = await graphql<{ it: Refused } | null>(app, mutation, { input })
        // who somebody is belongs to the request; all else is an answer
        return errors?.[0]?.extensions.code ?? data?.it.errors[0]?.code
      }
      const edited = await app.inject({ ...request, method: 'PATCH', payload: { body: 'New' } })
      expect([edited.json().code, await codeOf(EDIT, { id, receipt, body: 'New' })]).toEqual([edit, edit])
      const withdrawn = await codeOf(WITHDRAW, { id, receipt })
      expect(withdrawn).toBe(withdraw)
      const deleted = await app.inject({ ...request, method: 'DELETE' })
      expect(deleted.statusCode === 204 ? undefined : deleted.json().code).toBe(withdraw)
    }
  })
})

describe('an edit and a withdrawal are alike by REST and by GraphQL', () => {
  test('the same words give the same comment', async () => {
    const a = (await post('open', words)).json<{ comment: OwnComment; receipt: string }>()
    const b = (await post('open', words)).json<{ comment: OwnComment; receipt: string }>()
    const byRest = await app.inject({
      method: 'PATCH',
      url: `/v1/comments/${a.comment.id}`,
      headers: { 'comment-receipt': a.receipt },
      payload: { body: 'New words' },
    })
    const byGraphql = await mutate<Posted>(EDIT, { id: b.comment.id, receipt: b.receipt, body: 'New words' })
    const { editedAt: _, ...edited } = comparable(own(byRest.json()) as OwnComment)
    expect(comparable(byGraphql.comment)).toMatchObject(edited)
    expect(await mutate(WITHDRAW, { id: b.comment.id, receipt: b.receipt })).toEqual({
      withdrawn: true,
      errors: [],
    })
    expect((await app.inject(`/v1/comments/${b.comment.id}`)).statusCode).toBe(404)
  })
})

describe('moderation is alike by REST and by GraphQL', () => {
  const FIELDS = `id articleId parentId rootId depth status statusReason reasons revision vetted reportCount decidedBy hiddenBy author{name url verified} html text
    source email ipPrefix createdAt editedAt replyCount votes{up down score}`
  const headers = { authorization }

  test('the queue holds the same, with cursors that both take', async () => {
    const at = await article(sql, { slug: 'queued' })
    for (const minute of [1, 2, 3]) {
      await comment(sql, at, {
        status: 'spam',
        createdAt: `2026-02-0${minute}T00:00:00Z`,
        email: 'q@secret.example',
      })
    }
    let after: string | null = null
    do {
      const response: Response = await app.inject({
        url: `/v1/moderation/comments?status=spam&limit=2${after ? `&after=${after}` : ''}`,
        headers,
      })
      const { data: byRest, page } = response.json<{
        data: Record<string, unknown>[]
        page: { next: string | null }
      }>()
      const { data } = await graphql<{ it: { nodes: object[] } }>(
        app,
        `{it: moderationQueue(status: SPAM, first: 2${after ? `, after: "${after}"` : ''}){nodes{${FIELDS} decidedAt}}}`,
        {},
        headers,
      )
      const mapped = byRest.map(({ replyToId: _, placeholder: _p, deleted: _d, ...row }) => ({
        ...row,
        status: 'SPAM',
      }))
      expect(data.it.nodes).toEqual(mapped)
      after = page.next
    } while (after)
  })

  test('decisions have the same results, one by one', async () => {
    const at = await article(sql, { slug: 'decided' })
    const make = async () => [
      await comment(sql, at, { status: 'pending' }),
      await comment(sql, at, { status: 'deleted' }),
    ]
    const [a, b] = await make()
    const [c, d] = await make()
    const decisions = (pending: string | undefined, deleted: string | undefined) => [
      { commentId: pending, revision: 7, action: 'approve' },
      { commentId: pending, revision: 1, action: 'reject' },
      { commentId: pending, revision: 1, action: 'reject', reasonCode: 'off_topic' },
      { commentId: deleted, revision: 1, action: 'approve' },
      { commentId: randomUUID(), revision: 1, action: 'hold' },
    ]
    const response = await app.inject({
      method: 'POST',
      url: '/v1/moderation/decisions',
      headers,
      payload: { decisions: decisions(a, b) },
    })
    const { data } = await graphql<{
      decideComments: { results: { ok: boolean; code: string; detail: string }[] }
    }>(
      app,
      `mutation($decisions: [DecisionInput!]!){decideComments(decisions: $decisions){results{ok code detail comment{status statusReason revision}}}}`,
      {
        decisions: decisions(c, d).map(({ action, reasonCode, ...rest }) => ({
          ...rest,
          action: action.toUpperCase(),
          ...(reasonCode && { reasonCode: reasonCode.toUpperCase() }),
        })),
      },
      headers,
    )
    const results: typeof data.decideComments.results = response.json().results
    const brief = (list: typeof results) => list.map(({ ok, code, detail }) => ({ ok, code, detail }))
    expect(brief(data.decideComments.results)).toEqual(brief(results))
    expect(brief(results).map(({ code }) => code)).toEqual([
      'REVISION_STALE',
      'VALIDATION_FAILED',
      null,
      'INVALID_TRANSITION',
      'COMMENT_NOT_FOUND',
    ])
    expect(data.decideComments.results[2]).toMatchObject({
      comment: { status: 'REJECTED', statusReason: 'off_topic', revision: 2 },
    })
  })

  test('a key without the scope is FORBIDDEN by both', async () => {
    const reader = await keyHeaders(server, 'content:read')
    const { errors } = await graphql(
      app,
      '{moderationQueue{nodes{id}}}',
      {},
      { authorization: reader.authorization },
    )
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    const mutation = 'mutation{decideComments(decisions: []){results{ok}}}'
    const decided = await graphql(app, mutation, {}, { authorization: reader.authorization })
    expect(decided.errors?.[0]?.extensions.code).toMatch(/FORBIDDEN|VALIDATION_FAILED/)
  })
})
