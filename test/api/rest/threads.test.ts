import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Comment, Thread } from '../../../src/shapes/comments.ts'
import { startApp } from '../../setup/app.ts'
import { article, comment, setStatus, votes } from '../../setup/data.ts'
import { conversation, problemOf } from '../support.ts'

const { app, database } = await startApp()
const { sql } = database
const articleId = await article(sql, { slug: 'discussed' })
const { first, second, third, replies } = await conversation(sql, articleId)

interface List<T> {
  data: T[]
  page: { next: string | null; previous: string | null; hasNext: boolean; hasPrevious: boolean }
}

const read = async <T>(url: string): Promise<T> => {
  const response = await app.inject(url)
  expect([url, response.statusCode]).toEqual([url, 200])
  return response.json<T>()
}
const threads = (query = '', slug = 'discussed') =>
  read<List<Thread>>(`/v1/articles/${slug}/comments${query}`)
const ids = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)

describe('the threads of an article', () => {
  test('come oldest first, each with its first three replies and where these go on', async () => {
    const page = await threads()
    expect(ids(page)).toEqual([first, second, third])
    const [thread] = page.data as [Thread, ...Thread[]]
    expect(thread).toMatchObject({
      articleId,
      parentId: null,
      rootId: first,
      depth: 0,
      placeholder: null,
      deleted: false,
      author: { name: 'Reader', url: null },
      text: 'First',
      html: '<p>First</p>',
      replyCount: 5,
    })
    expect(ids(thread.replies)).toEqual(replies.slice(0, 3))
    expect(thread.replies.page).toMatchObject({ hasNext: true, hasPrevious: false })
    const rest = await read<List<Comment>>(`/v1/comments/${first}/replies?after=${thread.replies.page.next}`)
    expect(ids(rest)).toEqual(replies.slice(3))
  })

  test('turn round with sort=newest, come best first with sort=top, and take no other sort', async () => {
    expect(ids(await threads('?sort=newest'))).toEqual([third, second, first])
    const slug = 'voted'
    const at = await article(sql, { slug })
    const [poor, good, newer] = [
      await comment(sql, at),
      await comment(sql, at),
      await comment(sql, at, { createdAt: '2026-02-02T00:00:00Z' }),
    ]
    await votes(sql, poor, { down: 1, devices: 5 })
    await votes(sql, good, { up: 3, down: 2 })
    await votes(sql, newer, { up: 1 })
    const page = await threads('?sort=top', slug)
    expect(ids(page)).toEqual([newer, good, poor])
    expect(page.data.map((thread) => thread.votes)).toEqual([
      { up: 1, down: 0, score: 1 },
      { up: 3, down: 2, score: 1 },
      { up: 5, down: 1, score: -1 },
    ])
    problemOf(await app.inject('/v1/articles/discussed/comments?sort=best'), 400, 'SORT_UNSUPPORTED')
    problemOf(await app.inject(`/v1/comments/${first}/replies?sort=-score`), 400, 'SORT_UNSUPPORTED')
  })

  test.each([0, 1, 5, 20])('inline as many replies as replies=%i says', async (n) => {
    const [thread] = (await threads(`?replies=${n}`)).data
    expect(ids(thread?.replies ?? { data: [] })).toEqual(replies.slice(0, n))
    expect(thread?.replies.page.hasNext).toBe(n < 5)
  })

  test.each(['oldest', 'newest'])('are walked whole in both directions: %s', async (sort) => {
    const whole = ids(await threads(`?sort=${sort}`))
    const one = await threads(`?sort=${sort}&limit=1`)
    const two = await threads(`?sort=${sort}&limit=1&after=${one.page.next}`)
    const three = await threads(`?sort=${sort}&limit=1&after=${two.page.next}`)
    expect([...ids(one), ...ids(two), ...ids(three)]).toEqual(whole)
    expect(three.page).toMatchObject({ next: null, hasPrevious: true })
    const back = await threads(`?sort=${sort}&limit=1&before=${three.page.previous}`)
    expect(back).toEqual(two)
    expect(back.page.hasNext).toBe(true)
  })

  test('refuse a cursor of another order, and one whose tuple is not of this order', async () => {
    const { page } = await threads('?limit=1')
    problemOf(
      await app.inject(`/v1/articles/discussed/comments?sort=newest&after=${page.next}`),
      400,
      'CURSOR_INVALID',
    )
    const top = (await threads('?sort=top&limit=1')).page.next as string
    const [hash, ...tuple] = JSON.parse(Buffer.from(top, 'base64url').toString())
    expect(tuple).toEqual([0, '2026-03-10T08:03:00.000Z', third])
    for (const forged of [
      [hash, tuple[0], tuple[2]],
      [hash, tuple[1], tuple[0], tuple[2]],
      [hash, 0.5, tuple[1], tuple[2]],
      [hash, 2 ** 31, tuple[1], tuple[2]],
      [hash, '0', tuple[1], tuple[2]],
      [hash, ...tuple, 'more'],
    ]) {
      const after = Buffer.from(JSON.stringify(forged)).toString('base64url')
      const url = `/v1/articles/discussed/comments?sort=top&after=${after}`
      problemOf(await app.inject(url), 400, 'CURSOR_INVALID')
    }
  })

  test('are not found where the article is unknown or hidden', async () => {
    await article(sql, { slug: 'hidden', status: 'draft' })
    for (const ref of ['nothing', 'hidden', randomUUID()]) {
      problemOf(await app.inject(`/v1/articles/${ref}/comments`), 404, 'ARTICLE_NOT_FOUND')
      problemOf(await app.inject(`/v1/articles/${ref}/comment-policy`), 404, 'ARTICLE_NOT_FOUND')
    }
  })
})

