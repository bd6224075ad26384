import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { NewComment, OwnComment } from '../../../src/shapes/comments.ts'
import { startApp } from '../../setup/app.ts'
import { article, comment } from '../../setup/data.ts'
import { keyHeaders, problemOf, rowCounts, UUID } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const closedSite = await startApp({ COMMENTS: 'closed' })

const words = (body = 'Fine words', more: Partial<NewComment> = {}): NewComment => ({
  body,
  author: { name: 'Tamsin' },
  ...more,
})

const post = (slug: string, payload: object = words(), headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: `/v1/articles/${slug}/comments`, payload, headers })

async function posted(slug: string, payload: object = words()) {
  const response = await post(slug, payload)
  expect([201, 202]).toContain(response.statusCode)
  const { comment, receipt } = response.json<{ comment: OwnComment; receipt: string }>()
  const headers = { 'comment-receipt': receipt }
  return {
    comment,
    receipt,
    url: `/v1/comments/${comment.id}`,
    read: () => app.inject({ url: `/v1/comments/${comment.id}`, headers }),
    edit: (body: string) =>
      app.inject({ method: 'PATCH', url: `/v1/comments/${comment.id}`, headers, payload: { body } }),
    withdraw: () => app.inject({ method: 'DELETE', url: `/v1/comments/${comment.id}`, headers }),
  }
}

await article(sql, { slug: 'open' })

describe('a comment under an open article', () => {
  test('is live at once: 201, Location, and it stands in the list and in the count', async () => {
    await article(sql, { slug: 'fresh' })
    const response = await post('fresh', {
      body: 'My **own** words\n\n<b>not bold</b>',
      author: { name: '  Tamsin  ', email: 'tamsin@secret.example', url: 'https://tamsin.example' },
    })
    expect(response.statusCode).toBe(201)
    const { comment: own, receipt } = response.json<{ comment: OwnComment; receipt: string }>()
    expect(own).toMatchObject({
      status: 'approved',
      depth: 0,
      parentId: null,
      rootId: own.id,
      author: { name: 'Tamsin', url: 'https://tamsin.example/' },
      source: 'My **own** words\n\n<b>not bold</b>',
      text: 'My own words\n\n<b>not bold</b>',
      placeholder: null,
    })
    expect(own.id).toMatch(UUID)
    expect(own.html).toContain('<strong>own</strong>')
    expect(own.html).not.toContain('<b>')
    expect(receipt).toMatch(/^bsr_[\w-]{64}$/)
    expect(response.headers.location).toBe(`http://broadsheet.test/v1/comments/${own.id}`)
    expect(response.headers['cache-control']).toBe('no-store')
    const list = (await app.inject('/v1/articles/fresh/comments')).json()
    expect(list.data.map(({ id }: { id: string }) => id)).toEqual([own.id])
    expect((await app.inject('/v1/articles/fresh')).json()).toMatchObject({
      commentCount: 1,
      commentsOpen: true,
    })
  })

  test('keeps no address but its network, and never shows it or the e-mail', async () => {
    const email = 'kept@secret.example'
    const response = await app.inject({
      method: 'POST',
      url: '/v1/articles/open/comments',
      payload: { body: 'Private side', author: { name: 'T', email } },
      remoteAddress: '203.0.113.77',
    })
    const { id } = response.json().comment
    const [row] = await sql`select email, ip_prefix from comment_private where comment_id = ${id}`
    expect(row).toEqual({ email, ip_prefix: '203.0.113.0/24' })
    const stored = JSON.stringify(
      await sql`select c.*, p.* from comments c join comment_private p on p.comment_id = c.id`,
    )
    expect(stored).not.toContain('203.0.113.77')
    const answers = [
      response.body,
      (await app.inject(`/v1/comments/${id}`)).body,
      (await app.inject('/v1/articles/open/comments')).body,
    ]
    for (const body of answers) {
      expect(body).not.toContain(email)
      expect(body).not.toContain('203.0.113')
    }
  })

  test('believes no X-Forwarded-For of a stranger', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/v1/articles/open/comments',
      payload: words('Forwarded'),
      headers: { 'x-forwarded-for': '198.51.100.9' },
      remoteAddress: '203.0.113.78',
    })
    const [row] =
      await sql`select ip_prefix from comment_private where comment_id = ${response.json().comment.id}`
    expect(row?.['ip_prefix']).toBe('203.0.113.0/24')
  })

  test.each([
    ['two links', 'https://one.example and https://two.example', 202],
    ['two links of Markdown', '[a](https://one.example) [b](https://two.example)', 202],
    ['two addresses in code', '`https://one.example https://two.example`', 202],
    ['one link', 'see https://www.one.example', 201],
  ])('is held from two links on: %s', async (_, body, status) => {
    const response = await post('open', words(body))
    expect(response.statusCode).toBe(status)
    expect(response.json().comment.status).toBe(status === 202 ? 'pending' : 'approved')
  })

  test('is found by article id and by an old slug as well', async () => {
    const id = await article(sql, { slug: 'named-before' })
    await sql`update articles set slug = 'named-now' where id = ${id}`
    for (const ref of [id, 'named-before', 'named-now']) {
      expect((await post(ref)).json().comment.articleId).toBe(id)
    }
  })
})

