import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createReceipts } from '../../src/core/receipts.ts'
import { ANONYMOUS } from '../../src/core/viewer.ts'
import { readFullComment } from '../../src/db/comment-writes.ts'
import { COMMENT_STATUSES, type CommentStatus } from '../../src/domain/comment.ts'
import { AppError } from '../../src/lib/errors.ts'
import { createSecrets } from '../../src/lib/secrets.ts'
import { startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'
import { overlap } from './concurrent.ts'
import { wrongComments } from './judge.ts'
import { MODERATOR } from './viewers.ts'

const SECRET = 'a secret for tests, 32 characters'
const { deps, database } = await startApp({ SECRET })
const { sql } = database
const { privacy, comments, moderation } = deps.core
const secrets = createSecrets(Buffer.from(SECRET))
const receipts = createReceipts(secrets)
const identityOf = (subject: string) => secrets.sign('person', 'subject', subject)

async function written(
  subject: string,
  articleId: string,
  fields: Parameters<typeof comment>[2] = {},
): Promise<string> {
  const id = await comment(sql, articleId, { body: `Words of ${subject}`, name: subject, ...fields })
  await sql`update comment_private set identity_key = ${identityOf(subject)}, author_key = ${identityOf(subject)},
    receipt_nonce = ${randomBytes(16)} where comment_id = ${id}`
  return id
}

const vote = (commentId: string, subject: string, value = 1) =>
  sql`insert into comment_votes (comment_id, voter_key, value, proven)
      values (${commentId}, ${identityOf(subject)}, ${value}, true) on conflict do nothing`

/** What is left of a person: rows that name them or bear their words. */
const leftOf = async (subject: string): Promise<number> => {
  const key = identityOf(subject)
  const [row] = await sql`
    select (select count(*) from comments where author_name = ${subject} or body like ${`%Words of ${subject}%`})
      + (select count(*) from comment_private where ${key} in (identity_key, author_key))
      + (select count(*) from comment_revisions where body like ${`%Words of ${subject}%`})
      + (select count(*) from comment_votes where voter_key = ${key})
      + (select count(*) from comment_reports where reporter_key = ${key}) as n`
  return Number(row?.['n'])
}

const wrongSums = () => sql`
  select c.id from comments c
  where c.score <> (select coalesce(sum(value) filter (where proven), 0) from comment_votes v where v.comment_id = c.id)
     or c.upvotes <> (select count(*) from comment_votes v where v.comment_id = c.id and value = 1)
     or c.report_count <> (select count(*) from comment_reports r where r.comment_id = c.id and resolution is null)`

test('of two people in any threads, erasing one leaves exactly what the other wrote, and places only where it hangs below', async () => {
  const one = fc.record({
    author: fc.constantFrom('Ann', 'Ben'),
    status: fc.constantFrom(...COMMENT_STATUSES.filter((status) => status !== 'erased')),
    parent: fc.option(fc.nat(100), { freq: 4 }),
    votes: fc.subarray(['Ann', 'Ben']),
    reports: fc.subarray(['Ann', 'Ben']),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 3, maxLength: 25 }), async (population) => {
      await sql`delete from articles`
      const articleId = await article(sql)
      const made: {
        id: string
        parent: number | null
        depth: number
        author: string
        status: CommentStatus
      }[] = []
      for (const { author, status, parent: wanted, votes, reports } of population) {
        const at = wanted === null || made.length === 0 ? null : wanted % made.length
        const parent = at !== null && (made[at]?.depth ?? 5) < 5 ? at : null
        const above = parent === null ? undefined : made[parent]
        const id = await written(author, articleId, { status, ...(above && { parentId: above.id }) })
        made.push({ id, parent, depth: above ? above.depth + 1 : 0, author, status })
        for (const voter of votes) await vote(id, voter, voter === 'Ann' ? 1 : -1)
        for (const reporter of reports)
          await sql`insert into comment_reports (comment_id, reporter_key, proven, reason)
                    values (${id}, ${identityOf(reporter)}, true, 'other')`
      }
      const rowsOfBen = () =>
        sql`select id, status, status_reason, body, body_html, author_name, revision, parent_id, created_at from comments
            where author_name = 'Ben' order by id`
      const before = await rowsOfBen()
      const { complete, comments: count } = await privacy.eraseNamed({ subject: 'Ann' })
      expect([complete, count]).toEqual([true, made.filter(({ author }) => author === 'Ann').length])
      expect(await rowsOfBen()).toEqual(before)
      expect(await leftOf('Ann')).toBe(0)
      // the places that hold something of Ben's, found from below
      const held = new Set<number>()
      for (const { author, parent } of made)
        if (author === 'Ben') for (let at = parent; at !== null; at = made[at]?.parent ?? null) held.add(at)
      const places = made.filter(({ author }, i) => author === 'Ann' && held.has(i)).map(({ id }) => id)
      const erased = await sql`select id from comments where status = 'erased' order by id`
      expect(erased.map(({ id }) => id)).toEqual(places.sort())
      // hiding, counts, and that a placeholder is listed only where something below it is shown
      expect(await wrongComments(sql)).toEqual([])
      expect(await wrongSums()).toEqual([])
      const ofBen = made.filter(({ author }) => author === 'Ben').map(({ id }) => id)
      const [others] = await sql`
        select count(*)::int as votes from comment_votes where voter_key = ${identityOf('Ben')}`
      const kept = population.filter(
        ({ votes }, i) => votes.includes('Ben') && ofBen.includes(made[i]?.id as string),
      )
      expect(others?.['votes']).toBe(kept.length)
      expect(await privacy.eraseNamed({ subject: 'Ann' })).toMatchObject({ complete: true, comments: 0 })
    }),
    { numRuns: 25, endOnFailure: true },
  )
})

