import { randomBytes, randomUUID } from 'node:crypto'
import { drizzle } from 'drizzle-orm/postgres-js'
import fc from 'fast-check'
import { pino } from 'pino'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startHousekeeping } from '../../src/cli/housekeeping.ts'
import { findComment, transition } from '../../src/core/comment-states.ts'
import { housekeepingCore, retentionSteps } from '../../src/core/housekeeping.ts'
import { inTransaction } from '../../src/db/client.ts'
import { COMMENT_STATUSES, type CommentStatus } from '../../src/domain/comment.ts'
import { DEFAULT_RETENTION } from '../../src/domain/retention.ts'
import { startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'
import { until } from './concurrent.ts'
import { wrongComments } from './judge.ts'

const { deps, database } = await startApp()
const { sql } = database
const { housekeeping } = deps.core

const rowOf = async (id: string) => {
  const [row] = await sql`
    select c.status, c.status_reason as reason, c.body, c.body_html || c.body_text as rendered, c.author_name as name,
      c.author_url as url, c.deleted_from as "deletedFrom", c.scrubbed_at is not null as scrubbed, c.revision,
      c.decided_by as "decidedBy", p.email, p.ip_prefix as prefix, p.ip_hmac as "ipHmac", p.author_key as "authorKey",
      p.identity_key as "identityKey", p.body_hash as "bodyHash",
      (select count(*)::int from comment_revisions r where r.comment_id = c.id) as revisions
    from comments c join comment_private p on p.comment_id = c.id where c.id = ${id}`
  return row
}

interface Aged {
  status?: CommentStatus
  /** Days since it came into its state. */
  decided?: number
  /** Days since it came in. */
  written?: number
  parentId?: string
  proven?: boolean
}

/** A comment with something in every field that retention looks at. */
async function aged(articleId: string, fields: Aged = {}): Promise<string> {
  const { status = 'approved', decided = 0, written = 0, parentId, proven = false } = fields
  const id = await comment(sql, articleId, { status, email: 'a@b.example', ...(parentId && { parentId }) })
  const key = randomBytes(32)
  if (status !== 'erased')
    await sql`update comments set author_url = 'https://a.example/', decided_at = now() - ${decided} * interval '1 day',
      deleted_from = case when status = 'deleted' then 'approved' end where id = ${id}`
  await sql`update comment_private set ip_prefix = '203.0.113.0/24', ip_hmac = ${randomBytes(32)}, author_key = ${key},
    identity_key = ${proven ? key : randomBytes(32)}, body_hash = ${key}, created_at = now() - ${written} * interval '1 day'
    where comment_id = ${id}`
  await sql`insert into comment_revisions (comment_id, revision, body, replaced_by) values (${id}, 1, 'Earlier', 'receipt')`
  return id
}

/** What the settings make of a comment, written down a second time. */
const SCRUBBED_AFTER: Partial<Record<CommentStatus, number>> = { spam: 15, rejected: 180, deleted: 30 }

test('after a run every comment is as its state and age want it, and every counter is right', async () => {
  const days = fc.integer({ min: 0, max: 400 }).map((n) => n / 2 + 0.25)
  const one = fc.record({
    status: fc.constantFrom(...COMMENT_STATUSES),
    decided: days,
    written: days,
    parent: fc.option(fc.nat(100)),
    proven: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 5, maxLength: 25 }), async (population) => {
      await sql`delete from articles`
      const articleId = await article(sql)
      const made: { id: string; depth: number }[] = []
      const before = new Map<string, Awaited<ReturnType<typeof rowOf>>>()
      for (const { parent, ...fields } of population) {
        const above = parent === null ? undefined : made[parent % Math.max(1, made.length)]
        const under = above && above.depth < 5 ? above : undefined
        const id = await aged(articleId, { ...fields, ...(under && { parentId: under.id }) })
        made.push({ id, depth: under ? under.depth + 1 : 0 })
      }
      for (const { id } of made) before.set(id, await rowOf(id))
      const changes = async (id: string) =>
        (
          await sql`select from changes where subject_id = ${id} and kind = 'comment.updated'
                   and payload->'columns' ? 'revision'`
        ).length
      const logged = new Map<string, number>()
      for (const { id } of made) logged.set(id, await changes(id))
      await housekeeping.run()
      expect(await wrongComments(sql)).toEqual([])
      for (const [i, { status, decided, written, proven }] of population.entries()) {
        const id = made[i]?.id as string
        const was = before.get(id)
        const expires = status === 'pending' && decided > 30
        const scrubs = decided > (SCRUBBED_AFTER[status] ?? Number.POSITIVE_INFINITY)
        const forgets = written > 30
        expect(await rowOf(id)).toEqual({
          ...was,
          ...(expires && {
            status: 'rejected',
            reason: 'expired',
            decidedBy: 'system',
            revision: was?.['revision'] + 1,
          }),
          ...(scrubs && {
            body: '',
            rendered: '',
            url: null,
            deletedFrom: null,
            scrubbed: true,
            email: null,
            bodyHash: null,
            revisions: 0,
            revision: was?.['revision'] + 1,
          }),
          ...(forgets && { prefix: null, ipHmac: null, ...(!proven && { authorKey: null }) }),
        })
        expect((await changes(id)) - (logged.get(id) ?? 0)).toBe(expires || scrubs ? 1 : 0)
      }
      expect(await housekeeping.run()).toEqual({})
    }),
    { numRuns: 12, endOnFailure: true },
  )
})