describe('the policy', () => {
  test.each([
    ['open', 201],
    ['known', 202],
    ['held', 202],
  ])('%s of an article answers %i', async (commentPolicy, status) => {
    await article(sql, { slug: `policy-${commentPolicy}`, commentPolicy })
    expect((await post(`policy-${commentPolicy}`)).statusCode).toBe(status)
    const { body } = await app.inject(`/v1/articles/policy-${commentPolicy}/comment-policy`)
    expect(JSON.parse(body)).toMatchObject({ commentPolicy, open: true, editWindowSeconds: 300 })
    expect((await app.inject(`/v1/articles/policy-${commentPolicy}/comments`)).json().data).toHaveLength(
      status === 201 ? 1 : 0,
    )
  })

  test('closed refuses with COMMENTS_CLOSED and writes nothing', async () => {
    await article(sql, { slug: 'policy-closed', commentPolicy: 'closed' })
    const before = await rowCounts(sql)
    problemOf(await post('policy-closed'), 403, 'COMMENTS_CLOSED')
    expect(await rowCounts(sql)).toEqual(before)
    expect((await app.inject('/v1/articles/policy-closed')).json().commentsOpen).toBe(false)
    expect((await app.inject('/v1/articles/policy-closed/comment-policy')).json().open).toBe(false)
  })

  test('of the site holds where the article says nothing, and only there', async () => {
    await article(closedSite.database.sql, { slug: 'silent' })
    await article(closedSite.database.sql, { slug: 'spoken', commentPolicy: 'open' })
    const postThere = (slug: string) =>
      closedSite.app.inject({ method: 'POST', url: `/v1/articles/${slug}/comments`, payload: words() })
    problemOf(await postThere('silent'), 403, 'COMMENTS_CLOSED')
    expect((await postThere('spoken')).statusCode).toBe(201)
    const { commentPolicy, open } = (await closedSite.app.inject('/v1/articles/silent/comment-policy')).json()
    expect([commentPolicy, open]).toEqual(['closed', false])
  })

  test('closes with the closing date of the article, which the refusal tells', async () => {
    const id = await article(sql, { slug: 'closing' })
    await sql`update articles set comments_close_at = now() + interval '1 hour' where id = ${id}`
    expect((await post('closing')).statusCode).toBe(201)
    await sql`update articles set comments_close_at = '2026-02-02T00:00:00Z' where id = ${id}`
    const problem = problemOf(await post('closing'), 403, 'COMMENTS_CLOSED')
    expect(problem).toMatchObject({ closedAt: '2026-02-02T00:00:00.000Z' })
    expect((await app.inject('/v1/articles/closing')).json().commentsOpen).toBe(false)
  })

  test.each(['draft', 'archived', 'trashed', 'scheduled', 'expired'])(
    'is never reached under a hidden article: %s is as absent',
    async (state) => {
      const slug = `under-${state}`
      await article(sql, {
        slug,
        ...(state === 'scheduled'
          ? { publishedAt: '2999-01-01T00:00:00Z' }
          : state === 'expired'
            ? { unpublishAt: '2026-01-02T00:00:00Z' }
            : { status: state }),
      })
      const hidden = problemOf(await post(slug), 404, 'ARTICLE_NOT_FOUND')
      const absent = problemOf(await post('nothing-at-all'), 404, 'ARTICLE_NOT_FOUND')
      expect({ ...hidden, instance: '' }).toEqual({ ...absent, instance: '' })
    },
  )
})

