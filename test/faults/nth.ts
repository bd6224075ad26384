import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import type postgres from 'postgres'
import { expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { inTransaction } from '../../src/db/client.ts'
import { createDeps, type Deps } from '../../src/deps.ts'
import type { ImportRecord } from '../../src/domain/interchange.ts'
import { ERRORS, type ErrorCode, findAppError } from '../../src/lib/errors.ts'
import { article, category, comment, series, tag } from '../setup/data.ts'
import { cloneDatabase } from '../setup/database.ts'
import { NO_LIMITS } from '../setup/limits.ts'
import { type Fate, type StatementProxy, startStatementProxy } from '../setup/statement-proxy.ts'

const CONNECTIONS = 4

/** A server on a database of its own, with a proxy between the two. */
export interface Stage {
  app: FastifyInstance
  deps: Deps
  proxy: StatementProxy
  /** Past the proxy. */
  sql: postgres.Sql
  /** Of a moderator who also writes. */
  key: string
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const clone = await cloneDatabase()
  const proxy = await startStatementProxy(clone.url)
  const config = loadConfig({
    ...NO_LIMITS,
    PUBLIC_URL: 'http://broadsheet.test',
    SECRET: 'a secret for tests, 32 characters',
    DATABASE_CONNECTIONS: String(CONNECTIONS),
    DATABASE_ACQUIRE_TIMEOUT: '5000',
  })
  const deps = await createDeps(config, proxy.url, pino({ level: 'silent' }))
  const app = await buildApp(deps)
  const { key } = await deps.core.keys.create({
    name: 'desk',
    scopes: ['comments:moderate', 'content:write'],
    expiresAt: null,
    sandbox: false,
  })
  return {
    app,
    deps,
    proxy,
    sql: clone.sql,
    key,
    close: async () => {
      await app.close()
      await deps.close()
      await proxy.close()
      await clone.drop()
    },
  }
}

/** One write, ready to be done on things of its own; done again, it is the same request sent again. */
type Act = (steps?: number) => Promise<string>

export interface Write {
  name: string
  /** How many transactions it is made of, each a whole by itself. */
  steps?: number
  /** Of two transactions that cannot be asked for apart: what of the whole comes with the first. */
  first?: (row: string) => boolean
  /** Whether sending it again after it was done ends as if it had been sent once. */
  repeatable: boolean
  /** On an empty database each time. */
  alone?: boolean
  prepare(stage: Stage): Promise<Act>
}

/** Every fate that a statement may meet, and what the caller may be told of it. */
export const FATES: { name: string; fate: Fate; told: string[] }[] = [
  { name: 'cut before', fate: 'cut before', told: ['UNAVAILABLE'] },
  { name: 'cut after', fate: 'cut after', told: ['UNAVAILABLE'] },
  { name: 'out of memory', fate: { code: '53200' }, told: ['UNAVAILABLE'] },
  // the transaction is run again
  { name: 'serialization', fate: { code: '40001' }, told: ['done', 'UNAVAILABLE'] },
  { name: 'canceled', fate: { code: '57014' }, told: ['TIMEOUT'] },
  { name: 'internal', fate: { code: 'XX000' }, told: ['INTERNAL'] },
]

/**
 * Lets the first statement of a write fail, then in a new try the second, and so on until one goes through whole. After
 * each: nothing or all of it is there, the caller was told what is documented, sent again it is there once, and every
 * connection serves on.
 * @returns how many tries it took.
 */
export async function failEach(stage: Stage, write: Write, fates = FATES): Promise<number> {
  const whole = await deltasOf(stage, write)
  let tries = 0
  for (const { name, fate, told } of fates) {
    for (let nth = 1; ; nth++) {
      tries++
      const own = write.alone ? await openStage() : stage
      try {
        const at = `${write.name}: ${name}, statement ${nth}`
        const met = await failOnce(own, write, whole, { at, nth, fate, told })
        if (!met) break
      } finally {
        if (write.alone) await own.close()
      }
    }
  }
  return tries
}

interface Failing {
  at: string
  nth: number
  fate: Fate
  told: string[]
}

/** @returns whether there was an nth statement to fail. */
async function failOnce(
  stage: Stage,
  write: Write,
  whole: string[][],
  { at: place, nth, fate, told }: Failing,
): Promise<boolean> {
  const { proxy, sql } = stage
  const act = await write.prepare(stage)
  const before = await snapshot(sql)
  proxy.arm(nth, fate)
  const answer = await act()
  const met = proxy.disarm()
  const at = `${place} (${met})`
  await settled(sql, at)
  const delta = difference(before, await snapshot(sql))
  if (met === undefined) {
    expect([answer, delta], at).toEqual(['done', whole.at(-1)])
    return false
  }
  // whether a connection still answers is asked beside the write, which goes on on another one
  expect(met === 'select 1' ? [...told, 'done'] : told, at).toContain(answer)
  if (answer === 'done') expect(delta, at).toEqual(whole.at(-1))
  else expect([[], ...whole], at).toContainEqual(delta)
  // what the server has not been told to do it has not done
  if (answer !== 'done' && fate !== 'cut after' && whole.length === 1) expect(delta, at).toEqual([])
  if (write.repeatable || delta.length === 0) {
    expect(await act(), `${at}, again`).toBe('done')
    expect(difference(before, await snapshot(sql)), `${at}, again`).toEqual(whole.at(-1))
  }
  await allServe(stage, at)
  return true
}

/** What the write changes when nothing fails, after each of its steps. */
async function deltasOf(stage: Stage, write: Write): Promise<string[][]> {
  const deltas: string[][] = []
  for (let steps = 1; steps <= (write.steps ?? 1); steps++) {
    const own = write.alone ? await openStage() : stage
    const act = await write.prepare(own)
    const before = await snapshot(own.sql)
    expect(await act(steps), write.name).toBe('done')
    deltas.push(difference(before, await snapshot(own.sql)))
    expect(deltas.at(-1), write.name).not.toEqual([])
    if (write.alone) await own.close()
  }
  const whole = deltas.at(-1) ?? []
  return write.first ? [whole.filter(write.first), whole] : deltas
}

/** Every row of every table, without what differs from one try to the next, and how often it is there. */
export async function snapshot(sql: postgres.Sql): Promise<Map<string, number>> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'drizzle')`
  const parts = tables.map(({ name }) => `select '${name} ' || to_jsonb(t)::text as row from ${name} t`)
  const rows = await sql.unsafe<{ masked: string; count: number }[]>(String.raw`
    select masked, count(*)::int as count from (
      select regexp_replace(regexp_replace(regexp_replace(regexp_replace(row,
        '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '<id>', 'g'),
        '\d{4}-\d\d-\d\d[T ][0-9:.]+(Z|\+00(:00)?)', '<time>', 'g'),
        '\\\\x[0-9a-f]+', '<bytes>', 'g'),
        'try-\d+|(?<="x?id": )"?\d+"?', '<number>', 'g') as masked
      from (${parts.join(' union all ')}) all_rows
    ) all_masked group by masked`)
  return new Map(rows.map(({ masked, count }) => [masked, count]))
}

/** The rows that came and went. */
export function difference(before: Map<string, number>, after: Map<string, number>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((row) => [(after.get(row) ?? 0) - (before.get(row) ?? 0), row] as const)
    .filter(([count]) => count !== 0)
    .map(([count, row]) => `${count > 0 ? '+' : ''}${count} ${row}`)
    .sort()
}

/** The server gives up an idle transaction by itself after 10 s; one that is left open is seen before. */
const LEFT_OPEN = 5000

/** Waits until no connection of the product is within a statement or a transaction. */
export async function settled(sql: postgres.Sql, at: string): Promise<void> {
  const since = Date.now()
  for (;;) {
    const busy = await sql`
      select state, query from pg_stat_activity
      where datname = current_database() and application_name = 'broadsheet' and state <> 'idle'`
    if (busy.length === 0) return
    expect(Date.now() - since, `${at}: ${JSON.stringify(busy)}`).toBeLessThan(LEFT_OPEN)
    await pause(5)
  }
}

/** No connection is lost: as many transactions as there are connections can be open at once. */
async function allServe({ deps }: Stage, at: string): Promise<void> {
  let inside = 0
  let release = () => {}
  const everybodyIn = new Promise<void>((resolve) => {
    release = resolve
  })
  const users = Array.from({ length: CONNECTIONS }, () =>
    inTransaction(deps.database.db, 'test', async () => {
      if (++inside === CONNECTIONS) release()
      await everybodyIn
    }).finally(release),
  )
  expect(await Promise.allSettled(users), at).toEqual(
    Array(CONNECTIONS).fill({ status: 'fulfilled', value: undefined }),
  )
}

let tries = 0
const WORDS = { body: 'Some **words**', author: { name: 'Tamsin', email: 'tamsin@example.org' } }

async function newArticle({ sql }: Stage): Promise<{ id: string; slug: string }> {
  const slug = `try-${tries++}`
  return { id: await article(sql, { slug }), slug }
}

let document: Promise<{ operationId: string; responses: object }[]> | undefined

/** The statuses that the OpenAPI document knows of an operation. */
async function documented(app: FastifyInstance, operationId: string): Promise<string[]> {
  document ??= operationsOf(app)
  const operation = (await document).find((one) => one.operationId === operationId)
  return Object.keys(operation?.responses ?? {})
}

async function operationsOf(app: FastifyInstance): Promise<{ operationId: string; responses: object }[]> {
  const { paths } = (await app.inject('/openapi.json')).json<{
    paths: Record<string, Record<string, { operationId: string; responses: object }>>
  }>()
  return Object.values(paths).flatMap((path) => Object.values(path))
}

interface Request {
  operationId: string
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  url: string
  headers?: Record<string, string>
  payload?: object
}

/** @returns `done`, or the code of a problem whose status is that of the table and stands in the document. */
async function rest({ app }: Stage, { operationId, ...request }: Request): Promise<string> {
  const response = await app.inject(request)
  if (response.statusCode < 300) {
    const results =
      response.body === '' ? [] : (response.json<{ results?: { ok: boolean }[] }>().results ?? [])
    return results.every(({ ok }) => ok) ? 'done' : response.body
  }
  const { code } = response.json<{ code: ErrorCode }>()
  expect(response.statusCode, response.body).toBe(ERRORS[code][0])
  expect(await documented(app, operationId), operationId).toContain(String(response.statusCode))
  if (code === 'UNAVAILABLE') expect(response.headers['retry-after']).toBe('1')
  return code
}

async function graphql(
  { app }: Stage,
  query: string,
  variables: object,
  headers: Record<string, string> = {},
): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: '/graphql',
    headers,
    payload: { query, variables },
  })
  const { data, errors, code } = response.json<{
    data?: { it: { errors?: { code: string }[]; results?: { ok: boolean }[] } } | null
    errors?: { extensions: { code: string } }[]
    code?: string
  }>()
  const refused = errors?.[0]?.extensions.code ?? code ?? data?.it.errors?.[0]?.code
  if (refused) return refused
  return data?.it.results?.every(({ ok }) => ok) === false ? response.body : 'done'
}

const byCore = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => findAppError(error)?.code ?? 'INTERNAL',
  )

const POST = 'mutation($input: PostCommentInput!){it: postComment(input: $input){receipt errors{code}}}'
const EDIT = 'mutation($input: EditCommentInput!){it: editComment(input: $input){comment{id} errors{code}}}'
const WITHDRAW =
  'mutation($input: WithdrawCommentInput!){it: withdrawComment(input: $input){withdrawn errors{code}}}'
const DECIDE =
  'mutation($decisions: [DecisionInput!]!){it: decideComments(decisions: $decisions){results{ok}}}'

/** A new comment and its receipt, by the product. */
async function posted(stage: Stage): Promise<{ id: string; receipt: string }> {
  const { slug } = await newArticle(stage)
  const response = await stage.app.inject({
    method: 'POST',
    url: `/v1/articles/${slug}/comments`,
    payload: WORDS,
  })
  const { comment: own, receipt } = response.json<{ comment: { id: string }; receipt: string }>()
  return { id: own.id, receipt }
}

interface Posting {
  face: 'REST' | 'GraphQL'
  reply: boolean
  keyed: boolean
}

export function posting({ face, reply, keyed }: Posting): Write {
  return {
    name: `a ${reply ? 'reply' : 'comment'} by ${face}${keyed ? ' with a key' : ''}`,
    repeatable: keyed,
    prepare: async (stage) => {
      const { id, slug } = await newArticle(stage)
      const parent = reply ? { parentId: await comment(stage.sql, id) } : {}
      const headers: Record<string, string> = keyed ? { 'idempotency-key': randomUUID() } : {}
      const words = { ...WORDS, ...parent }
      if (face === 'GraphQL')
        return () => graphql(stage, POST, { input: { article: slug, ...words } }, headers)
      const request = { operationId: 'postComment', method: 'POST', headers, payload: words } as const
      return () => rest(stage, { ...request, url: `/v1/articles/${slug}/comments` })
    },
  }
}

export const POSTINGS: Write[] = (['REST', 'GraphQL'] as const).flatMap((face) =>
  [false, true].flatMap((reply) => [false, true].map((keyed) => posting({ face, reply, keyed }))),
)

/** Decides so many comments, a thread each; the key is also noted as used, which it was not for an hour. */
export function deciding(face: 'REST' | 'GraphQL', count: number): Write {
  return {
    name: `${count === 1 ? 'a decision' : `${count} decisions`} by ${face}`,
    steps: count,
    repeatable: true,
    prepare: async (stage) => {
      const { sql, key } = stage
      await sql`update api_keys set last_used_at = now() - interval '1 hour'`
      const decisions: { commentId: string; revision: number; action: string }[] = []
      for (let i = 0; i < count; i++) {
        const { id } = await newArticle(stage)
        const held = await comment(sql, id, { status: 'pending' })
        await comment(sql, id, { parentId: held })
        decisions.push({ commentId: held, revision: 1, action: 'approve' })
      }
      const headers = { authorization: `Bearer ${key}` }
      if (face === 'GraphQL') {
        const asked = decisions.map(({ action, ...rest }) => ({ ...rest, action: action.toUpperCase() }))
        return (steps) => graphql(stage, DECIDE, { decisions: asked.slice(0, steps) }, headers)
      }
      const request = { operationId: 'decideComments', method: 'POST', headers } as const
      return (steps) =>
        rest(stage, {
          ...request,
          url: '/v1/moderation/decisions',
          payload: { decisions: decisions.slice(0, steps) },
        })
    },
  }
}

/** What an author does to a comment that is there. */
export const CHANGES: Write[] = [
  {
    name: 'an edit by REST',
    repeatable: false,
    prepare: async (stage) => {
      const { id, receipt } = await posted(stage)
      const request = { operationId: 'editComment', method: 'PATCH', url: `/v1/comments/${id}` } as const
      const headers = { 'comment-receipt': receipt }
      return () => rest(stage, { ...request, headers, payload: { body: 'Other words https://a.example' } })
    },
  },
  {
    name: 'an edit by GraphQL',
    repeatable: false,
    prepare: async (stage) => {
      const { id, receipt } = await posted(stage)
      return () => graphql(stage, EDIT, { input: { id, receipt, body: 'Other words' } })
    },
  },
  {
    name: 'an edit that holds the comment',
    repeatable: false,
    prepare: async (stage) => {
      const { id, receipt } = await posted(stage)
      const body = Array.from({ length: 12 }, (_, i) => `https://a${i}.example/`).join(' ')
      return () => graphql(stage, EDIT, { input: { id, receipt, body } })
    },
  },
  {
    name: 'a withdrawal by REST',
    repeatable: true,
    prepare: async (stage) => {
      const { id, receipt } = await posted(stage)
      const request = { operationId: 'withdrawComment', method: 'DELETE', url: `/v1/comments/${id}` } as const
      return () => rest(stage, { ...request, headers: { 'comment-receipt': receipt } })
    },
  },
  {
    name: 'a withdrawal by GraphQL',
    repeatable: true,
    prepare: async (stage) => {
      const { id, receipt } = await posted(stage)
      return () => graphql(stage, WITHDRAW, { input: { id, receipt } })
    },
  },
]

