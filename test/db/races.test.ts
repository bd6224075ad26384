import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { findComment, transition } from '../../src/core/comment-states.ts'
import { ANONYMOUS } from '../../src/core/viewer.ts'
import { inTransaction } from '../../src/db/client.ts'
import { lockThread } from '../../src/db/comment-writes.ts'
import type { AppError } from '../../src/lib/errors.ts'
import type { DecisionAction } from '../../src/shapes/moderation.ts'
import { startApp } from '../setup/app.ts'
import { article, category, comment, tag } from '../setup/data.ts'
import { gate, overlap, run, until, waiting } from './concurrent.ts'
import { wrongComments, wrongCounts, wrongEntries, wrongPaths } from './judge.ts'
import { MODERATOR, SECOND_MODERATOR } from './viewers.ts'

const { deps, database } = await startApp({ DATABASE_CONNECTIONS: '12' })
const { sql } = database
const { comments, moderation } = deps.core
/** Writers by plain SQL, each on a connection of its own. */
const writers = postgres(database.url, { max: 12, onnotice: () => {} })
afterAll(() => writers.end({ timeout: 1 }))

/** As core writes: retried where the database asks for it. */
const write = (...statements: string[]): Promise<void> =>
  inTransaction(deps.database.db, 'test', async (tx) => {
    for (const statement of statements) await run(tx, statement)
  })

/** Writes by plain SQL, once, and commits when told. */
const writeAndWait = (statement: string) => (written: () => Promise<void>) =>
  writers.begin(async (tx) => {
    await tx.unsafe(statement)
    await written()
  })

async function expectOrder(): Promise<void> {
  expect(await wrongPaths(sql)).toEqual([])
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  expect(await wrongCounts(sql)).toEqual([])
}

const day = (n: number): string => `2026-0${1 + (n % 9)}-1${n % 10}T00:00:00.000Z`
const addTag = (id: string, to: string) => `insert into article_tags values ('${to}', '${id}', 0)`
const file = (id: string, under: string) => `insert into article_categories values ('${id}', '${under}', 0)`
const setDate = (id: string, n: number) => `update articles set published_at = '${day(n)}' where id = '${id}'`
const setTitle = (id: string) => `update articles set title = title || '!' where id = '${id}'`
const publish = (id: string) => `update articles set status = 'published' where id = '${id}'`
const moveBelow = (id: string, parent: string | null) =>
  `update categories set parent_id = ${parent ? `'${parent}'` : 'null'} where id = '${id}'`

test('two writers of one article, of whatever kind, leave its entries and counts right in either order', async () => {
  const port = await category(sql, 'port')
  const kinds: ((id: string) => Promise<string>)[] = [
    async (id) => addTag(await tag(sql, `tag-${randomUUID()}`), id),
    async (id) => addTag(await tag(sql, `tag-${randomUUID()}`), id),
    async (id) => file(id, port),
    async (id) => setDate(id, 7),
    async (id) => `update articles set locale = 'de' where id = '${id}'`,
    async (id) => `update articles set status = 'archived' where id = '${id}'`,
    async (id) => `delete from article_tags where article_id = '${id}'`,
    async (id) => `update article_tags set position = position + 1 where article_id = '${id}'`,
  ]
  const old = await tag(sql, 'old')
  for (const [i, first] of kinds.entries()) {
    for (const [j, second] of kinds.entries()) {
      if (i === j) continue
      const id = await article(sql, { tags: [old] })
      const [one, two] = [await first(id), await second(id)]
      await overlap(sql, writeAndWait(one), () => write(two))
      await expectOrder()
    }
  }
})

test('tags added to one article while its date moves all stand at its last date', async () => {
  for (let round = 0; round < 15; round++) {
    const id = await article(sql)
    const tags = await Promise.all([1, 2, 3].map((n) => tag(sql, `round-${round}-${n}`)))
    await Promise.all([
      write(setDate(id, round)),
      ...tags.map((one) => write(addTag(one, id))),
      write(setDate(id, round + 3)),
    ])
    await expectOrder()
    expect(await sql`select distinct published_at from series_entries where article_id = ${id}`).toHaveLength(
      1,
    )
  }
})