describe('the receipt', () => {
  test('lets the author read what was held, and nobody else', async () => {
    await article(sql, { slug: 'held-here', commentPolicy: 'held' })
    const { url, read, comment: own } = await posted('held-here')
    problemOf(await app.inject(url), 404, 'COMMENT_NOT_FOUND')
    const response = await read()
    expect(response.json()).toEqual(own)
    expect(response.headers['cache-control']).toBe('no-store')
    const another = await posted('held-here')
    for (const receipt of [another.receipt, 'bsr_', `bsr_${'A'.repeat(43)}`, 'x', '']) {
      const headers = { 'comment-receipt': receipt }
      problemOf(await app.inject({ url, headers }), 404, 'COMMENT_NOT_FOUND')
      problemOf(await app.inject({ method: 'DELETE', url, headers }), 404, 'COMMENT_NOT_FOUND')
      problemOf(
        await app.inject({ method: 'PATCH', url, headers, payload: { body: 'mine now' } }),
        404,
        'COMMENT_NOT_FOUND',
      )
    }
  })

  test('that is missing or wrong under a visible comment is AUTHENTICATION_FAILED for a write', async () => {
    const { url } = await posted('open')
    const other = await posted('open')
    for (const headers of [{}, { 'comment-receipt': other.receipt }]) {
      const deleted = await app.inject({ method: 'DELETE', url, headers })
      problemOf(deleted, 401, 'AUTHENTICATION_FAILED')
      expect(deleted.headers['www-authenticate']).toBe('Receipt')
      const edited = await app.inject({ method: 'PATCH', url, headers, payload: { body: 'mine now' } })
      problemOf(edited, 401, 'AUTHENTICATION_FAILED')
    }
    expect((await app.inject(url)).json().text).toBe('Fine words')
  })

  test('lets the author edit: new words, a new revision, seen by all', async () => {
    const { url, edit } = await posted('open')
    const response = await edit('Better *words*')
    expect(response.json()).toMatchObject({ status: 'approved', source: 'Better *words*' })
    const seen = (await app.inject(url)).json()
    expect(seen).toMatchObject({ text: 'Better words' })
    expect(seen.editedAt).not.toBeNull()
    problemOf(await edit(' \n '), 400, 'VALIDATION_FAILED')
  })

  test('edits no more once the window is over, but still withdraws', async () => {
    const { comment: own, url, edit, read, withdraw } = await posted('open')
    await sql`update comments set created_at = created_at - interval '5 minutes' where id = ${own.id}`
    problemOf(await edit('Too late'), 403, 'EDIT_WINDOW_CLOSED')
    expect((await read()).json()).toMatchObject({ editableUntil: null, text: 'Fine words' })
    expect((await withdraw()).statusCode).toBe(204)
    problemOf(await app.inject(url), 404, 'COMMENT_NOT_FOUND')
  })

  test('edits nothing under an article that closed or went away meanwhile', async () => {
    const id = await article(sql, { slug: 'closes-meanwhile' })
    const { edit } = await posted('closes-meanwhile')
    await sql`update articles set comment_policy = 'closed' where id = ${id}`
    problemOf(await edit('After closing'), 403, 'COMMENTS_CLOSED')
    await sql`update articles set status = 'draft' where id = ${id}`
    problemOf(await edit('After hiding'), 404, 'COMMENT_NOT_FOUND')
  })

  test('withdraws the comment: a placeholder where it has replies, and the author sees no words either', async () => {
    const { comment: own, url, read, withdraw, edit } = await posted('open')
    await posted('open', words('A reply', { parentId: own.id }))
    const response = await withdraw()
    expect([response.statusCode, response.body]).toEqual([204, ''])
    expect((await app.inject(url)).json()).toMatchObject({ placeholder: 'deleted', text: null, author: null })
    expect((await read()).json()).toMatchObject({ status: 'deleted', text: null, source: '', author: null })
    expect((await withdraw()).statusCode).toBe(204)
    problemOf(await edit('Back again'), 403, 'EDIT_WINDOW_CLOSED')
  })
})