test('what waited too long takes what is below it out of sight, as any rejection does', async () => {
  const articleId = await article(sql)
  const held = await aged(articleId, { status: 'pending', decided: 31 })
  const below = await aged(articleId, { parentId: held })
  expect(await housekeeping.run()).toMatchObject({ 'rejected as expired': 1 })
  expect(await sql`select hidden_by, listed from comments where id = ${below}`).toMatchObject([
    { hidden_by: held, listed: false },
  ])
  expect(await wrongComments(sql)).toEqual([])
})

test.each(['spam', 'rejected', 'deleted'] as const)(
  'a %s comment without words is brought back by nobody',
  async (status) => {
    const id = await aged(await article(sql), { status, decided: 200 })
    await housekeeping.run()
    for (const to of ['approved', 'pending'] as const) {
      const back = inTransaction(deps.database.db, 'test', async (tx) =>
        transition(
          tx,
          await findComment(tx, id),
          { status: to, reason: 'moderator', decidedBy: 'test' },
          'moderator',
        ),
      )
      const { details, ...error } = await back.catch((refused) => refused)
      expect(error).toMatchObject({ code: 'INVALID_TRANSITION' })
      expect(details.extra.allowed).not.toContain(to)
    }
  },
)

test('0 keeps for ever', async () => {
  const never = { pending: 0, spam: 0, rejected: 0, deleted: 0, network: 0 }
  const articleId = await article(sql)
  const ids = await Promise.all(
    COMMENT_STATUSES.map((status) => aged(articleId, { status, decided: 5000, written: 5000 })),
  )
  const before = await Promise.all(ids.map(rowOf))
  expect(await housekeepingCore(deps.database.db, never).run()).toEqual({})
  expect(await Promise.all(ids.map(rowOf))).toEqual(before)
})

