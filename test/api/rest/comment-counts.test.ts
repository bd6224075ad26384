import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { COMMENT_STATUSES } from '../../../src/domain/comment.ts'
import { startApp } from '../../setup/app.ts'
import { article, comment } from '../../setup/data.ts'
import { keyHeaders, loggedBy, problemOf } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database

const count = async (articles: string, query = '') => {
  const response = await app.inject(`/v1/comments/counts?articles=${encodeURIComponent(articles)}${query}`)
  expect([articles, response.statusCode]).toEqual([articles, 200])
  return response.json<{ data: { article: string; count: number }[] }>().data
}

const STATES = [
  {},
  { status: 'draft', publishedAt: null },
  { status: 'archived' },
  { publishedAt: '2999-01-01T00:00:00Z' },
  { unpublishAt: '2026-01-02T00:00:00Z' },
]

test('the counts are those of approved comments that nothing hides, under articles that are public', async () => {
  const put = (articleId: string, status: string, parentId?: string) =>
    comment(sql, articleId, { status, ...(parentId && { parentId }) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          state: fc.constantFrom(...STATES),
          comments: fc.array(
            fc.record({
              status: fc.constantFrom(...COMMENT_STATUSES),
              replies: fc.array(fc.constantFrom(...COMMENT_STATUSES), { maxLength: 3 }),
              sandbox: fc.boolean(),
            }),
            { maxLength: 4 },
          ),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
      async (contents, picks) => {
        const names: string[] = []
        for (const { state, comments } of contents) {
          const slug = `counted-${randomUUID()}-article`
          const id = await article(sql, { ...state, slug })
          for (const { status, replies, sandbox } of comments) {
            const parent = await put(id, status)
            for (const reply of replies) await put(id, reply, parent)
            if (sandbox) await sql`update comments set sandbox = true where id = ${await put(id, 'approved')}`
          }
          names.push(id, slug, id.toUpperCase())
        }
        names.push('nothing', randomUUID())
        const asked = picks.map((n) => names[n % names.length] as string)
        const right = []
        for (const name of asked) {
          const [row] = await sql`
            select count(*)::int as n from comments c join articles a on a.id = c.article_id
              left join comments p on p.id = c.parent_id
            where (a.slug = ${name} or a.id::text = ${name.toLowerCase()}) and a.status = 'published' and a.published_at <= now()
              and (a.unpublish_at is null or a.unpublish_at > now())
              and c.status = 'approved' and not c.sandbox and (p.id is null or p.status not in ('rejected', 'spam'))`
          right.push({ article: name, count: row?.['n'] })
        }
        expect(await count(asked.join(','))).toEqual(right)
      },
    ),
    { numRuns: 15, endOnFailure: true },
  )
})

test('a slug is looked up in its locale, an old one too', async () => {
  const id = await article(sql, { slug: 'wall' })
  await comment(sql, id)
  const german = await article(sql, { slug: 'wall', locale: 'de' })
  for (let n = 0; n < 2; n++) await comment(sql, german)
  await sql`update articles set slug = 'old-wall' where id = ${id}`
  expect(await count('wall,old-wall')).toEqual([
    { article: 'wall', count: 1 },
    { article: 'old-wall', count: 1 },
  ])
  expect(await count('wall,old-wall', '&locale=de')).toEqual([
    { article: 'wall', count: 2 },
    { article: 'old-wall', count: 0 },
  ])
})

test('a hundred are counted by one statement, and may be kept as other public answers', async () => {
  const id = await article(sql, { slug: 'popular' })
  await comment(sql, id)
  const articles = Array.from({ length: 100 }, (_, i) => (i % 2 ? id : 'popular')).join(',')
  const { result, request } = await loggedBy(server, () =>
    app.inject(`/v1/comments/counts?articles=${articles}`).then((response) => response),
  )
  expect(result.json().data).toHaveLength(100)
  expect(new Set(result.json().data.map((each: { count: number }) => each.count))).toEqual(new Set([1]))
  expect(request.statements).toBe(1)
  expect(result.headers['cache-control']).toBe('public, max-age=0, must-revalidate')
  const { authorization } = await keyHeaders(server, 'content:read')
  const keyed = await app.inject({ url: '/v1/comments/counts?articles=popular', headers: { authorization } })
  expect(keyed.headers['cache-control']).toBe('private, no-store')
})

test.each([
  '',
  '?articles=',
  '?articles=,',
  '?articles=a,,b',
  `?articles=${'x'.repeat(201)}`,
  `?articles=${Array(101).fill('a').join(',')}`,
  '?articles=a&articles=b',
  '?articles=a%00b',
  '?articles=a&limit=3',
])('what is not a list of up to a hundred names is refused: %#', async (query) => {
  problemOf(await app.inject(`/v1/comments/counts${query}`), 400, 'VALIDATION_FAILED')
})

test('a name may hold what means something to the database, and is found nowhere', async () => {
  for (const name of ['"', '\\', '{}', 'null', "'; drop table comments; --", '%', ' '])
    expect(await count(name)).toEqual([{ article: name, count: 0 }])
})
