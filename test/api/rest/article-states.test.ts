import { describe, expect, test } from 'vitest'
import type { WrittenArticle } from '../../../src/shapes/article-writing.ts'
import { startApp } from '../../setup/app.ts'
import { article, category, comment, tag } from '../../setup/data.ts'
import { keyHeaders, problemOf, rowCounts } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const { authorization } = await keyHeaders(server, 'content:read', 'content:write')
const terms = { categories: [await category(sql, 'city')], tags: [await tag(sql, 'boats')] }

const ACTIONS = ['publish', 'schedule', 'unpublish', 'archive', 'trash', 'restore', 'purge'] as const
type Action = (typeof ACTIONS)[number]

/** From now, in minutes; the clock of the tests is not that of the database. */
const minutes = (n: number): string => new Date(Date.now() + n * 60_000).toISOString()
const PAST = '2026-01-01T00:00:00.000Z'

const act = (ref: string, action: Action, payload?: object, ifMatch = '*') =>
  app.inject({
    method: action === 'trash' ? 'DELETE' : 'POST',
    url: action === 'trash' ? `/v1/articles/${ref}` : `/v1/articles/${ref}/${action}`,
    headers: { authorization, 'if-match': ifMatch },
    ...(payload && { payload }),
  })
const done = async (ref: string, action: Action, payload?: object): Promise<WrittenArticle> => {
  const response = await act(ref, action, payload)
  expect([action, response.statusCode, response.body]).toEqual([action, 200, expect.any(String)])
  const body = response.json<WrittenArticle>()
  expect(response.headers['etag']).toBe(`"${body.version}"`)
  return body
}
const isPublic = async (id: string) => (await app.inject(`/v1/articles/${id}`)).statusCode === 200

const STATES = {
  draft: () => ({ status: 'draft', publishedAt: null }),
  scheduled: () => ({ publishedAt: minutes(60) }),
  published: () => ({ publishedAt: PAST }),
  expired: () => ({ publishedAt: PAST, unpublishAt: '2026-01-02T00:00:00Z' }),
  archived: () => ({ status: 'archived', publishedAt: PAST }),
  trashed: () => ({ status: 'trashed', publishedAt: PAST }),
}
type State = keyof typeof STATES
const inState = async (state: State): Promise<string> => article(sql, { ...STATES[state](), ...terms })

/** What becomes of an article, written down a second time; `no` is refused. */
const TABLE = `
             publish    schedule   unpublish  archive    trash      restore    purge
  draft      published  scheduled  draft      archived   trashed    no         no
  scheduled  published  scheduled  draft      archived   trashed    no         no
  published  published  scheduled  draft      archived   trashed    no         no
  expired    published  scheduled  draft      archived   trashed    no         no
  archived   published  scheduled  draft      archived   trashed    no         no
  trashed    no         no         no         no         trashed    draft      gone`
const [, header = '', ...lines] = TABLE.split('\n')
const columns = header.trim().split(/\s+/)
const cells = lines.flatMap((line) => {
  const [state, ...outcomes] = line.trim().split(/\s+/)
  return outcomes.map((outcome, i) => [state as State, columns[i] as Action, outcome] as const)
})

describe('the table of states and actions', () => {
  test('is asked whole', () => {
    expect(cells).toHaveLength(Object.keys(STATES).length * ACTIONS.length)
  })

  test.each(cells)('%s, %s: %s', async (state, action, outcome) => {
    const id = await inState(state)
    const response = await act(id, action, action === 'schedule' ? { publishedAt: minutes(30) } : undefined)
    const [row] = await sql`select version from articles where id = ${id}`
    if (outcome === 'no') {
      problemOf(response, 409, 'INVALID_TRANSITION')
      const allowed = cells.filter(([from, , to]) => from === state && to !== 'no').map(([, name]) => name)
      expect(response.json()).toMatchObject({ from: state, allowed })
      expect(row).toEqual({ version: 1 })
    } else if (outcome === 'gone') {
      expect([response.statusCode, response.body, row]).toEqual([204, '', undefined])
    } else {
      expect(response.json()).toMatchObject({ status: outcome, version: row?.['version'] })
      expect(await isPublic(id)).toBe(outcome === 'published')
    }
  })
})

