import fc from 'fast-check'
import { expect, test } from 'vitest'
import { COMMENT_STATUSES } from '../../src/domain/comment.ts'
import { COMMENT_SORTS, type CommentSort } from '../../src/shapes/comments.ts'
import { startApp } from '../setup/app.ts'
import { article, comment, votes } from '../setup/data.ts'

const { app, database } = await startApp()
const { sql } = database

interface Voted {
  status: string
  minute: number
  up: number
  down: number
  devices: number
}

const voted: fc.Arbitrary<Voted> = fc.record({
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constant('approved') },
    { weight: 1, arbitrary: fc.constantFrom<string[]>(...COMMENT_STATUSES) },
  ),
  // few moments and few scores, so that many share both
  minute: fc.nat(2),
  up: fc.nat(2),
  down: fc.nat(2),
  devices: fc.nat(3),
})
const conversations = fc.array(fc.record({ first: voted, replies: fc.array(voted, { maxLength: 6 }) }), {
  minLength: 1,
  maxLength: 7,
})

async function write(articleId: string, { status, minute, ...sums }: Voted, parentId?: string) {
  const createdAt = `2026-03-01T08:0${minute}:00.000Z`
  const id = await comment(sql, articleId, { status, createdAt, ...(parentId && { parentId }) })
  await votes(sql, id, sums)
  return id
}

async function converse(conversation: { first: Voted; replies: Voted[] }[]): Promise<string> {
  const articleId = await article(sql)
  for (const { first, replies } of conversation) {
    const parentId = await write(articleId, first)
    for (const reply of replies) await write(articleId, reply, parentId)
  }
  return articleId
}

const ORDERS: Record<CommentSort, string> = {
  oldest: 'created_at, id',
  newest: 'created_at desc, id desc',
  top: 'score desc, created_at desc, id desc',
}

interface Judged {
  id: string
  up: number
  down: number
  score: number
}

/** What everybody sees below an article or a comment, from states and votes alone. */
async function judged(below: 'article_id' | 'parent_id', id: string, sort: CommentSort): Promise<Judged[]> {
  const rows = await sql<Judged[]>`
    select c.id, c.created_at, count(v.value) filter (where v.value = 1)::int as up,
      count(v.value) filter (where v.value = -1)::int as down,
      coalesce(sum(v.value) filter (where v.proven), 0)::int as score
    from comments c left join comment_votes v on v.comment_id = c.id
    where ${sql(below)} = ${id} and (parent_id is null) = ${below === 'article_id'} and (status = 'approved'
      or status in ('pending', 'deleted', 'erased')
        and exists (select from comments r where r.parent_id = c.id and r.status = 'approved'))
    group by c.id order by ${sql.unsafe(ORDERS[sort])}`
  return [...rows]
}

interface Shown {
  id: string
  placeholder: string | null
  votes: { up: number; down: number; score: number }
}
interface Answer {
  data: Shown[]
  page: { next: string | null; previous: string | null }
}

async function read(url: string): Promise<Answer> {
  const response = await app.inject(url)
  expect([url, response.statusCode]).toEqual([url, 200])
  return response.json()
}

/** The pages from one on, one way. */
async function pages(url: string, from: Answer, way: 'after' | 'before', between = async () => {}) {
  const found = [from]
  for (let page = from; ; found.push(page)) {
    const cursor = way === 'after' ? page.page.next : page.page.previous
    if (!cursor) return found
    await between()
    page = await read(`${url}&${way}=${cursor}`)
  }
}

const rowsOf = (answers: Answer[]): Shown[] => answers.flatMap(({ data }) => data)
const idsOf = (rows: { id: string }[]): string[] => rows.map(({ id }) => id)

async function expectList(url: string, right: Judged[]): Promise<void> {
  const there = await pages(url, await read(url), 'after')
  expect(idsOf(rowsOf(there))).toEqual(idsOf(right))
  for (const [i, { placeholder, votes }] of rowsOf(there).entries()) {
    const { up, down, score } = right[i] as Judged
    expect(votes).toEqual(placeholder ? { up: 0, down: 0, score: 0 } : { up, down, score })
  }
  const back = await pages(url, there.at(-1) as Answer, 'before')
  expect(idsOf(rowsOf(back.reverse()))).toEqual(idsOf(right))
}

test('threads and replies are whole in every order, there and back, whatever their votes and page sizes are', async () => {
  await fc.assert(
    fc.asyncProperty(conversations, fc.integer({ min: 1, max: 4 }), async (conversation, limit) => {
      const articleId = await converse(conversation)
      for (const sort of COMMENT_SORTS) {
        const query = `sort=${sort}&limit=${limit}`
        const threads = await judged('article_id', articleId, sort)
        await expectList(`/v1/articles/${articleId}/comments?${query}`, threads)
        for (const { id } of threads)
          await expectList(`/v1/comments/${id}/replies?${query}`, await judged('parent_id', id, sort))
      }
    }),
    { numRuns: 15, endOnFailure: true },
  )
})

test('a comment whose score stays comes once, whatever is voted on the others between two pages', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(voted, { minLength: 4, maxLength: 10 }),
      fc.integer({ min: 1, max: 3 }),
      fc.infiniteStream(fc.record({ which: fc.nat(), up: fc.nat(3), down: fc.nat(3) })),
      async (replies, limit, moves) => {
        const articleId = await article(sql)
        const parentId = await comment(sql, articleId)
        const ids: string[] = []
        for (const reply of replies)
          ids.push(await write(articleId, { ...reply, status: 'approved' }, parentId))
        const moved = new Set<string>()
        const between = async () => {
          const { which, up, down } = moves.next().value
          // every other one stays as it is
          const id = ids[(which * 2) % ids.length] as string
          await votes(sql, id, { up, down })
          moved.add(id)
        }
        const url = `/v1/comments/${parentId}/replies?sort=top&limit=${limit}`
        const shown = idsOf(rowsOf(await pages(url, await read(url), 'after', between)))
        for (const id of ids.filter((other) => !moved.has(other)))
          expect(shown.filter((other) => other === id)).toEqual([id])
      },
    ),
    { numRuns: 25, endOnFailure: true },
  )
})
