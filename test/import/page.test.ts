import { describe, expect, test } from 'vitest'
import { get, importRecords, ndjson, newSite, pages, type Site } from './support.ts'

/** A page in the layout in which reading tools give them out. */
function page(
  title: string,
  previous: string | null,
  next: string | null,
  paragraphs = [`Words of ${title}.`],
): string {
  const lines = [
    title,
    ...paragraphs,
    ...(previous === null ? [] : ['Previous Article', previous]),
    ...(next === null ? [] : ['Next Article', next]),
    'Write a Comment',
    'Leave a Comment',
  ]
  return lines.join('\n\n')
}

const BUOY = page(
  'The “Old Bell” Buoy: A Century’s Ringing – and a Silence',
  'Ferry Timetable Changes Again on Monday',
  'Who Owns the Shingle? A Marlhythe Lawsuit, Explained',
  [
    'The bell buoy off Marlhythe Head, 4 km out & rung by the swell since 1911, fell silent on Tuesday night.',
    'A “temporary silence”, the harbour master said; the mid- week gale had <torn> its clapper away.',
    'Fishermen say they’ll miss it. “You steer by it in your sleep,” said one — asterisks * and _underscores_ and all.',
  ],
)

interface Page {
  title: string
  body: string
  commentCount: number
  commentsOpen: boolean
  adjacent: { previous: { title: string } | null; next: { title: string } | null }
}

/** The page as a reader sees it, from one answer. */
function rebuild({ title, body, adjacent, commentCount, commentsOpen }: Page): string[] {
  const invitation = commentsOpen
    ? commentCount === 0
      ? ['Write a Comment', 'Leave a Comment']
      : ['Comments']
    : []
  const side = (label: string, card: { title: string } | null) => (card ? [label, card.title] : [])
  const neighbours = [...side('Previous Article', adjacent.previous), ...side('Next Article', adjacent.next)]
  return [title, ...body.split('\n\n'), ...neighbours, ...invitation]
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

describe('an imported page is rebuilt line by line', () => {
  test('from one REST answer', async () => {
    const site = await newSite()
    expect((await importRecords(site, pages(BUOY))).told).toEqual([])
    const { slug } = (await site.sql`select slug from articles where body_source <> ''`)[0] as {
      slug: string
    }
    expect(rebuild(await get<Page>(site, `/v1/articles/${slug}?include=adjacent&body=text`))).toEqual(
      linesOf(BUOY),
    )
  })

  test('from one GraphQL answer', async () => {
    const site = await newSite()
    await importRecords(site, pages(BUOY))
    const { slug } = (await site.sql`select slug from articles where body_source <> ''`)[0] as {
      slug: string
    }
    const query = `query ($slug: String!) { article(slug: $slug) {
      title body(format: TEXT) commentCount commentsOpen adjacent { previous { title } next { title } } } }`
    const response = await site.app.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query, variables: { slug } },
    })
    expect(rebuild(response.json<{ data: { article: Page } }>().data.article)).toEqual(linesOf(BUOY))
  })

  test('from an HTML page, too', async () => {
    const site = await newSite()
    const html = `<!doctype html><title>x</title><article><h1>Tide</h1><p>In &amp; out.</p><p>Twice a day.</p></article>
      <nav><p>Previous Article</p><p>Ebb</p><p>Next Article</p><p>Flood</p></nav><h3>Leave a Comment</h3>`
    expect((await importRecords(site, pages(html))).told).toEqual([])
    expect(rebuild(await get<Page>(site, '/v1/articles/tide?include=adjacent&body=text'))).toEqual([
      'Tide',
      'In & out.',
      'Twice a day.',
      'Previous Article',
      'Ebb',
      'Next Article',
      'Flood',
      'Write a Comment',
      'Leave a Comment',
    ])
  })
})

/** Titles of the whole site, oldest first. */
async function order(site: Site): Promise<string[]> {
  const { data } = await get<{ data: { title: string }[] }>(site, '/v1/articles?sort=publishedAt&limit=100')
  return data.map(({ title }) => title)
}

const days = (...titles: string[]) =>
  ndjson(titles.map((title, i) => ({ id: title, title, body: 'Words.', publishedAt: `2024-01-0${i + 1}` })))

test('a page whose neighbours are here already is placed between them, and they are not touched', async () => {
  const site = await newSite()
  await importRecords(site, days('Mon', 'Tue', 'Wed'))
  const { outcomes, told } = await importRecords(site, pages(page('Late Monday', 'Mon', 'Tue')), {
    source: 'page',
  })
  expect(told).toEqual([])
  expect(outcomes.article).toEqual({ created: 1, updated: 0, unchanged: 0 })
  expect(await order(site)).toEqual(['Mon', 'Late Monday', 'Tue', 'Wed'])
})

