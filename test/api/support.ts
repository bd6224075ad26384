import type { Response } from 'light-my-request'
import type postgres from 'postgres'
import { expect, vi } from 'vitest'
import type { Scope } from '../../src/domain/viewer.ts'
import type { TestApp } from '../setup/app.ts'
import { article, author, category, comment, tag } from '../setup/data.ts'

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: string
  instance: string
  errors?: { path: string; message: string }[]
}

/** @returns the body of a refusal, once it is seen to be a whole RFC 9457 problem of this status and code. */
export function problemOf(response: Response, status: number, code: string): Problem {
  const problem = response.json<Problem>()
  expect([response.statusCode, problem.code]).toEqual([status, code])
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(response.headers['cache-control']).toBe('no-store')
  expect(problem).toMatchObject({ type: `http://broadsheet.test/docs/errors#${code}`, status })
  expect(problem.title).not.toBe('')
  expect(problem.detail).not.toBe('')
  expect(problem.instance).toMatch(UUID)
  return problem
}

/** The headers of a caller with a new key of these scopes. */
export async function keyHeaders(
  { deps }: Pick<TestApp, 'deps'>,
  ...scopes: Scope[]
): Promise<{ authorization: string; id: string }> {
  const { id, key } = await deps.core.keys.create({ name: 'test', scopes, expiresAt: null, sandbox: false })
  return { authorization: `Bearer ${key}`, id }
}

export interface LogLine {
  level: number
  msg: string
  statements?: number
  status?: number
}

/** What `work` left in the log, up to the line that closes its one request. */
export async function loggedBy<T>(
  { logs }: Pick<TestApp, 'logs'>,
  work: () => Promise<T>,
): Promise<{ result: T; lines: LogLine[]; request: LogLine }> {
  const from = logs.length
  const result = await work()
  // the line comes after the answer
  return vi.waitFor(() => {
    const lines = logs.slice(from).map((line) => JSON.parse(line) as LogLine)
    const request = lines.find(({ msg }) => msg === 'request')
    if (!request) throw new Error('the request is not logged yet')
    return { result, lines, request }
  })
}

/** Rows in every table. */
export async function rowCounts(sql: postgres.Sql): Promise<Record<string, number>> {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const [row] = await sql<{ n: number }[]>`select count(*)::int as n from ${sql(name)}`
    counts[name] = row?.n ?? 0
  }
  return counts
}

/** A small newspaper: five articles from Monday to Friday, two of them at one moment, in three nested categories. */
export async function newspaper(sql: postgres.Sql) {
  const city = await category(sql, 'city')
  const harbour = await category(sql, 'harbour', city)
  const docks = await category(sql, 'docks', harbour)
  const sport = await category(sql, 'sport')
  const boats = await tag(sql, 'boats')
  const ada = await author(sql, 'ada')
  const ben = await author(sql, 'ben')
  const day = (n: number) => `2026-03-0${n}T06:00:00.000Z`
  const ids = {
    monday: await article(sql, {
      slug: 'monday',
      publishedAt: day(2),
      categories: [city],
      tags: [boats],
      authors: [ada, ben],
      body: 'Monday & more',
    }),
    tuesday: await article(sql, { slug: 'tuesday', publishedAt: day(3), categories: [harbour, city] }),
    // two at one moment: told apart by id
    wednesday: await article(sql, {
      id: '00000000-0000-4000-8000-000000000001',
      slug: 'wednesday',
      publishedAt: day(4),
      categories: [docks],
      tags: [boats],
    }),
    thursday: await article(sql, {
      id: '00000000-0000-4000-8000-000000000002',
      slug: 'thursday',
      publishedAt: day(4),
      categories: [harbour],
      authors: [ben],
    }),
    friday: await article(sql, { slug: 'friday', publishedAt: day(6), locale: 'en', tags: [boats] }),
  }
  return { ids, categories: { city, harbour, docks, sport }, tags: { boats }, authors: { ada, ben } }
}

/** Comments at rising moments: three threads under the article, the first with five replies. */
export async function conversation(sql: postgres.Sql, articleId: string) {
  const at = (minute: number) => `2026-03-10T08:${String(minute).padStart(2, '0')}:00.000Z`
  const first = await comment(sql, articleId, {
    body: 'First',
    createdAt: at(1),
    email: 'tamsin@secret.example',
  })
  const second = await comment(sql, articleId, { body: 'Second', createdAt: at(2) })
  const third = await comment(sql, articleId, { body: 'Third', createdAt: at(3) })
  const replies: string[] = []
  for (let n = 0; n < 5; n++) {
    replies.push(
      await comment(sql, articleId, {
        parentId: first,
        body: `Reply ${n}`,
        createdAt: at(10 + n),
        email: 'tamsin@secret.example',
      }),
    )
  }
  return { first, second, third, replies }
}
