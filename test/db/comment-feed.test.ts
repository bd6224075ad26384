import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { article, comment, setStatus } from '../setup/data.ts'
import { deeds, type Standing, standing, Writers } from './comment-writers.ts'
import { until } from './concurrent.ts'

const { deps, database } = await startApp()
const { sql } = database
const { comments } = deps.core
const writing: Writers[] = []
afterAll(() => Promise.all(writing.map((writers) => writers.close())))

/** What has been committed so far will be told: no older transaction is open any more, on the whole server. */
async function settled(): Promise<void> {
  const [last] = await sql`select pg_current_xact_id()::text as xid`
  await until(async () => {
    const [now] = await sql`select pg_snapshot_xmin(pg_current_snapshot()) > ${last?.['xid']}::xid8 as past`
    return now?.['past']
  })
}

/** A copy that is kept by nothing but the feed. */
class Mirror {
  readonly standing = new Map<string, Standing>()
  readonly ids = new Set<string>()
  after: string | undefined

  async read(limit: number): Promise<boolean> {
    const page = await comments.changes({ limit, ...(this.after && { after: this.after }) })
    expect(page.data.length).toBeLessThanOrEqual(limit)
    expect(new Set(page.data.map(({ id }) => id)).size).toBe(page.data.length)
    for (const { type, id, comment } of page.data) {
      this.ids.add(id)
      if (type === 'upsert' && comment)
        this.standing.set(id, { text: comment.text, placeholder: comment.placeholder })
      else this.standing.delete(id)
    }
    this.after = page.page.next
    return page.page.hasNext
  }

  async catchUp(): Promise<void> {
    await settled()
    while (await this.read(7));
  }
}

const events = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: deeds },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 5 }) }),
    },
  ),
  { minLength: 20, maxLength: 60 },
)

test('a mirror that is kept by the feed alone is what lists show, however transactions overlap, and hears of nothing else', async () => {
  const mirror = new Mirror()
  await fc.assert(
    fc.asyncProperty(events, async (sequence) => {
      const articles = [await article(sql), await article(sql), await article(sql)]
      const writers = new Writers(database.url, articles)
      writing.push(writers)
      for (const event of sequence) {
        if (event.do === 'read') await mirror.read(event.limit)
        else await writers.perform(event)
      }
      await writers.close()
      await mirror.catchUp()
      const expected = await standing(sql, articles)
      const kept = new Map([...mirror.standing].filter(([id]) => writers.ids.some((ids) => ids.includes(id))))
      expect(kept).toEqual(expected)
      // whoever never stood in a list at the end of a transaction is not even named
      const secret = await sql<{ id: string }[]>`
        select c.subject_id as id from changes c
        where c.article_id = any(${articles}::uuid[]) and c.kind like 'comment.%'
        group by 1 having not bool_or((c.payload -> 'listed')::boolean and not exists (
          select from changes n where n.subject_id = c.subject_id and n.xid = c.xid and n.id > c.id
            and not (n.payload -> 'listed')::boolean))`
      expect(secret.filter(({ id }) => mirror.ids.has(id))).toEqual([])
    }),
    { numRuns: 25, endOnFailure: true },
  )
})

test('comments of an article that was never public are not named, whatever becomes of them', async () => {
  const mirror = new Mirror()
  await mirror.catchUp()
  mirror.ids.clear()
  const hidden = [
    await article(sql, { status: 'draft' }),
    await article(sql, { publishedAt: '2999-01-01T00:00:00.000Z' }),
  ]
  for (const id of hidden) {
    await comment(sql, id)
    await setStatus(sql, await comment(sql, id), 'deleted')
    await sql`delete from comments where id = ${await comment(sql, id)}`
  }
  await sql`delete from articles where id = any(${hidden}::uuid[])`
  await mirror.catchUp()
  expect([...mirror.ids]).toEqual([])
})

test('what was public is told of when it ends while its article is away, and when the article goes for good', async () => {
  const articleId = await article(sql)
  const [first, second] = [await comment(sql, articleId), await comment(sql, articleId)]
  const mirror = new Mirror()
  await mirror.catchUp()
  expect([first, second].every((id) => mirror.standing.has(id))).toBe(true)
  await sql`update articles set status = 'archived' where id = ${articleId}`
  await mirror.catchUp()
  // that an article goes is no change of its comments
  expect(mirror.standing.has(first)).toBe(true)
  await setStatus(sql, first, 'erased')
  await mirror.catchUp()
  expect([mirror.standing.has(first), mirror.standing.has(second)]).toEqual([false, true])
  await sql`delete from articles where id = ${articleId}`
  await mirror.catchUp()
  expect(mirror.standing.has(second)).toBe(false)
})

test('a page looks at so many changes and no more, and goes on behind those that nobody may hear of', async () => {
  const articleId = await article(sql)
  const mirror = new Mirror()
  await mirror.catchUp()
  const hiddenOnes = sql`insert into comments (id, article_id, root_id, depth, status, status_reason, decided_by, author_name, body, body_html, body_text)
    select id, ${articleId}, id, 0, 'pending', 'premoderation', 'system', 'Reader', 'W', 'W', 'W'
    from (select gen_random_uuid() as id from generate_series(1, 2500)) g`
  await hiddenOnes
  const shown = await comment(sql, articleId)
  await settled()
  const pages: boolean[] = [await mirror.read(100), await mirror.read(100), await mirror.read(100)]
  expect(pages).toEqual([true, true, false])
  expect(mirror.standing.has(shown)).toBe(true)
})

test('many changes of one comment are one item, and a report is none', async () => {
  const articleId = await article(sql)
  const [loved, reported] = [await comment(sql, articleId), await comment(sql, articleId)]
  const mirror = new Mirror()
  await mirror.catchUp()
  for (let n = 0; n < 20; n++)
    await sql`insert into comment_votes (comment_id, voter_key, value, proven) values (${loved}, ${Buffer.from([n])}, 1, true)`
  await sql`insert into comment_reports (comment_id, reporter_key, proven, reason) values (${reported}, ${Buffer.from([1])}, true, 'spam')`
  await settled()
  const { data, page } = await comments.changes({ limit: 1, after: mirror.after as string })
  expect(data.map(({ id }) => id)).toEqual([loved])
  expect(page.hasNext).toBe(false)
})
