import { expect, test, vi } from 'vitest'
import { startApp } from '../setup/app.ts'

const { app, database } = await startApp({ DATABASE_CONNECTIONS: '1' })

test('a server whose connections are all busy is ready nevertheless: only one without a database is not', async () => {
  const session = await database.sql.reserve()
  await session`begin`
  await session`lock table articles in access exclusive mode`
  // sent when it is awaited
  const read = app.inject('/v1/articles').then(({ statusCode }) => statusCode)
  const waiting = () => database.sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await vi.waitUntil(async () => (await waiting()).length === 1, 10_000)
  const answers = await Promise.all(Array.from({ length: 50 }, async () => app.inject('/readyz')))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(50).fill(200))
  await session`rollback`
  session.release()
  expect(await read).toBe(200)
})
