import { describe, expect, test } from 'vitest'
import {
  contents,
  everyRow,
  importRecords,
  ndjson,
  newSite,
  type Records,
  tornAfter,
  wxr,
} from './support.ts'
import { wxrImage, wxrPost, wxrText } from './wxr-text.ts'

/** More than two batches, with terms, equal titles and equal moments. */
const rows = Array.from({ length: 230 }, (_, i) => ({
  id: `row-${i}`,
  title: i % 7 === 0 ? 'The same headline' : `Headline ${i}`,
  body: `First paragraph of ${i}.\n\nSecond.`,
  publishedAt: `2024-03-${String((i % 5) + 1).padStart(2, '0')}T00:00:00Z`,
  categories: [`Desk ${i % 4}`],
  tags: [`Tag ${i % 9}`],
  authors: ['Tamsin'],
}))

const blog = wxrText(
  [
    wxrPost({
      id: 1,
      cover: 9,
      categories: ['harbour'],
      tags: ['tide'],
      comments: [{ id: 1 }, { id: 2, parent: 1 }],
    }),
    wxrImage(9, 'https://example.org/a.jpg'),
    wxrPost({ id: 2, status: 'draft' }),
    wxrPost({
      id: 3,
      sticky: true,
      categories: ['north'],
      comments: [
        { id: 3, approved: 'spam' },
        { id: 4, parent: 3 },
      ],
    }),
  ],
  [{ slug: 'harbour', parent: 'town' }, { slug: 'town' }, { slug: 'north', parent: 'harbour' }],
)

const inputs: [string, () => Records][] = [
  ['NDJSON', () => ndjson(rows)],
  ['a WordPress export', () => wxr(blog)],
]

describe.each(inputs)('%s imported again', (_, input) => {
  test('writes not one row', async () => {
    const site = await newSite()
    const first = await importRecords(site, input())
    const before = await everyRow(site)
    const second = await importRecords(site, input())
    expect(await everyRow(site)).toEqual(before)
    expect(second.outcomes.article).toEqual({
      created: 0,
      updated: 0,
      unchanged: first.outcomes.article.created,
    })
    expect(second.outcomes.comment).toEqual({
      created: 0,
      updated: 0,
      unchanged: first.outcomes.comment.created,
    })
  })

  test('after runs that were torn anywhere, leaves what one whole run leaves', async () => {
    const whole = await newSite()
    await importRecords(whole, input())
    const torn = await newSite()
    // at the ends of batches, beside them, and within the terms of the export
    for (const count of [0, 1, 4, 7, 99, 100, 101, 150, 200, 229]) {
      await importRecords(torn, tornAfter(input(), count)).catch((error: Error) =>
        expect(error.message).toBe('torn'),
      )
    }
    await importRecords(torn, input())
    expect(await contents(torn)).toEqual(await contents(whole))
  })
})

test('a run that was torn has kept every item that was read before', async () => {
  const site = await newSite()
  await expect(importRecords(site, tornAfter(ndjson(rows), 150))).rejects.toThrow('torn')
  const { outcomes } = await importRecords(site, ndjson(rows))
  expect(outcomes.article).toEqual({ created: 80, updated: 0, unchanged: 150 })
})

test('an item that changed is saved as the next version, and no other is touched', async () => {
  const site = await newSite()
  await importRecords(site, ndjson(rows.slice(0, 5)))
  const changed = rows
    .slice(0, 5)
    .map((row) => (row.id === 'row-3' ? { ...row, body: 'Put right.', tags: ['New'] } : row))
  const { outcomes } = await importRecords(site, ndjson(changed))
  expect(outcomes.article).toEqual({ created: 0, updated: 1, unchanged: 4 })
  expect([...(await site.sql`select version, body_html from articles where slug = 'headline-3'`)]).toEqual([
    { version: 2, body_html: '<p>Put right.</p>' },
  ])
  expect([...(await site.sql`select slug from articles where version > 1`)]).toEqual([{ slug: 'headline-3' }])
  expect([
    ...(await site.sql`select t.slug from article_tags l join tags t on t.id = l.tag_id
      join articles a on a.id = l.article_id where a.slug = 'headline-3'`),
  ]).toEqual([{ slug: 'new' }])
})

