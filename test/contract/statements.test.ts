import { beforeAll, expect, test } from 'vitest'
import { loggedBy } from '../api/support.ts'
import { startApp } from '../setup/app.ts'
import { article, author, category, comment, tag } from '../setup/data.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database

beforeAll(async () => {
  const terms = {
    categories: [await category(sql, 'city'), await category(sql, 'port')],
    tags: [await tag(sql, 'boats')],
    authors: [await author(sql, 'ada')],
  }
  for (let n = 0; n < 60; n++) {
    const id = await article(sql, {
      ...terms,
      slug: `article-${n}`,
      publishedAt: new Date(Date.UTC(2026, 0, 1, n)).toISOString(),
    })
    if (n % 3 > 0) continue
    for (let thread = 0; thread < 4; thread++) {
      const parentId = await comment(sql, id)
      for (let reply = 0; reply < 5; reply++) await comment(sql, id, { parentId })
    }
  }
})

const statementsOf = async (url: string, payload?: object): Promise<number | undefined> => {
  const { result, request } = await loggedBy(server, () =>
    app.inject(payload ? { method: 'POST', url, payload } : { url }),
  )
  expect([result.statusCode, result.json().errors]).toEqual([200, undefined])
  return request.statements
}
const graphqlStatements = (query: string) => statementsOf('/graphql', { query })

test.each([
  '/v1/articles/article-30',
  '/v1/articles/article-30?include=adjacent,comments',
  '/v1/articles/article-30?include=adjacent,comments&within=category:city&body=text',
  '/v1/articles/article-30/adjacent?count=10',
  '/v1/articles?limit=1&include=adjacent,comments,authors,categories,tags&body=html',
  '/v1/articles?limit=50&include=adjacent,comments,authors,categories,tags&body=html',
  '/v1/articles?limit=50&category=city&tag=boats&author=ada&locale=en&include=adjacent,comments',
  '/v1/categories/city/articles?limit=50&include=adjacent',
  '/v1/categories',
  '/v1/categories?shape=flat&hideEmpty=true',
  '/v1/categories/city',
  '/v1/tags?limit=1&count=exact',
  '/v1/tags/boats',
  '/v1/authors?hideEmpty=true&count=estimated',
  '/v1/authors/ada',
  '/v1/series',
  '/v1/articles/article-30/comments',
  '/v1/articles/article-30/comments?limit=1&replies=20',
  '/v1/articles/article-30/comment-policy',
  '/v1/comments/changes?limit=100',
])('is answered by one statement: GET %s', async (url) => {
  expect(await statementsOf(url)).toBe(1)
})

test('the second page is one statement as well, forwards and backwards', async () => {
  const { next } = (await app.inject('/v1/articles?limit=10')).json().page
  expect(await statementsOf(`/v1/articles?limit=10&include=adjacent,comments&after=${next}`)).toBe(1)
  expect(await statementsOf(`/v1/articles?limit=10&include=adjacent,comments&before=${next}`)).toBe(1)
})

const CARD = 'id slug title excerpt url publishedAt'
const COMMENTS =
  'comments(first: 3){nodes{id text author{name} replies(first: 3){nodes{id text}}} pageInfo{endCursor}}'
const PAGE = `id title body ${COMMENTS} authors{name} tags{name} categories{name} adjacent{previous{${CARD}} next{${CARD}}}`

test('an article page is one statement in GraphQL', async () => {
  expect(await graphqlStatements(`{article(slug: "article-30"){${PAGE}}}`)).toBe(1)
  const fragments = `query Page($slug: String!, $n: Int = 3){article(slug: $slug){...Page}}
    fragment Page on Article{id title body ...Talk adjacent{next{${CARD}} previous{${CARD}}}}
    fragment Talk on Article{comments(first: $n){edges{node{id replies(first: $n){edges{node{id}}}}}}}`
  expect(await statementsOf('/graphql', { query: fragments, variables: { slug: 'article-30' } })).toBe(1)
})

test.each([
  ['nodes', (first: number) => `{articles(first: ${first}){nodes{${PAGE}}}}`],
  [
    'edges',
    (first: number) => `{articles(first: ${first}){edges{cursor node{${PAGE}}} pageInfo{hasNextPage}}}`,
  ],
  [
    'neighbours in three series',
    (first: number) =>
      `{articles(first: ${first}){nodes{a: adjacent{next{id}} b: adjacent(within: "category:city"){next{id}} c: adjacent(within: "tag:boats", count: 2){older{id}}}}}`,
  ],
])('a list is as many statements for 50 articles as for one: %s', async (_, query) => {
  expect(await graphqlStatements(query(1))).toBe(1)
  expect(await graphqlStatements(query(50))).toBe(1)
})

test.each([
  [
    'replies in two ways',
    'comments(first: 3){nodes{a: replies(first: 1){nodes{id}} b: replies(first: 2){nodes{id}}}}',
  ],
  [
    'replies below replies',
    'comments(first: 3){nodes{replies(first: 3){nodes{id replies(first: 2){nodes{id}}}}}}',
  ],
  [
    'comments in two orders',
    'a: comments(first: 2){nodes{id}} b: comments(first: 2, sort: NEWEST){nodes{id}}',
  ],
  ['many replies', 'comments(first: 3){nodes{replies(first: 50){nodes{id}}}}'],
  ['two bodies', 'a: body b: body(format: TEXT)'],
])(
  'what the first statement cannot bring costs as many for 50 articles as for one: %s',
  async (_, fields) => {
    // the newest of the three that have comments comes first with `last`
    const one = await graphqlStatements(`{articles(first: 3){nodes{${fields}}}}`)
    const many = await graphqlStatements(`{articles(first: 50){nodes{${fields}}}}`)
    expect(many).toBe(one)
    expect(many).toBeLessThanOrEqual(3)
  },
)

test('categories with all around them are one statement in GraphQL', async () => {
  expect(
    await graphqlStatements('{categories{slug articleCount ancestors{slug} children{slug children{slug}}}}'),
  ).toBe(1)
  expect(
    await graphqlStatements('{a: category(slug: "city"){id} b: category(slug: "port"){id} categories{id}}'),
  ).toBe(1)
})

test.each([
  ['a first comment', {}, {}, 201, 5],
  ['a first comment under an idempotency key', {}, { 'idempotency-key': 'a-key-for-statements' }, 201, 8],
  ['a dry run', { dryRun: true }, {}, 200, 1],
])('%s costs a fixed number of statements', async (_, more, headers, status, count) => {
  const payload = { body: 'Words', author: { name: 'Tamsin' }, ...more }
  const url = '/v1/articles/article-30/comments'
  const { result, request } = await loggedBy(server, () =>
    app.inject({ method: 'POST', url, payload, headers }),
  )
  expect([result.statusCode, request.statements]).toEqual([status, count])
})

test('a key costs one statement more, to look it up', async () => {
  const { key } = await server.deps.core.keys.create({
    name: 'k',
    scopes: ['content:read'],
    expiresAt: null,
    sandbox: false,
  })
  const headers = { authorization: `Bearer ${key}` }
  const url = '/v1/articles/article-30?include=adjacent,comments'
  // the first use is noted, once a minute
  await loggedBy(server, () => app.inject({ url, headers }))
  const { request } = await loggedBy(server, () => app.inject({ url, headers }))
  expect(request.statements).toBe(2)
})