test('articles follow a category that is moved, whether they are filed below it before, meanwhile or after', async () => {
  const [left, right] = [await category(sql, 'left'), await category(sql, 'right')]
  for (const movesFirst of [true, false]) {
    const parent = await category(sql, `parent-${movesFirst}`, left)
    const child = await category(sql, `child-${movesFirst}`, parent)
    const before = await article(sql, { categories: [child] })
    const meanwhile = await article(sql)
    const draft = await article(sql, { status: 'draft', categories: [child] })
    const [move, others] = [
      moveBelow(parent, right),
      [file(meanwhile, child), publish(draft), setDate(before, 5)],
    ]
    for (const other of others) {
      if (movesFirst) await overlap(sql, writeAndWait(move), () => write(other))
      else await overlap(sql, writeAndWait(other), () => write(move))
      await expectOrder()
      await write(moveBelow(parent, left))
    }
    await write(move)
    const inside = await sql`select article_id from series_entries where series_id = ${right}`
    expect(inside.map((row) => row['article_id'])).toEqual(expect.arrayContaining([before, meanwhile, draft]))
    await expectOrder()
  }
})

test('nobody waits for the category tree with an article in hand that the holder of the tree needs', async () => {
  const [one, two] = [await category(sql, 'tree-one'), await category(sql, 'tree-two')]
  const [id, other] = [await article(sql), await article(sql)]
  // without the detector, whoever is in a ring of waits fails by the other limit
  const patient = async (tx: postgres.TransactionSql, statement: string) => {
    await tx`set local deadlock_timeout = '1min'`
    await tx`set local lock_timeout = '3s'`
    await tx.unsafe(statement)
  }
  const others: Promise<unknown>[] = []
  const waits = async (n: number, statement: string) => {
    others.push(writers.begin((tx) => patient(tx, statement)))
    await until(async () => (await waiting(sql)) === n)
  }
  await writers.begin(async (tx) => {
    await patient(tx, file(other, one))
    await waits(1, moveBelow(one, two))
    await waits(2, setDate(id, 4))
    await tx.unsafe(setTitle(id))
  })
  await Promise.all(others)
  await expectOrder()
})

test('two moves of categories at once never make a ring', async () => {
  for (let round = 0; round < 3; round++) {
    const [one, two] = [await category(sql, `one-${round}`), await category(sql, `two-${round}`)]
    const outcome = await overlap(sql, writeAndWait(moveBelow(one, two)), () =>
      write(moveBelow(two, one)),
    ).then(
      () => 'both moved',
      (error: AppError) => error.code,
    )
    expect(outcome).toBe('CATEGORY_CYCLE')
    await expectOrder()
  }
})

/** The article was deleted first. */
const refusedAsGone = (error: unknown) =>
  expect(error).toMatchObject({ code: 'CONFLICT', cause: { code: '23503' } })

test('many articles published, filed, moved and deleted at once leave every count exact, and no deadlock surfaces', async () => {
  const [top, other] = [await category(sql, 'top'), await category(sql, 'other')]
  const below = await category(sql, 'below', top)
  const tags = await Promise.all([1, 2, 3, 4].map((n) => tag(sql, `many-${n}`)))
  for (let round = 0; round < 4; round++) {
    const drafts = await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        article(sql, { status: 'draft', categories: [i % 2 ? below : top], tags: [tags[i % 4] as string] }),
      ),
    )
    await Promise.all([
      ...drafts.map((id) => write(publish(id))),
      ...drafts.map((id, i) => write(addTag(tags[(i + 1) % 4] as string, id)).catch(refusedAsGone)),
      ...drafts.slice(0, 6).map((id, i) => write(setDate(id, i))),
      ...drafts.slice(18).map((id) => write(`delete from articles where id = '${id}'`)),
      write(moveBelow(below, other)),
      write(moveBelow(below, top)),
    ])
    await expectOrder()
    const [row] = await sql`
      select count(*)::int as n from series_entries where series_id = md5('site:')::uuid and article_id = any(${drafts})`
    expect(row?.['n']).toBe(18)
  }
})