describe('an edit meets the rules anew', () => {
  test('and words that would be held withdraw the comment to the queue', async () => {
    await article(sql, { slug: 'rules-anew' })
    const { url, edit } = await posted('rules-anew')
    const response = await edit('https://one.example https://two.example')
    expect(response.json()).toMatchObject({ status: 'pending' })
    problemOf(await app.inject(url), 404, 'COMMENT_NOT_FOUND')
    expect((await app.inject('/v1/articles/rules-anew')).json().commentCount).toBe(0)
    const again = await edit('No links any more')
    // an edit lets nothing through: else it would tell spam, which stays, from what is held
    expect(again.json()).toMatchObject({ status: 'pending', text: 'No links any more' })
    expect((await app.inject('/v1/articles/rules-anew')).json().commentCount).toBe(0)
  })

  test('but does not let go what a moderator put on hold, nor what is spam', async () => {
    for (const action of ['hold', 'spam']) {
      const { comment: own, url, edit } = await posted('open')
      const decisions = [{ commentId: own.id, revision: 1, action }]
      const headers = await keyHeaders(server, 'comments:moderate')
      await app.inject({ method: 'POST', url: '/v1/moderation/decisions', headers, payload: { decisions } })
      expect((await edit('Harmless')).json().status).toBe('pending')
      problemOf(await app.inject(url), 404, 'COMMENT_NOT_FOUND')
    }
  })
})

describe('a reply', () => {
  test('hangs below the comment that it answers', async () => {
    const { comment: root } = await posted('open')
    const { comment: reply } = await posted('open', words('Reply', { parentId: root.id.toUpperCase() }))
    expect(reply).toMatchObject({ parentId: root.id, rootId: root.id, depth: 1, replyToId: null })
    expect((await app.inject(`/v1/comments/${root.id}`)).json().replyCount).toBe(1)
  })

  test('past the depth limit hangs beside the one that it answers and remembers whom', async () => {
    let parentId = (await posted('open')).comment.id
    const chain = [parentId]
    for (let depth = 1; depth <= 5; depth++) {
      const { comment: reply } = await posted('open', words(`Depth ${depth}`, { parentId }))
      expect(reply).toMatchObject({ parentId, depth, rootId: chain[0], replyToId: null })
      parentId = reply.id
      chain.push(parentId)
    }
    const { comment: deepest } = await posted('open', words('Too deep', { parentId }))
    expect(deepest).toMatchObject({ depth: 5, parentId: chain[4], replyToId: chain[5], rootId: chain[0] })
    const { comment: deeper } = await posted('open', words('Deeper still', { parentId: deepest.id }))
    expect(deeper).toMatchObject({ depth: 5, parentId: chain[4], replyToId: deepest.id })
  })

  test('to a missing, foreign or hidden comment is PARENT_NOT_FOUND, one answer for all', async () => {
    const here = await article(sql, { slug: 'replied' })
    const elsewhere = await article(sql, { slug: 'elsewhere' })
    const rejected = await comment(sql, here, { status: 'rejected' })
    const parents = [
      randomUUID(),
      await comment(sql, elsewhere),
      rejected,
      await comment(sql, here, { parentId: rejected }),
      await comment(sql, here, { status: 'pending' }),
      await comment(sql, here, { status: 'spam' }),
      await comment(sql, here, { status: 'erased' }),
    ]
    const before = await rowCounts(sql)
    const answers = []
    for (const parentId of parents) {
      const problem = problemOf(await post('replied', words('Reply', { parentId })), 422, 'PARENT_NOT_FOUND')
      answers.push({ ...problem, instance: '' })
    }
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]?.errors).toEqual([{ path: '/parentId', message: 'is no comment of this article' }])
    expect(await rowCounts(sql)).toEqual(before)
  })

  test('to a deleted comment is PARENT_NOT_REPLYABLE', async () => {
    const here = await article(sql, { slug: 'replied-deleted' })
    const parentId = await comment(sql, here, { status: 'deleted' })
    problemOf(await post('replied-deleted', words('Reply', { parentId })), 422, 'PARENT_NOT_REPLYABLE')
  })
})

