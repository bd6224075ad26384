import { describe, expect, test } from 'vitest'
import { startApp } from '../../setup/app.ts'
import { article, author, category, series, tag } from '../../setup/data.ts'
import { keyHeaders, problemOf } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const news = await category(sql, 'news')
const boats = await tag(sql, 'boats')
const ada = await author(sql, 'ada')
const terms = { categories: [news], tags: [boats], authors: [ada] }
const at = (day: number) => `2026-03-0${day}T06:00:00Z`
const ids = {
  one: await article(sql, {
    ...terms,
    slug: 'one',
    title: 'Café on the quay',
    body: 'The réseau of quays',
    publishedAt: at(1),
  }),
  two: await article(sql, {
    ...terms,
    slug: 'two',
    title: 'Harbour <b>wall</b>',
    body: 'A quay & a wall',
    publishedAt: at(2),
  }),
  three: await article(sql, { slug: 'three', title: 'Kelp', body: 'Nothing else', publishedAt: at(3) }),
  soon: await article(sql, { ...terms, slug: 'soon', title: 'Soon', publishedAt: '2999-01-01T00:00:00Z' }),
}
await series(sql, 'voyage', [ids.three, ids.soon, ids.one])
await sql`update articles set cover = ${sql.json({ url: 'https://x.example/c.jpg', alt: 'A', width: 1, height: 2, caption: '', credit: '' })} where slug = 'one'`
const editor = { authorization: (await keyHeaders(server, 'content:read')).authorization }

const get = (url: string, headers = {}) => app.inject({ url: `/v1${url}`, headers })
const slugs = async (url: string, headers = {}) => {
  const response = await get(url, headers)
  expect([url, response.statusCode]).toEqual([url, 200])
  return response.json<{ data: { slug: string }[] }>().data.map(({ slug }) => slug)
}

describe('fields', () => {
  test('trim an answer to what is named, whole or in part, through lists', async () => {
    expect((await get('/articles/one?fields=title,cover.url')).json()).toEqual({
      title: 'Café on the quay',
      cover: { url: 'https://x.example/c.jpg' },
    })
    expect((await get('/articles?fields=slug,categories.slug&limit=2')).json().data).toEqual([
      { slug: 'three', categories: [] },
      { slug: 'two', categories: [{ slug: 'news' }] },
    ])
  })

  test('include the parts that they name, also of cards, and the body', async () => {
    expect(
      (await get('/articles/two?fields=adjacent.previous.slug,adjacent.previous.tags.slug,body')).json(),
    ).toEqual({
      body: '<p>A quay & a wall</p>',
      adjacent: { previous: { slug: 'one', tags: [{ slug: 'boats' }] } },
    })
  })

  test('go together with include, which brings the whole part', async () => {
    const { slug, tags, ...rest } = (await get('/articles/two?fields=slug&include=tags')).json()
    expect([slug, tags, rest]).toEqual(['two', [{ id: boats, slug: 'boats', name: 'boats' }], {}])
  })

  test.each([
    ['fields=titel', 'did you mean "title"?'],
    ['fields=cover.urll', 'did you mean "url"?'],
    ['fields=title.length', 'nothing is below it'],
    ['fields=', 'known are'],
    ['fields=title,,slug', 'known are'],
    ['fields=__proto__', 'known are'],
  ])('that are not known are refused: %s', async (query, hint) => {
    for (const path of ['/articles', '/articles/one']) {
      const [error] = problemOf(await get(`${path}?${query}`), 400, 'VALIDATION_FAILED').errors ?? []
      expect(error?.path).toBe('/fields')
      expect(error?.message).toContain(hint)
    }
  })
})

