import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Article } from '../../src/shapes/articles.ts'
import type { Comment } from '../../src/shapes/comments.ts'
import type { Paged } from '../../src/shapes/common.ts'
import { conversation, newspaper } from '../api/support.ts'
import { graphql, startApp } from '../setup/app.ts'
import { article as makeArticle, comment as makeComment, votes } from '../setup/data.ts'
import {
  ADJACENT,
  ARTICLE,
  adjacent,
  article,
  COMMENTS,
  comment,
  compared,
  page,
  TERMS,
  THREADS,
  threads,
} from './names.ts'

const { app, database } = await startApp()
const { sql } = database
const { ids } = await newspaper(sql)
await sql`update articles set subtitle = 'Sub', featured = true, comment_policy = 'held',
  seo = ${sql.json({ title: 'For engines', noindex: true })},
  cover = ${sql.json({ url: 'https://img.example/1.jpg', alt: 'Alt', width: 10, height: null, caption: 'C', credit: 'D' })}
  where id = ${ids.tuesday}`
await sql`update articles set slug = 'tuesday-now' where id = ${ids.tuesday}`
const { first, second, replies } = await conversation(sql, ids.tuesday)
await votes(sql, second, { up: 2, down: 1 })
await votes(sql, replies[3] as string, { up: 2, devices: 1 })
await votes(sql, replies[1] as string, { down: 1 })
const rejected = await makeComment(sql, ids.tuesday, { status: 'rejected' })
const pending = await makeComment(sql, ids.tuesday, { status: 'pending', createdAt: '2026-03-11T00:00:00Z' })
await makeComment(sql, ids.tuesday, { parentId: pending, createdAt: '2026-03-12T00:00:00Z' })
await makeArticle(sql, { slug: 'hidden', status: 'draft' })

const rest = async <T>(url: string): Promise<T> => {
  const response = await app.inject(url)
  expect([url, response.statusCode]).toEqual([url, 200])
  return response.json<T>()
}
const gql = async <T>(field: string): Promise<T> => {
  const { status, data, errors } = await graphql<{ it: T }>(app, `{it: ${field}}`)
  expect([field, status, errors]).toEqual([field, 200, undefined])
  return data.it
}

describe('an article is the same by REST and by GraphQL', () => {
  test.each(Object.entries(ids))('%s, with everything of it', async (_, id) => {
    const byRest = await rest<Article>(`/v1/articles/${id}?include=adjacent,comments`)
    const byGraphql = await gql(
      `article(id: "${id}"){${ARTICLE} ${TERMS} body adjacent{${ADJACENT}} comments{${THREADS}}}`,
    )
    expect(compared(byGraphql)).toEqual(article(byRest))
  })

  test.each(['html', 'markdown', 'text'])('its body as %s', async (form) => {
    const { body } = await rest<Article>(`/v1/articles/monday?body=${form}`)
    expect(await gql(`article(slug: "monday"){body(format: ${form.toUpperCase()})}`)).toEqual({ body })
  })

  test('by an old slug GraphQL answers what REST leads to', async () => {
    const { headers } = await app.inject('/v1/articles/tuesday')
    const { id } = await rest<Article>(String(headers.location))
    expect(await gql('article(slug: "tuesday"){id}')).toEqual({ id })
  })

  test.each([
    ['site', 1],
    ['site', 10],
    ['category:city', 2],
    ['category-only:harbour', 1],
    ['tag:boats', 3],
    ['author:ben', 1],
    ['locale:en', 4],
  ])('its neighbours within %s, %i on each side', async (within, count) => {
    for (const id of Object.values(ids)) {
      const response = await app.inject(`/v1/articles/${id}/adjacent?within=${within}&count=${count}`)
      const byGraphql = await gql<{ adjacent: object | null }>(
        `article(id: "${id}"){adjacent(within: "${within}", count: ${count}){${ADJACENT}}}`,
      )
      // a series that it does not stand in is a refusal of its own address, and null as a part of it
      expect(byGraphql.adjacent).toEqual(response.statusCode === 404 ? null : adjacent(response.json()))
    }
  })
})