/** A new article, as an editor writes it, with terms of its own. */
async function newDocument({ sql }: Stage): Promise<object> {
  const n = tries++
  const other = await article(sql, { slug: `try-${n}-other` })
  return {
    title: 'Title',
    slug: `try-${n}`,
    body: { format: 'text', source: 'Words' },
    categories: [await category(sql, `try-${n}`)],
    tags: [await tag(sql, `try-${n}`)],
    adjacent: { site: { next: other } },
  }
}

/** The key was used just now: that is not noted again. */
const used = ({ sql }: Stage) => sql`update api_keys set last_used_at = now()`

/** A change of an article that was written before, by REST. */
function changing(
  name: string,
  request: (slug: string, more: object) => Omit<Request, 'headers'>,
  before: (sql: postgres.Sql, id: string) => Promise<unknown> = async () => {},
): Write {
  return {
    name,
    // made on any version, it finds its own work done
    repeatable: !['a purge'].includes(name),
    prepare: async (stage) => {
      // or the counts of the site would tell one try from the next
      await stage.sql`delete from articles`
      const [more, written] = [await newDocument(stage), await newDocument(stage)]
      const headers = { authorization: `Bearer ${stage.key}`, 'if-match': '*' }
      const created = await stage.app.inject({
        method: 'POST',
        url: '/v1/articles',
        headers,
        payload: written,
      })
      const { id, slug } = created.json<{ id: string; slug: string }>()
      await before(stage.sql, id)
      return () => rest(stage, { ...request(slug, more), headers })
    },
  }
}

