import { describe, expect, test, vi } from 'vitest'
import { startApp } from '../../setup/app.ts'
import { article, comment, setStatus } from '../../setup/data.ts'
import { problemOf } from '../support.ts'

const { app, database } = await startApp()
const { sql } = database

interface Page {
  data: { type: string; id: string; articleId: string; at: string; comment: object | null }[]
  page: { next: string; hasNext: boolean }
}
const read = async (query = ''): Promise<Page> => (await app.inject(`/v1/comments/changes${query}`)).json()

/** What follows a cursor, once no older transaction of the server is open. */
async function following(after: string, count: number): Promise<Page> {
  return vi.waitFor(
    async () => {
      const page = await read(`?after=${after}`)
      expect(page.data).toHaveLength(count)
      return page
    },
    { timeout: 25_000, interval: 5 },
  )
}

describe('GET /v1/comments/changes', () => {
  test('tells what became of comments since a cursor, as lists show them, to anybody', async () => {
    const articleId = await article(sql)
    const { page } = await read()
    expect(page).toEqual({ next: expect.any(String), hasNext: false })
    const [kept, lost] = [await comment(sql, articleId, { body: 'Kept' }), await comment(sql, articleId)]
    await setStatus(sql, lost, 'erased')
    const found = await following(page.next, 2)
    const [listed] = (await app.inject(`/v1/articles/${articleId}/comments`)).json().data
    const { replies: _, ...asListed } = listed
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(found.data).toEqual([
      { type: 'upsert', id: kept, articleId, at, comment: asListed },
      { type: 'removed', id: lost, articleId, at, comment: null },
    ])
    // whoever polls gets a cursor also where there is nothing
    expect(await read(`?after=${found.page.next}`)).toEqual({
      data: [],
      page: { next: found.page.next, hasNext: false },
    })
    const { headers } = await app.inject('/v1/comments/changes')
    expect(headers['cache-control']).toBe('no-store')
    const first = await read(`?after=${page.next}&limit=1`)
    expect([first.data.map(({ id }) => id), first.page.hasNext]).toEqual([[kept], true])
  })

  test('refuses what is no cursor of it', async () => {
    const { page } = await read()
    const [hash] = JSON.parse(Buffer.from(page.next, 'base64url').toString())
    const made = (...tuple: unknown[]) => Buffer.from(JSON.stringify([hash, ...tuple])).toString('base64url')
    const wrong = [
      'x',
      'W10',
      made(),
      made('1'),
      made(1, 2),
      made('1', '-1'),
      made('01', '1'),
      made('1', '9223372036854775808'),
      made('1', 'x'),
      made('1', '1', '1'),
    ]
    for (const after of wrong) {
      const problem = problemOf(
        await app.inject(`/v1/comments/changes?after=${after}`),
        400,
        'CURSOR_INVALID',
      )
      expect(problem.errors?.[0]?.path).toBe('/after')
    }
    problemOf(await app.inject('/v1/comments/changes?limit=101'), 400, 'VALIDATION_FAILED')
    problemOf(await app.inject('/v1/comments/changes?before=x'), 400, 'VALIDATION_FAILED')
  })
})