describe('include', () => {
  test('nests: what is named below a card stands in the cards', async () => {
    const { adjacent, related } = (
      await get('/articles/two?include=adjacent.categories,related.authors')
    ).json()
    expect(adjacent.previous.categories).toEqual([{ id: news, slug: 'news', name: 'news' }])
    expect(adjacent.previous).not.toHaveProperty('authors')
    expect(related[0]).toMatchObject({ slug: 'one', authors: [{ slug: 'ada' }] })
  })

  test('that is not known is refused with the nearest name, at any depth', async () => {
    for (const [word, near] of [
      ['adjacent.categoris', 'adjacent.categories'],
      ['relatd', 'related'],
    ]) {
      const [error] =
        problemOf(await get(`/articles/one?include=${word}`), 400, 'VALIDATION_FAILED').errors ?? []
      expect(error).toMatchObject({
        path: '/include',
        message: expect.stringContaining(`did you mean "${near}"`),
      })
    }
  })
})

describe('count', () => {
  test('comes where it is asked for', async () => {
    expect((await get('/articles')).json().page).not.toHaveProperty('count')
    for (const mode of ['exact', 'estimated']) {
      expect((await get(`/articles?count=${mode}&limit=1`)).json().page.count).toBe(3)
      expect((await get(`/articles?count=${mode}&tag=boats&category=news`)).json().page.count).toBe(2)
      expect((await get(`/series/voyage/articles?count=${mode}`)).json().page.count).toBe(2)
    }
    problemOf(await get('/articles?count=all'), 400, 'VALIDATION_FAILED')
  })
})

describe('a search', () => {
  test('finds words without their accents and endings, ranks titles first, and marks what it found', async () => {
    const { data } = (await get('/articles?q=quays&fields=slug,highlight')).json()
    expect(data).toEqual([
      {
        slug: 'one',
        highlight: { title: 'Café on the <mark>quay</mark>', excerpt: 'The réseau of <mark>quays</mark>' },
      },
      {
        slug: 'two',
        highlight: { title: 'Harbour &lt;b&gt;wall&lt;/b&gt;', excerpt: 'A <mark>quay</mark> &amp; a wall' },
      },
    ])
    expect(await slugs('/articles?q=cafe')).toEqual(['one'])
    expect((await get('/articles?q=reseau&fields=highlight.excerpt')).json().data).toEqual([
      { highlight: { excerpt: 'The <mark>réseau</mark> of quays' } },
    ])
  })

  test('knows phrases, alternatives, exclusions and beginnings', async () => {
    expect(await slugs(`/articles?q=${encodeURIComponent('"a wall"')}`)).toEqual(['two'])
    expect(await slugs('/articles?q=kelp or café&sort=publishedAt')).toEqual(['one', 'three'])
    expect(await slugs('/articles?q=quay -wall')).toEqual(['one'])
    expect(await slugs('/articles?q=har*')).toEqual(['two'])
    // a word that the language leaves out, and the beginning of one that it does not
    await sql`update articles set title = ${'Theatre of Cafe\u0301s'},
      body_text = ${'where <div> and <b> are tags, private \ue000 use'} where slug = 'three'`
    expect(await slugs('/articles?q=the*')).toEqual(['three'])
    expect((await slugs('/articles?q=cafés&locale=en')).sort()).toEqual(['one', 'three'])
    expect((await get('/articles?q=tags&fields=highlight.excerpt')).json().data).toEqual([
      { highlight: { excerpt: 'where &lt;div&gt; and &lt;b&gt; are <mark>tags</mark>, private \ue000 use' } },
    ])
    await sql`update articles set title = 'Kelp', body_text = 'Nothing else' where slug = 'three'`
    expect(await slugs('/articles?q=the')).toEqual([])
  })

  test('goes with filters, and never with what is hidden', async () => {
    expect(await slugs('/articles?q=quay&tag=boats&category=news')).toEqual(['one', 'two'])
    expect(await slugs('/articles?q=soon')).toEqual([])
    expect(await slugs('/articles?q=soon&asOf=2999-06-01T00:00:00Z', editor)).toEqual(['soon'])
  })

  test.each([
    ...[
      '',
      '   ',
      '***',
      '"',
      'x'.repeat(201),
      'w*',
      'ab* cd* ef* gh*',
      'har* or quay',
      '-har*',
      '"har*"',
      'a-wal*',
    ],
    'word '.repeat(17),
  ])('for no word, too many, or beginnings out of place is refused: %j', async (q) => {
    const problem = problemOf(await get(`/articles?q=${encodeURIComponent(q)}`), 400, 'VALIDATION_FAILED')
    expect(problem.errors?.[0]?.path).toBe('/q')
  })

  test.each([
    `'; drop table articles; --`,
    'a & | ! ( ) : * \\',
    '<-> <2>',
    "o'reilly\\",
    '\u202e',
    '漁港',
    'x'.repeat(200),
  ])('for anything else is an answer: %j', async (q) => {
    expect((await get(`/articles?q=${encodeURIComponent(q)}`)).statusCode).toBeLessThan(500)
  })
})