test('transactions that lock two articles in opposite orders both succeed: the one that is a victim runs again', async () => {
  const [one, two] = [await article(sql), await article(sql)]
  const [oneHeld, twoHeld] = [gate(), gate()]
  let runs = 0
  const both = (first: string, second: string, mine: () => void, theirs: Promise<void>) =>
    inTransaction(deps.database.db, 'test', async (tx) => {
      runs++
      await run(tx, setTitle(first))
      mine()
      await theirs
      await run(tx, setTitle(second))
    })
  await Promise.all([
    both(one, two, oneHeld.open, twoHeld.opened),
    both(two, one, twoHeld.open, oneHeld.opened),
  ])
  expect(runs).toBeGreaterThanOrEqual(3)
  expect(await sql`select from articles where id = any(${[one, two]}) and title like '%!!'`).toHaveLength(2)
})

const delivery = (idempotencyKey?: string) => ({ viewer: ANONYMOUS, address: '203.0.113.7', idempotencyKey })

const reply = (articleId: string, parentId: string): Promise<string> =>
  comments
    .post(articleId, undefined, { body: 'Words', author: { name: 'Reader' }, parentId }, delivery())
    .then(
      () => 'posted',
      (error: AppError) => error.code,
    )

async function decide(id: string, action: DecisionAction, revision = 1, viewer = MODERATOR): Promise<string> {
  const reason = action === 'reject' ? { reasonCode: 'off_topic' as const } : {}
  const { results } = await moderation.decide([{ commentId: id, revision, action, ...reason }], { viewer })
  const [result] = results
  return result?.ok ? 'decided' : String(result?.code)
}

/** The transition of core, committed when told. */
const moveAndWait = (id: string, status: 'rejected' | 'approved') => (written: () => Promise<void>) =>
  inTransaction(deps.database.db, 'test', async (tx) => {
    await lockThread(tx, id)
    await transition(
      tx,
      await findComment(tx, id),
      { status, reason: 'moderator', decidedBy: 'test' },
      'moderator',
    )
    await written()
  })

test('a reply that arrives while what it answers is being rejected, at any height, is refused', async () => {
  for (let height = 0; height < 3; height++) {
    const articleId = await article(sql)
    const chain = [await comment(sql, articleId)]
    for (let i = 0; i < height; i++)
      chain.unshift(await comment(sql, articleId, { parentId: chain[0] as string }))
    let outcome = ''
    await overlap(sql, moveAndWait(chain.at(-1) as string, 'rejected'), async () => {
      outcome = await reply(articleId, chain[0] as string)
    })
    expect(await wrongComments(sql)).toEqual([])
    expect(outcome).toBe('PARENT_NOT_FOUND')
  }
})

test('a reply that is under way when its root is rejected is hidden with it', async () => {
  const articleId = await article(sql)
  const root = await comment(sql, articleId)
  const id = randomUUID()
  const replying = (written: () => Promise<void>) =>
    inTransaction(deps.database.db, 'test', async (tx) => {
      await lockThread(tx, root)
      await run(
        tx,
        `insert into comments (id, article_id, parent_id, root_id, depth, status, status_reason, decided_by, author_name,
           body, body_html, body_text)
         values ('${id}', '${articleId}', '${root}', '${root}', 1, 'approved', 'accepted', 'system', 'N', 'b', 'b', 'b')`,
      )
      await written()
    })
  await overlap(sql, replying, () => decide(root, 'reject'))
  expect(await wrongComments(sql)).toEqual([])
  expect((await sql`select hidden_by from comments where id = ${id}`)[0]?.['hidden_by']).toBe(root)
})