/** The filters and sorts of the list, as each face writes them. */
const LISTS: [rest: string, graphql: string][] = [
  ['', ''],
  ['sort=publishedAt', 'sort: OLDEST'],
  ['category=city', 'category: "city"'],
  ['category=city&subtree=false', 'category: "city", subtree: false'],
  ['tag=boats&sort=publishedAt', 'tag: "boats", sort: OLDEST'],
  ['author=ben', 'author: "ben"'],
  ['locale=en', 'locale: "en"'],
  ['tag=boats&category=city&locale=en', 'tag: "boats", category: "city", locale: "en"'],
]

describe('a list of articles is the same by REST and by GraphQL', () => {
  const list = (args: string) =>
    gql<{ nodes: { id: string }[]; edges: { cursor: string }[]; pageInfo: object }>(
      `articles${args ? `(${args})` : ''}{nodes{${ARTICLE} ${TERMS} adjacent{${ADJACENT}} comments{${THREADS}}} edges{cursor}
        pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}`,
    )

  test.each(LISTS)(
    'page by page, each face going on with the cursors of the other: %j',
    async (query, args) => {
      const includes = 'include=adjacent,comments,authors,categories,tags,headings,images'
      let after: string | null = null
      for (let steps = 0; steps < 10; steps++) {
        const byRest: Paged<Article> = await rest(
          `/v1/articles?limit=2&${includes}&${query}${after ? `&after=${after}` : ''}`,
        )
        const { edges, ...byGraphql } = await list(`first: 2, ${args}${after ? `, after: "${after}"` : ''}`)
        expect(compared(byGraphql)).toEqual(page(byRest, article))
        expect(edges).toHaveLength(byRest.data.length)
        // backwards from here, with a cursor of GraphQL in REST and one of REST in GraphQL
        const before = edges[0]?.cursor
        if (before) {
          const restBack: Paged<Article> = await rest(
            `/v1/articles?limit=2&${includes}&${query}&before=${before}`,
          )
          const { edges: _, ...graphqlBack } = await list(
            `last: 2, ${args}, before: "${byRest.page.previous ?? before}"`,
          )
          expect(compared(graphqlBack)).toEqual(page(restBack, article))
        }
        after = byRest.page.next
        if (!after) break
        // the cursor of the last edge is the one that REST gives
        expect(edges.at(-1)?.cursor).toBe(after)
      }
      expect(after).toBeNull()
    },
  )

  test('from the end, which only GraphQL has, is the end of what REST lists', async () => {
    const { data } = await rest<Paged<Article>>('/v1/articles')
    const { nodes, pageInfo } = await list('last: 2')
    expect(nodes.map(({ id }) => id)).toEqual(data.slice(-2).map(({ id }) => id))
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  })
})