describe('asOf', () => {
  test('shows an editor the site as it will be, neighbours and counts included', async () => {
    const then = 'asOf=2999-06-01T00:00:00Z'
    expect(await slugs(`/articles?${then}`, editor)).toEqual(['soon', 'three', 'two', 'one'])
    const three = await get(`/articles/three/adjacent?${then}`, editor)
    expect(three.json()).toMatchObject({ previous: { slug: 'two' }, next: { slug: 'soon' } })
    expect(three.headers['cache-control']).toBe('private, no-store')
    expect((await get(`/articles/soon?${then}`, editor)).json()).toMatchObject({
      status: 'published',
      commentsOpen: true,
    })
    expect((await get(`/articles?${then}&count=exact`, editor)).json().page.count).toBe(4)
    expect(await slugs('/articles?asOf=2026-03-02T07:00:00%2B01:00', editor)).toEqual(['two', 'one'])
    problemOf(await get('/articles/three?asOf=2026-03-02T07:00:00Z', editor), 404, 'ARTICLE_NOT_FOUND')
  })

  test('is nobody else’s to ask for', async () => {
    const reader = { authorization: (await keyHeaders(server, 'comments:moderate')).authorization }
    for (const path of [
      '/articles',
      '/articles/one',
      '/articles/one/adjacent',
      '/articles/one/related',
      '/tags/boats/articles',
    ]) {
      const problem = problemOf(await get(`${path}?asOf=2027-01-01T00:00:00Z`), 401, 'AUTHENTICATION_FAILED')
      expect(problem.errors?.[0]?.path).toBe('/asOf')
      problemOf(await get(`${path}?asOf=2027-01-01T00:00:00Z`, reader), 403, 'FORBIDDEN')
    }
    for (const wrong of [
      'tomorrow',
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:59-01:00',
      '2027-02-30T00:00:00Z',
    ])
      problemOf(await get(`/articles?asOf=${encodeURIComponent(wrong)}`, editor), 400, 'VALIDATION_FAILED')
  })
})

describe('the lists below a term', () => {
  test('are those of the filter, by slug, id and old slug', async () => {
    await sql`update tags set slug = 'ships' where slug = 'boats'`
    for (const [path, filter] of [
      ['categories/news', 'category=news'],
      ['tags/ships', 'tag=ships'],
      ['authors/ada', 'author=ada'],
      ['series/voyage', 'series=voyage'],
    ])
      expect(await slugs(`/${path}/articles`)).toEqual(await slugs(`/articles?${filter}`))
    expect(await slugs(`/tags/${boats}/articles`)).toEqual(['two', 'one'])
    const moved = await get('/tags/boats/articles?limit=1&fields=slug')
    expect([moved.statusCode, moved.headers.location]).toEqual([
      308,
      '/v1/tags/ships/articles?limit=1&fields=slug',
    ])
    expect(await slugs('/articles?tag=boats')).toEqual(['two', 'one'])
    await sql`update tags set slug = 'boats' where slug = 'ships'`
  })

  test('of a manual series stand in its order, and its neighbours too', async () => {
    expect(await slugs('/series/voyage/articles')).toEqual(['three', 'one'])
    expect(await slugs('/series/voyage/articles?sort=-position')).toEqual(['one', 'three'])
    expect(await slugs('/series/voyage/articles?sort=publishedAt')).toEqual(['one', 'three'])
    expect((await get('/articles/three/adjacent?within=series:voyage')).json()).toMatchObject({
      within: 'series:voyage',
      previous: null,
      next: { slug: 'one' },
    })
    problemOf(await get('/articles/two/adjacent?within=series:voyage'), 404, 'NOT_IN_SERIES')
    problemOf(await get('/series/nothing/articles'), 404, 'SERIES_NOT_FOUND')
  })
})