test('a place that loses the last that hung below it goes too, up to the first that holds something', async () => {
  const articleId = await article(sql)
  const root = await written('Cat', articleId)
  const middle = await written('Dan', articleId, { parentId: root })
  const leaf = await written('Eva', articleId, { parentId: middle })
  const beside = await written('Eva', articleId, { parentId: root })
  const left = async () =>
    (await sql`select id from comments where article_id = ${articleId} order by created_at, id`).map(
      ({ id }) => id,
    )
  await privacy.eraseNamed({ subject: 'Dan' })
  await privacy.eraseNamed({ subject: 'Cat' })
  expect((await left()).sort()).toEqual([root, middle, leaf, beside].sort())
  await privacy.eraseNamed({ commentId: beside })
  expect(await left()).toEqual([])
})

describe('an erasure', () => {
  test('that is stopped goes on when it is asked again, also by one comment', async () => {
    const articleId = await article(sql)
    const ids = [
      await written('Fay', articleId),
      await written('Fay', articleId),
      await written('Fay', articleId),
    ]
    await vote(await written('Gus', articleId), 'Fay')
    let steps = 0
    const stopping = () => ++steps > 3
    const claim = { commentId: ids[0] as string }
    const partial = await privacy.eraseNamed(claim, { stopping })
    expect(partial.complete).toBe(false)
    expect(await leftOf('Fay')).toBeGreaterThan(0)
    expect(await privacy.eraseNamed(claim)).toMatchObject({ complete: true, comments: 3 - partial.comments })
    expect(await leftOf('Fay')).toBe(0)
  })

  test('takes what is written and voted after it began', async () => {
    const articleId = await article(sql)
    const root = await written('Hal', articleId)
    const ofOther = await written('Ida', articleId)
    await overlap(
      sql,
      (waits) =>
        sql.begin(async (tx) => {
          await tx`select from comments where id = ${root} for update`
          // it has looked for what there is, and waits for this thread
          await waits()
          await written('Hal', articleId)
          await vote(ofOther, 'Hal')
        }),
      () => privacy.eraseNamed({ subject: 'Hal' }),
    )
    expect(await leftOf('Hal')).toBe(0)
    expect(await wrongSums()).toEqual([])
  })

  test('beside edits, withdrawals, decisions, replies, votes and another erasure leaves nothing, and nobody fails', async () => {
    for (let round = 0; round < 12; round++) {
      const [articleId, subject] = [await article(sql), `Kim ${round}.`]
      const mine: string[] = []
      for (let i = 0; i < 6; i++) {
        const parentId = i % 2 ? mine[i - 1] : undefined
        mine.push(
          await written(subject, articleId, {
            ...(parentId && { parentId }),
            createdAt: new Date().toISOString(),
          }),
        )
      }
      const other = await written('Leo', articleId, { ...(mine[0] && { parentId: mine[0] }) })
      await vote(other, subject)
      const own = await Promise.all(
        mine.map(async (id) => {
          const row = await readFullComment(deps.database.db, id)
          return { id, receipt: row ? receipts.issue(row) : '' }
        }),
      )
      const decide = (id: string, action: 'approve' | 'spam') =>
        moderation.decide([{ commentId: id, revision: 1, action }], { viewer: MODERATOR })
      const work = [
        privacy.eraseNamed({ subject }),
        privacy.eraseNamed({ subject }),
        privacy.eraseNamed({ commentId: mine[3] as string }),
        ...own.map(({ id, receipt }, i) =>
          i % 2
            ? comments.withdraw(id, { viewer: ANONYMOUS, receipt })
            : comments.edit(id, `Words of ${subject}, edited`, { viewer: ANONYMOUS, receipt }),
        ),
        ...mine.map((id, i) => decide(id, i % 2 ? 'spam' : 'approve')),
        ...mine.map((id) => vote(id, 'Leo').catch(() => {})),
        ...mine.map((parentId) =>
          comments.post(
            articleId,
            undefined,
            { body: `Reply ${randomUUID()}`, author: { name: `Leo ${randomUUID().slice(0, 8)}` }, parentId },
            {
              viewer: MODERATOR,
              address: `203.0.${round}.${mine.indexOf(parentId)}`,
              idempotencyKey: undefined,
            },
          ),
        ),
      ]
      for (const outcome of await Promise.allSettled(work)) {
        if (outcome.status === 'fulfilled') continue
        // refused, for it is not there any more; never a failure of ours
        expect(outcome.reason).toBeInstanceOf(AppError)
        expect([outcome.reason.code, outcome.reason.status < 500]).toEqual([outcome.reason.code, true])
      }
      expect([round, await leftOf(subject)]).toEqual([round, 0])
      const bare = await sql`select id from comments c where status = 'erased' and article_id = ${articleId}
        and not exists (select from comments r where r.parent_id = c.id)`
      expect([round, bare.length]).toEqual([round, 0])
      expect(await wrongComments(sql)).toEqual([])
    }
  })
})
