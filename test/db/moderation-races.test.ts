import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../src/lib/errors.ts'
import { DECISIONS, type Decision } from '../../src/shapes/moderation.ts'
import { startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'
import { wrongComments } from './judge.ts'
import { MODERATOR, SECOND_MODERATOR } from './viewers.ts'

const { deps, database } = await startApp()
const { sql } = database
const { moderation } = deps.core

const decide = (decisions: Decision[], idempotencyKey?: string) =>
  moderation.decide(decisions, { viewer: MODERATOR, idempotencyKey })

/** What came of it: the answer, or the code of the refusal. */
const outcomeOf = async <T>(work: Promise<T>): Promise<T | string> => {
  try {
    return await work
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

const standings = async () => {
  const rows = await sql`
    select id, status, status_reason as reason, vetted, hidden_by as hider from comments order by id`
  return rows.map((row) => ({ ...row }))
}

/** A tree of comments in two articles, in all the states from which decisions go. */
async function plant(): Promise<string[]> {
  await sql`delete from articles`
  const ids: string[] = []
  for (const articleId of [await article(sql), await article(sql)])
    for (const [n, status] of ['approved', 'pending', 'rejected', 'spam', 'approved', 'deleted'].entries()) {
      const parentId = n > 0 && n % 2 === 1 ? ids.at(-1) : undefined
      ids.push(await comment(sql, articleId, { status, ...(parentId && { parentId }) }))
    }
  await sql`update comments set deleted_from = 'approved' where status = 'deleted'`
  await sql`update comments set vetted = true, status_reason = 'links' where id = ${ids[0] as string}`
  return ids
}

test('whatever was decided in one request, undoing it puts everything back', async () => {
  const choices = fc.array(
    fc.record({
      on: fc.nat(11),
      action: fc.constantFrom(...DECISIONS),
      revision: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 14 },
  )
  await fc.assert(
    fc.asyncProperty(choices, async (chosen) => {
      const ids = await plant()
      const before = await standings()
      const { batchId } = await decide(
        chosen.map(({ on, action, revision }) => ({
          commentId: ids[on] as string,
          action,
          revision,
          ...(action === 'reject' && { reasonCode: 'abusive' as const }),
        })),
      )
      expect(await wrongComments(sql)).toEqual([])
      const undone = batchId ? (await moderation.undo(batchId, SECOND_MODERATOR)).results : []
      expect(undone.filter(({ ok }) => !ok)).toEqual([])
      expect(await standings()).toEqual(before)
      expect(await wrongComments(sql)).toEqual([])
    }),
    { numRuns: 40 },
  )
})

test('of those who undo a batch at once exactly one does', async () => {
  const ids = await plant()
  const before = await standings()
  const approvals = ids
    .slice(1, 4)
    .map((commentId) => ({ commentId, revision: 1, action: 'approve' as const }))
  const { batchId } = await decide(approvals)
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, () => outcomeOf(moderation.undo(String(batchId), MODERATOR))),
  )
  expect(outcomes.filter((outcome) => outcome === 'BATCH_UNDONE')).toHaveLength(5)
  expect(await standings()).toEqual(before)
  const moves = await sql`
    select from changes where payload ->> 'reason' = 'undone' and payload ? 'oldStatus' and subject_id = any(${ids})`
  expect(moves).toHaveLength(3)
})

test('a decision that meets an undoing comes before it or after it', async () => {
  for (let round = 0; round < 12; round++) {
    const [, id = ''] = await plant()
    const { batchId } = await decide([{ commentId: id, revision: 1, action: 'approve' }])
    const undoing = moderation.undo(String(batchId), SECOND_MODERATOR)
    const deciding = decide([{ commentId: id, revision: 2, action: 'spam' }])
    const [undone, decided] = await Promise.all([undoing, deciding])
    const codes = [undone.results[0]?.code, decided.results[0]?.code]
    expect(codes.sort()).toEqual(['REVISION_STALE', null].sort())
    const [row] = await sql`select status, revision from comments where id = ${id}`
    expect(row).toEqual({ status: decided.results[0]?.ok ? 'spam' : 'pending', revision: 3 })
    expect(await wrongComments(sql)).toEqual([])
  }
})

test('batches of the same comments that are undone at once, in other orders, wait for one another and do not fail', async () => {
  for (let round = 0; round < 6; round++) {
    const ids = await plant()
    const approve = (list: string[]) =>
      decide(list.map((commentId) => ({ commentId, revision: 1, action: 'approve' as const })))
    const a = await approve([ids[1], ids[7]] as string[])
    const b = await approve([ids[9], ids[3]] as string[])
    const outcomes = await Promise.all(
      [a, b].map(({ batchId }) => outcomeOf(moderation.undo(String(batchId), MODERATOR))),
    )
    for (const outcome of outcomes) expect(outcome).toMatchObject({ results: [{ ok: true }, { ok: true }] })
    expect(await wrongComments(sql)).toEqual([])
  }
})

test('one request that is sent many times at once under a key is decided once', async () => {
  for (let round = 0; round < 6; round++) {
    const ids = await plant()
    const decisions = ids
      .slice(1, 4)
      .map((commentId) => ({ commentId, revision: 1, action: 'approve' as const }))
    const key = randomUUID()
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcomeOf(decide(decisions, key))))
    const answers = outcomes.filter((outcome) => typeof outcome !== 'string')
    expect(answers.length).toBeGreaterThan(0)
    for (const outcome of outcomes) {
      if (typeof outcome === 'string') expect(outcome).toBe('IDEMPOTENCY_IN_FLIGHT')
      else expect(outcome.results.map(({ ok }) => ok)).toEqual([true, true, true])
    }
    expect(new Set(answers.map(({ batchId }) => batchId)).size).toBe(1)
    const items = await sql`select comment_id from moderation_batch_items where comment_id = any(${ids})`
    expect(items).toHaveLength(3)
    const again = await decide(decisions, key)
    expect(again).toMatchObject({ replayed: true, batchId: answers[0]?.batchId })
  }
})
