import { expect, test } from 'vitest'
import { graphql, startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'

/** What a hostile reader of the API tried, each as it was tried. */
const { app, database, deps, logs } = await startApp()
const { sql } = database
await article(sql, { slug: 'target' })

const codesOf = (errors: { extensions: { code: string } }[] | undefined) =>
  errors?.map(({ extensions }) => extensions.code)

test('a small document that asks for half a gigabyte is refused before it runs', async () => {
  const bodies = Array.from({ length: 100 }, (_, i) => `a${i}:body`).join(' ')
  const roots = Array.from({ length: 20 }, (_, i) => `r${i}:articles(first:100){...F}`).join(' ')
  const answer = await graphql(app, `fragment F on ArticleConnection{nodes{${bodies}}} {${roots}}`)
  expect([answer.status, codesOf(answer.errors)]).toEqual([400, ['GRAPHQL_TOO_EXPENSIVE']])
})

test('fragments that double one another are priced without being opened', async () => {
  const doubled = Array.from({ length: 30 }, (_, i) => `fragment F${i} on Article{...F${i + 1} ...F${i + 1}}`)
  const query = `{articles(first:1){nodes{...F0}}} ${doubled.join(' ')} fragment F30 on Article{title}`
  const answer = await graphql(app, query)
  expect([answer.status, codesOf(answer.errors)]).toEqual([400, ['GRAPHQL_TOO_EXPENSIVE']])
})

test('a size in a variable counts as one in the document', async () => {
  const query = `query($n: Int) {a: articles(first: $n){nodes{${Array.from({ length: 60 }, (_, i) => `b${i}:body`).join(' ')}}}}`
  expect(codesOf((await graphql(app, query, { n: 100 })).errors)).toEqual(['GRAPHQL_TOO_EXPENSIVE'])
  expect((await graphql(app, query, { n: 1 })).errors).toBeUndefined()
})

test('a page that a reader would really ask for is within the price', async () => {
  const query = `{articles(first: 100){nodes{title excerpt body authors{name} categories{name} tags{name}
    adjacent{previous{title} next{title}} comments(first: 3){nodes{text replies(first: 3){nodes{text}}}}} pageInfo{endCursor}}}`
  expect((await graphql(app, query)).errors).toBeUndefined()
})

test('one document posts one comment', async () => {
  const post = (alias: string) =>
    `${alias}: postComment(input: {article: "target", body: "${alias}", author: {name: "N"}}) {receipt}`
  const two = await graphql(app, `mutation {${post('a')} ${post('b')}}`)
  expect(codesOf(two.errors)).toEqual(['GRAPHQL_TOO_EXPENSIVE'])
  expect(await sql`select from comments`).toHaveLength(0)
  expect((await graphql(app, `mutation {${post('a')}}`)).errors).toBeUndefined()
})

test.each(['Infinity', '-Infinity', '1e999', '1e1', '0x10', '+5', ' 5'])(
  'a limit of %j is no number',
  async (limit) => {
    for (const path of [
      '/v1/articles?limit=',
      '/v1/articles/target/comments?limit=',
      '/v1/articles/target/adjacent?count=',
    ]) {
      const response = await app.inject(path + encodeURIComponent(limit))
      expect([response.statusCode, response.json().code]).toEqual([400, 'VALIDATION_FAILED'])
    }
  },
)

test('an article that moved to another language is found there, and never under another article', async () => {
  const id = await article(sql, { slug: 'seventy' })
  await sql`update articles set locale = 'es', slug = 'setenta' where id = ${id}`
  await article(sql, { slug: 'setenta' })
  const moved = await app.inject('/v1/articles/seventy?body=none')
  expect([moved.statusCode, moved.headers.location]).toEqual([
    308,
    '/v1/articles/setenta?body=none&locale=es',
  ])
  expect((await app.inject(String(moved.headers.location))).json().id).toBe(id)
  await sql`update articles set slug = 'seventy' where id = ${id}`
  expect((await app.inject('/v1/articles/seventy')).headers.location).toBe('/v1/articles/seventy?locale=es')
})

test('a test key neither sees nor decides what is real', async () => {
  const scopes = ['comments:moderate', 'content:read', 'admin'] as const
  const { key } = await deps.core.keys.create({
    name: 'test',
    scopes: [...scopes],
    sandbox: true,
    expiresAt: null,
  })
  const headers = { authorization: `Bearer ${key}` }
  const [held] = await sql<{ id: string }[]>`select id from articles where slug = 'target'`
  const id = await comment(sql, held?.id ?? '', { status: 'pending' })
  const decisions = [{ commentId: id, revision: 1, action: 'approve' }]
  expect((await app.inject({ url: '/v1/moderation/comments', headers })).statusCode).toBe(403)
  const decided = await app.inject({
    method: 'POST',
    url: '/v1/moderation/decisions',
    headers,
    payload: { decisions },
  })
  expect(decided.statusCode).toBe(403)
  await article(sql, { slug: 'draft', status: 'draft', publishedAt: null })
  expect((await app.inject({ url: '/v1/articles/draft', headers })).statusCode).toBe(404)
})

test('in GraphQL an id is an id', async () => {
  expect(codesOf((await graphql(app, '{article(id: "target"){title}}')).errors)).toEqual([
    'VALIDATION_FAILED',
  ])
})

test('what depends on who asks says so to caches', async () => {
  for (const path of ['/v1/articles', '/v1/articles/target', '/v1/categories']) {
    expect((await app.inject(path)).headers['vary']).toContain('Authorization, Comment-Receipt')
  }
})

test('statements of more kinds than a server could hold are not all prepared', async () => {
  const kinds = ['site', 'locale:en', 'tag:none', 'author:none', 'category:none', 'category-only:none']
  let asked = 0
  for (const a of kinds) {
    for (const b of kinds) {
      for (const body of ['HTML', 'TEXT', 'MARKDOWN']) {
        for (const part of ['', 'authors{id}', 'tags{id}', 'categories{id}']) {
          asked++
          const query = `{articles(first:1){nodes{body(format:${body}) ${part} x:adjacent(within:"${a}"){within} y:adjacent(within:"${b}"){within}}}}`
          expect((await graphql(app, query)).errors).toBeUndefined()
        }
      }
    }
  }
  expect(asked).toBe(432)
  // asked on the very connections that served: each shows its own
  const counts = await Promise.all(
    Array.from({ length: 10 }, () =>
      deps.database.db.execute<{ n: number }>('select count(*)::int as n from pg_prepared_statements'),
    ),
  )
  const most = Math.max(...counts.map(([row]) => row?.n ?? 0))
  expect(most).toBeGreaterThan(50)
  expect(most).toBeLessThanOrEqual(200)
})

test('what the framework logs by itself holds no message of an error', () => {
  app.log.error(
    { err: new Error('Failed query: select secret params: private-word') },
    'told by the framework',
  )
  const line = logs.find((text) => text.includes('told by the framework')) ?? ''
  expect(line).toContain('"frames"')
  expect(line).not.toContain('private-word')
})