describe('within=list', () => {
  test('takes the filters of the list from the same address', async () => {
    expect(
      (await get('/articles/two/adjacent?within=list&tag=boats&publishedAfter=2026-03-01T12:00:00Z')).json(),
    ).toMatchObject({
      within: 'list',
      previous: null,
      next: null,
    })
    expect(
      (await get('/articles/one?within=list&include=adjacent&tag=boats')).json().adjacent.next.slug,
    ).toBe('two')
    expect(
      (await get('/articles?within=list&include=adjacent&tag=boats&fields=slug,adjacent.next.slug')).json()
        .data,
    ).toEqual([
      { slug: 'two', adjacent: { next: null } },
      { slug: 'one', adjacent: { next: { slug: 'two' } } },
    ])
    problemOf(await get('/articles/three/adjacent?within=list&tag=boats'), 404, 'NOT_IN_SERIES')
  })

  test('is what filters of one article need', async () => {
    const problem = problemOf(await get('/articles/one/adjacent?tag=boats'), 400, 'VALIDATION_FAILED')
    expect(problem.errors).toEqual([
      { path: '/tag', message: 'goes with within=list, as the list whose neighbours are asked for' },
    ])
  })
})

describe('filters', () => {
  test('of states are for editors', async () => {
    expect(await slugs('/articles?status=scheduled', editor)).toEqual(['soon'])
    expect(await slugs('/articles?status=any&sort=title', editor)).toEqual(['one', 'two', 'three', 'soon'])
    problemOf(await get('/articles?status=scheduled'), 401, 'AUTHENTICATION_FAILED')
    const [error] =
      problemOf(await get('/articles?status=drafts', editor), 400, 'VALIDATION_FAILED').errors ?? []
    expect(error).toMatchObject({ path: '/status', message: expect.stringContaining('did you mean "draft"') })
  })

  test.each([
    ['ids=x', '/ids'],
    ['ids=', '/ids'],
    [`ids=${Array(101).fill(ids.one).join()}`, '/ids'],
    ['slugs=a,,b', '/slugs'],
    ['publishedAfter=yesterday', '/publishedAfter'],
    ['updatedAfter=2026-13-01T00:00:00Z', '/updatedAfter'],
    ['featured=maybe', '/featured'],
    ['bodyText=x', '/bodyText'],
    ['version=1', '/version'],
  ])('of no sense are refused: %s', async (query, path) => {
    const problem = problemOf(await get(`/articles?${query}`), 400, 'VALIDATION_FAILED')
    expect(problem.errors?.[0]?.path).toBe(path)
  })

  test('with an order that they do not have are refused, naming those that they have', async () => {
    for (const query of [
      'tag=boats&sort=title',
      'sort=relevance',
      'sort=position',
      'series=voyage&sort=-commentCount',
    ])
      problemOf(await get(`/articles?${query}`), 400, 'SORT_UNSUPPORTED')
    problemOf(await get('/articles?status=draft&sort=publishedAt', editor), 400, 'SORT_UNSUPPORTED')
  })

  test('make a list of its own: its cursor fits no other', async () => {
    const next = (await get('/articles?limit=1')).json().page.next
    for (const other of [
      'sort=title',
      'q=quay',
      'featured=false',
      'publishedAfter=2020-01-01T00:00:00Z',
      'tag=boats',
    ])
      problemOf(await get(`/articles?${other}&after=${next}`), 400, 'CURSOR_INVALID')
    expect(await slugs(`/articles?limit=2&count=exact&fields=slug&after=${next}`)).toEqual(['two', 'one'])
    problemOf(await get(`/articles?after=${next}&before=${next}`), 400, 'VALIDATION_FAILED')
  })
})
