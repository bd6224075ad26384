import { beforeAll, expect, test } from 'vitest'
import { commentFeedStatement, liveStatement, missedStatement } from '../../src/db/comment-changes.ts'
import { startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { planOf as planOver } from './plans.ts'

const { database } = await startApp()
const { sql } = database
let articleId = ''
let snapshot = ''

/** A long log: of many articles, and of nine other things for each comment. */
beforeAll(async () => {
  articleId = await article(sql)
  await sql`insert into changes (kind, subject_id, article_id, actor, payload, xid)
    select case when i % 10 = 0 then 'comment.updated' else 'tag.updated' end, gen_random_uuid(),
      case when i % 1000 = 0 then ${articleId}::uuid else gen_random_uuid() end, 'system', '{"listed": true, "columns": ["score"]}',
      (i / 400 + 1)::text::xid8
    from generate_series(1, 100000) i`
  await sql`analyze changes`
  snapshot = (await sql`select pg_current_snapshot()::text as s`)[0]?.['s']
})

const planOf = (text: string, values: unknown[]) => planOver(sql, text, values)

const COLUMNS = '{score}'

test('a round of the tail looks at what came since, and at nothing before', async () => {
  const articles = `{${articleId}}`
  const plan = await planOf(liveStatement.text('only'), [COLUMNS, snapshot, snapshot, articles, articles])
  expect(plan).toMatch(
    /Index Scan using changes_(article_)?comments on changes c .*\n *Index Cond: .*xid >= /,
  )
  expect(plan).not.toMatch(/Seq Scan on changes/)
})

test('what one article missed is a range of its own comments', async () => {
  const values = [articleId, snapshot, snapshot, COLUMNS, snapshot, snapshot, 501]
  const plan = await planOf(missedStatement.text('only'), values)
  expect(plan).toMatch(/Index Scan using changes_article_comments/)
  expect(plan).not.toMatch(/Seq Scan on changes/)
})

test('a position that somebody made up, which passes over all that ever was, looks at no more than any other', async () => {
  const busy = await article(sql)
  await sql`insert into changes (kind, subject_id, article_id, actor, payload, xid)
    select 'comment.updated', gen_random_uuid(), ${busy}, 'system', '{"listed": true, "columns": ["score"]}',
      (i / 400 + 1)::text::xid8
    from generate_series(1, 20000) i`
  const forged = snapshot.replace(/^\d+:(\d+):.*/, '1:$1:')
  const values = [busy, forged, forged, COLUMNS, forged, forged, 501]
  const plan = await planOf(missedStatement.text('only'), values)
  expect(plan).toMatch(/Index Scan using changes_article_comments on changes c \(actual rows=5001/)
  expect(plan).not.toMatch(/Rows Removed by Filter: 20000/)
})

test('a page of the feed begins at its cursor, however long the log is', async () => {
  const text = commentFeedStatement.text('only')
  const plan = await planOf(text, ['125', '50000', COLUMNS, 20])
  expect(plan).toMatch(/Index Scan using changes_comments on changes c \(actual rows=1001/)
  expect(plan).not.toMatch(/Seq Scan on changes|Sort.*actual rows=10000/)
})
