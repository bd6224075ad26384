import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { findComment, transition } from '../../src/core/comment-states.ts'
import { type Database, type Db, inTransaction } from '../../src/db/client.ts'
import { deleteVote, putVote } from '../../src/db/comment-votes.ts'
import { insertComment, lockThread, updateStatus } from '../../src/db/comment-writes.ts'
import { deleteTraces } from '../../src/db/traces.ts'
import { createDeps, type Deps } from '../../src/deps.ts'
import { COMMENT_STATUSES, type CommentStatus } from '../../src/domain/comment.ts'
import { AppError } from '../../src/lib/errors.ts'
import { article, comment } from '../setup/data.ts'
import { cloneDatabase } from '../setup/database.ts'
import { overlap, sessionsOver } from './concurrent.ts'
import { wrongComments, wrongVotes } from './judge.ts'
import { WRITER } from './viewers.ts'

const database = await cloneDatabase()
const { sql } = database
afterAll(() => database.drop())
const start = (): Promise<Deps> => {
  const config = loadConfig({
    SECRET: 'a secret for tests, 32 characters',
    DATABASE_CONNECTIONS: '16',
    DATABASE_ACQUIRE_TIMEOUT: '20000',
    DATABASE_STATEMENT_TIMEOUT: '20000',
  })
  return createDeps(config, database.url, pino({ level: 'silent' }))
}

/** In a transaction that is not tried again: what the database breaks off is seen. */
const once = (db: Database['db'], work: (tx: Db) => Promise<unknown>) => db.transaction((tx) => work(tx))

const voterKey = Buffer.alloc(32, 7)
const vote = (commentId: string, value: 1 | -1) => (tx: Db) =>
  putVote(tx, { commentId, voterKey, value, proven: true })
const takeBack = (commentId: string) => (tx: Db) => deleteVote(tx, { commentId, voterKey })

/** Erased as core does it, and held between the row and what other tables know. */
const erase = (id: string) => async (tx: Db, between: () => Promise<void>) => {
  await lockThread(tx, id)
  await updateStatus(tx, id, 1, {
    status: 'erased',
    reason: 'erased',
    vetted: false,
    deletedFrom: null,
    decidedBy: 'test',
  })
  await between()
  await deleteTraces(tx, id)
}

test('a vote that meets its comment going waits for it, and is none; no ring of waits comes of it', async () => {
  const deps = await start()
  const { db } = deps.database
  try {
    for (const act of [(id: string) => vote(id, -1), (id: string) => vote(id, 1), takeBack]) {
      const id = await comment(sql, await article(sql))
      await once(db, vote(id, 1))
      let found: unknown
      await overlap(
        sql,
        (written) => once(db, (tx) => erase(id)(tx, written)),
        async () => {
          found = await once(db, act(id))
        },
      )
      expect(found).toBe(false)
      expect(await sql`select from comment_votes where comment_id = ${id}`).toHaveLength(0)
    }
    expect(await wrongVotes(sql)).toEqual([])
  } finally {
    await deps.close()
  }
})

test('a comment that goes while somebody votes on it waits for the vote, and takes it along', async () => {
  const deps = await start()
  const { db } = deps.database
  try {
    const id = await comment(sql, await article(sql))
    await overlap(
      sql,
      (written) =>
        once(db, async (tx) => {
          await vote(id, 1)(tx)
          await written()
        }),
      () => once(db, (tx) => erase(id)(tx, async () => {})),
    )
    expect(await sql`select from comment_votes where comment_id = ${id}`).toHaveLength(0)
    expect(await wrongVotes(sql)).toEqual([])
  } finally {
    await deps.close()
  }
})

/** How often the database broke a ring of waits; told when the sessions are over. */
async function deadlocks(): Promise<number> {
  const [row] = await sql`select deadlocks::int as n from pg_stat_database where datname = current_database()`
  return row?.['n']
}

test('votes, replies and decisions of a crowd on one thread leave all sums right, and wait in no ring', async () => {
  const deps = await start()
  const { db } = deps.database
  const before = await deadlocks()
  const articleId = await article(sql)
  const root = await comment(sql, articleId)
  const ids = [root]
  for (let n = 0; n < 5; n++) ids.push(await comment(sql, articleId, { parentId: ids[n % 3] as string }))
  const any = <T>(of: readonly T[]): T => of[Math.floor(Math.random() * of.length)] as T

  const reply = () =>
    inTransaction(db, 'test', async (tx) => {
      const parent = await findComment(tx, any(ids.slice(0, 3)))
      await lockThread(tx, parent.id)
      const id = randomUUID()
      const place = { parentId: parent.id, rootId: root, depth: parent.depth + 1, replyToId: null }
      const words = { authorName: 'N', authorUrl: null, body: 'b', bodyHtml: 'b', bodyText: 'b' }
      const state = {
        status: 'approved',
        statusReason: 'accepted',
        decidedBy: 'test',
        sandbox: false,
      } as const
      await insertComment(
        tx,
        { id, articleId, ...place, ...state, ...words },
        { email: null, ipPrefix: null, ipHmac: null, authorKey: null, receiptNonce: null },
      )
    })
  const decide = (status: CommentStatus) =>
    inTransaction(db, 'test', async (tx) => {
      // never the first ones, whom others answer
      const id = any(ids.slice(3))
      await lockThread(tx, id)
      await transition(
        tx,
        await findComment(tx, id),
        { status, reason: 'moderator', decidedBy: 'test' },
        any(['moderator', 'admin']),
      )
    })
  const reader = () => ({ subject: any(['a', 'b', 'c', 'd']) })
  const acts = [
    () => deps.core.votes.cast(any(ids), any([1, -1]), WRITER, reader()),
    () => deps.core.votes.cast(any(ids), any([1, -1]), WRITER, reader()),
    () => deps.core.votes.withdraw(any(ids), WRITER, reader()),
    reply,
    () => decide(any(COMMENT_STATUSES.filter((status) => status !== 'erased' || Math.random() < 0.1))),
  ]
  const worker = async () => {
    for (let n = 0; n < 25; n++) {
      try {
        await any(acts)()
      } catch (error) {
        // what is hidden takes no vote, and not every state leads to every other
        if (!(error instanceof AppError) || ![404, 409].includes(error.status)) throw error
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: 12 }, worker))
  } finally {
    await deps.close()
  }
  await sessionsOver(sql)
  expect(await deadlocks()).toBe(before)
  expect(await wrongVotes(sql)).toEqual([])
  expect(await wrongComments(sql)).toEqual([])
})