describe('comments are the same by REST and by GraphQL', () => {
  test.each(['oldest', 'newest', 'top'])('threads, %s first, with cursors that both take', async (sort) => {
    let after: string | null = null
    do {
      const byRest: Parameters<typeof threads>[0] = await rest(
        `/v1/articles/tuesday-now/comments?limit=1&sort=${sort}${after ? `&after=${after}` : ''}`,
      )
      const { comments } = await gql<{ comments: object }>(
        `article(slug: "tuesday-now"){comments(first: 1, sort: ${sort.toUpperCase()}${after ? `, after: "${after}"` : ''}){${THREADS}}}`,
      )
      expect(compared(comments)).toEqual(threads(byRest))
      after = byRest.page.next
    } while (after)
  })

  test.each(['oldest', 'newest', 'top'])('replies, %s first, with cursors that both take', async (sort) => {
    let after: string | null = null
    do {
      const byRest: Paged<Comment> = await rest(
        `/v1/comments/${first}/replies?limit=2&sort=${sort}${after ? `&after=${after}` : ''}`,
      )
      const { replies } = await gql<{ replies: object }>(
        `comment(id: "${first}"){replies(first: 2, sort: ${sort.toUpperCase()}${after ? `, after: "${after}"` : ''}){${COMMENTS}}}`,
      )
      expect(compared(replies)).toEqual(page(byRest, comment))
      after = byRest.page.next
    } while (after)
  })

  test('one comment, a placeholder too', async () => {
    const fields = COMMENTS.slice('nodes{'.length, COMMENTS.indexOf('} pageInfo'))
    for (const id of [first, second, pending]) {
      expect(await gql(`comment(id: "${id}"){${fields}}`)).toEqual(comment(await rest(`/v1/comments/${id}`)))
    }
  })

  test('replies asked for twice, differently, are each what was asked for', async () => {
    const { comments } = await gql<{ comments: { nodes: Record<string, { nodes: object[] }>[] } }>(
      `article(slug: "tuesday-now"){comments(first: 1){nodes{one: replies(first: 1){nodes{id}} five: replies(first: 5){nodes{id}}
        all: replies(first: 50){nodes{id}} end: replies(last: 2){nodes{id}} newest: replies(first: 2, sort: NEWEST){nodes{id}}}}}`,
    )
    const { data } = await rest<Paged<Comment>>(`/v1/comments/${first}/replies`)
    const ids = data.map(({ id }) => ({ id }))
    const [thread] = comments.nodes
    expect(thread).toEqual({
      one: { nodes: ids.slice(0, 1) },
      five: { nodes: ids },
      all: { nodes: ids },
      end: { nodes: ids.slice(-2) },
      newest: { nodes: ids.slice(-2).reverse() },
    })
  })
})

describe('categories are the same by REST and by GraphQL', () => {
  const FIELDS =
    'id slug name description cover{url alt width height caption credit} parentId position articleCount articleCountWithSubtree'

  test('all, flat', async () => {
    for (const hideEmpty of [true, false]) {
      const { data } = await rest<{ data: object[] }>(`/v1/categories?shape=flat&hideEmpty=${hideEmpty}`)
      expect(await gql(`categories(hideEmpty: ${hideEmpty}){${FIELDS}}`)).toEqual(data)
    }
  })

  test('as a tree', async () => {
    const { data } = await rest<{ data: object[] }>('/v1/categories')
    const tree = `${FIELDS} children{${FIELDS} children{${FIELDS} children{${FIELDS}}}}`
    const byGraphql = await gql(`categories(roots: true){${tree}}`)
    expect(JSON.parse(JSON.stringify(byGraphql).replaceAll(',"children":[]', ''))).toEqual(
      JSON.parse(JSON.stringify(data).replaceAll(',"children":[]', '')),
    )
  })

  test.each(['city', 'harbour', 'docks', 'sport'])('one with ancestors and children: %s', async (slug) => {
    const byRest = await rest(`/v1/categories/${slug}`)
    expect(
      await gql(`category(slug: "${slug}"){${FIELDS} ancestors{id slug name} children{${FIELDS}}}`),
    ).toEqual(byRest)
  })
})