const published = (sql: postgres.Sql, id: string) =>
  sql`update articles set status = 'published', published_at = '2026-01-01T00:00:00Z' where id = ${id}`
const trashed = (sql: postgres.Sql, id: string) =>
  sql`update articles set status = 'trashed' where id = ${id}`

/** What an editor does. */
export const EDITS: Write[] = [
  {
    name: 'a new article',
    repeatable: true,
    prepare: async (stage) => {
      await used(stage)
      const payload = await newDocument(stage)
      const headers = { authorization: `Bearer ${stage.key}`, 'idempotency-key': randomUUID() }
      const request = { operationId: 'createArticle', method: 'POST', url: '/v1/articles' } as const
      return () => rest(stage, { ...request, headers, payload })
    },
  },
  changing(
    'a patch of a published article',
    (slug, { slug: _, ...payload }: { slug?: string }) => ({
      operationId: 'updateArticle',
      method: 'PATCH',
      url: `/v1/articles/${slug}`,
      payload,
    }),
    published,
  ),
  changing(
    'an old version made the newest',
    (slug) => ({
      operationId: 'restoreRevision',
      method: 'POST',
      url: `/v1/articles/${slug}/revisions/1/restore`,
    }),
    (sql, id) => sql`update articles set title = 'Other', version = 2 where id = ${id}`,
  ),
  changing('a publication', (slug) => ({
    operationId: 'publishArticle',
    method: 'POST',
    url: `/v1/articles/${slug}/publish`,
    payload: { publishedAt: '2026-01-01T00:00:00Z' },
  })),
  changing(
    'the trash',
    (slug) => ({ operationId: 'trashArticle', method: 'DELETE', url: `/v1/articles/${slug}` }),
    published,
  ),
  changing(
    'a purge',
    (slug) => ({ operationId: 'purgeArticle', method: 'POST', url: `/v1/articles/${slug}/purge` }),
    trashed,
  ),
]