test('an item that changed keeps its slug where another article has the one it asks for', async () => {
  const site = await newSite()
  const dated = { publishedAt: '2024-01-01', body: 'Words.' }
  await importRecords(
    site,
    ndjson([
      { id: 1, slug: 'one', title: 'One', ...dated },
      { id: 2, slug: 'two', title: 'Two', ...dated },
    ]),
  )
  const { faults } = await importRecords(
    site,
    ndjson([{ id: 2, slug: 'one', title: 'Two, again', ...dated }]),
  )
  expect(faults).toBe(0)
  expect([...(await site.sql`select slug, title from articles order by slug`)]).toEqual([
    { slug: 'one', title: 'One' },
    { slug: 'two', title: 'Two, again' },
  ])
})

test('the same id of another source is another article', async () => {
  const site = await newSite()
  for (const source of ['a', 'b', 'c', 'd']) await importRecords(site, ndjson(rows.slice(1, 2)), { source })
  const found =
    await site.sql`select count(*)::int as articles, count(distinct slug)::int as slugs from articles`
  expect(found[0]).toEqual({ articles: 4, slugs: 4 })
})

test('slugs of equal titles come out the same on every machine, however long the ids', async () => {
  const twins = (id: (i: number) => string) =>
    Array.from({ length: 8 }, (_, i) => ({ id: id(i), title: 'Twins', publishedAt: '2024-01-01' }))
  const all = [
    ...twins((i) => `n${i}`),
    ...twins((i) => `${'x'.repeat(90)}-${i}`),
    ...twins((i) => `${'!'.repeat(i)}q`),
  ]
  const slugs = async () => {
    const site = await newSite()
    await importRecords(site, ndjson(all))
    return (
      await site.sql`select s.external_id, a.slug from import_sources s join articles a on a.id = s.subject_id
      order by 1`
    ).map((row) => `${row['external_id']} ${row['slug']}`)
  }
  const first = await slugs()
  expect(first).toHaveLength(24)
  expect(first).toContain('n0 twins')
  expect(first).toContain('n1 twins-n1')
  expect(await slugs()).toEqual(first)
})

test('of two items with one id the first counts, near or far, and a second run writes nothing', async () => {
  const site = await newSite()
  const doubles = [
    ...rows.slice(0, 3),
    { ...rows[1], title: 'Near double' },
    ...rows.slice(3, 200),
    { ...rows[2], title: 'Far double' },
  ]
  const first = await importRecords(site, ndjson(doubles))
  expect(first).toMatchObject({ skipped: 2, outcomes: { article: { created: 200, updated: 0 } } })
  expect(first.told.map(({ where, reason, skipped }) => [where, reason, skipped])).toEqual([
    ['line 4', 'has the same id as line 2, which counts', true],
    ['line 202', 'has the same id as line 3, which counts', true],
  ])
  const before = await everyRow(site)
  await importRecords(site, ndjson(doubles))
  expect(await everyRow(site)).toEqual(before)
})

test('a second run leaves alone what was deleted here', async () => {
  const site = await newSite()
  await importRecords(site, ndjson(rows.slice(1, 3)))
  await site.sql`delete from articles where slug = 'headline-1'`
  const changed = rows.slice(1, 3).map((row) => ({ ...row, body: 'Put right.' }))
  const { outcomes, told } = await importRecords(site, ndjson(changed))
  expect(outcomes.article).toEqual({ created: 0, updated: 1, unchanged: 0 })
  expect(told).toMatchObject([{ where: 'line 1', skipped: true }])
  expect(await site.sql`select 1 from articles where slug = 'headline-1'`).toHaveLength(0)
})
