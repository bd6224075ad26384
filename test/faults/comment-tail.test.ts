import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { type CommentEvent, CommentTail } from '../../src/core/comment-tail.ts'
import { openDatabase } from '../../src/db/client.ts'
import { article, comment } from '../setup/data.ts'
import { cloneDatabase } from '../setup/database.ts'
import { type Fate, startStatementProxy } from '../setup/statement-proxy.ts'

const clone = await cloneDatabase()
const { sql } = clone
const proxy = await startStatementProxy(clone.url)
const database = openDatabase({
  url: proxy.url,
  connections: 1,
  acquireTimeout: 20_000,
  statementTimeout: 20_000,
  // so that each statement comes with its text
  prepare: false,
})
const failures: unknown[] = []
const tail = new CommentTail(database.db, (failure) => void failures.push(failure))
afterAll(async () => {
  await tail.close()
  await database.close()
  await proxy.close()
  await clone.drop()
})

const soon = { timeout: 20_000, interval: 5 }
const FATES: Fate[] = ['cut before', 'cut after', { code: '57014' }]

test.each(FATES)('whichever statement of a round fails (%o), each change is told, and once', async (fate) => {
  const articleId = await article(sql)
  const events: CommentEvent[] = []
  const seat = await tail.join(articleId, (told) => void events.push(...told))
  onTestFinished(() => tail.leave(seat))
  seat.held = false
  const written: string[] = []
  const met = new Set<string>()
  // the tail, and what is read where there is something to tell, whichever comes next
  while (met.size < 2) {
    const failedBefore = failures.length
    proxy.arm(1 + (written.length % 3), fate)
    written.push(await comment(sql, articleId))
    await vi.waitFor(() => expect(failures.length).toBe(failedBefore + 2), soon)
    const statement = proxy.disarm() ?? ''
    if (/'hidden'/.test(statement)) met.add('tail')
    if (/'authorName'/.test(statement)) met.add('comments')
    await vi.waitFor(() => expect(events).toHaveLength(written.length), soon)
  }
  expect(events.map(({ type, data }) => [type, 'id' in data && data.id])).toEqual(
    written.map((id) => ['comment', id]),
  )
  expect(failures.filter(Boolean)).toHaveLength(failures.length / 2)
})