/** What an editor does to a link that shows an article. */
export const PREVIEWS: Write[] = [
  {
    name: 'a preview link',
    repeatable: true,
    prepare: async (stage) => {
      await used(stage)
      const { slug } = await newArticle(stage)
      const headers = { authorization: `Bearer ${stage.key}`, 'idempotency-key': randomUUID() }
      const request = { operationId: 'createPreviewLink', method: 'POST', headers } as const
      return () => rest(stage, { ...request, url: `/v1/articles/${slug}/preview-links` })
    },
  },
  {
    name: 'the end of a preview link',
    repeatable: true,
    prepare: async (stage) => {
      const { slug } = await newArticle(stage)
      const headers = { authorization: `Bearer ${stage.key}` }
      const url = `/v1/articles/${slug}/preview-links`
      const { id } = (await stage.app.inject({ method: 'POST', url, headers })).json<{ id: string }>()
      const request = { operationId: 'revokePreviewLink', method: 'DELETE', headers } as const
      return () => rest(stage, { ...request, url: `${url}/${id}` })
    },
  },
]

/** One, because of several any may fail and stops no other. */
export const BULK: Write = {
  name: 'a bulk of one edit',
  repeatable: true,
  prepare: async (stage) => {
    await used(stage)
    const document = await newDocument(stage)
    const operations = [{ op: 'create', document, idempotencyKey: randomUUID() }]
    const headers = { authorization: `Bearer ${stage.key}` }
    const request = { method: 'POST', url: '/v1/bulk/articles', headers, payload: { operations } } as const
    return async () => {
      const response = await stage.app.inject(request)
      const { results, code } = response.json<{
        results?: { problem: { code: string } | null }[]
        code?: string
      }>()
      return code ?? results?.[0]?.problem?.code ?? 'done'
    }
  },
}

