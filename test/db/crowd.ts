import { expect } from 'vitest'
import { keyHeaders } from '../api/support.ts'
import type { TestApp } from '../setup/app.ts'
import { category, tag } from '../setup/data.ts'
import { wrongCounts, wrongEntries, wrongPaths } from './judge.ts'

/** What a crowd of editors did, by the status of the answers. */
export interface Outcome {
  answers: Record<string, number>
  /** Lines that were acknowledged in the one article that all of them edit. */
  lines: number
  /** Times that an anonymous reader looked at the neighbours, meanwhile. */
  looks: number
}

const scattered = (n: number): number => (Math.imul(n ^ 0x9e3779b1, 0x85ebca6b) >>> 7) % 1000

/**
 * Editors who all add lines to one article, each on the version that it read, and publish, schedule, withdraw, file and
 * rename articles of their own and of one another, while somebody reads. Afterwards no line is lost or doubled, each
 * version is kept, counts and entries are right, and the neighbours are those that plain SQL says.
 * @param goesOn asked before each step of each editor, with the number of its step.
 */
export async function crowd(
  { app, deps, database: { sql } }: TestApp,
  editors: number,
  goesOn: (step: number) => boolean,
): Promise<Outcome> {
  const { authorization } = await keyHeaders({ deps }, 'content:read', 'content:write')
  const categories = [await category(sql, 'crowd-1'), await category(sql, 'crowd-2')]
  const inner = await category(sql, 'crowd-1-1', categories[0])
  const tags = [await tag(sql, 'crowd-a'), await tag(sql, 'crowd-b')]
  const answers: Outcome['answers'] = {}
  const acknowledged: string[] = []

  async function send(method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object, version = '*') {
    const response = await app.inject({
      method,
      url: `/v1/articles${path}`,
      headers: { authorization, ...(method !== 'GET' && path !== '' && { 'if-match': version }) },
      ...(payload && { payload }),
    })
    answers[response.statusCode] = (answers[response.statusCode] ?? 0) + 1
    return response
  }
  const make = async (title: string): Promise<string> => (await send('POST', '', { title })).json().id
  const shared = await make('The one that all of them edit')
  const own: string[] = []

  /** As a client does: what comes too late is put on top of what is there by then. */
  async function addLine(line: string): Promise<void> {
    for (;;) {
      const read = await send('GET', `/${shared}/document`)
      const { source } = read.json().body
      const body = { format: 'text', source: source === '' ? line : `${source}\n${line}` }
      const saved = await send('PATCH', `/${shared}`, { body }, String(read.headers.etag))
      if (saved.statusCode === 200) return void acknowledged.push(line)
      expect(saved.statusCode).toBe(412)
    }
  }

  async function changeAnother(n: number): Promise<void> {
    const id = own[scattered(n) % own.length] as string
    const filed = [...categories, inner]
    const actions: (() => Promise<unknown>)[] = [
      () => send('POST', `/${id}/publish`, { publishedAt: `2026-02-0${1 + (n % 3)}T00:00:00.000Z` }),
      () => send('POST', `/${id}/publish`),
      () => send('POST', `/${id}/unpublish`),
      () => send('POST', `/${id}/schedule`, { publishedAt: '2999-01-01T00:00:00.000Z' }),
      () => send('POST', `/${id}/archive`),
      () => send('PATCH', `/${id}`, { categories: [filed[n % 3]], tags: n % 2 === 0 ? tags : [] }),
      () => send('PATCH', `/${id}`, { tags: [tags[n % 2]], locale: n % 4 === 0 ? 'de' : 'en' }),
      () => send('PATCH', `/${id}`, { slug: `renamed-${n % 17}` }),
    ]
    await actions[scattered(n * 31) % actions.length]?.()
  }

  async function edit(editor: number): Promise<void> {
    for (let step = 0; goesOn(step); step++) {
      const n = editor * 1009 + step
      if (step % 4 === 0) await addLine(`${editor}/${step}`)
      else await changeAnother(n)
    }
  }

  for (let i = 0; i < editors; i++) own.push(await make(`Of editor ${i}`))
  let writing = true
  let looks = 0
  /** Whoever reads meanwhile meets only what is public, in order. */
  async function read(): Promise<void> {
    while (writing) {
      const { data } = (await app.inject('/v1/articles?include=adjacent&limit=100')).json()
      for (const { publishedAt, adjacent } of data) {
        if (adjacent.previous) expect(adjacent.previous.publishedAt <= publishedAt).toBe(true)
        if (adjacent.next) expect(adjacent.next.publishedAt >= publishedAt).toBe(true)
        expect(publishedAt < '2999').toBe(true)
      }
      looks++
    }
  }
  const reader = read()
  await Promise.all(Array.from({ length: editors }, (_, i) => edit(i))).finally(() => {
    writing = false
  })
  await reader

  const { body, version } = await send('GET', `/${shared}/document`).then((response) => ({
    body: response.json().body.source as string,
    version: Number(/^"(\d+)/.exec(String(response.headers.etag))?.[1]),
  }))
  expect(body.split('\n').sort()).toEqual([...acknowledged].sort())
  expect(version).toBe(acknowledged.length + 1)
  const kept = await sql`select version from article_revisions where article_id = ${shared} order by version`
  expect(kept.map((row) => row['version'])).toEqual(Array.from({ length: version }, (_, i) => i + 1))
  expect(await wrongPaths(sql)).toEqual([])
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  expect(await wrongCounts(sql)).toEqual([])
  const site = await sql`
    select id from articles where status = 'published' and published_at <= now() order by published_at, id`
  const ids = site.map((row) => row['id'] as string)
  for (const [i, id] of ids.entries()) {
    const { previous, next } = (await app.inject(`/v1/articles/${id}/adjacent`)).json()
    expect([previous?.id, next?.id]).toEqual([ids[i - 1], ids[i + 1]])
  }
  return { answers, lines: acknowledged.length, looks }
}