describe('what has an end of its own goes after it, and not before', () => {
  beforeAll(() => sql`delete from articles`)
  const id = randomUUID
  test.each([
    [
      'idempotency keys',
      'idempotency_keys',
      async (old: boolean) =>
        sql`insert into idempotency_keys (scope, key, fingerprint, status, subject_id, created_at)
            values ('s', ${id()}, '\\x00', 201, ${id()}, now() - ${old ? 24.1 : 23.9} * interval '1 hour')`,
    ],
    [
      'spent tokens',
      'spent_tokens',
      async (old: boolean) =>
        sql`insert into spent_tokens (id, expires_at) values (${id()}, now() - ${old ? 61 : 59} * interval '1 minute')`,
    ],
    [
      'batches of decisions',
      'moderation_batches',
      async (old: boolean) => {
        const [batch, one] = [id(), await comment(sql, await article(sql))]
        await sql`insert into moderation_batches (id, actor, created_at)
                  values (${batch}, 'key:1', now() - ${old ? 24.1 : 23.9} * interval '1 hour')`
        await sql`insert into moderation_batch_items (batch_id, position, comment_id, from_status, from_reason, from_vetted, revision)
                  values (${batch}, 0, ${one}, 'pending', 'links', false, 2)`
      },
    ],
    [
      'bans',
      'comment_bans',
      async (old: boolean) => {
        const over = `${old ? 30.1 : 29.9} days`
        await sql`insert into comment_bans (id, kind, key, until, reason, created_by, lifted_at) values
          (${id()}, 'author', ${randomBytes(8)}, now() - ${over}::interval, 'r', 'key:1', null),
          (${id()}, 'author', ${randomBytes(8)}, now() + interval '1 year', 'r', 'key:1', now() - ${over}::interval)`
        if (!old)
          await sql`insert into comment_bans (id, kind, key, until, reason, created_by) values
            (${id()}, 'author', ${randomBytes(8)}, now() + interval '1 year', 'r', 'key:1')`
      },
    ],
    [
      'checks',
      'comment_checks',
      async (old: boolean) => {
        const one = await comment(sql, await article(sql), { status: old ? 'approved' : 'pending' })
        await sql`insert into comment_checks (comment_id, next_at) values (${one}, now() - interval '1 second')`
      },
    ],
  ])('%s', async (step, table, seed) => {
    await sql`delete from ${sql(table)}`
    await seed(false)
    const kept = await sql`select * from ${sql(table)} order by 1, 2`
    await seed(true)
    const done = await housekeeping.run()
    expect(Object.keys(done)).toEqual([step])
    expect(await sql`select * from ${sql(table)} order by 1, 2`).toEqual(kept)
  })
})

