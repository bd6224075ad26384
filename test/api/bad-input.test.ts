import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { graphql, startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'
import { keyHeaders, newspaper, type Problem, problemOf, rowCounts } from './support.ts'

const server = await startApp()
const { app, database, logs } = server
const { sql } = database
await newspaper(sql)
const discussed = await article(sql, { slug: 'discussed', publishedAt: '2026-04-01T00:00:00Z' })
const commentId = await comment(sql, discussed)
const second = await comment(sql, discussed, { createdAt: '2026-02-03T00:00:00Z' })
for (const minute of [1, 2, 3, 4, 5]) {
  await comment(sql, discussed, { parentId: commentId, createdAt: `2026-02-02T00:0${minute}:00Z` })
}
const { authorization } = await keyHeaders(server, 'comments:moderate')
const POST = '/v1/articles/discussed/comments'

/** Names of tables and columns, words of SQL, frames of a stack: nothing that a client or a log may hold. */
const INTERNALS =
  /series_entries|comment_private|body_html|published_at|\bselect\b|\binsert\b|postgres|drizzle|node_modules|\.ts:\d|\.js:\d/i

let before: Record<string, number>
beforeAll(async () => {
  // the one use of the key is noted now
  await app.inject({ url: '/v1/moderation/comments', headers: { authorization } })
  before = await rowCounts(sql)
})
let from = 0
afterEach(async () => {
  expect(await rowCounts(sql)).toEqual(before)
  const lines = logs.slice(from)
  from = logs.length
  for (const line of lines) {
    expect(line).not.toMatch(INTERNALS)
    expect(JSON.parse(line)).toMatchObject({ level: 30, msg: 'request' })
  }
})
afterAll(() => {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

const clean = (problem: Problem): Problem => {
  expect(JSON.stringify(problem)).not.toMatch(INTERNALS)
  return problem
}
const send = (body: string | Buffer, contentType = 'application/json', url = POST) =>
  app.inject({ method: 'POST', url, payload: body, headers: { 'content-type': contentType } })
const fine = { body: 'Fine', author: { name: 'T' } }

describe('a body', () => {
  test.each([
    ['cut off', '{"body": "x"'],
    ['empty', ''],
    ['blank', '  '],
    ['trailing comma', '{"body": "x",}'],
    ['single quotes', "{'body': 'x'}"],
    ['two values', '{} {}'],
    ['NaN', '{"body": NaN}'],
    ['a byte order mark in UTF-16', Buffer.from('\ufeff{}', 'utf16le')],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    [
      'overlong UTF-8',
      Buffer.concat([Buffer.from('{"body":"'), Buffer.from([0xc0, 0xae]), Buffer.from('"}')]),
    ],
    [
      'an encoded surrogate',
      Buffer.concat([Buffer.from('{"body":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ],
    ['__proto__', '{"__proto__": {"polluted": true}, "body": "x", "author": {"name": "T"}}'],
    ['__proto__ deep down', '{"body": "x", "author": {"name": "T", "__proto__": {"polluted": true}}}'],
    ['constructor.prototype', '{"constructor": {"prototype": {"polluted": true}}}'],
    ['__proto__ in escapes', '{"\\u005f_proto__": {"polluted": true}}'],
  ])('that is no JSON to take is BODY_MALFORMED: %s', async (_, body) => {
    const problem = clean(problemOf(await send(body), 400, 'BODY_MALFORMED'))
    expect(JSON.stringify(problem)).not.toContain('polluted')
    problemOf(await send(body, 'application/json', '/graphql'), 400, 'BODY_MALFORMED')
  })

  test.each([
    ['null', null, ['']],
    ['a number', 7, ['']],
    ['an array', [fine], ['']],
    ['a string', 'x', ['']],
    ['nothing in it', {}, ['/body']],
    ['no author', { body: 'x' }, ['/author/name']],
    ['a number for a string', { ...fine, body: 7 }, ['/body']],
    ['null for a string', { ...fine, body: null }, ['/body']],
    ['a string in an array', { ...fine, body: ['x'] }, ['/body']],
    ['true for an object', { ...fine, author: true }, ['/author']],
    ['a string for an object', { ...fine, author: 'T' }, ['/author']],
    ['no name', { body: 'x', author: {} }, ['/author/name']],
    ['an empty name', { body: 'x', author: { name: '' } }, ['/author/name']],
    ['an invisible name', { body: 'x', author: { name: '\u200b\u2060' } }, ['/author/name']],
    ['a turned name', { body: 'x', author: { name: 'a\u202eb' } }, ['/author/name']],
    ['a long name', { body: 'x', author: { name: 'x'.repeat(81) } }, ['/author/name']],
    ['a blank body', { ...fine, body: ' \n\t ' }, ['/body']],
    ['a long body', { ...fine, body: 'x'.repeat(5001) }, ['/body']],
    ['a body of too many bytes', { ...fine, body: '\u{1f600}'.repeat(5001) }, ['/body']],
    ['no e-mail', { body: 'x', author: { name: 'T', email: 'nobody' } }, ['/author/email']],
    [
      'a long e-mail',
      { body: 'x', author: { name: 'T', email: `${'x'.repeat(250)}@a.example` } },
      ['/author/email'],
    ],
    ['another scheme', { body: 'x', author: { name: 'T', url: 'javascript:alert(1)' } }, ['/author/url']],
    ['credentials', { body: 'x', author: { name: 'T', url: 'https://a:b@c.example' } }, ['/author/url']],
    ['a parent that is no id', { ...fine, parentId: '7' }, ['/parentId']],
    ['a parent that is a number', { ...fine, parentId: 7 }, ['/parentId']],
    ['NUL', { ...fine, body: 'a\u0000b' }, ['/body']],
    ['NUL in a name', { body: 'x', author: { name: 'a\u0000b' } }, ['/author/name']],
    ['a lone surrogate', '{"body": "a\\ud800b", "author": {"name": "T"}}', ['/body']],
    ['a lone low surrogate', '{"body": "x", "author": {"name": "\\udc00T"}}', ['/author/name']],
  ])('of another shape is VALIDATION_FAILED with every path: %s', async (_, body, paths) => {
    const text = typeof body === 'string' && body.startsWith('{') ? body : JSON.stringify(body)
    const { errors, detail } = clean(problemOf(await send(text), 400, 'VALIDATION_FAILED'))
    expect(new Set(errors?.map(({ path }) => path))).toEqual(new Set(paths))
    for (const { message } of errors ?? []) expect(detail).toContain(message)
  })

  test.each([
    ['{"body":"x","author":{"name":"T"},"status":"approved"}', '/status', 'known are'],
    ['{"body":"x","author":{"name":"T"},"bodi":"y"}', '/bodi', 'did you mean "body"?'],
    ['{"body":"x","author":{"name":"T","emial":"y@x.example"}}', '/author/emial', 'did you mean "email"?'],
    ['{"body":"x","author":{"name":"T"},"createdAt":"2020-01-01T00:00:00Z"}', '/createdAt', 'known are'],
    ['{"body":"x","author":{"name":"T"},"id":"00000000-0000-4000-8000-000000000009"}', '/id', 'known are'],
    ['{"body":"x","author":{"name":"T"},"prototype":1}', '/prototype', 'known are'],
    ['{"body":"x","author":{"name":"T"},"a/b~c":1}', '/a~1b~0c', 'known are'],
  ])('with an unknown field is refused by its name, nothing dropped: %s', async (body, path, message) => {
    const { errors } = clean(problemOf(await send(body), 400, 'VALIDATION_FAILED'))
    expect(errors).toHaveLength(1)
    expect(errors?.[0]?.path).toBe(path)
    expect(errors?.[0]?.message).toContain(message)
  })

  test('with thousands of unknown fields gets a short answer', async () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`field${i}`, i]))
    const response = await send(JSON.stringify({ ...fine, ...many }))
    expect(problemOf(response, 400, 'VALIDATION_FAILED').errors).toHaveLength(20)
    expect(response.body.length).toBeLessThan(5000)
  })

  test.each([
    ['arrays', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['an object in a field', `{"body":${'{"a":'.repeat(9000)}1${'}'.repeat(9000)},"author":{"name":"T"}}`],
  ])('nested thousands deep is refused and exhausts nothing: %s', async (_, body) => {
    clean(problemOf(await send(body), 400, 'VALIDATION_FAILED'))
    const variables = `{"query":"{categories{id}}","variables":{"a":${body}}}`
    clean(problemOf(await send(variables, 'application/json', '/graphql'), 400, 'VALIDATION_FAILED'))
  })

  test('over 64 KiB is BODY_TOO_LARGE, whether its length is told or not', async () => {
    const body = JSON.stringify({ ...fine, body: 'x'.repeat(70_000) })
    clean(problemOf(await send(body), 413, 'BODY_TOO_LARGE'))
    clean(problemOf(await send(body, 'application/json', '/graphql'), 413, 'BODY_TOO_LARGE'))
  })

  test.each([
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/jsonx',
    'application/problem+json',
    'application/json, text/plain',
    'application',
    '*/*',
  ])('of another media type is MEDIA_TYPE_UNSUPPORTED: %s', async (contentType) => {
    clean(problemOf(await send(JSON.stringify(fine), contentType), 415, 'MEDIA_TYPE_UNSUPPORTED'))
    const query = JSON.stringify({ query: '{categories{id}}' })
    clean(problemOf(await send(query, contentType, '/graphql'), 415, 'MEDIA_TYPE_UNSUPPORTED'))
  })
})

describe('a query string', () => {
  test.each([
    ['limit=0', '/limit'],
    ['limit=101', '/limit'],
    ['limit=abc', '/limit'],
    ['limit=', '/limit'],
    ['limit=1.5', '/limit'],
    ['limit=-1', '/limit'],
    ['limit=1e9', '/limit'],
    ['limit=1&limit=2', '/limit'],
    ['after=a&after=b', '/after'],
    ['subtree=maybe&category=city', '/subtree'],
    ['body=pdf', '/body'],
    ['body=html&body=text', '/body'],
    ['locale=not%20a%20locale', '/locale'],
    ['category=', '/category'],
    [`category=${'x'.repeat(201)}`, '/category'],
    ['category=a%00b', '/category'],
    [`after=${'x'.repeat(6001)}`, '/after'],
    ['include=adjacent,nothing', '/include'],
    ['within=nothing', '/within'],
  ])('of another shape is VALIDATION_FAILED: %s', async (query, path) => {
    const { errors } = clean(problemOf(await app.inject(`/v1/articles?${query}`), 400, 'VALIDATION_FAILED'))
    expect(new Set(errors?.map((error) => error.path))).toEqual(new Set([path]))
  })

  test.each([
    ['/v1/articles?categroy=city', '/categroy', 'did you mean "category"?'],
    ['/v1/articles?first=1', '/first', 'known are'],
    ['/v1/articles?colour=red', '/colour', 'known are'],
    ['/v1/articles/monday?includ=adjacent', '/includ', 'did you mean "include"?'],
    ['/v1/articles/monday/adjacent?cuont=1', '/cuont', 'did you mean "count"?'],
    ['/v1/categories?hideempty=true', '/hideempty', 'did you mean "hideEmpty"?'],
    ['/v1/categories/city?limit=1', '/limit', 'known are'],
    ['/v1/articles?__proto__[polluted]=1', '/__proto__[polluted]', 'known are'],
    ['/v1/articles?__proto__=1', '/__proto__', 'known are'],
    ['/v1/articles?constructor=1', '/constructor', 'known are'],
    ['/v1/articles?toString=1', '/toString', 'known are'],
  ])('with an unknown parameter is refused by its name: %s', async (url, path, message) => {
    const { errors } = clean(problemOf(await app.inject(url), 400, 'VALIDATION_FAILED'))
    expect(errors?.[0]?.path).toBe(path)
    expect(errors?.[0]?.message).toContain(message)
  })

  test('with cursors in both directions is refused', async () => {
    const { next } = (await app.inject('/v1/articles?limit=1')).json().page
    const response = await app.inject(`/v1/articles?after=${next}&before=${next}`)
    const { errors } = problemOf(response, 400, 'VALIDATION_FAILED')
    expect(errors).toEqual([{ path: '/before', message: 'cannot be combined with after' }])
  })
})

describe('a cursor', () => {
  const lists = [
    '/v1/articles?limit=1',
    '/v1/articles/discussed/comments?limit=1',
    `/v1/comments/${commentId}/replies?limit=1`,
  ]
  const nextOf = async (url: string): Promise<string> => {
    const { next } = (await app.inject(url)).json().page
    expect(next).toEqual(expect.any(String))
    return next
  }

  test.each([
    'x',
    '%20',
    'null',
    'W10',
    'e30',
    '====',
    '-1',
    '9'.repeat(400),
    Buffer.from('["12345678",1,2]').toString('base64url'),
    Buffer.from('[null]').toString('base64url'),
    Buffer.from('{"0":1}').toString('base64url'),
    Buffer.from([0xff, 0xfe, 0x00]).toString('base64url'),
  ])('that is none is CURSOR_INVALID, in both directions: %s', async (cursor) => {
    for (const list of lists) {
      for (const side of ['after', 'before']) {
        const response = await app.inject(`${list}&${side}=${encodeURIComponent(cursor)}`)
        const { errors } = clean(problemOf(response, 400, 'CURSOR_INVALID'))
        expect(errors?.map(({ path }) => path)).toEqual([`/${side}`])
      }
    }
  })

  test.each([
    ['the year 0', '0000-01-01T00:00:00.000Z'],
    ['the 30th of February', '2026-02-30T00:00:00.000Z'],
    ['the 13th month', '2026-13-01T00:00:00.000Z'],
    ['hour 24', '2026-01-01T24:00:00.000Z'],
    ['the year 275760', '+275760-09-13T00:00:00.000Z'],
    ['words', 'infinity'],
    ['a number', 0],
    ['null', null],
    ['SQL', "2026-01-01' or '1'='1"],
  ])('forged with %s is CURSOR_INVALID', async (_, moment) => {
    const [hash, , id] = JSON.parse(Buffer.from(await nextOf(lists[0] as string), 'base64url').toString())
    const forged = Buffer.from(JSON.stringify([hash, moment, id])).toString('base64url')
    clean(problemOf(await app.inject(`/v1/articles?after=${forged}`), 400, 'CURSOR_INVALID'))
  })

  test('forged with another position shows visible rows, and nothing else', async () => {
    const [hash] = JSON.parse(Buffer.from(await nextOf(lists[0] as string), 'base64url').toString())
    for (const moment of ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']) {
      const tuple = [hash, moment, '00000000-0000-0000-0000-000000000000']
      const forged = Buffer.from(JSON.stringify(tuple)).toString('base64url')
      const response = await app.inject(`/v1/articles?after=${forged}`)
      expect(response.statusCode).toBe(200)
      expect([0, 6]).toContain(response.json().data.length)
    }
  })

  test('with any bit flipped is another place of the list or CURSOR_INVALID, never a failure', async () => {
    const cursors = await Promise.all(lists.map(async (list) => ({ list, cursor: await nextOf(list) })))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...cursors),
        fc.constantFrom('after', 'before'),
        fc.array(fc.nat(8 * 160), { minLength: 1, maxLength: 3 }),
        async ({ list, cursor }, side, flips) => {
          const bytes = Buffer.from(cursor, 'base64url')
          for (const flip of flips) {
            const at = Math.floor(flip / 8) % bytes.length
            bytes[at] = (bytes[at] ?? 0) ^ (1 << (flip % 8))
          }
          const response = await app.inject(`${list}&${side}=${bytes.toString('base64url')}`)
          if (response.statusCode !== 200) clean(problemOf(response, 400, 'CURSOR_INVALID'))
        },
      ),
      { numRuns: 250 },
    )
  })

  test('of any text is refused, never a failure', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...lists),
        fc.oneof(
          fc.string({ maxLength: 200 }),
          fc.base64String({ maxLength: 200 }),
          fc.string({ unit: 'binary', maxLength: 60 }),
        ),
        async (list, text) => {
          const response = await app.inject(`${list}&after=${encodeURIComponent(text.toWellFormed())}`)
          expect(response.statusCode).toBe(400)
          expect(['CURSOR_INVALID', 'VALIDATION_FAILED']).toContain(response.json().code)
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('an address', () => {
  test.each([
    '/%',
    '/%c0%ae',
    '/%ff',
    '/v1/articles/%c0%ae%c0%ae',
    '/v1/articles/%ff',
    '/v1/articles/%',
    '/v1/articles/%ed%a0%80',
    '/v1/articles?category=%ff',
    '/v1/articles?category=%c0%ae',
    '/v1/articles?category=%',
    '/v1/articles/monday/adjacent?within=tag:%ed%a0%80',
    '/graphql?query=%ff',
  ])('that is not UTF-8 is URL_MALFORMED, and is not repeated: %s', async (url) => {
    const response = await app.inject(url)
    const problem = clean(problemOf(response, 400, 'URL_MALFORMED'))
    expect(JSON.stringify(problem)).not.toContain('%')
    expect(response.headers['x-content-type-options']).toBe('nosniff')
    expect(response.headers['content-security-policy']).toContain("default-src 'none'")
  })

  test.each([
    ['/v1/articles/%00', '/ref'],
    ['/v1/articles/monday%00', '/ref'],
    [`/v1/articles/${'x'.repeat(251)}`, '/ref'],
    [`/v1/categories/${'x'.repeat(251)}`, '/ref'],
    ['/v1/categories/a%00', '/ref'],
    ['/v1/series/a%00', '/ref'],
    ['/v1/comments/7', '/id'],
    ['/v1/comments/not-an-id', '/id'],
    ['/v1/comments/00000000-0000-4000-8000-00000000000g', '/id'],
    ['/v1/comments/99999999999999999999/replies', '/id'],
    ["/v1/comments/'; drop table comments; --", '/id'],
  ])('with a name or id that cannot be one is VALIDATION_FAILED: %s', async (url, path) => {
    const { errors } = clean(problemOf(await app.inject(url), 400, 'VALIDATION_FAILED'))
    expect(errors?.map((error) => error.path)).toContain(path)
  })

  test.each([
    [`/v1/articles/${'x'.repeat(101)}`, 404, 'ARTICLE_NOT_FOUND'],
    [`/v1/articles/${'x'.repeat(250)}`, 404, 'ARTICLE_NOT_FOUND'],
    [`/v1/articles/${'%F0%9F%98%80'.repeat(90)}`, 404, 'ARTICLE_NOT_FOUND'],
    [`/v1/articles/${'x'.repeat(501)}`, 414, 'URI_TOO_LONG'],
    [`/v1/comments/${'0'.repeat(5000)}`, 414, 'URI_TOO_LONG'],
    ["/v1/articles/' or '1'='1", 404, 'ARTICLE_NOT_FOUND'],
    ['/v1/articles/..%2f..%2fetc%2fpasswd', 404, 'ARTICLE_NOT_FOUND'],
    ['/v1/articles/00000000-0000-4000-8000-00000000000g', 404, 'ARTICLE_NOT_FOUND'],
  ])('that is long or strange has its answer: %#', async (url, status, code) => {
    clean(problemOf(await app.inject(url), status, code))
  })

  test.each([
    '/v2/articles',
    '/v1',
    '/v1/article',
    '//v1/articles',
    '/v1/articles/a/b/c',
    '/V1/articles',
    '/.env',
    '/v1/../etc',
  ])('that leads nowhere is ROUTE_NOT_FOUND: %s', async (url) => {
    clean(problemOf(await app.inject(url), 404, 'ROUTE_NOT_FOUND'))
  })

  test.each([
    ['PUT', '/v1/articles', 'GET, HEAD, POST'],
    ['PUT', '/v1/articles/monday', 'GET, HEAD, PATCH, DELETE'],
    ['PUT', '/v1/categories', 'GET, HEAD, POST'],
    ['PUT', '/v1/tags/boats', 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/v1/authors/ada/merge', 'POST'],
    ['PATCH', POST, 'GET, HEAD, POST'],
    ['POST', `/v1/comments/${commentId}`, 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/v1/moderation/decisions', 'POST'],
    ['DELETE', '/graphql', 'POST, GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['DELETE', '/openapi.json', 'GET, HEAD'],
  ] as const)('with another method is METHOD_NOT_ALLOWED with Allow: %s %s', async (method, url, allow) => {
    const response = await app.inject({
      method,
      url,
      payload: '{not json',
      headers: { 'content-type': 'x/y' },
    })
    clean(problemOf(response, 405, 'METHOD_NOT_ALLOWED'))
    const methods = (text: unknown) => String(text).split(', ').sort()
    expect(methods(response.headers.allow)).toEqual(methods(allow))
  })
})

describe('on a real socket', () => {
  let port: number
  beforeAll(async () => {
    await app.listen({ port: 0, host: '127.0.0.1' })
    from = logs.length
    port = (app.server.address() as { port: number }).port
  })

  const raw = async (text: string): Promise<{ status: number; headers: string; problem: Problem }> => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk
    })
    // what is refused may be refused before all of it is sent
    socket.on('error', () => {})
    socket.write(text)
    await once(socket, 'close')
    const [headers = '', body = ''] = answer.split('\r\n\r\n')
    return { status: Number(/^HTTP\/1.1 (\d+)/.exec(headers)?.[1]), headers, problem: JSON.parse(body) }
  }
  const get = (headers: string) =>
    `GET /v1/articles HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`

  test.each([
    ['a huge header', get(`X-Big: ${'x'.repeat(17_000)}\r\n`), 431, 'HEADERS_TOO_LARGE'],
    ['a huge address', `GET /${'x'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['no HTTP at all', 'hello there\r\n\r\n', 400, 'REQUEST_MALFORMED'],
    ['two lengths', get('Content-Length: 1\r\nContent-Length: 2\r\n'), 400, 'REQUEST_MALFORMED'],
    [
      'a length and chunks',
      get('Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'),
      400,
      'REQUEST_MALFORMED',
    ],
    ['a control character in a header', get('X-A: a\u0001b\r\n'), 400, 'REQUEST_MALFORMED'],
  ])('%s is a problem like any other', async (_, text, status, code) => {
    const answer = await raw(text)
    expect([answer.status, answer.problem.code, answer.problem.status]).toEqual([status, code, status])
    expect(answer.headers).toContain('content-type: application/problem+json; charset=utf-8')
    expect(answer.headers).toContain('x-content-type-options: nosniff')
    expect(answer.problem.instance).toMatch(/^[0-9a-f-]{36}$/)
    clean(answer.problem)
  })

  test('chunks without end are BODY_TOO_LARGE', async () => {
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`
    const head = `POST ${POST} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
    const answer = await raw(head + chunk.repeat(5))
    expect([answer.status, answer.problem.code]).toEqual([413, 'BODY_TOO_LARGE'])
  })
})

describe('GraphQL', () => {
  const ask = (payload: object | string, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/graphql',
      payload: payload as string,
      headers: { 'content-type': 'application/json', ...headers },
    })
  const mutation = 'mutation{postComment(input:{article:"discussed",body:"x",author:{name:"T"}}){receipt}}'

  test.each([
    ['a syntax error', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['JSON as document: 1', { query: '1' }, 'GRAPHQL_PARSE_FAILED'],
    ['JSON as document: {}', { query: '{}' }, 'GRAPHQL_PARSE_FAILED'],
    ['JSON as document: a tree', { query: '{"kind":"Document"}' }, 'GRAPHQL_PARSE_FAILED'],
    ['blanks', { query: '   ' }, 'GRAPHQL_PARSE_FAILED'],
    ['a comment alone', { query: '# nothing' }, 'GRAPHQL_PARSE_FAILED'],
    ['over 1000 tokens', { query: `{${'a:categories{id} '.repeat(200)}}` }, 'GRAPHQL_PARSE_FAILED'],
    ['a bracket 30,000 deep', { query: '{a'.repeat(15_000) }, 'GRAPHQL_PARSE_FAILED'],
    ['a lone surrogate in an escape', { query: '{category(slug:"\\ud800"){id}}' }, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: '{nothing}' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['two unknown fields', { query: '{nothing nowhere}' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['a wrong argument', { query: '{articles(first:"x"){nodes{id}}}' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['a number too large', { query: '{articles(first:9999999999){nodes{id}}}' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown enum', { query: '{articles(sort:TITLE){nodes{id}}}' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'an unknown operation',
      { query: 'query a{categories{id}}', operationName: 'b' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'one of two operations',
      { query: 'query a{categories{id}} query b{categories{id}}' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['fragments alone', { query: 'fragment a on Query{categories{id}}' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['a fragment in a circle', { query: '{...a} fragment a on Query{...a}' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['a subscription', { query: 'subscription{a}' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'too deep',
      { query: `{categories${'{children'.repeat(17)}{id}${'}'.repeat(18)}` },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'too deep, by a fragment',
      {
        query: `{categories${'{children'.repeat(9)}{...f}${'}'.repeat(10)} fragment f on Category{children${'{children'.repeat(9)}{id}${'}'.repeat(9)}}`,
      },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a variable of another type',
      { query: 'query($n:Int){articles(first:$n){nodes{id}}}', variables: { n: 'x' } },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a missing variable',
      { query: 'query($s:String!){category(slug:$s){id}}' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'an unknown field in a variable',
      {
        query: 'mutation($i:PostCommentInput!){postComment(input:$i){receipt}}',
        variables: { i: { article: 'discussed', body: 'x', author: { name: 'T' }, status: 'APPROVED' } },
      },
      'GRAPHQL_VALIDATION_FAILED',
    ],
  ])('%s is 400 with its code and without data', async (_, payload, code) => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const response = await ask(payload, { accept })
      expect(response.statusCode).toBe(400)
      expect(response.headers['content-type']).toBe(`${accept}; charset=utf-8`)
      const { errors, data, ...rest } = response.json()
      expect(rest).toEqual({})
      expect(data).toBeUndefined()
      expect(errors.length).toBeGreaterThan(0)
      expect(errors.length).toBeLessThanOrEqual(10)
      for (const error of errors) expect(error.extensions.code).toBe(code)
      expect(response.body).not.toMatch(INTERNALS)
    }
  })

  test('ten errors at most are told, of however many', async () => {
    const response = await ask({ query: `{${Array.from({ length: 200 }, (_, i) => `x${i}`).join(' ')}}` })
    expect(response.statusCode).toBe(400)
    expect(response.json().errors.length).toBeLessThanOrEqual(11)
  })

  test.each([
    ['a batch', [{ query: '{categories{id}}' }, { query: '{categories{id}}' }], ''],
    ['no query', {}, '/query'],
    ['null as query', { query: null }, '/query'],
    ['a number as query', { query: 1 }, '/query'],
    ['a tree as query', { query: { kind: 'Document' } }, '/query'],
    ['an empty query', { query: '' }, '/query'],
    ['an over-long query', { query: `{categories{id}}#${'x'.repeat(32_768)}` }, '/query'],
    ['variables in a list', { query: '{categories{id}}', variables: [1] }, '/variables'],
    ['variables as text', { query: '{categories{id}}', variables: '{}' }, '/variables'],
    ['extensions as text', { query: '{categories{id}}', extensions: 'x' }, '/extensions'],
    ['a number as operationName', { query: '{categories{id}}', operationName: 1 }, '/operationName'],
    ['an unknown member', { query: '{categories{id}}', varaibles: {} }, '/varaibles'],
    ['NUL in a variable', { query: '{categories{id}}', variables: { a: ['\u0000'] } }, '/variables/a/0'],
  ])('a request of another shape is VALIDATION_FAILED: %s', async (_, payload, path) => {
    const { errors } = clean(problemOf(await ask(payload), 400, 'VALIDATION_FAILED'))
    expect(errors?.[0]?.path).toBe(path)
  })

  test('null for variables, operationName and extensions is as good as nothing', async () => {
    const response = await ask({
      query: '{categories{slug}}',
      variables: null,
      operationName: null,
      extensions: null,
    })
    expect(response.statusCode).toBe(200)
    expect(response.json().data.categories).toHaveLength(4)
  })

  test('a mutation by GET is METHOD_NOT_ALLOWED, however it is named', async () => {
    for (const query of [
      mutation,
      `query a{categories{id}} ${mutation.replace('mutation', 'mutation b')}&operationName=b`,
    ]) {
      const [document = '', name = ''] = query.split('&')
      const response = await app.inject(`/graphql?query=${encodeURIComponent(document)}&${name}`)
      problemOf(response, 405, 'METHOD_NOT_ALLOWED')
      expect(response.headers.allow).toBe('POST')
    }
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/graphql',
  ])('a mutation that a browser may send unasked is refused: %s', async (contentType) => {
    const payload = contentType.endsWith('graphql') ? mutation : JSON.stringify({ query: mutation })
    problemOf(await ask(payload, { 'content-type': contentType }), 415, 'MEDIA_TYPE_UNSUPPORTED')
  })

  test.each([
    ['variables={', '/variables'],
    ['variables=[1]', '/variables'],
    ['extensions=x', '/extensions'],
    ['varaibles={}', '/varaibles'],
    ['query={categories{id}}', '/query'],
  ])('GET with %s is VALIDATION_FAILED', async (more, path) => {
    const response = await app.inject(`/graphql?query={categories{id}}&${more}`)
    expect(problemOf(response, 400, 'VALIDATION_FAILED').errors?.[0]?.path).toBe(path)
  })

  test('GET with variables nested thousands deep is refused and exhausts nothing', async () => {
    const variables = `{"a":${'['.repeat(7000)}${']'.repeat(7000)}}`
    problemOf(
      await app.inject(`/graphql?query={categories{id}}&variables=${variables}`),
      400,
      'VALIDATION_FAILED',
    )
  })

  test.each([
    ['articles(first:0){nodes{id}}', 'VALIDATION_FAILED'],
    ['articles(first:101){nodes{id}}', 'VALIDATION_FAILED'],
    ['articles(last:-1){nodes{id}}', 'VALIDATION_FAILED'],
    ['articles(first:1,last:1){nodes{id}}', 'VALIDATION_FAILED'],
    ['articles(first:1,before:"x"){nodes{id}}', 'VALIDATION_FAILED'],
    ['articles(after:"x"){nodes{id}}', 'CURSOR_INVALID'],
    ['articles(last:1,before:"W10"){nodes{id}}', 'CURSOR_INVALID'],
    ['articles(category:"nowhere"){nodes{id}}', 'CATEGORY_NOT_FOUND'],
    ['articles(category:""){nodes{id}}', 'VALIDATION_FAILED'],
    ['articles(tag:"a\\u0000b"){nodes{id}}', 'VALIDATION_FAILED'],
    ['articles(locale:"x y"){nodes{id}}', 'VALIDATION_FAILED'],
    ['article{id}', 'VALIDATION_FAILED'],
    ['article(id:"a",slug:"b"){id}', 'VALIDATION_FAILED'],
    ['article(slug:"a\\u0000b"){id}', 'VALIDATION_FAILED'],
    [`article(slug:"${'x'.repeat(251)}"){id}`, 'VALIDATION_FAILED'],
    ['article(slug:"monday"){adjacent(within:"nothing"){within}}', 'VALIDATION_FAILED'],
    ['article(slug:"monday"){adjacent(within:"tag:a\\u0000"){within}}', 'VALIDATION_FAILED'],
    ['article(slug:"monday"){adjacent(count:11){within}}', 'VALIDATION_FAILED'],
    ['article(slug:"monday"){comments(first:0){nodes{id}}}', 'VALIDATION_FAILED'],
    ['article(slug:"monday"){comments(after:"x"){nodes{id}}}', 'CURSOR_INVALID'],
    ['comment(id:"7"){id}', 'VALIDATION_FAILED'],
    [`comment(id:"${commentId}"){replies(first:101){nodes{id}}}`, 'VALIDATION_FAILED'],
    [`comment(id:"${commentId}"){replies(after:"x"){nodes{id}}}`, 'CURSOR_INVALID'],
    ['moderationQueue{nodes{id}}', 'AUTHENTICATION_FAILED'],
  ])('an argument has the code that REST has: %s', async (field, code) => {
    const { status, errors } = await graphql(app, `{${field}}`)
    expect(status).toBe(200)
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code])
    expect(JSON.stringify(errors)).not.toMatch(INTERNALS)
  })

  test.each([
    ['{article:"discussed",body:"a\\u0000b",author:{name:"T"}}'],
    ['{article:"a\\u0000b",body:"x",author:{name:"T"}}'],
    ['{article:"discussed",locale:"\\u0000",body:"x",author:{name:"T"}}'],
    [`{article:"${'x'.repeat(251)}",body:"x",author:{name:"T"}}`],
    ['{article:"discussed",body:"",author:{name:"T"}}'],
    ['{article:"discussed",body:"x",author:{name:""}}'],
    ['{article:"discussed",body:"x",author:{name:"\\u200b"}}'],
    ['{article:"discussed",body:"x",author:{name:"T",email:"x"}}'],
    ['{article:"discussed",body:"x",author:{name:"T",url:"javascript:0"}}'],
    ['{article:"discussed",body:"x",author:{name:"T"},parentId:"7"}'],
  ])('an input has the code that REST has: postComment %s', async (input) => {
    const { errors } = await graphql(app, `mutation{postComment(input:${input}){receipt}}`)
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['VALIDATION_FAILED'])
  })

  test('a bad header is the problem that it is in REST', async () => {
    problemOf(await ask({ query: mutation }, { 'idempotency-key': 'short' }), 400, 'IDEMPOTENCY_KEY_INVALID')
    problemOf(await ask({ query: mutation }, { authorization: 'Bearer x' }), 401, 'AUTHENTICATION_FAILED')
  })

  test('any document at all is answered with 200 or 400', async () => {
    const word = fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      ':',
      '!',
      '$n',
      '@skip',
      '...',
      'query',
      'articles',
      'nodes',
      'id',
      '"x"',
      '"""',
      '1',
      '[',
      ']',
      'on',
      'fragment',
      '\\u0000',
      '\u0000',
      '#',
      '&',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 30 }), async (words) => {
        const response = await ask({ query: `{${words.join(' ')}` })
        expect([200, 400]).toContain(response.statusCode)
        expect(response.body).not.toMatch(INTERNALS)
      }),
      { numRuns: 150 },
    )
  })
})

test('a decision of another shape is refused for a moderator too, and a comment not touched', async () => {
  const response = await app.inject({
    method: 'POST',
    url: '/v1/moderation/decisions',
    headers: { authorization },
    payload: { decisions: [{ commentId: second, revision: 1, action: 'spam', decidedBy: 'me' }] },
  })
  expect(problemOf(response, 400, 'VALIDATION_FAILED').errors?.[0]?.path).toBe('/decisions/0/decidedBy')
  expect((await app.inject(`/v1/comments/${second}`)).statusCode).toBe(200)
})