describe('Idempotency-Key', () => {
  const newKey = () => `key-${randomUUID()}`

  test('makes one comment of many sends, and every replay is the same answer, marked', async () => {
    await article(sql, { slug: 'retried' })
    const headers = { 'idempotency-key': newKey() }
    const once = await post('retried', words(), headers)
    expect(once.headers).not.toHaveProperty('idempotent-replayed')
    for (const key of [headers['idempotency-key'], `"${headers['idempotency-key']}"`]) {
      const again = await post(
        'retried',
        { author: { name: 'Tamsin' }, body: 'Fine words' },
        { 'idempotency-key': key },
      )
      expect(again.statusCode).toBe(201)
      expect(again.headers['idempotent-replayed']).toBe('true')
      expect(again.headers.location).toBe(once.headers.location)
      expect(again.json()).toEqual(once.json())
    }
    expect((await app.inject('/v1/articles/retried/comments')).json().data).toHaveLength(1)
  })

  test('replays a held comment as held, and one that was withdrawn as it now is', async () => {
    await article(sql, { slug: 'retried-held', commentPolicy: 'held' })
    const headers = { 'idempotency-key': newKey() }
    const once = await post('retried-held', words(), headers)
    expect((await post('retried-held', words(), headers)).statusCode).toBe(202)
    const { comment: own, receipt } = once.json()
    await app.inject({
      method: 'DELETE',
      url: `/v1/comments/${own.id}`,
      headers: { 'comment-receipt': receipt },
    })
    const again = await post('retried-held', words(), headers)
    expect(again.json()).toMatchObject({ receipt, comment: { id: own.id, status: 'deleted', source: '' } })
  })

  test('is refused for another request, and means nothing under another article or caller', async () => {
    await article(sql, { slug: 'one-article' })
    await article(sql, { slug: 'other-article' })
    const headers = { 'idempotency-key': newKey() }
    const { comment: own } = (await post('one-article', words(), headers)).json()
    problemOf(await post('one-article', words('Other words'), headers), 422, 'IDEMPOTENCY_KEY_REUSED')
    expect((await post('other-article', words('Other words'), headers)).statusCode).toBe(201)
    const { authorization } = await keyHeaders(server, 'comments:write')
    const byKey = await post('one-article', words(), { ...headers, authorization })
    expect(byKey.statusCode).toBe(201)
    expect(byKey.json().comment.id).not.toBe(own.id)
  })

  test('is forgotten where the request was refused', async () => {
    const id = await article(sql, { slug: 'refused-first', commentPolicy: 'closed' })
    const headers = { 'idempotency-key': newKey() }
    problemOf(await post('refused-first', words(), headers), 403, 'COMMENTS_CLOSED')
    await sql`update articles set comment_policy = 'open' where id = ${id}`
    expect((await post('refused-first', words('Now open'), headers)).statusCode).toBe(201)
  })

  test('is good again after 24 hours', async () => {
    const headers = { 'idempotency-key': newKey() }
    const once = await post('open', words(), headers)
    await sql`update idempotency_keys set created_at = created_at - interval '24 hours' where key = ${headers['idempotency-key']}`
    const again = await post('open', words('A day later'), headers)
    expect(again.statusCode).toBe(201)
    expect(again.json().comment.id).not.toBe(once.json().comment.id)
  })

  test.each([
    'short',
    'x'.repeat(15),
    'x'.repeat(256),
    'with blanks in the middle',
    'ümlaut-ümlaut-ümlaut',
    '',
  ])('that is none is refused: %j', async (key) => {
    problemOf(await post('open', words(), { 'idempotency-key': key }), 400, 'IDEMPOTENCY_KEY_INVALID')
  })

  test('in use by a request that is not done yet is IDEMPOTENCY_IN_FLIGHT with Retry-After', async () => {
    const id = await article(sql, { slug: 'in-flight' })
    const key = newKey()
    await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtextextended(${`anonymous:comment:${id}\n${key}`}, 0))`
      const response = await post('in-flight', words(), { 'idempotency-key': key })
      problemOf(response, 409, 'IDEMPOTENCY_IN_FLIGHT')
      expect(response.headers['retry-after']).toBe('1')
    })
    expect((await post('in-flight', words(), { 'idempotency-key': key })).statusCode).toBe(201)
  })

  test('sent by twenty at once makes one comment', async () => {
    await article(sql, { slug: 'stormed' })
    const headers = { 'idempotency-key': newKey() }
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('stormed', words(), headers)))
    const made = answers.filter(({ statusCode }) => statusCode === 201)
    expect(new Set(made.map((answer) => answer.json().comment.id)).size).toBe(1)
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 201)) {
      problemOf(answer, 409, 'IDEMPOTENCY_IN_FLIGHT')
    }
    expect((await app.inject('/v1/articles/stormed')).json().commentCount).toBe(1)
  })
})
