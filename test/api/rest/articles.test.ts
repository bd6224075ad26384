import { randomUUID } from 'node:crypto'
import type { Response } from 'light-my-request'
import { describe, expect, test } from 'vitest'
import { startApp } from '../../setup/app.ts'
import { article } from '../../setup/data.ts'
import { newspaper, problemOf } from '../support.ts'

const { app, database } = await startApp()
const { sql } = database
const { ids } = await newspaper(sql)
const NEWEST_FIRST = ['friday', 'thursday', 'wednesday', 'tuesday', 'monday']

const slugs = (response: { json(): { data: { slug: string }[] } }) =>
  response.json().data.map(({ slug }) => slug)

describe('one article', () => {
  test('is found by its id in either case and by its slug, and is the same article', async () => {
    const byId = await app.inject(`/v1/articles/${ids.monday}`)
    expect(byId.statusCode).toBe(200)
    expect(byId.json()).toMatchObject({ id: ids.monday, slug: 'monday', status: 'published', locale: 'en' })
    expect((await app.inject(`/v1/articles/${ids.monday.toUpperCase()}`)).json()).toEqual(byId.json())
    expect((await app.inject('/v1/articles/monday')).json()).toEqual(byId.json())
    expect((await app.inject('/v1/articles/monday/')).json()).toEqual(byId.json())
  })

  test('carries its authors, categories and tags in their order, and its url on the site', async () => {
    const { authors, categories, tags, url } = (await app.inject('/v1/articles/tuesday')).json()
    expect(categories.map((one: { slug: string }) => one.slug)).toEqual(['harbour', 'city'])
    expect(authors).toEqual([])
    expect(tags).toEqual([])
    expect(url).toBe('http://broadsheet.test/v1/articles/tuesday?locale=en')
    const monday = (await app.inject('/v1/articles/monday')).json()
    expect(monday.authors.map((one: { slug: string }) => one.slug)).toEqual(['ada', 'ben'])
  })

  test('that does not exist is ARTICLE_NOT_FOUND, by id and by slug', async () => {
    problemOf(await app.inject(`/v1/articles/${randomUUID()}`), 404, 'ARTICLE_NOT_FOUND')
    problemOf(await app.inject('/v1/articles/nothing'), 404, 'ARTICLE_NOT_FOUND')
  })

  test('is looked up by slug in the locale that is asked for, else in that of the site', async () => {
    const id = await article(sql, { slug: 'monday', locale: 'cy', publishedAt: '2020-01-01T00:00:00Z' })
    expect((await app.inject('/v1/articles/monday?locale=cy')).json().id).toBe(id)
    expect((await app.inject('/v1/articles/monday')).json().id).toBe(ids.monday)
    problemOf(await app.inject('/v1/articles/tuesday?locale=cy'), 404, 'ARTICLE_NOT_FOUND')
    await sql`delete from articles where id = ${id}`
  })

  test.each([
    ['', 'body', '<p>Monday & more</p>'],
    ['?body=html', 'body', '<p>Monday & more</p>'],
    ['?body=text', 'body', 'Monday & more'],
    ['?body=markdown', 'body', 'Monday & more'],
  ])('sends its body as asked for: %s', async (query, name, expected) => {
    expect((await app.inject(`/v1/articles/monday${query}`)).json()[name]).toBe(expected)
  })

  test('has no body with body=none, and null for Markdown where HTML was written', async () => {
    expect((await app.inject('/v1/articles/monday?body=none')).json()).not.toHaveProperty('body')
    await sql`update articles set body_format = 'html' where slug = 'friday'`
    expect((await app.inject('/v1/articles/friday?body=markdown')).json().body).toBeNull()
  })

  test('brings neighbours and comments only when they are asked for', async () => {
    const bare = (await app.inject('/v1/articles/tuesday')).json()
    expect(bare).not.toHaveProperty('adjacent')
    expect(bare).not.toHaveProperty('comments')
    const full = (await app.inject('/v1/articles/tuesday?include=adjacent,comments')).json()
    expect(full.adjacent).toMatchObject({
      within: 'site',
      previous: { slug: 'monday' },
      next: { slug: 'wednesday' },
    })
    expect(full.comments).toEqual({
      data: [],
      page: { next: null, previous: null, hasNext: false, hasPrevious: false },
    })
  })

  test('has null for neighbours in a series it does not stand in, and knows no unknown include', async () => {
    const { adjacent } = (
      await app.inject('/v1/articles/friday?include=adjacent&within=category:city')
    ).json()
    expect(adjacent).toBeNull()
    const problem = problemOf(
      await app.inject('/v1/articles/friday?include=adjacant'),
      400,
      'VALIDATION_FAILED',
    )
    expect(problem.errors).toEqual([
      { path: '/include', message: '"adjacant" is not known; did you mean "adjacent"?' },
    ])
  })

  test('answers HEAD with the headers of GET and no body', async () => {
    const get = await app.inject('/v1/articles/monday')
    const head = await app.inject({ method: 'HEAD', url: '/v1/articles/monday' })
    expect(head.statusCode).toBe(200)
    expect(head.body).toBe('')
    for (const name of ['content-type', 'content-length', 'cache-control']) {
      expect(head.headers[name]).toBe(get.headers[name])
    }
    expect((await app.inject({ method: 'HEAD', url: '/v1/articles/nothing' })).statusCode).toBe(404)
  })
})