export const KEYS: Write[] = [
  {
    name: 'a new key',
    repeatable: false,
    prepare: async ({ deps }) => {
      const wanted = {
        name: 'other',
        scopes: ['comments:moderate' as const],
        expiresAt: null,
        sandbox: false,
      }
      return () => byCore(deps.core.keys.create(wanted))
    },
  },
  {
    name: 'the end of a key',
    repeatable: true,
    prepare: async ({ deps }) => {
      const wanted = {
        name: 'other',
        scopes: ['comments:moderate' as const],
        expiresAt: null,
        sandbox: false,
      }
      const { id } = await deps.core.keys.create(wanted)
      return () => byCore(deps.core.keys.revoke(id))
    },
  },
]

/** A write of terms by REST, on things of its own. */
function termWrite(
  name: string,
  prepare: (stage: Stage, unique: string) => Promise<Request>,
  repeatable = false,
): Write {
  return {
    name,
    repeatable,
    prepare: async (stage) => {
      await stage.sql`update api_keys set last_used_at = now()`
      const { headers, ...request } = await prepare(stage, `try-${tries++}`)
      return () => rest(stage, { ...request, headers: { authorization: `Bearer ${stage.key}`, ...headers } })
    },
  }
}

export const TERMS: Write[] = [
  termWrite(
    'a new category',
    async ({ sql }, slug) => ({
      operationId: 'createCategory',
      method: 'POST',
      url: '/v1/categories',
      headers: { 'idempotency-key': randomUUID() },
      payload: { name: slug, parentId: await category(sql, `${slug}-0`) },
    }),
    true,
  ),
  termWrite('a new author', async (_, slug) => ({
    operationId: 'createAuthor',
    method: 'POST',
    url: '/v1/authors',
    payload: { name: slug, links: [{ label: 'Home', url: 'https://a.example' }] },
  })),
  termWrite('a category that moves and gets another slug', async ({ sql }, slug) => {
    const [from, to] = [await category(sql, `${slug}-1`), await category(sql, `${slug}-2`)]
    await article(sql, { slug: `${slug}-9`, categories: [await category(sql, slug, from)] })
    const payload = { slug: `${slug}-3`, parentId: to }
    return { operationId: 'editCategory', method: 'PATCH', url: `/v1/categories/${slug}`, payload }
  }),
  termWrite('a category that is merged', async ({ sql }, slug) => {
    const [from, into] = [await category(sql, `${slug}-1`), await category(sql, `${slug}-2`)]
    await category(sql, `${slug}-3`, from)
    await article(sql, { slug: `${slug}-8`, categories: [from, into] })
    await article(sql, { slug: `${slug}-9`, categories: [from] })
    return {
      operationId: 'mergeCategory',
      method: 'POST',
      url: `/v1/categories/${from}/merge`,
      payload: { into },
    }
  }),
  termWrite('a category that is deleted', async ({ sql }, slug) => {
    const [gone, into] = [await category(sql, `${slug}-1`), await category(sql, `${slug}-2`)]
    await category(sql, `${slug}-3`, gone)
    await article(sql, { slug: `${slug}-9`, categories: [gone] })
    const rule = `articles=move&children=lift&into=${into}`
    return { operationId: 'deleteCategory', method: 'DELETE', url: `/v1/categories/${gone}?${rule}` }
  }),
  termWrite(
    'an order of a series',
    async ({ sql }, slug) => {
      const ids = [await article(sql, { slug: `${slug}-7` }), await article(sql, { slug: `${slug}-8` })]
      const id = await series(sql, `${slug}-1`, ids)
      const articles = [await article(sql, { slug: `${slug}-9` }), ...ids.toReversed()]
      return {
        operationId: 'reorderSeries',
        method: 'PUT',
        url: `/v1/series/${id}/articles`,
        headers: { 'if-match': '*' },
        payload: { articles },
      }
    },
    true,
  ),
  termWrite('a series that is deleted', async ({ sql }, slug) => {
    const id = await series(sql, `${slug}-1`, [await article(sql, { slug: `${slug}-9` })])
    return { operationId: 'deleteSeries', method: 'DELETE', url: `/v1/series/${id}?articles=unlink` }
  }),
]