describe('publishing', () => {
  test('dates an article now, and again nothing changes', async () => {
    const id = await inState('draft')
    const first = await done(id, 'publish')
    expect(first).toMatchObject({ version: 2, status: 'published', unpublishAt: null })
    expect(first.firstPublishedAt).toBe(first.publishedAt)
    expect(Math.abs(Date.parse(first.publishedAt as string) - Date.now())).toBeLessThan(60_000)
    const before = await rowCounts(sql)
    expect(await done(id, 'publish')).toEqual(first)
    expect(await done(id, 'publish', { publishedAt: first.publishedAt, unpublishAt: null })).toEqual(first)
    expect(await rowCounts(sql)).toEqual(before)
    const kept = await sql`select version, state from article_revisions where article_id = ${id} order by 1`
    expect(kept.at(-1)).toEqual({
      version: 2,
      state: { status: 'published', publishedAt: first.publishedAt, unpublishAt: null },
    })
  })

  test('may lie back in time, to the millisecond, and never ahead', async () => {
    const id = await inState('draft')
    const dated = await done(id, 'publish', { publishedAt: '2020-05-05T07:00:00.1234+02:00' })
    expect(dated.publishedAt).toBe('2020-05-05T05:00:00.123Z')
    expect(dated.firstPublishedAt?.startsWith('2020')).toBe(false)
    for (const [payload, code, path] of [
      [{ publishedAt: minutes(5) }, 'PUBLISH_IN_FUTURE', '/publishedAt'],
      [{ unpublishAt: dated.publishedAt }, 'SCHEDULE_ENDS_BEFORE_START', '/unpublishAt'],
      [
        { publishedAt: PAST, unpublishAt: '2025-01-01T00:00:00Z' },
        'SCHEDULE_ENDS_BEFORE_START',
        '/unpublishAt',
      ],
      [{ publishedAt: PAST, unpublishAt: '2026-01-02T00:00:00Z' }, 'SCHEDULE_IN_PAST', '/unpublishAt'],
    ] as const) {
      expect(problemOf(await act(id, 'publish', payload), 422, code).errors?.[0]?.path).toBe(path)
    }
  })

  test('again after it was out of sight keeps the date, unless it never came or another is given', async () => {
    const id = await inState('draft')
    const first = await done(id, 'publish', { publishedAt: PAST })
    await done(id, 'unpublish')
    expect(await isPublic(id)).toBe(false)
    const again = await done(id, 'publish')
    expect([again.publishedAt, again.firstPublishedAt]).toEqual([PAST, first.firstPublishedAt])
    await done(id, 'archive')
    const dated = await done(id, 'publish', { publishedAt: '2026-02-02T00:00:00Z' })
    expect([dated.publishedAt, dated.firstPublishedAt]).toEqual([
      '2026-02-02T00:00:00.000Z',
      first.firstPublishedAt,
    ])

    const planned = await inState('draft')
    const later = minutes(60)
    expect((await done(planned, 'schedule', { publishedAt: later })).firstPublishedAt).toBe(later)
    expect((await done(planned, 'unpublish')).firstPublishedAt).toBeNull()
    const [draft] = await sql`select status, published_at from articles where id = ${planned}`
    expect(draft).toEqual({ status: 'draft', published_at: new Date(later) })
    const now = await done(planned, 'publish')
    expect(now.publishedAt).not.toBe(later)
    expect(now.firstPublishedAt).toBe(now.publishedAt)
    // a date that an import gave to a draft is not one at which it was public
    const imported = await article(sql, { status: 'draft', publishedAt: PAST })
    expect((await done(imported, 'publish')).publishedAt).not.toBe(PAST)
  })

  test('of what waits or has gone begins now, and an end that is over is over', async () => {
    expect((await done(await inState('scheduled'), 'publish')).publishedAt?.startsWith('20')).toBe(true)
    const expired = await done(await inState('expired'), 'publish')
    expect([expired.publishedAt, expired.unpublishAt]).toEqual([PAST, null])
    const ending = await inState('published')
    const end = minutes(90)
    expect((await done(ending, 'publish', { unpublishAt: end })).unpublishAt).toBe(end)
    expect((await done(ending, 'publish')).unpublishAt).toBe(end)
    expect((await done(ending, 'publish', { unpublishAt: null })).unpublishAt).toBeNull()
  })
})

describe('scheduling', () => {
  test('wants a moment to come, and an end after it', async () => {
    const id = await inState('draft')
    const [start, end] = [minutes(30), minutes(60)]
    const planned = await done(id, 'schedule', { publishedAt: start, unpublishAt: end })
    expect(planned).toMatchObject({ status: 'scheduled', publishedAt: start, unpublishAt: end })
    expect((await done(id, 'schedule', { publishedAt: start })).version).toBe(planned.version)
    for (const [payload, status, code, path] of [
      [{ publishedAt: PAST }, 422, 'SCHEDULE_IN_PAST', '/publishedAt'],
      [{ publishedAt: end, unpublishAt: end }, 422, 'SCHEDULE_ENDS_BEFORE_START', '/unpublishAt'],
      [{ publishedAt: minutes(90) }, 422, 'SCHEDULE_ENDS_BEFORE_START', '/unpublishAt'],
      [{}, 400, 'VALIDATION_FAILED', '/publishedAt'],
      [{ publishedAt: 'soon' }, 400, 'VALIDATION_FAILED', '/publishedAt'],
      [{ publishedAt: start, unpublishAt: '2026-02-30T00:00:00Z' }, 400, 'VALIDATION_FAILED', '/unpublishAt'],
      [{ publishedAt: start, until: end }, 400, 'VALIDATION_FAILED', '/until'],
    ] as const) {
      expect(problemOf(await act(id, 'schedule', payload), status, code).errors?.[0]?.path).toBe(path)
    }
  })

  test('makes public what was scheduled when its moment comes, by the clock alone', async () => {
    const id = await inState('draft')
    const planned = await done(id, 'schedule', { publishedAt: minutes(30) })
    await sql`update articles set published_at = now() - interval '1 minute', first_published_at = now() - interval '1 minute'
      where id = ${id}`
    expect(await isPublic(id)).toBe(true)
    const saved = await done(id, 'publish')
    expect(saved.version).toBe(planned.version)
  })
})