describe('an old slug', () => {
  test('leads to the current one with 308, keeping the query', async () => {
    const id = await article(sql, { slug: 'old-name', publishedAt: '2019-01-01T00:00:00Z' })
    await sql`update articles set slug = 'middle name é' where id = ${id}`
    await sql`update articles set slug = 'new-name' where id = ${id}`
    for (const old of ['old-name', encodeURIComponent('middle name é')]) {
      const response = await app.inject(`/v1/articles/${old}?include=adjacent&body=none`)
      expect(response.statusCode).toBe(308)
      expect(response.headers.location).toBe('/v1/articles/new-name?include=adjacent&body=none')
      expect(response.body).toBe('')
      expect((await app.inject(String(response.headers.location))).json().id).toBe(id)
    }
    await sql`update articles set slug = 'middle name é' where id = ${id}`
    const back = await app.inject('/v1/articles/new-name')
    expect(back.headers.location).toBe(`/v1/articles/${encodeURIComponent('middle name é')}`)
    await sql`delete from articles where id = ${id}`
  })

  test('of a hidden article is not found, and never leads anywhere', async () => {
    const id = await article(sql, { slug: 'secret-old', status: 'draft', publishedAt: null })
    await sql`update articles set slug = 'secret-new' where id = ${id}`
    const response = await app.inject('/v1/articles/secret-old')
    problemOf(response, 404, 'ARTICLE_NOT_FOUND')
    expect(response.headers.location).toBeUndefined()
    expect(response.body).not.toContain('secret-new')
  })
})

