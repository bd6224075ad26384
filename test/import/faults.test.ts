import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ImportedArticle, ImportRecord } from '../../src/domain/interchange.ts'
import { everyRow, importRecords, ndjson, newSite, wxr } from './support.ts'
import { wxrImage, wxrPost, wxrText } from './wxr-text.ts'

const article = (id: string, fields: Partial<ImportedArticle> = {}): ImportedArticle => ({
  kind: 'article',
  where: `item ${id}`,
  externalId: id,
  title: `Title ${id}`,
  body: { format: 'text', source: 'Words.' },
  status: 'published',
  publishedAt: '2024-01-01T00:00:00Z',
  authors: [],
  categories: [],
  tags: [],
  ...fields,
})

/** What a database may refuse of an item, whatever a reader lets through. */
const refused: [string, Partial<ImportedArticle>][] = [
  ['an id too long for an index', { externalId: randomBytes(12_000).toString('base64') }],
  ['a NUL in an id', { externalId: 'n\0n' }],
  ['a date that is none', { publishedAt: '2024-99-99T00:00:00Z' }],
  ['a status that is none', { status: 'lost' as 'draft' }],
]

test.each(refused)('an item with %s is reported, and stops no other', async (_, fields) => {
  const site = await newSite()
  const items = [article('a'), article('b'), article('bad', fields), article('c')]
  const { outcomes, skipped, told } = await importRecords(site, items)
  expect(outcomes.article.created).toBe(3)
  expect(skipped).toBe(1)
  expect(told).toMatchObject([
    { where: 'item bad', reason: expect.stringContaining('refused by the database'), skipped: true },
  ])
  const titles = await site.sql`select title from articles order by title`
  expect(titles.map(({ title }) => title)).toEqual(['Title a', 'Title b', 'Title c'])
})

test('what cannot be stored is taken out of titles, bodies and terms', async () => {
  const site = await newSite()
  const dirty = article('a', {
    title: 'Nul\0 and half \ud800',
    body: { format: 'text', source: 'b\0ody' },
    tags: [{ slug: 't\0g', name: 'T\0g' }],
    categories: [{ name: 'Desk\0' }],
  })
  const { outcomes, faults } = await importRecords(site, [
    dirty,
    { kind: 'tag', where: 'x', slug: 'u\0v', name: 'U', description: '\0' },
  ])
  expect(faults).toBe(0)
  expect(outcomes.article.created).toBe(1)
  expect((await site.sql`select slug from tags order by slug`).map(({ slug }) => slug)).toEqual(['tg', 'uv'])
})

test('a category below itself is reported, and stops no other', async () => {
  const site = await newSite()
  const category = (slug: string, parentSlug: string | null): ImportRecord => ({
    kind: 'category',
    where: slug,
    slug,
    name: slug,
    description: '',
    parentSlug,
  })
  const { told } = await importRecords(site, [category('a', 'b'), category('b', 'a'), category('c', 'b')])
  expect(told).toMatchObject([{ where: 'b', skipped: true }])
  const rows =
    await site.sql`select c.slug, p.slug as parent from categories c left join categories p on p.id = c.parent_id order by 1`
  expect([...rows]).toEqual([
    { slug: 'a', parent: 'b' },
    { slug: 'b', parent: null },
    { slug: 'c', parent: 'b' },
  ])
})

test('a comment whose article is missing, or which is empty, is reported, and stops no other', async () => {
  const site = await newSite()
  const comment = (id: string, articleExternalId: string, body = 'Words.'): ImportRecord => ({
    kind: 'comment',
    where: `comment ${id}`,
    externalId: id,
    articleExternalId,
    parentExternalId: null,
    status: 'approved',
    authorName: 'Reader',
    authorEmail: null,
    authorUrl: null,
    createdAt: '2024-01-02T00:00:00Z',
    body: { format: 'text', source: body },
  })
  const items = [
    article('a'),
    comment('1', 'a'),
    comment('2', 'nowhere'),
    comment('3', 'a', '  '),
    comment('4', 'a'),
  ]
  const { outcomes, told, skipped } = await importRecords(site, items)
  expect(outcomes.comment.created).toBe(2)
  expect(skipped).toBe(2)
  expect(told.map(({ where, reason }) => `${where}: ${reason}`)).toEqual([
    'comment 2: the article nowhere is not there',
    'comment 3: the comment is empty',
  ])
})

test('lines that are no articles are reported by their number, and stop no other', async () => {
  const site = await newSite()
  const rows = [
    { id: 1, title: 'One', publishedAt: '2024-01-01' },
    ['no'],
    { title: 'no id' },
    { id: 2, title: 'Two', publishedAt: 'soon' },
  ]
  const { outcomes, told } = await importRecords(site, ndjson(rows))
  expect(outcomes.article.created).toBe(2)
  expect(told.filter(({ skipped }) => skipped).map(({ where }) => where)).toEqual(['line 2', 'line 3'])
  expect(told.some(({ where, skipped }) => where === 'line 4' && !skipped)).toBe(true)
})

const blog = wxrText(
  [
    wxrPost({
      id: 1,
      cover: 9,
      categories: ['harbour', 'unnamed'],
      tags: ['tide'],
      comments: [{ id: 1 }, { id: 2, parent: 1, body: ' ' }],
    }),
    wxrImage(9, 'https://example.org/a.jpg'),
    wxrPost({ id: 2, status: 'draft', tags: ['tide', 'ebb'] }),
  ],
  [{ slug: 'harbour', parent: 'town' }, { slug: 'town' }],
)

test('a dry run of new items writes nothing, and counts and reports what the run itself will', async () => {
  const site = await newSite()
  const before = await everyRow(site)
  const dry = await importRecords(site, wxr(blog), { dryRun: true })
  expect(await everyRow(site)).toEqual(before)
  expect(dry).toEqual(await importRecords(site, wxr(blog)))
  expect(dry.outcomes).toMatchObject({
    article: { created: 2 },
    comment: { created: 1 },
    image: { created: 1 },
  })
})

test('a dry run of items that partly changed writes nothing, and counts and reports what the run itself will', async () => {
  const site = await newSite()
  await importRecords(site, wxr(blog))
  const changed = blog
    .replace('Post 2', 'Post two')
    .replace('Name of town', 'The Town')
    .replace('a.jpg', 'b.jpg')
    .replace('Comment 1', 'Comment one')
  const before = await everyRow(site)
  const dry = await importRecords(site, wxr(changed), { dryRun: true })
  expect(await everyRow(site)).toEqual(before)
  expect(dry).toEqual(await importRecords(site, wxr(changed)))
  expect(dry.outcomes).toMatchObject({
    article: { updated: 1, unchanged: 1 },
    category: { updated: 1 },
    comment: { updated: 1 },
    image: { updated: 1 },
  })
})

test('a dry run reports a cover and an end that cannot be taken over', async () => {
  const site = await newSite()
  const rows = [
    {
      id: 1,
      title: 'One',
      publishedAt: '2024-01-02',
      unpublishAt: '2024-01-01',
      cover: 'ftp://example.org/a.jpg',
    },
  ]
  const { told } = await importRecords(site, ndjson(rows), { dryRun: true })
  expect(told.map(({ where, skipped }) => [where, skipped])).toEqual([
    ['line 1', false],
    ['line 1', false],
  ])
})
