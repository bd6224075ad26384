import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TermsInput } from '../../src/core/terms.ts'
import type { Viewer } from '../../src/domain/viewer.ts'
import { startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'

const { deps, database } = await startApp()
const { sql } = database
const EDITOR: Viewer = {
  kind: 'key',
  keyId: '00000000-0000-4000-8000-000000000001',
  name: 'desk',
  scopes: new Set(['content:read', 'content:write']),
  budget: null,
  sandbox: false,
}
const NOUNS = {
  tags: { label: 'name', link: 'article_tags', column: 'tag_id' },
  authors: { label: 'name', link: 'article_authors', column: 'author_id' },
  series: { label: 'title', link: 'series_articles', column: 'series_id' },
} as const
type Noun = keyof typeof NOUNS
const nouns = fc.constantFrom(...(Object.keys(NOUNS) as Noun[]))

/** Few letters, so that many are equal, in whatever script and case; and more than a page looks at would be too slow here. */
const names = fc.array(
  fc.record({
    name: fc.constantFrom('a', 'A', 'ä', 'b', 'Z', 'ж', '東', 'a b', 'ab', '10', '9'),
    filled: fc.nat(9),
  }),
  { minLength: 0, maxLength: 40 },
)
const MOMENTS = ['2026-01-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z', '2998-01-01T00:00:00.000Z'] as const
/** Published, scheduled, expired, draft… */
const ARTICLES = [
  { publishedAt: MOMENTS[0] },
  { publishedAt: MOMENTS[2] },
  { publishedAt: MOMENTS[0], unpublishAt: MOMENTS[1] },
  { publishedAt: MOMENTS[0], status: 'draft' },
  { publishedAt: MOMENTS[1], unpublishAt: MOMENTS[2] },
]
const ids: string[] = []
for (const fields of ARTICLES) ids.push(await article(sql, fields))

async function fill(noun: Noun, made: { name: string; filled: number }[]): Promise<void> {
  const { label, link, column } = NOUNS[noun]
  await sql`delete from ${sql(link)}`
  await sql`delete from ${sql(noun)}`
  for (const [i, { name, filled }] of made.entries()) {
    const [row] = await sql`
      insert into ${sql(noun)} ${sql({ slug: `t${i}`, [label]: name, id: crypto.randomUUID() })} returning id`
    // each number is another choice of articles, some of them none
    for (const [n, articleId] of ids.entries()) {
      if (filled % (n + 2) !== 0 || filled === 0) continue
      const place = noun === 'series' ? n + 1 : n
      await sql`insert into ${sql(link)} ${sql({ article_id: articleId, [column]: row?.['id'], position: place })}`
    }
  }
}

/** What the list should be: by SQL of the test's own. */
async function whole(noun: Noun, moment: string | undefined): Promise<{ id: string; n: number }[]> {
  const { label, link, column } = NOUNS[noun]
  return sql`
    select t.id, (
      select count(*)::int from ${sql(link)} l join articles a on a.id = l.article_id
      where l.${sql(column)} = t.id and a.status = 'published' and a.published_at <= m.at
        and coalesce(a.unpublish_at > m.at, true)) as n
    from ${sql(noun)} t, (select coalesce(${moment ?? null}::timestamptz, now()) as at) m
    order by t.${sql(label)} collate "und-x-icu", t.id`
}

async function walk(noun: Noun, input: TermsInput, way: 'after' | 'before') {
  const found: { id: string; n: number }[] = []
  const core = deps.core[noun]
  let page = await core.list(way === 'after' ? input : { ...input, fromEnd: true }, EDITOR)
  for (let pages = 0; pages < 200; pages++) {
    const rows = page.nodes.map(({ id, articleCount }) => ({ id, n: articleCount }))
    if (way === 'after') found.push(...rows)
    else found.unshift(...rows)
    if (!(way === 'after' ? page.hasNext : page.hasPrevious)) return found
    const cursor =
      way === 'after' ? (page.ends?.last ?? page.cursors.at(-1)) : (page.ends?.first ?? page.cursors[0])
    page = await core.list({ ...input, [way]: cursor as string }, EDITOR)
  }
  throw new Error('the list has no end')
}

test('the pages of a list joined are the whole of it, in both directions, however many names are equal', async () => {
  const moments = fc.option(fc.constantFrom(...MOMENTS), { nil: undefined })
  await fc.assert(
    fc.asyncProperty(
      nouns,
      names,
      fc.boolean(),
      moments,
      fc.integer({ min: 1, max: 9 }),
      async (noun, made, hideEmpty, asOf, limit) => {
        await fill(noun, made)
        const all = (await whole(noun, asOf)).filter(({ n }) => n > 0 || !hideEmpty)
        const input = { hideEmpty, limit, ...(asOf && { asOf }) }
        expect(await walk(noun, input, 'after')).toEqual(all)
        expect(await walk(noun, input, 'before')).toEqual(all)
        const { count } = await deps.core[noun].list({ ...input, count: 'exact' }, EDITOR)
        expect(count).toBe(all.length)
      },
    ),
    { numRuns: 40, endOnFailure: true },
  )
})

test('a page of those with articles looks at a thousand at most, and the list goes on from there', async () => {
  await fill('tags', [])
  await sql`insert into tags (id, slug, name) select gen_random_uuid(), 'e' || i, 'empty' from generate_series(1, 2500) i`
  const [first, last] = [crypto.randomUUID(), crypto.randomUUID()]
  await sql`insert into tags (id, slug, name) values (${first}, 'first', 'a'), (${last}, 'last', 'z')`
  for (const id of [first, last]) await sql`insert into article_tags values (${ids[0] as string}, ${id}, 0)`
  const page = await deps.core.tags.list({ hideEmpty: true, limit: 5 }, EDITOR)
  expect([page.nodes.map(({ id }) => id), page.hasNext]).toEqual([[first], true])
  const second = await deps.core.tags.list(
    { hideEmpty: true, limit: 5, after: page.ends?.last as string },
    EDITOR,
  )
  expect([second.nodes, second.hasNext, second.hasPrevious]).toEqual([[], true, true])
  for (const way of ['after', 'before'] as const)
    expect((await walk('tags', { hideEmpty: true, limit: 5 }, way)).map(({ id }) => id)).toEqual([
      first,
      last,
    ])
  // back from a page of nothing to all before it
  const back = await deps.core.tags.list(
    { hideEmpty: true, limit: 5, before: second.ends?.first as string },
    EDITOR,
  )
  expect(back.nodes.map(({ id }) => id)).toEqual([])
  expect(back.hasPrevious).toBe(true)
})