describe('the list of articles', () => {
  test('is newest first, ties told apart by id, without bodies', async () => {
    const response = await app.inject('/v1/articles')
    expect(slugs(response)).toEqual(NEWEST_FIRST)
    expect(response.json().data[0]).not.toHaveProperty('body')
    expect(response.json().page).toEqual({ next: null, previous: null, hasNext: false, hasPrevious: false })
  })

  test('turns exactly round with sort=publishedAt, and takes no other sort', async () => {
    expect(slugs(await app.inject('/v1/articles?sort=publishedAt'))).toEqual([...NEWEST_FIRST].reverse())
    for (const sort of ['-title', 'updatedAt', 'position', 'relevance', 'constructor', '__proto__', '']) {
      const problem = problemOf(await app.inject(`/v1/articles?sort=${sort}`), 400, 'SORT_UNSUPPORTED')
      expect(problem.errors?.[0]?.path).toBe('/sort')
    }
  })

  test.each([
    ['category=city', ['thursday', 'wednesday', 'tuesday', 'monday']],
    ['category=city&subtree=true', ['thursday', 'wednesday', 'tuesday', 'monday']],
    ['category=city&subtree=false', ['tuesday', 'monday']],
    ['category=docks', ['wednesday']],
    ['category=sport', []],
    ['tag=boats', ['friday', 'wednesday', 'monday']],
    ['author=ben', ['thursday', 'monday']],
    ['tag=boats&category=city', ['wednesday', 'monday']],
    ['tag=boats&category=city&author=ada&locale=en', ['monday']],
    ['tag=boats&category=sport', []],
    ['locale=en', NEWEST_FIRST],
    ['locale=fr', []],
  ])('holds what all filters name: %s', async (query, expected) => {
    expect(slugs(await app.inject(`/v1/articles?${query}`))).toEqual(expected)
  })

  test.each([
    ['category=nowhere', 'CATEGORY_NOT_FOUND', '/category'],
    ['category=nowhere&subtree=false', 'CATEGORY_NOT_FOUND', '/category'],
    ['tag=nothing', 'TAG_NOT_FOUND', '/tag'],
    ['author=nobody', 'AUTHOR_NOT_FOUND', '/author'],
    ['tag=boats&author=nobody', 'AUTHOR_NOT_FOUND', '/author'],
  ])('says which filter names nothing: %s', async (query, code, path) => {
    const problem = problemOf(await app.inject(`/v1/articles?${query}`), 404, code)
    expect(problem.errors?.[0]?.path).toBe(path)
  })

  test('takes an old slug of a category for the category', async () => {
    await sql`update categories set slug = 'port' where slug = 'harbour'`
    expect(slugs(await app.inject('/v1/articles?category=harbour'))).toEqual([
      'thursday',
      'wednesday',
      'tuesday',
    ])
    await sql`update categories set slug = 'harbour' where slug = 'port'`
  })

  test.each([
    '/v1/articles?limit=2',
    '/v1/articles?limit=2&sort=publishedAt',
    '/v1/articles?limit=1&tag=boats&sort=publishedAt',
    '/v1/categories/city/articles?limit=1',
    '/v1/articles?limit=5',
  ])('is walked whole by its Link headers, there and back: %s', async (start) => {
    const whole = slugs(await app.inject(start.replace(/limit=\d/, 'limit=100')))
    const pages: string[][] = []
    let last = start
    for (let url: string | undefined = start; url; ) {
      const response: Response = await app.inject(url)
      expect(response.statusCode).toBe(200)
      pages.push(slugs(response))
      const { page } = response.json()
      expect([page.hasNext, page.hasPrevious]).toEqual([page.next !== null, page.previous !== null])
      const links = linksOf(response.headers.link)
      expect(links['first']).toBe(`http://broadsheet.test${start}`)
      expect(Boolean(links['prev'])).toBe(pages.length > 1)
      last = url
      url = links['next']?.replace('http://broadsheet.test', '')
    }
    expect(pages.flat()).toEqual(whole)
    const back: string[][] = []
    for (let url: string | undefined = last; url; ) {
      const response: Response = await app.inject(url)
      back.unshift(slugs(response))
      url = linksOf(response.headers.link)['prev']?.replace('http://broadsheet.test', '')
    }
    expect(back).toEqual(pages)
  })

  test('refuses the cursor of another sort or filter, and takes it under another limit', async () => {
    const { next } = (await app.inject('/v1/articles?limit=1')).json().page
    for (const query of ['sort=publishedAt', 'tag=boats', 'locale=en', 'category=city']) {
      const problem = problemOf(
        await app.inject(`/v1/articles?${query}&after=${next}`),
        400,
        'CURSOR_INVALID',
      )
      expect(problem.errors).toEqual([
        { path: '/after', message: 'belongs to a list with another sort or filter' },
      ])
    }
    expect(slugs(await app.inject(`/v1/articles?limit=3&after=${next}`))).toEqual(NEWEST_FIRST.slice(1, 4))
    expect(slugs(await app.inject(`/v1/articles?limit=3&before=${next}`))).toEqual([])
  })

  test('gives a page before a cursor in the order of the list', async () => {
    const { next } = (await app.inject('/v1/articles?limit=4')).json().page
    const before = await app.inject(`/v1/articles?limit=2&before=${next}`)
    expect(slugs(before)).toEqual(['thursday', 'wednesday'])
    expect(before.json().page).toMatchObject({ hasNext: true, hasPrevious: true })
  })

  test('gives every article what include and body name', async () => {
    const response = await app.inject(
      '/v1/articles?include=adjacent,authors,categories,tags,comments&body=text',
    )
    expect(response.statusCode).toBe(200)
    const { data } = response.json()
    const slugOf = (card: { slug: string } | null) => card?.slug ?? null
    for (const [i, one] of data.entries()) {
      expect(slugOf(one.adjacent.next)).toBe(NEWEST_FIRST[i - 1] ?? null)
      expect(slugOf(one.adjacent.previous)).toBe(NEWEST_FIRST[i + 1] ?? null)
      expect(one).toMatchObject({ comments: { data: [] }, body: expect.any(String) })
      for (const part of ['authors', 'categories', 'tags']) expect(one[part]).toBeInstanceOf(Array)
    }
    expect((await app.inject('/v1/articles?include=tags')).json().data[0]).not.toHaveProperty('authors')
  })

  test('answers HEAD with its Link headers', async () => {
    const head = await app.inject({ method: 'HEAD', url: '/v1/articles?limit=2' })
    expect(head.statusCode).toBe(200)
    expect(linksOf(head.headers.link)['next']).toContain('after=')
  })
})

