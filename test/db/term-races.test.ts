import type { Response } from 'light-my-request'
import { afterEach, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/client.ts'
import { keyHeaders } from '../api/support.ts'
import { startApp } from '../setup/app.ts'
import { article, category, tag } from '../setup/data.ts'
import { overlap, run, withoutDetector } from './concurrent.ts'
import { wrongCounts, wrongEntries, wrongPaths } from './judge.ts'

const server = await startApp({ DATABASE_CONNECTIONS: '12' })
const { app, deps, database } = server
const { sql } = database
await withoutDetector(sql)
const { authorization } = await keyHeaders(server, 'content:write')
await sql`update api_keys set last_used_at = now()`
const ROUNDS = 8

const send = (method: 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object): Promise<Response> =>
  app.inject({ method, url: `/v1${url}`, headers: { authorization }, ...(payload && { payload }) })
const told = (response: Response): string =>
  response.statusCode < 300 ? String(response.statusCode) : response.json().code

afterEach(async () => {
  expect(await wrongPaths(sql)).toEqual([])
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  expect(await wrongCounts(sql)).toEqual([])
})

/** Saves an article with a category, as an editor's save does. @returns whether the category was still there. */
const file = (articleId: string, categoryId: string, written = async () => {}): Promise<boolean> =>
  inTransaction(deps.database.db, 'test', async (tx) => {
    await run(tx, "select pg_advisory_xact_lock_shared(hashtext('broadsheet.category_tree'))")
    await run(tx, `update articles set title = title || '!' where id = '${articleId}'`)
    await run(tx, `insert into article_categories values ('${articleId}', '${categoryId}', 5)`)
    await written()
  }).then(
    () => true,
    (error: { code?: string }) => {
      expect(error.code).toBe('CONFLICT')
      return false
    },
  )

const standsIn = async (articleId: string): Promise<string[]> =>
  (await sql`select category_id as id from article_categories where article_id = ${articleId}`).map(
    ({ id }) => id,
  )

test('of two moves that together would make a ring one is done', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const [a, b] = [await category(sql, `ring-a-${round}`), await category(sql, `ring-b-${round}`)]
    const inside = await category(sql, `ring-c-${round}`, b)
    await article(sql, { categories: [a, inside] })
    const answers = await Promise.all([
      send('PATCH', `/categories/${a}`, { parentId: inside }),
      send('PATCH', `/categories/${b}`, { parentId: a }),
    ])
    expect(answers.map(told).sort()).toEqual(['200', 'CATEGORY_CYCLE'])
  }
})

test('an article that is filed while its category is merged stands in the other one, or was refused', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const [from, into] = [await category(sql, `from-${round}`), await category(sql, `into-${round}`)]
    const ids = await Promise.all([1, 2, 3, 4].map(() => article(sql, { categories: [from] })))
    const late = await Promise.all([1, 2, 3].map(() => article(sql)))
    const [merged, ...filed] = await Promise.all([
      send('POST', `/categories/${from}/merge`, { into }),
      ...late.map((id) => file(id, from)),
    ])
    expect(told(merged)).toBe('200')
    for (const [i, id] of late.entries()) expect(await standsIn(id)).toEqual(filed[i] ? [into] : [])
    for (const id of ids) expect(await standsIn(id)).toEqual([into])
  }
})

test('a merge waits for a save that has begun, and takes its article along', async () => {
  const [from, into] = [await category(sql, 'waits-from'), await category(sql, 'waits-into')]
  const id = await article(sql)
  let merged: Response | undefined
  await overlap(
    sql,
    (written) => file(id, from, written),
    async () => {
      merged = await send('POST', `/categories/${from}/merge`, { into })
    },
  )
  expect(told(merged as Response)).toBe('200')
  expect(await standsIn(id)).toEqual([into])
})

test('a tag that is deleted waits for a save that has begun, and finds its article', async () => {
  const tagId = await tag(sql, 'waited-for')
  const id = await article(sql)
  let answer: Response | undefined
  const save = (written: () => Promise<void>) =>
    inTransaction(deps.database.db, 'test', async (tx) => {
      await run(tx, `insert into article_tags values ('${id}', '${tagId}', 0)`)
      await written()
    })
  await overlap(sql, save, async () => {
    answer = await send('DELETE', '/tags/waited-for')
  })
  expect(told(answer as Response)).toBe('TERM_NOT_EMPTY')
})

test('a category is not made below one that goes at the same time', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const parentId = await category(sql, `goes-${round}`)
    const answers = await Promise.all([
      send('DELETE', `/categories/${parentId}`),
      send('POST', '/categories', { name: 'Below', parentId }),
      send('POST', '/categories', { name: 'Below', parentId }),
    ])
    const [gone, ...made] = answers.map(told)
    if (gone === '204') expect(made).toEqual(['REFERENCE_NOT_FOUND', 'REFERENCE_NOT_FOUND'])
    else expect([gone, ...made.sort()]).toEqual(['CATEGORY_NOT_EMPTY', '201', expect.stringMatching(/^201$/)])
  }
})

test('two that are merged into each other become one', async () => {
  for (const [path, make] of [
    ['categories', (slug: string) => category(sql, slug)],
    ['tags', (slug: string) => tag(sql, slug)],
  ] as const) {
    for (let round = 0; round < ROUNDS; round++) {
      const [a, b] = [await make(`each-a-${round}`), await make(`each-b-${round}`)]
      const answers = await Promise.all([
        send('POST', `/${path}/${a}/merge`, { into: b }),
        send('POST', `/${path}/${b}/merge`, { into: a }),
      ])
      const absent = path === 'tags' ? 'TAG_NOT_FOUND' : 'CATEGORY_NOT_FOUND'
      expect(answers.map(told).sort()).toContain('200')
      expect(['REFERENCE_NOT_FOUND', absent]).toContain(answers.map(told).find((code) => code !== '200'))
      const alive = await sql`select id from ${sql(path)} where id in (${a}, ${b})`
      const named =
        await sql`select distinct subject_id as id from slugs where slug in (${`each-a-${round}`}, ${`each-b-${round}`})
        and kind = ${path === 'tags' ? 'tag' : 'category'}`
      expect(named.map(({ id }) => id)).toEqual(alive.map(({ id }) => id))
    }
  }
})

test('writers of every kind at once are all answered, and nobody is told of a deadlock', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const roots = await Promise.all([1, 2, 3].map((n) => category(sql, `storm-${round}-${n}`)))
    const [a, b, c] = roots as [string, string, string]
    const child = await category(sql, `storm-${round}-child`, a)
    const boats = await tag(sql, `storm-${round}`)
    const ids = await Promise.all(
      Array.from({ length: 6 }, () => article(sql, { categories: [child, b], tags: [boats] })),
    )
    const others = await Promise.all([1, 2, 3].map(() => article(sql)))
    const [saves, answers] = await Promise.all([
      Promise.all(others.map((id) => file(id, child))),
      Promise.all([
        send('PATCH', `/categories/${child}`, { parentId: b }),
        send('PATCH', `/categories/${b}`, { parentId: c, slug: `storm-${round}-b` }),
        send('POST', `/categories/${b}/merge`, { into: c }),
        send('DELETE', `/categories/${a}?articles=unlink&children=lift`),
        send('DELETE', `/tags/${boats}?articles=unlink`),
        ...ids.slice(0, 2).map((id) => send('PATCH', `/categories/${child}`, { name: id })),
      ]),
    ])
    expect(saves).toHaveLength(3)
    for (const answer of answers) expect([answer.statusCode < 500, answer.body]).toEqual([true, answer.body])
  }
})