describe('unpublishing', () => {
  test('at a moment to come lets it be seen until then', async () => {
    const id = await inState('published')
    const end = minutes(10)
    expect(await done(id, 'unpublish', { at: end })).toMatchObject({ status: 'published', unpublishAt: end })
    expect(await isPublic(id)).toBe(true)
    problemOf(await act(id, 'unpublish', { at: '2026-06-01T00:00:00Z' }), 422, 'SCHEDULE_IN_PAST')
    problemOf(await act(id, 'unpublish', { at: PAST }), 422, 'SCHEDULE_ENDS_BEFORE_START')
    for (const state of ['draft', 'expired', 'archived', 'trashed'] as const)
      problemOf(await act(await inState(state), 'unpublish', { at: end }), 409, 'INVALID_TRANSITION')
    const waiting = await inState('scheduled')
    problemOf(await act(waiting, 'unpublish', { at: end }), 422, 'SCHEDULE_ENDS_BEFORE_START')
    expect(await done(waiting, 'unpublish', { at: minutes(90) })).toMatchObject({ status: 'scheduled' })
    const off = await done(id, 'unpublish')
    expect(off).toMatchObject({ status: 'draft', unpublishAt: null, publishedAt: PAST })
  })
})

describe('an action', () => {
  test('names its version like every change', async () => {
    const id = await inState('draft')
    problemOf(await act(id, 'publish', {}, '"2"'), 412, 'VERSION_STALE')
    for (const action of ACTIONS) {
      const { method, url } = {
        method: action === 'trash' ? ('DELETE' as const) : ('POST' as const),
        url: action === 'trash' ? `/v1/articles/${id}` : `/v1/articles/${id}/${action}`,
      }
      const payload = action === 'schedule' ? { publishedAt: minutes(5) } : undefined
      const request = { method, url, ...(payload && { payload }) }
      problemOf(await app.inject({ ...request, headers: { authorization } }), 428, 'PRECONDITION_REQUIRED')
      problemOf(await app.inject(request), 401, 'AUTHENTICATION_FAILED')
      const reader = await keyHeaders(server, 'content:read')
      problemOf(await app.inject({ ...request, headers: reader }), 403, 'FORBIDDEN')
      problemOf(await act('none', action, payload), 404, 'ARTICLE_NOT_FOUND')
    }
    problemOf(await act(id, 'archive', { now: true }), 400, 'VALIDATION_FAILED')
    expect((await act(id, 'archive', {})).statusCode).toBe(200)
  })

  test('is in the change log by its actor, and brings the article into its series and out', async () => {
    const id = await inState('draft')
    const entries = async () => (await sql`select 1 from series_entries where article_id = ${id}`).length
    await done(id, 'publish')
    expect(await entries()).toBeGreaterThan(3)
    await done(id, 'trash')
    expect(await entries()).toBe(0)
    const rows = await sql`select payload from changes where subject_id = ${id} and kind = 'article.updated'
      and actor like 'key:%' order by id`
    expect(rows.map(({ payload }) => payload.status)).toEqual(['published', 'trashed'])
  })
})

test('purging removes an article with everything of it, and frees its slugs', async () => {
  const id = await article(sql, { slug: 'to-purge', ...terms })
  const root = await comment(sql, id)
  await comment(sql, id, { parentId: await comment(sql, id, { parentId: root }) })
  await sql`update articles set slug = 'to-purge-now' where id = ${id}`
  const other = await article(sql)
  await sql`insert into adjacent_overrides (article_id, within, side, target_id) values (${other}, 'site', 'next', ${id})`
  await sql`insert into preview_links (id, article_id, expires_at, actor) values (${other}, ${id}, now(), 'x')`
  const tables = await sql<{ name: string; column: string }[]>`
    select table_name as name, column_name as column from information_schema.columns
    where table_schema = 'public' and data_type = 'uuid' and table_name <> 'changes'`
  const left = async () => {
    const found: string[] = []
    for (const { name, column } of tables) {
      const rows = await sql`select 1 from ${sql(name)} where ${sql(column)} = ${id}`
      if (rows.length > 0) found.push(`${name}.${column}`)
    }
    return found
  }
  expect((await left()).length).toBeGreaterThan(8)
  problemOf(await act(id, 'purge'), 409, 'INVALID_TRANSITION')
  await done(id, 'trash')
  expect((await act(id, 'purge')).statusCode).toBe(204)
  expect(await left()).toEqual([])
  expect(
    await sql`select 1 from comment_private p left join comments c on c.id = p.comment_id where c.id is null`,
  ).toEqual([])
  problemOf(await act(id, 'purge'), 404, 'ARTICLE_NOT_FOUND')
  const again = await app.inject({
    method: 'POST',
    url: '/v1/articles',
    headers: { authorization },
    payload: { title: 'x', slug: 'to-purge' },
  })
  expect(again.statusCode).toBe(201)
})
