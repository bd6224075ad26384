import type postgres from 'postgres'
import { expect } from 'vitest'
import { eventually, post, type Server } from '../e2e/support.ts'

/** An answer, or its absence: `status` 0 when the connection to the server broke, which it never should. */
export interface Answer {
  kind: string
  started: number
  ended: number
  status: number
  /** Of a problem, or of the first error of GraphQL. */
  code: string | undefined
  /** Whether it is a problem as documented. */
  wellFormed: boolean
}

/** What clients know of what they sent: the ids of comments by Idempotency-Key, and what became of these. */
export class Ledger {
  readonly acknowledged = new Map<string, { id: string; receipt: string }>()
  readonly unknown = new Set<string>()
  readonly held = new Set<string>()
  readonly edited = new Set<string>()
  readonly toHold: string[] = []
  readonly toEdit: string[] = []
  count = 0
}

const ARTICLES = [
  'harbour-wall-to-be-rebuilt',
  'mackerel-with-rhubarb',
  'ferry-returns-to-tressick',
  'what-the-seagrass-is-telling-us',
]
const READS = [
  '/v1/articles/mackerel-with-rhubarb?include=adjacent,comments',
  '/v1/articles?category=news&include=adjacent',
  '/v1/articles?limit=50',
  '/v1/categories',
]
const QUERY =
  '{ articles(first: 5) { nodes { title adjacent { previous { title } } comments(first: 2) { nodes { text } } } } }'

/** Far beyond anything that is promised: a request that is still open then is one that never ends. */
const NEVER = 30_000

/** Clients of all sorts, each with one request at a time, until they are told to stop. */
export class Load {
  readonly answers: Answer[] = []
  private stopped = false
  private readonly clients: Promise<void>[]
  private readonly server: Server
  private readonly key: string
  private readonly ledger: Ledger

  constructor(server: Server, key: string, ledger: Ledger) {
    this.server = server
    this.key = key
    this.ledger = ledger
    this.clients = [
      ...Array.from({ length: 8 }, (_, i) => this.repeat(() => this.read(i))),
      ...ARTICLES.map((slug) => this.repeat(() => this.write(slug))),
      this.repeat(() => this.hold()),
      this.repeat(() => this.edit()),
    ]
  }

  /** Ends when the last request has been answered. */
  async stop(): Promise<void> {
    this.stopped = true
    await Promise.all(this.clients)
  }

  get successes(): number {
    return this.answers.filter(isSuccess).length
  }

  private async repeat(request: () => Promise<void>): Promise<void> {
    while (!this.stopped) await request()
  }

  private async read(turn: number): Promise<void> {
    const at = (this.answers.length + turn) % (READS.length + 1)
    const path = READS[at]
    if (path) await this.send('read', path)
    else await this.send('query', '/graphql', post({ query: QUERY }))
  }

  private async write(slug: string): Promise<void> {
    const { acknowledged, unknown, toHold, toEdit } = this.ledger
    const key = `comment-of-the-load-${this.ledger.count++}`
    const posted = await this.send('post', ...posting(slug, key))
    if (posted.status !== 201 || !posted.body) return void unknown.add(`${slug} ${key}`)
    const { comment, receipt } = posted.body as { comment: { id: string }; receipt: string }
    acknowledged.set(`${slug} ${key}`, { id: comment.id, receipt })
    if (this.ledger.count % 3 === 0) toHold.push(comment.id)
    if (this.ledger.count % 3 === 1) toEdit.push(`${slug} ${key}`)
  }

  private async hold(): Promise<void> {
    const id = this.ledger.toHold.shift()
    if (!id) return this.read(0)
    const decisions = [{ commentId: id, revision: 1, action: 'hold' }]
    const headers = { authorization: `Bearer ${this.key}` }
    const { body } = await this.send('decide', '/v1/moderation/decisions', post({ decisions }, headers))
    if ((body as { results?: { ok: boolean }[] } | undefined)?.results?.[0]?.ok) this.ledger.held.add(id)
  }

  private async edit(): Promise<void> {
    const own = this.ledger.acknowledged.get(this.ledger.toEdit.shift() ?? '')
    if (!own) return this.read(1)
    const request = post({ body: 'Edited.' }, { 'comment-receipt': own.receipt })
    const { status } = await this.send('edit', `/v1/comments/${own.id}`, { ...request, method: 'PATCH' })
    if (status === 200) this.ledger.edited.add(own.id)
  }