test('replies and a rejection sent all at once leave no visible reply under the rejected root and exact counts', async () => {
  for (let round = 0; round < 12; round++) {
    const articleId = await article(sql)
    const root = await comment(sql, articleId)
    const child = await comment(sql, articleId, { parentId: root })
    const outcomes = await Promise.all([
      reply(articleId, root),
      reply(articleId, child),
      reply(articleId, child),
      decide(root, 'reject'),
      reply(articleId, root),
      decide(child, 'spam'),
      reply(articleId, child),
    ])
    for (const outcome of outcomes) expect(['posted', 'decided', 'PARENT_NOT_FOUND']).toContain(outcome)
    expect(await wrongComments(sql)).toEqual([])
    const [row] = await sql`select comment_count from articles where id = ${articleId}`
    expect(row?.['comment_count']).toBe(0)
    await decide(root, 'approve', 2)
    expect(await wrongComments(sql)).toEqual([])
  }
})

test('first comments posted at once under one article are all counted', async () => {
  for (let round = 0; round < 4; round++) {
    const articleId = await article(sql)
    const input = { body: 'Words', author: { name: 'Reader' } }
    await Promise.all(
      Array.from({ length: 20 }, () => comments.post(articleId, undefined, input, delivery())),
    )
    const [row] = await sql`select comment_count from articles where id = ${articleId}`
    expect(row?.['comment_count']).toBe(20)
    expect(await wrongComments(sql)).toEqual([])
  }
})

test('ten clients with one Idempotency-Key at once write one comment, and whoever is answered gets the same one', async () => {
  for (let round = 0; round < 8; round++) {
    const articleId = await article(sql)
    const key = `key-of-round-${round}-${randomUUID()}`
    const input = { body: 'Words', author: { name: 'Reader', email: 'reader@mail.example' } }
    const send = () => comments.post(articleId, undefined, input, delivery(key))
    const results = await Promise.allSettled(Array.from({ length: 10 }, send))
    const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT' })
    }
    answers.push(await send())
    expect(await sql`select from comments where article_id = ${articleId}`).toHaveLength(1)
    expect(new Set(answers.map(({ answer }) => answer.comment?.id)).size).toBe(1)
    expect(new Set(answers.map(({ answer }) => answer.receipt)).size).toBe(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
  }
})

test('a second request with a key whose first is still under way is told so, and replayed after', async () => {
  const articleId = await article(sql)
  const key = `key-in-flight-${randomUUID()}`
  const lock = `select pg_advisory_xact_lock(hashtextextended('anonymous:comment:${articleId}' || chr(10) || '${key}', 0))`
  const send = () =>
    comments.post(articleId, undefined, { body: 'Words', author: { name: 'Reader' } }, delivery(key))
  await writers.begin(async (tx) => {
    await tx.unsafe(lock)
    await expect(send()).rejects.toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT' })
  })
  expect((await send()).replayed).toBe(false)
  expect((await send()).replayed).toBe(true)
})

test('of two moderators who decide the same revision differently exactly one wins; where they agree both do', async () => {
  for (let round = 0; round < 15; round++) {
    const articleId = await article(sql)
    const id = await comment(sql, articleId, { status: 'pending' })
    const agree = round % 3 === 0
    const outcomes = await Promise.all([
      decide(id, 'approve', 1, MODERATOR),
      decide(id, agree ? 'approve' : 'spam', 1, SECOND_MODERATOR),
    ])
    expect(outcomes.sort()).toEqual(agree ? ['decided', 'decided'] : ['REVISION_STALE', 'decided'])
    const [row] = await sql`select revision from comments where id = ${id}`
    expect(row?.['revision']).toBe(2)
    expect(await sql`select from changes where subject_id = ${id} and kind = 'comment.updated'`).toHaveLength(
      1,
    )
    expect(await wrongComments(sql)).toEqual([])
  }
})

test('a decision that waited for another one sees what that one did', async () => {
  const articleId = await article(sql)
  const id = await comment(sql, articleId, { status: 'pending' })
  let outcome = ''
  await overlap(sql, moveAndWait(id, 'rejected'), async () => {
    outcome = await decide(id, 'approve')
  })
  expect(outcome).toBe('REVISION_STALE')
  expect(
    await sql`select from comments where id = ${id} and status = 'rejected' and revision = 2`,
  ).toHaveLength(1)
})