describe('what is refused has the same code by REST and by GraphQL', () => {
  const cursor = async (url: string) => (await rest<Paged<object>>(url)).page.next as string

  test.each([
    ['/v1/articles?limit=0', 'articles(first: 0){nodes{id}}', 'VALIDATION_FAILED'],
    ['/v1/articles?limit=101', 'articles(first: 101){nodes{id}}', 'VALIDATION_FAILED'],
    ['/v1/articles?after=x', 'articles(after: "x"){nodes{id}}', 'CURSOR_INVALID'],
    ['/v1/articles?before=x', 'articles(last: 1, before: "x"){nodes{id}}', 'CURSOR_INVALID'],
    ['/v1/articles?category=nowhere', 'articles(category: "nowhere"){nodes{id}}', 'CATEGORY_NOT_FOUND'],
    ['/v1/articles?tag=nothing', 'articles(tag: "nothing"){nodes{id}}', 'TAG_NOT_FOUND'],
    ['/v1/articles?author=nobody', 'articles(author: "nobody"){nodes{id}}', 'AUTHOR_NOT_FOUND'],
    ['/v1/articles?locale=-', 'articles(locale: "-"){nodes{id}}', 'VALIDATION_FAILED'],
    ['/v1/articles/monday?locale=-', 'article(slug: "monday", locale: "-"){id}', 'VALIDATION_FAILED'],
    [
      '/v1/articles/monday/adjacent?within=x',
      'article(slug: "monday"){adjacent(within: "x"){within}}',
      'VALIDATION_FAILED',
    ],
    [
      '/v1/articles/monday/adjacent?count=0',
      'article(slug: "monday"){adjacent(count: 0){within}}',
      'VALIDATION_FAILED',
    ],
    [
      '/v1/articles/monday/comments?limit=0',
      'article(slug: "monday"){comments(first: 0){nodes{id}}}',
      'VALIDATION_FAILED',
    ],
    [
      '/v1/articles/monday/comments?after=x',
      'article(slug: "monday"){comments(after: "x"){nodes{id}}}',
      'CURSOR_INVALID',
    ],
    [
      `/v1/comments/${first}/replies?after=x`,
      `comment(id: "${first}"){replies(after: "x"){nodes{id}}}`,
      'CURSOR_INVALID',
    ],
    ['/v1/comments/7', 'comment(id: "7"){id}', 'VALIDATION_FAILED'],
    ['/v1/moderation/comments', 'moderationQueue{nodes{id}}', 'AUTHENTICATION_FAILED'],
  ])('%s', async (url, field, code) => {
    expect((await app.inject(url)).json().code).toBe(code)
    const { errors } = await graphql(app, `{${field}}`)
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code])
  })

  test('a cursor of another list, whichever face gave it', async () => {
    const newest = await cursor('/v1/articles?limit=1')
    const threads = await cursor('/v1/articles/tuesday-now/comments?limit=1')
    const replies = await cursor(`/v1/comments/${first}/replies?limit=1`)
    for (const [url, field] of [
      [
        `/v1/articles?sort=publishedAt&after=${newest}`,
        `articles(sort: OLDEST, after: "${newest}"){nodes{id}}`,
      ],
      [`/v1/articles?after=${threads}`, `articles(after: "${threads}"){nodes{id}}`],
      [
        `/v1/articles/tuesday-now/comments?after=${newest}`,
        `article(slug: "tuesday-now"){comments(after: "${newest}"){nodes{id}}}`,
      ],
      [
        `/v1/comments/${second}/replies?after=${replies}`,
        `comment(id: "${second}"){replies(after: "${replies}"){nodes{id}}}`,
      ],
    ] as const) {
      expect((await app.inject(url)).json().code).toBe('CURSOR_INVALID')
      const { errors } = await graphql(app, `{${field}}`)
      expect([field, errors?.map(({ extensions }) => extensions.code)]).toEqual([field, ['CURSOR_INVALID']])
    }
  })

  test.each([
    ['/v1/articles/nothing', 'article(slug: "nothing"){id}'],
    ['/v1/articles/hidden', 'article(slug: "hidden"){id}'],
    [`/v1/articles/${randomUUID()}`, `article(id: "${randomUUID()}"){id}`],
    ['/v1/categories/nowhere', 'category(slug: "nowhere"){id}'],
    [`/v1/comments/${randomUUID()}`, `comment(id: "${randomUUID()}"){id}`],
    [`/v1/comments/${rejected}`, `comment(id: "${rejected}"){id}`],
  ])('404 of REST is null in GraphQL: %s', async (url, field) => {
    expect((await app.inject(url)).statusCode).toBe(404)
    expect(await gql(field)).toBeNull()
  })
})