  private async send(kind: string, path: string, init: RequestInit = {}) {
    const started = performance.now()
    const answer: Answer = { kind, started, ended: 0, status: 0, code: undefined, wellFormed: false }
    let body: unknown
    try {
      const signal = AbortSignal.timeout(NEVER)
      const response = await fetch(`${this.server.url}${path}`, { ...init, signal })
      body = await response.json()
      answer.status = response.status
      Object.assign(answer, kind === 'query' ? readGraphql(body) : readRest(response, body))
    } catch {
      // told by status 0
    }
    answer.ended = performance.now()
    this.answers.push(answer)
    return { status: answer.status, body: answer.code ? undefined : body }
  }
}

export const isSuccess = ({ status, code }: Answer): boolean => status >= 200 && status < 300 && !code

function posting(slug: string, key: string): [string, RequestInit] {
  const comment = { body: `Comment ${slug} ${key}.`, author: { name: 'Writer' } }
  return [`/v1/articles/${slug}/comments`, post(comment, { 'idempotency-key': key })]
}

function readRest(response: Response, body: unknown) {
  if (response.ok) return { wellFormed: true }
  const { code, status } = body as { code?: string; status?: number }
  const type = response.headers.get('content-type') ?? ''
  const wellFormed =
    type.startsWith('application/problem+json') &&
    status === response.status &&
    (code !== 'UNAVAILABLE' || response.headers.get('retry-after') === '1')
  return { code, wellFormed }
}

function readGraphql(body: unknown) {
  const { errors, code } = body as { errors?: { extensions?: { code?: string } }[]; code?: string }
  const found = errors?.[0]?.extensions?.code ?? code
  return { code: found, wellFormed: !errors || found !== undefined }
}

/**
 * Holds the database against what the clients know: what was acknowledged is there, once; what is not known is there
 * once when it has been sent again.
 */
export async function settle(server: Server, sql: postgres.Sql, ledger: Ledger): Promise<number> {
  const { acknowledged, unknown, held, edited } = ledger
  const resolved = unknown.size
  const before = await stored(sql)
  for (const name of [...unknown]) {
    const [slug = '', key = ''] = name.split(' ')
    // a backend that does not know yet that its client has gone holds the key until the server's own limits
    const own = await eventually(async () => {
      const [path, init] = posting(slug, key)
      const response = await fetch(`${server.url}${path}`, init)
      const body = (await response.json()) as { comment: { id: string }; receipt: string; code?: string }
      if (response.status === 201) return { id: body.comment.id, receipt: body.receipt }
      expect(['UNAVAILABLE', 'IDEMPOTENCY_IN_FLIGHT', 'TIMEOUT']).toContain(body.code)
      return undefined
    })
    const earlier = before.get(name)
    if (earlier) expect(earlier, name).toEqual([own.id])
    acknowledged.set(name, own)
    unknown.delete(name)
  }
  const after = await stored(sql)
  for (const [name, { id }] of acknowledged) expect(after.get(name), name).toEqual([id])
  expect([...after.values()].flat()).toHaveLength(acknowledged.size)
  const lost = await sql`
    select id from comments where (id = any(${[...held]}) and status <> 'pending')
      or (id = any(${[...edited]}) and body <> 'Edited.')`
  expect(lost).toEqual([])
  return resolved
}

/** The ids of the comments by the words that were posted first, of which the private side keeps none: by the key. */
async function stored(sql: postgres.Sql): Promise<Map<string, string[]>> {
  const rows = await sql<{ name: string; id: string }[]>`
    select a.slug || ' ' || k.key as name, c.id::text as id
    from comments c join articles a on a.id = c.article_id
    join idempotency_keys k on k.subject_id = c.id where k.key like 'comment-of-the-load-%'`
  const found = new Map<string, string[]>()
  for (const { name, id } of rows) found.set(name, [...(found.get(name) ?? []), id])
  // by their words too, as far as they were not edited: one without its key would be a second one
  const doubles = await sql`
    select body from comments where body like 'Comment %' group by body having count(*) > 1`
  expect(doubles).toEqual([])
  const [{ comments = 0 } = {}] = await sql<{ comments: number }[]>`
    select count(*)::int as comments from comments where author_name = 'Writer'`
  expect(comments).toBe(rows.length)
  return found
}