export const importing = (stage: Stage, records: ImportRecord[]): Promise<string> =>
  byCore(
    stage.deps.core.imports.run(records, {
      source: 'test',
      locale: 'en',
      dryRun: false,
      onFault: ({ reason }) => {
        throw new Error(reason)
      },
      onProgress: () => {},
    }),
  )

const ARTICLES: ImportRecord[] = [1, 2].map((i) => ({
  kind: 'article',
  where: `line ${i}`,
  externalId: `a${i}`,
  title: `Article ${i}`,
  body: { format: 'html', source: '<p>Words</p>' },
  status: 'published',
  publishedAt: `2026-01-0${i}T00:00:00Z`,
  authors: [{ name: 'Ben' }],
  categories: [{ name: 'City' }],
  tags: [{ name: 'Boats' }, { name: `Tag ${i}` }],
  coverExternalId: 'i1',
}))

const COMMENTS: ImportRecord[] = [1, 2, 3].map((i) => ({
  kind: 'comment',
  where: `line ${i}`,
  externalId: `c${i}`,
  articleExternalId: 'a1',
  parentExternalId: i === 1 ? null : `c${i - 1}`,
  status: 'approved',
  authorName: 'Ada',
  authorEmail: null,
  authorUrl: null,
  createdAt: `2026-02-0${i}T00:00:00Z`,
  body: { format: 'text', source: `Comment ${i}` },
}))