test.each([
  ['previous', page('New', 'Tue', 'Unheard of'), ['Mon', 'Tue', 'New', 'Unheard of', 'Wed']],
  ['next', page('New', 'Unheard of', 'Tue'), ['Mon', 'Unheard of', 'New', 'Tue', 'Wed']],
])(
  'a page of which only the %s neighbour is here makes the other, and both links come out right',
  async (_, text, expected) => {
    const site = await newSite()
    await importRecords(site, days('Mon', 'Tue', 'Wed'))
    const { told } = await importRecords(site, pages(text), { source: 'page' })
    expect(told).toEqual([])
    expect(await order(site)).toEqual(expected)
  },
)

test('a page without neighbours takes its place at the end', async () => {
  const site = await newSite()
  await importRecords(site, days('Mon', 'Tue'))
  await importRecords(site, pages(page('New', null, null)), { source: 'page' })
  expect(await order(site)).toEqual(['Mon', 'Tue', 'New'])
})

const chain = [page('A', null, 'B'), page('B', 'A', 'C'), page('C', 'B', null)]
const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]

test.each(orders)('three pages in a row come out in that row, read as %i, %i, %i', async (...reading) => {
  const site = await newSite()
  const texts = reading.map((i) => chain[i] as string)
  const { told } = await importRecords(site, pages(...texts))
  expect(told).toEqual([])
  expect(await order(site)).toEqual(['A', 'B', 'C'])
  expect((await get<Page>(site, '/v1/articles/a?body=text')).body).toBe('Words of A.')
  const again = await importRecords(site, pages(...texts))
  expect(again).toMatchObject({ told: [], outcomes: { article: { created: 0, updated: 0, unchanged: 3 } } })
})

test.each(orders)(
  'so they do in runs of their own, with neighbours at either end, read as %i, %i, %i',
  async (...reading) => {
    const site = await newSite()
    const ends = [page('A', 'Before', 'B'), page('B', 'A', 'C'), page('C', 'B', 'After')]
    for (const i of reading) expect((await importRecords(site, pages(ends[i] as string))).told).toEqual([])
    expect(await order(site)).toEqual(['Before', 'A', 'B', 'C', 'After'])
  },
)

test('a stub is filled by its own page, in its place', async () => {
  const site = await newSite()
  await importRecords(site, pages(page('B', 'A', 'C')))
  const before = await site.sql`select id, published_at from articles where title = 'A'`
  const { outcomes } = await importRecords(site, pages(page('A', null, 'B')))
  expect(outcomes.article).toEqual({ created: 0, updated: 1, unchanged: 0 })
  expect([...(await site.sql`select id, published_at from articles where title = 'A'`)]).toEqual([...before])
  expect((await get<Page>(site, '/v1/articles/a?body=text')).body).toBe('Words of A.')
})

test('headlines that differ only in what a slug leaves out, or far behind, are two articles', async () => {
  const site = await newSite()
  const long =
    'A very long headline about the harbour and all that goes on in it from the dawn to the dusk of'
  await importRecords(site, pages(page('Who?', null, null), page('Who!', null, null)))
  await importRecords(site, pages(page(`${long} Monday`, null, null), page(`${long} Tuesday`, null, null)))
  expect((await order(site)).toSorted()).toEqual([`${long} Monday`, `${long} Tuesday`, 'Who!', 'Who?'])
})

test('a page whose neighbours stand the wrong way round, or far apart, is kept and reported', async () => {
  const site = await newSite()
  await importRecords(site, days('Mon', 'Tue', 'Wed'))
  const wrong = await importRecords(site, pages(page('Turned', 'Tue', 'Mon')), { source: 'page' })
  expect(wrong.outcomes.article.created).toBe(1)
  expect(wrong.told.length).toBeGreaterThan(0)
  expect(wrong.told.every(({ skipped }) => !skipped)).toBe(true)
  const apart = await importRecords(site, pages(page('Apart', 'Mon', 'Wed')), { source: 'page' })
  expect(apart.outcomes.article.created).toBe(1)
  expect(apart.told.some(({ reason }) => reason.includes('but here it is'))).toBe(true)
})

test('a dry run of pages writes nothing and counts the stubs', async () => {
  const site = await newSite()
  const { outcomes } = await importRecords(site, pages(BUOY), { dryRun: true })
  expect(outcomes.article.created).toBe(3)
  expect(await order(site)).toEqual([])
})

test('a page that invites no comments takes none', async () => {
  const site = await newSite()
  await importRecords(site, pages('Closed\n\nWords.'))
  expect((await get<Page>(site, '/v1/articles/closed?include=adjacent')).commentsOpen).toBe(false)
})