describe('runs', () => {
  const overdue = async (n: number) => {
    await sql`delete from articles`
    const articleId = await article(sql)
    for (let i = 0; i < n; i++) await aged(articleId, { status: 'pending', decided: 31 })
  }
  const waiting = async () =>
    (await sql`select count(*)::int as n from comments where status = 'pending'`)[0]?.['n']

  test('one works at a time: another one leaves at once, and has done nothing', async () => {
    await overdue(1)
    await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtext('broadsheet.housekeeping'))`
      expect(await housekeeping.run()).toEqual({})
      expect(await waiting()).toBe(1)
    })
    expect(await housekeeping.run()).toEqual({ 'rejected as expired': 1 })
  })

  test('several at once do each thing once', async () => {
    await overdue(20)
    await Promise.all([housekeeping.run(), housekeeping.run(), housekeeping.run()])
    await housekeeping.run()
    expect(await waiting()).toBe(0)
    const [row] = await sql`select max(revision) as most from comments`
    expect(row?.['most']).toBe(2)
  })

  test('one that is stopped ends with its batch, and the next one goes on', async () => {
    await overdue(5)
    const told: number[] = []
    await housekeeping.run(
      (done) => told.push(done['rejected as expired'] ?? 0),
      () => told.length === 2,
    )
    expect([told, await waiting()]).toEqual([[1, 2], 3])
    expect(await housekeeping.run()).toEqual({ 'rejected as expired': 3 })
  })

  test('a thread that somebody holds is passed over, without waiting, and done the next time', async () => {
    await overdue(3)
    await sql.begin(async (tx) => {
      await tx`select from comments order by id limit 1 for no key update`
      expect(await housekeeping.run()).toEqual({ 'rejected as expired': 2 })
    })
    expect(await housekeeping.run()).toEqual({ 'rejected as expired': 1 })
  })

  test('a server keeps house by itself, tells it in one line, goes on after a failure, and stops', async () => {
    const lines: { msg: string; rows?: object }[] = []
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) })
    let failing = true
    const run: typeof housekeeping.run = (...args) =>
      failing ? Promise.reject(new Error('away')) : housekeeping.run(...args)
    await overdue(2)
    const stop = startHousekeeping(
      { ...deps, logger, core: { ...deps.core, housekeeping: { ...housekeeping, run } } },
      1,
    )
    await until(() => lines.length > 0)
    failing = false
    await until(async () => (await waiting()) === 0)
    await until(() => lines.some(({ rows }) => rows))
    await stop()
    const told = lines.length
    await overdue(1)
    expect(lines.filter(({ msg }) => msg === 'housekeeping')).toMatchObject([
      { rows: { 'rejected as expired': 2 } },
    ])
    expect(lines[0]?.msg).toBe('housekeeping failed, and is tried again')
    expect([lines.length, await waiting()]).toEqual([told, 1])
  })
})

describe('at size', async () => {
  const client = postgres(database.url, { max: 1, onnotice: () => {} })
  afterAll(() => client.end({ timeout: 1 }))
  const caught: { text: string; params: unknown[] }[] = []
  const db = drizzle(client, {
    casing: 'snake_case',
    logger: { logQuery: (text, params) => void caught.push({ text, params }) },
  })

  test('every step walks an index', async () => {
    await sql`delete from articles`
    const articleId = await article(sql)
    await sql`alter table comments disable trigger user`
    await sql`
      insert into comments (id, article_id, root_id, depth, status, status_reason, decided_by, author_name, body, body_html,
        body_text, decided_at)
      select id, ${articleId}, id, 0, (array['approved', 'approved', 'approved', 'pending', 'spam', 'rejected', 'deleted'])[1 + i % 7],
        'accepted', 'system', 'N', repeat('b', 300), repeat('b', 300), repeat('b', 300), now() - i % 400 * interval '1 day'
      from (select md5('old ' || i)::uuid as id, i from generate_series(1, 20000) i) made`
    await sql`insert into comment_private (comment_id, email, ip_prefix, ip_hmac, author_key, identity_key, body_hash, receipt_nonce, created_at)
              select id, id || '@readers.example', '203.0.113.0/24', key, key, sha256(key), key, '\\x00112233445566778899', now() - interval '1 day'
              from comments, lateral sha256(id::text::bytea) as key`
    await sql`insert into comment_revisions select id, 1, repeat('b', 300), 'receipt' from comments`
    await sql`insert into idempotency_keys (scope, key, fingerprint, status, subject_id)
              select 'anonymous:comment:' || md5(i::text), i::text, sha256(i::text::bytea), 201, gen_random_uuid() from generate_series(1, 5000) i`
    await sql`insert into spent_tokens select gen_random_uuid(), now() + interval '1 day' from generate_series(1, 5000)`
    await sql`insert into moderation_batches (id, actor) select gen_random_uuid(), 'a' from generate_series(1, 5000)`
    await sql`insert into comment_bans (id, kind, key, until, reason, created_by)
              select gen_random_uuid(), 'author', sha256(i::text::bytea), now() + interval '1 day', 'r', 'a'
              from generate_series(1, 5000) i`
    await sql`insert into comment_checks (comment_id, next_at) select id, now() + interval '1 hour' from comments where status = 'pending'`
    await sql`alter table comments enable trigger user`
    await sql`vacuum analyze`
    for (const { name, size, run } of retentionSteps(DEFAULT_RETENTION)) {
      caught.length = 0
      // nothing of it stays: the next step finds the same rows
      await db
        .transaction(async (tx) => {
          await run(tx, size)
          tx.rollback()
        })
        .catch(() => {})
      const [{ text, params }] = caught.filter(({ text }) => text !== 'begin') as [(typeof caught)[0]]
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        const plan = await sql.begin(async (tx) => {
          await tx.unsafe(`set local plan_cache_mode = ${mode}`)
          await tx.unsafe(`prepare explained as ${text}`)
          const values = params.length > 0 ? `(${params.map((value) => `'${value}'`).join(', ')})` : ''
          const rows = await tx.unsafe(`explain execute explained${values}`)
          await tx.unsafe('deallocate explained')
          return rows.map((row) => row['QUERY PLAN']).join('\n')
        })
        expect(plan, `${name}, ${mode}: ${plan}`).not.toMatch(/Seq Scan|Sort {2}/)
      }
    }
    await sql`delete from articles`
  })
})