describe('the replies to a comment', () => {
  test('come oldest first and are walked by cursors there and back', async () => {
    const two = await read<List<Comment>>(`/v1/comments/${first}/replies?limit=2`)
    const four = await read<List<Comment>>(`/v1/comments/${first}/replies?limit=2&after=${two.page.next}`)
    expect([...ids(two), ...ids(four)]).toEqual(replies.slice(0, 4))
    const back = await read<List<Comment>>(
      `/v1/comments/${first}/replies?limit=2&before=${four.page.previous}`,
    )
    expect(back).toEqual({ ...two, page: { ...two.page, hasNext: true } })
    expect(ids(await read(`/v1/comments/${first.toUpperCase()}/replies`))).toEqual(replies)
  })

  test('refuse the cursor of another comment', async () => {
    const { page } = await read<List<Comment>>(`/v1/comments/${first}/replies?limit=2`)
    problemOf(await app.inject(`/v1/comments/${second}/replies?after=${page.next}`), 400, 'CURSOR_INVALID')
  })

  test('are an empty list where there are none, and 404 where there is no such comment', async () => {
    expect((await read<List<Comment>>(`/v1/comments/${second}/replies`)).data).toEqual([])
    problemOf(await app.inject(`/v1/comments/${randomUUID()}/replies`), 404, 'COMMENT_NOT_FOUND')
  })
})

describe('a comment that is not public', () => {
  test.each([
    ['deleted', 'deleted'],
    ['erased', 'deleted'],
    ['pending', 'withheld'],
  ])(
    'stands as a placeholder without name and words where it has replies: %s',
    async (status, placeholder) => {
      const slug = `placeholder-${status}`
      const at = await article(sql, { slug })
      const parent = await comment(sql, at, { body: 'Unseen words', name: 'Unseen name' })
      const reply = await comment(sql, at, { parentId: parent, body: 'Seen' })
      await sql`update comments set author_url = 'https://unseen.example' where id = ${parent}`
      await setStatus(sql, parent, status)
      const { data } = await threads('', slug)
      expect(data).toHaveLength(1)
      const shown = {
        id: parent,
        placeholder,
        deleted: placeholder === 'deleted',
        author: null,
        html: null,
        text: null,
        editedAt: null,
        replyCount: 1,
      }
      expect(data[0]).toMatchObject({ ...shown, replies: { data: [{ id: reply, text: 'Seen' }] } })
      expect(JSON.stringify(data)).not.toContain('nseen')
      expect(await read(`/v1/comments/${parent}`)).toMatchObject(shown)
      expect(ids(await read(`/v1/comments/${parent}/replies`))).toEqual([reply])
      expect((await read<{ commentCount: number }>(`/v1/articles/${slug}`)).commentCount).toBe(1)
    },
  )

  test.each(['deleted', 'erased', 'pending', 'rejected', 'spam'])(
    'is not there at all where nothing stands below it: %s',
    async (status) => {
      const slug = `gone-${status}`
      const at = await article(sql, { slug })
      const id = await comment(sql, at, { status })
      expect((await threads('', slug)).data).toEqual([])
      problemOf(await app.inject(`/v1/comments/${id}`), 404, 'COMMENT_NOT_FOUND')
      problemOf(await app.inject(`/v1/comments/${id}/replies`), 404, 'COMMENT_NOT_FOUND')
      expect((await read<{ commentCount: number }>(`/v1/articles/${slug}`)).commentCount).toBe(0)
    },
  )

  test.each(['rejected', 'spam'])('takes everything below it out of sight: %s', async (status) => {
    const slug = `subtree-${status}`
    const at = await article(sql, { slug })
    const parent = await comment(sql, at, { status })
    const reply = await comment(sql, at, { parentId: parent })
    const below = await comment(sql, at, { parentId: reply })
    expect((await threads('', slug)).data).toEqual([])
    for (const id of [parent, reply, below]) {
      problemOf(await app.inject(`/v1/comments/${id}`), 404, 'COMMENT_NOT_FOUND')
      problemOf(await app.inject(`/v1/comments/${id}/replies`), 404, 'COMMENT_NOT_FOUND')
    }
    expect((await read<{ commentCount: number }>(`/v1/articles/${slug}`)).commentCount).toBe(0)
  })

  test('takes no place among the replies to a visible one', async () => {
    const at = await article(sql, { slug: 'mixed-replies' })
    const root = await comment(sql, at)
    for (const status of ['pending', 'rejected', 'spam', 'deleted', 'erased']) {
      await comment(sql, at, { parentId: root, status, createdAt: '2026-02-02T00:00:00Z' })
    }
    const seen = await comment(sql, at, { parentId: root, createdAt: '2026-02-03T00:00:00Z' })
    const [thread] = (await threads('', 'mixed-replies')).data
    expect(thread?.replyCount).toBe(1)
    expect(thread?.replies).toMatchObject({ data: [{ id: seen }], page: { hasNext: false } })
    expect(ids(await read(`/v1/comments/${root}/replies`))).toEqual([seen])
  })

  test('is out of sight with its article, at every address of its own', async () => {
    const at = await article(sql, { slug: 'to-be-hidden' })
    const id = await comment(sql, at)
    await comment(sql, at, { parentId: id })
    await sql`update articles set status = 'archived' where id = ${at}`
    problemOf(await app.inject(`/v1/comments/${id}`), 404, 'COMMENT_NOT_FOUND')
    problemOf(await app.inject(`/v1/comments/${id}/replies`), 404, 'COMMENT_NOT_FOUND')
  })
})