describe('the neighbours of an article', () => {
  test.each([
    ['site', 'tuesday', 'monday', 'wednesday'],
    ['site', 'wednesday', 'tuesday', 'thursday'],
    ['site', 'thursday', 'wednesday', 'friday'],
    ['site', 'friday', 'thursday', null],
    ['site', 'monday', null, 'tuesday'],
    ['category:city', 'monday', null, 'tuesday'],
    ['category:city', 'wednesday', 'tuesday', 'thursday'],
    ['category-only:city', 'monday', null, 'tuesday'],
    ['category-only:city', 'tuesday', 'monday', null],
    ['category:docks', 'wednesday', null, null],
    ['tag:boats', 'wednesday', 'monday', 'friday'],
    ['author:ben', 'monday', null, 'thursday'],
    ['locale:en', 'thursday', 'wednesday', 'friday'],
  ])('within %s of %s are %s and %s', async (within, slug, previous, next) => {
    const response = await app.inject(`/v1/articles/${slug}/adjacent?within=${within}`)
    expect(response.statusCode).toBe(200)
    const adjacent = response.json()
    expect(adjacent.within).toBe(within)
    expect(adjacent.previous?.slug ?? null).toBe(previous)
    expect(adjacent.next?.slug ?? null).toBe(next)
    const included = await app.inject(`/v1/articles/${slug}?include=adjacent&within=${within}`)
    expect(included.json().adjacent).toEqual(adjacent)
  })

  test('come as many on each side as count says, nearest first', async () => {
    const adjacent = (await app.inject('/v1/articles/wednesday/adjacent?count=2')).json()
    const names = (cards: { slug: string }[]) => cards.map(({ slug }) => slug)
    expect(names(adjacent.older)).toEqual(['tuesday', 'monday'])
    expect(names(adjacent.newer)).toEqual(['thursday', 'friday'])
    expect([adjacent.previous, adjacent.next]).toEqual([adjacent.older[0], adjacent.newer[0]])
    const ten = (await app.inject('/v1/articles/friday/adjacent?count=10')).json()
    expect(names(ten.older)).toEqual(NEWEST_FIRST.slice(1))
    expect(ten).toMatchObject({ newer: [], next: null })
  })

  test('walk the whole site from the oldest to the newest and back', async () => {
    const walk = async (slug: string, side: 'next' | 'previous') => {
      const seen = [slug]
      for (let at: string | undefined = slug; at; ) {
        at = (await app.inject(`/v1/articles/${at}/adjacent`)).json()[side]?.slug
        if (at) seen.push(at)
      }
      return seen
    }
    expect(await walk('monday', 'next')).toEqual([...NEWEST_FIRST].reverse())
    expect(await walk('friday', 'previous')).toEqual(NEWEST_FIRST)
  })

  test.each(['category:city', 'category:nowhere', 'tag:nothing', 'author:ada', 'locale:fr'])(
    'of an article outside the series are NOT_IN_SERIES: %s',
    async (within) => {
      const problem = problemOf(
        await app.inject(`/v1/articles/friday/adjacent?within=${within}`),
        404,
        'NOT_IN_SERIES',
      )
      expect(problem.errors?.[0]?.path).toBe('/within')
    },
  )

  test.each([
    ['within=categroy:city', '/within', 'names no series; did you mean "category"?'],
    ['within=tag', '/within', 'tag needs a name, as in tag:name'],
    ['within=site:all', '/within', 'site takes no name'],
    [
      'within=',
      '/within',
      'must start with one of: site, category, category-only, tag, author, locale, series',
    ],
    ['count=0', '/count', 'must be >= 1'],
    ['count=11', '/count', 'must be <= 10'],
  ])('refuse %s', async (query, path, message) => {
    const response = await app.inject(`/v1/articles/monday/adjacent?${query}`)
    expect(problemOf(response, 400, 'VALIDATION_FAILED').errors).toEqual([{ path, message }])
  })

  test('of an unknown article are ARTICLE_NOT_FOUND', async () => {
    problemOf(await app.inject('/v1/articles/nothing/adjacent'), 404, 'ARTICLE_NOT_FOUND')
  })
})

function linksOf(header: unknown): Record<string, string | undefined> {
  const links = String(header).matchAll(/<([^>]*)>; rel="(\w+)"/g)
  return Object.fromEntries([...links].map(([, url, rel]) => [rel, url]))
}