const CATEGORIES: ImportRecord[] = ['news', 'local'].map((slug) => ({
  kind: 'category',
  where: slug,
  slug,
  name: slug,
  description: '',
  parentSlug: slug === 'local' ? 'news' : null,
}))

const IMAGES: ImportRecord[] = [
  {
    kind: 'image',
    where: 'line 1',
    externalId: 'i1',
    url: 'https://img.example/1.jpg',
    alt: 'Alt',
    caption: '',
    credit: '',
    width: 4,
    height: 3,
  },
]

const PAGES: ImportRecord[] = [
  {
    kind: 'page',
    where: 'page 1',
    externalId: 'p1',
    title: 'In the middle',
    paragraphs: ['Words.'],
    publishedAt: '2026-03-01T00:00:00Z',
    previousTitle: 'Before it',
    nextTitle: 'After it',
    commentsOpen: true,
  },
]

/** An import of one kind is one transaction, and one for the covers; what it builds on is imported before. */
function importOf(name: string, before: ImportRecord[], records: ImportRecord[]): Write {
  return {
    name: `an import of ${name}`,
    repeatable: true,
    alone: true,
    first: () => true,
    prepare: async (stage) => {
      if (before.length > 0) expect(await importing(stage, before)).toBe('done')
      return () => importing(stage, records)
    },
  }
}

const changed = (records: ImportRecord[]): ImportRecord[] =>
  records.map((record) =>
    record.kind === 'article' || record.kind === 'comment'
      ? { ...record, body: { format: 'text', source: 'New words' } }
      : record,
  )

export const IMPORTS: Write[] = [
  importOf('categories', [], CATEGORIES),
  importOf('articles', [], ARTICLES),
  importOf('changed articles', ARTICLES, changed(ARTICLES)),
  importOf('comments', ARTICLES, COMMENTS),
  importOf('changed comments', [...ARTICLES, ...COMMENTS], changed(COMMENTS)),
  importOf('a page', [], PAGES),
  // the images, then the covers that were waiting for them
  { ...importOf('images', ARTICLES, IMAGES), first: (row) => row.includes(' public.import_sources ') },
]
