import { expect, test } from 'vitest'
import { wrongCounts, wrongEntries } from '../db/judge.ts'
import { startApp } from '../setup/app.ts'
import { category } from '../setup/data.ts'
import { keyHeaders, problemOf } from './support.ts'

/** Less than what thousands of articles take: those writes have a limit of their own. */
const server = await startApp({ DATABASE_STATEMENT_TIMEOUT: '250' })
const { app, database } = server
const { sql } = database
const { authorization } = await keyHeaders(server, 'content:write')
const send = (method: 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  app.inject({ method, url: `/v1${url}`, headers: { authorization }, ...(payload && { payload }) })

async function fill(prefix: string, status: string, count: number, categoryId: string): Promise<void> {
  await sql`
    insert into articles (id, locale, slug, status, title, excerpt, body_format, body_source, body_html, body_text, word_count,
      reading_minutes, published_at)
    select md5(${prefix} || i)::uuid, 'en', ${prefix} || i, ${status}, '', '', 'text', '', '', '', 0, 0,
      '2026-01-01Z'::timestamptz + i * interval '1 minute'
    from generate_series(1, ${count}::int) i`
  await sql`insert into article_categories
    select md5(${prefix} || i)::uuid, ${categoryId}::uuid, 0 from generate_series(1, ${count}::int) i`
}

test('thousands of articles go with their category, in whatever time that takes', async () => {
  const [a, b] = [await category(sql, 'a'), await category(sql, 'b')]
  const many = await category(sql, 'many', a)
  await fill('p', 'published', 5000, many)
  const moved = await send('PATCH', '/categories/many', { parentId: b })
  expect([moved.statusCode, moved.json().articleCountWithSubtree]).toEqual([200, 5000])
  const merged = await send('POST', '/categories/many/merge', { into: 'a' })
  expect([merged.statusCode, merged.json().articleCount]).toEqual([200, 5000])
  expect((await send('DELETE', '/categories/a?articles=unlink')).statusCode).toBe(204)
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  expect(await wrongCounts(sql)).toEqual([])
}, 120_000)

test('more than one request may change are refused with their number, or changed part by part', async () => {
  const [top, into] = [await category(sql, 'top'), await category(sql, 'into')]
  const big = await category(sql, 'big', top)
  await fill('d', 'draft', 10_001, big)
  for (const response of [
    await send('PATCH', '/categories/big', { parentId: into }),
    await send('PATCH', '/categories/top', { parentId: into }),
    await send('POST', '/categories/big/merge', { into: 'into' }),
    await send('POST', '/categories/top/merge', { into: 'into', partial: true }),
    await send('DELETE', '/categories/big?articles=unlink'),
    await send('DELETE', '/categories/top?children=lift'),
  ])
    expect(problemOf(response, 422, 'TOO_MANY_ARTICLES')).toMatchObject({ articles: 10_001, limit: 10_000 })
  expect((await send('PATCH', '/categories/big', { name: 'Still quick' })).statusCode).toBe(200)

  const part = await send('POST', '/categories/big/merge', { into: 'into', partial: true })
  expect([part.statusCode, part.json()]).toEqual([202, { remaining: 1 }])
  const rest = await send('POST', '/categories/big/merge', { into: 'into', partial: true })
  expect([rest.statusCode, rest.json().slug]).toEqual([200, 'into'])
  const [row] = await sql`select count(*)::int as n from article_categories where category_id = ${into}`
  expect(row?.['n']).toBe(10_001)

  const unlinked = await send('DELETE', '/categories/into?articles=unlink&partial=true')
  expect([unlinked.statusCode, unlinked.json()]).toEqual([202, { remaining: 1 }])
  expect((await send('DELETE', '/categories/into?articles=unlink&partial=true')).statusCode).toBe(204)
}, 120_000)
