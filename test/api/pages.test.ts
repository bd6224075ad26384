import { describe, expect, test, vi } from 'vitest'
import { startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { keyHeaders, problemOf } from './support.ts'

const server = await startApp()
const { app, database } = server
await article(database.sql, { slug: 'seen' })
const closed = await startApp({ GRAPHIQL: 'false', CORS_ORIGINS: 'https://one.example, https://two.example' })

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

describe('/', () => {
  test('shows a browser a short page of links that all lead somewhere', async () => {
    const response = await app.inject({ url: '/', headers: html })
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(response.headers['vary']).toContain('accept')
    const links = [...response.body.matchAll(/href="([^"]+)"/g)].map(([, href]) => href as string)
    expect(links.length).toBeGreaterThanOrEqual(5)
    for (const href of links) {
      expect([href, (await app.inject(href.replaceAll('&amp;', '&'))).statusCode]).toEqual([href, 200])
    }
  })

  test('tells a client the same as JSON', async () => {
    const response = await app.inject('/')
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    const { name, links } = response.json()
    expect(name).toBe('Broadsheet')
    for (const { href, title } of links) {
      expect(title).not.toBe('')
      expect(href).toMatch(/^http:\/\/broadsheet\.test\//)
      expect((await app.inject(href.slice('http://broadsheet.test'.length))).statusCode).toBe(200)
    }
  })
})

describe('health', () => {
  test('/healthz says that the process answers', async () => {
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' })
  })

  test('/readyz says that it can serve', async () => {
    const response = await app.inject('/readyz')
    expect([response.statusCode, response.json()]).toEqual([200, { status: 'ready' }])
    expect(response.headers['cache-control']).toBe('no-store')
  })

  test('/readyz is 503 with a reason while the schema is older than this build, and /healthz stays', async () => {
    const { sql } = database
    const [last] = await sql`
      delete from drizzle.__drizzle_migrations
      where id = (select max(id) from drizzle.__drizzle_migrations) returning hash, created_at`
    // a finding holds for a moment
    const response = await vi.waitUntil(async () => {
      const found = await app.inject('/readyz')
      return found.statusCode === 503 && found
    }, 10_000)
    expect(response.headers['retry-after']).toBe('1')
    expect(response.json()).toEqual({
      status: 'not ready',
      reason: 'the schema of the database is older than this build',
    })
    expect((await app.inject('/healthz')).statusCode).toBe(200)
    await sql`insert into drizzle.__drizzle_migrations ${sql(last as { hash: string; created_at: string })}`
    await vi.waitUntil(async () => (await app.inject('/readyz')).statusCode === 200, 10_000)
  })

  test('/readyz is 503 while the schema is newer than this build', async () => {
    const { sql } = database
    await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)`
    await vi.waitUntil(
      async () => (await app.inject('/readyz')).json().reason?.includes('newer than this build'),
      10_000,
    )
    await sql`delete from drizzle.__drizzle_migrations where hash = 'later'`
    await vi.waitUntil(async () => (await app.inject('/readyz')).statusCode === 200, 10_000)
  })
})

describe('documentation', () => {
  test('/openapi.json is the OpenAPI document', async () => {
    const response = await app.inject('/openapi.json')
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(response.json()).toMatchObject({ openapi: '3.1.0', info: { title: 'Broadsheet' } })
  })

  test('/docs is a page, and so is the page that the type of a problem leads to', async () => {
    const docs = await app.inject('/docs')
    expect([docs.statusCode, docs.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    const { type, code } = problemOf(await app.inject('/v1/articles/nothing'), 404, 'ARTICLE_NOT_FOUND')
    const [address = '', anchor] = type.replace('http://broadsheet.test', '').split('#')
    const errors = await app.inject(address)
    expect(errors.statusCode).toBe(200)
    expect(anchor).toBe(code)
    expect(errors.body).toContain(`id="${code}"`)
  })

  test('/graphiql is a page that fetches nothing from elsewhere, and can be switched off', async () => {
    const response = await app.inject('/graphiql')
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(response.headers['content-security-policy']).toContain("connect-src 'self'")
    expect(response.body).not.toMatch(/<(?:script|link)[^>]+(?:src|href)="https?:/)
    problemOf(await closed.app.inject('/graphiql'), 404, 'ROUTE_NOT_FOUND')
  })
})

describe('headers', () => {
  test.each([
    '/v1/articles',
    '/v1/articles/seen',
    '/v1/articles/nothing',
    '/nowhere',
    '/%',
    '/healthz',
    '/openapi.json',
    '/graphql?query={categories{id}}',
    '/v1/comments/7',
  ])('that keep a browser from doing anything with it are on every JSON: %s', async (url) => {
    const { headers } = await app.inject({ url, headers: { origin: 'https://any.example' } })
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
    expect(headers).not.toHaveProperty('set-cookie')
    expect(headers).not.toHaveProperty('x-powered-by')
    expect(headers).not.toHaveProperty('server')
    expect(headers).not.toHaveProperty('access-control-allow-credentials')
  })

  test.each(['/', '/docs', '/docs/errors', '/graphiql'])(
    'have a content security policy of their own on pages: %s',
    async (url) => {
      const { headers } = await app.inject({ url, headers: html })
      expect(headers['content-security-policy']).toMatch(/frame-ancestors/)
      expect(headers['x-content-type-options']).toBe('nosniff')
    },
  )

  test.each([
    '/v1/articles',
    '/v1/articles/seen',
    '/v1/articles/seen/adjacent',
    '/v1/articles/seen/comments',
    '/v1/articles/seen/comment-policy',
    '/v1/categories',
  ])('let caches keep what is public, and nothing that a key was shown for: %s', async (url) => {
    const { authorization } = await keyHeaders(server, 'content:read')
    expect((await app.inject(url)).headers['cache-control']).toBe('public, max-age=0, must-revalidate')
    expect((await app.inject({ url, headers: { authorization } })).headers['cache-control']).toBe(
      'private, no-store',
    )
  })

  test('let no cache keep what GraphQL answers', async () => {
    expect((await app.inject('/graphql?query={categories{id}}')).headers['cache-control']).toBe('no-store')
  })
})

describe('CORS', () => {
  const preflight = (
    from: typeof server,
    origin: string,
    method = 'POST',
    requested = 'content-type,idempotency-key',
  ) =>
    from.app.inject({
      method: 'OPTIONS',
      url: '/v1/articles/seen/comments',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': requested,
      },
    })

  test('lets any site in by default, without credentials', async () => {
    const response = await preflight(server, 'https://any.example')
    expect(response.statusCode).toBe(204)
    const { headers } = response
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers['access-control-allow-methods']).toContain('PATCH')
    for (const name of ['authorization', 'content-type', 'idempotency-key', 'comment-receipt']) {
      expect(headers['access-control-allow-headers']).toContain(name)
    }
    expect(headers).not.toHaveProperty('access-control-allow-credentials')
    const get = await app.inject({ url: '/v1/articles', headers: { origin: 'https://any.example' } })
    expect(get.headers['access-control-allow-origin']).toBe('*')
    expect(get.headers['access-control-expose-headers']).toContain('link')
  })

  test('lets only the listed origins in where there is a list, and says that the answer varies', async () => {
    for (const origin of ['https://one.example', 'https://two.example']) {
      expect((await preflight(closed, origin)).headers['access-control-allow-origin']).toBe(origin)
    }
    for (const origin of [
      'https://evil.example',
      'https://one.example.evil.example',
      'null',
      'http://one.example',
    ]) {
      const { headers } = await preflight(closed, origin)
      expect(headers['access-control-allow-origin']).not.toBe(origin)
      expect(headers['access-control-allow-origin']).not.toBe('*')
    }
    const get = await closed.app.inject({ url: '/v1/articles', headers: { origin: 'https://one.example' } })
    expect(String(get.headers['vary']).toLowerCase()).toContain('origin')
  })
})
