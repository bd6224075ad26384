import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commentFile } from '../../src/db/moderation-queue.ts'
import { startApp } from '../setup/app.ts'
import { article, comment, votes } from '../setup/data.ts'
import { wrongComments, wrongVotes } from './judge.ts'
import { planOf as planOver } from './plans.ts'
import { MODERATOR } from './viewers.ts'

const { deps, database } = await startApp({ DATABASE_STATEMENT_TIMEOUT: '1500' })
const { sql } = database
const { moderation } = deps.core
const planOf = (text: string, values: unknown[]) => planOver(sql, text, values)

const reports = (commentId: string, count: number) => sql`
  insert into comment_reports (comment_id, reporter_key, proven, reason)
  select ${commentId}, uuid_send(gen_random_uuid()), false, 'other' from generate_series(1, ${count}::int)`

const wrongReports = () => sql`
  select c.id from comments c
  where c.report_count <> (select count(*) from comment_reports r where r.comment_id = c.id and r.resolution is null)`

const changesOf = async (commentId: string): Promise<number> => {
  const [row] = await sql`select count(*)::int as n from changes where subject_id = ${commentId}`
  return row?.['n']
}

test('whatever is written to votes and reports by hand, the sums on comments are those of the rows', async () => {
  const ids: string[] = []
  const articleId = await article(sql)
  for (let i = 0; i < 3; i++) ids.push(await comment(sql, articleId))
  const one = fc.constantFrom(...ids)
  const some = fc.integer({ min: 0, max: 3 })
  const statements = [
    (a: string, _: string, n: number) => votes(sql, a, { up: n, down: 1, devices: n }),
    (a: string, _: string, n: number) => reports(a, n),
    (a: string) => sql`update comment_votes set value = -value where comment_id = ${a}`,
    () => sql`update comment_votes set proven = not proven`,
    (a: string, b: string) => sql`update comment_votes set comment_id = ${b} where comment_id = ${a}`,
    (a: string, b: string) => sql`update comment_reports set comment_id = ${b} where comment_id = ${a}`,
    (a: string) => sql`update comment_reports set resolution = 'upheld' where comment_id = ${a}`,
    () => sql`update comment_reports set resolution = null`,
    (a: string) => sql`delete from comment_votes where comment_id = ${a} and value = 1`,
    (a: string) => sql`delete from comment_reports where comment_id <> ${a}`,
  ]
  const step = fc.tuple(fc.constantFrom(...statements), one, one, some)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      for (const [write, a, b, n] of steps) await write(a, b, n)
      expect([...(await wrongVotes(sql)), ...(await wrongReports())]).toEqual([])
    }),
    { numRuns: 30 },
  )
})

test('a comment that a crowd reported and voted on is decided and erased by a few changes, not one of each', async () => {
  const id = await comment(sql, await article(sql))
  await reports(id, 300)
  await votes(sql, id, { up: 100, devices: 200 })
  const before = await changesOf(id)
  const decisions = [{ commentId: id, revision: 1, action: 'reject', reasonCode: 'abusive' } as const]
  const { results } = await moderation.decide(decisions, { viewer: MODERATOR })
  expect(results[0]).toMatchObject({ ok: true, comment: { reportCount: 0 } })
  expect((await changesOf(id)) - before).toBe(2)
  await sql`delete from comment_votes where comment_id = ${id}`
  expect((await changesOf(id)) - before).toBe(3)
  expect([...(await wrongVotes(sql)), ...(await wrongReports())]).toEqual([])
})

test('a comment with ten thousand replies is hidden and shown again within the time that a statement has', async () => {
  const articleId = await article(sql)
  const id = await comment(sql, articleId)
  await sql`
    insert into comments (id, article_id, parent_id, root_id, depth, status, status_reason, decided_by, author_name,
      body, body_html, body_text)
    select gen_random_uuid(), ${articleId}, ${id}, ${id}, 1, 'approved', 'accepted', 'system', 'Reader', 'Words',
      '<p>Words</p>', 'Words' from generate_series(1, 10000)`
  const counted = async () =>
    (await sql`select comment_count as n from articles where id = ${articleId}`)[0]?.['n']
  const { batchId, results } = await moderation.decide([{ commentId: id, revision: 1, action: 'spam' }], {
    viewer: MODERATOR,
  })
  expect(results[0]).toMatchObject({ ok: true })
  expect(await counted()).toBe(0)
  expect((await moderation.undo(batchId ?? '', MODERATOR)).results[0]).toMatchObject({ ok: true })
  expect(await counted()).toBe(10001)
  expect(await wrongComments(sql)).toEqual([])
})

test('an article goes with the votes and reports on its comments', async () => {
  const articleId = await article(sql)
  const parentId = await comment(sql, articleId)
  for (const id of [parentId, await comment(sql, articleId, { parentId })]) {
    await votes(sql, id, { up: 2, down: 1 })
    await reports(id, 2)
  }
  await sql`delete from articles where id = ${articleId}`
  expect(await sql`select from comments where article_id = ${articleId}`).toHaveLength(0)
  expect([...(await wrongVotes(sql)), ...(await wrongReports())]).toEqual([])
})

test('the states of a comment are found among any number of votes', async () => {
  const id = await comment(sql, await article(sql), { status: 'pending' })
  const decisions = [{ commentId: id, revision: 1, action: 'approve' } as const]
  await moderation.decide(decisions, { viewer: MODERATOR })
  await sql`insert into changes (kind, subject_id, actor, payload)
    select 'comment.updated', ${id}, 'anonymous', '{"columns": ["score"]}' from generate_series(1, 20000)`
  await sql`analyze changes`
  const shown = 100
  const plan = await planOf(commentFile.text('only'), [shown, shown, shown, id])
  expect(plan).toMatch(/Index Scan.* using changes_states on changes/)
  const { history } = await moderation.file(id, MODERATOR)
  expect(history.map(({ from, to }) => [from, to])).toEqual([
    ['pending', 'approved'],
    [null, 'pending'],
  ])
})
