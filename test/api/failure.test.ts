import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { graphql, startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { loggedBy, problemOf, rowCounts } from './support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
await article(sql, { slug: 'there' })

/** Somebody sends lines that look like frames of a stack, to get what they sent into the log. */
const CANARY = 'c4n4ry'
const payload = {
  body: `line\n    at ${CANARY} (/etc/passwd:1:1)\n    at ${CANARY}`,
  author: { name: CANARY, email: `${CANARY}@secret.example` },
}
const post = (headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/v1/articles/there/comments', payload, headers })

/** Runs `work` while every insert of a comment fails with this SQLSTATE; @returns how often it was tried. */
async function whileInsertsFail(state: string, work: () => Promise<void>): Promise<number> {
  await sql.unsafe(`
    create sequence attempts;
    create function fail() returns trigger language plpgsql as $$ begin
      perform nextval('attempts');
      raise exception 'words of the database: %', new.body using errcode = '${state}';
    end $$;
    create trigger a_fail before insert on comments for each row execute function fail();`)
  try {
    await work()
    const [row] = await sql<
      { n: number }[]
    >`select case when is_called then last_value else 0 end::int as n from attempts`
    return row?.n ?? 0
  } finally {
    await sql.unsafe('drop function fail() cascade; drop sequence attempts')
  }
}

/** What leaves and what is logged holds no word of SQL, of the database or of what was sent. */
function expectMasked(...texts: string[]): void {
  for (const text of texts) {
    expect(text).not.toMatch(
      /failed query|select |insert into|json_build_object|words of the database|relation|articles_away|params/i,
    )
    expect(text).not.toContain(CANARY)
    expect(text).not.toContain('there')
  }
}

describe('a failure of the database', () => {
  test('is INTERNAL and nothing more in REST, with one line in the log that names the SQLSTATE', async () => {
    await sql`alter table articles rename to articles_away`
    try {
      for (const url of [
        '/v1/articles/there?include=adjacent,comments',
        '/v1/articles',
        `/v1/articles/${randomUUID()}`,
      ]) {
        const { result, lines } = await loggedBy(server, () => app.inject(url))
        const problem = problemOf(result, 500, 'INTERNAL')
        expect(problem.detail).toBe('Something went wrong on our side')
        expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'detail', 'code', 'instance'])
        const [error, ...others] = lines.filter(({ level }) => level > 30)
        expect(others).toEqual([])
        expect(error).toMatchObject({
          level: 50,
          msg: 'Something went wrong on our side',
          code: 'INTERNAL',
          reqId: problem.instance,
          cause: { code: '42P01', frames: expect.stringMatching(/^at /) },
        })
        const { frames } = (error as unknown as { cause: { frames: string } }).cause
        for (const frame of frames.split('\n')) expect(frame.trim()).toMatch(/^at /)
        const { path: _, ...request } = lines.find(({ msg }) => msg === 'request') as object as {
          path: string
        }
        expectMasked(result.body, JSON.stringify(error), JSON.stringify(request))
      }
    } finally {
      await sql`alter table articles_away rename to articles`
    }
    expect((await app.inject('/v1/articles/there')).statusCode).toBe(200)
  })

  test('is INTERNAL and nothing more in GraphQL, with one line in the log', async () => {
    await sql`alter table articles rename to articles_away`
    try {
      for (const query of ['{article(slug: "there"){id}}', '{articles{nodes{id}}}']) {
        const { result, lines } = await loggedBy(server, () => graphql(app, query))
        expect(result.errors).toMatchObject([
          { message: 'Something went wrong on our side', extensions: { code: 'INTERNAL' } },
        ])
        const [error, ...others] = lines.filter(({ msg }) => msg !== 'request')
        expect(others).toEqual([])
        expect(error).toMatchObject({ level: 50, code: 'INTERNAL', cause: { code: '42P01' } })
        expectMasked(JSON.stringify(result), ...lines.map((line) => JSON.stringify(line)))
      }
    } finally {
      await sql`alter table articles_away rename to articles`
    }
  })

  test.each([
    ['P0001', 500, 'INTERNAL', 50, 1],
    ['23514', 409, 'CONFLICT', 30, 1],
    ['57014', 504, 'TIMEOUT', 40, 1],
    ['25006', 503, 'UNAVAILABLE', 40, 1],
    ['53300', 503, 'UNAVAILABLE', 40, 1],
    ['57P01', 503, 'UNAVAILABLE', 40, 1],
    ['40001', 503, 'UNAVAILABLE', 40, 6],
    ['40P01', 503, 'UNAVAILABLE', 40, 6],
  ])(
    'with SQLSTATE %s in a write is %i %s, and nothing of it is written',
    async (state, status, code, level, tries) => {
      const before = await rowCounts(sql)
      const key = randomUUID()
      const tried = await whileInsertsFail(state, async () => {
        const { result, lines } = await loggedBy(server, () => post({ 'idempotency-key': key }))
        problemOf(result, status, code)
        if (status === 503) expect(result.headers['retry-after']).toBe('1')
        const told = lines.filter(({ msg }) => msg !== 'request')
        expect(told.map((line) => line.level)).toEqual(level > 30 ? [level] : [])
        expectMasked(result.body, ...told.map((line) => JSON.stringify(line)))
      })
      expect(tried).toBe(tries)
      expect(await rowCounts(sql)).toEqual(before)
      // the key is as good as new
      const again = await post({ 'idempotency-key': key })
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, undefined])
      await sql`delete from comments`
      await sql`delete from idempotency_keys`
    },
  )

  test('in a mutation is an error of the request, not a refusal', async () => {
    await whileInsertsFail('P0001', async () => {
      const { result, lines } = await loggedBy(server, () =>
        graphql(
          app,
          'mutation($input: PostCommentInput!){postComment(input: $input){receipt errors{code}}}',
          {
            input: { article: 'there', ...payload },
          },
        ),
      )
      expect(result.errors).toMatchObject([{ extensions: { code: 'INTERNAL' } }])
      expect(lines.filter(({ level }) => level > 30)).toHaveLength(1)
      expectMasked(JSON.stringify(result), ...lines.map((line) => JSON.stringify(line)))
    })
  })

  test('while a key is looked up lets nobody in', async () => {
    const { key } = await server.deps.core.keys.create({
      name: 'k',
      scopes: ['admin'],
      expiresAt: null,
      sandbox: false,
    })
    await sql`alter table api_keys rename to api_keys_away`
    try {
      for (const url of [
        '/v1/articles/there',
        '/v1/moderation/comments',
        '/graphql?query={categories{id}}',
      ]) {
        problemOf(await app.inject({ url, headers: { authorization: `Bearer ${key}` } }), 500, 'INTERNAL')
      }
    } finally {
      await sql`alter table api_keys_away rename to api_keys`
    }
  })
})

test('a request is one line in the log, without its query, its words, its key or an address', async () => {
  const receipt = `bsr_${CANARY}`
  const { lines } = await loggedBy(server, () =>
    app.inject({
      url: `/v1/articles/there?locale=en&include=${CANARY}%0d%0aX`,
      headers: {
        authorization: `Bearer bs_${CANARY}`,
        'comment-receipt': receipt,
        'x-request-id': CANARY,
        'user-agent': CANARY,
        cookie: CANARY,
      },
      remoteAddress: '203.0.113.9',
    }),
  )
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    operation: 'getArticle',
    method: 'GET',
    path: '/v1/articles/there',
    status: 401,
  })
  expect(JSON.stringify(lines)).not.toContain(CANARY)
  expect(JSON.stringify(lines)).not.toContain('203.0.113')
})

test('a line of the log stays one line, whatever the address holds', async () => {
  const from = server.logs.length
  await loggedBy(server, () => app.inject('/v1/articles/a%0d%0a%1b[31m{"level":50}'))
  for (const line of server.logs.slice(from)) {
    expect(line.trimEnd()).not.toMatch(/\p{Cc}/u)
    expect(JSON.parse(line).level).toBe(30)
  }
})
