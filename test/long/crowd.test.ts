import { expect, test } from 'vitest'
import { crowd } from '../db/crowd.ts'
import { startApp } from '../setup/app.ts'

/** The limits are those that a server has by itself, but for the budget of a single key. */
const server = await startApp({
  DATABASE_ACQUIRE_TIMEOUT: '900',
  DATABASE_STATEMENT_TIMEOUT: '1500',
  BUDGET_KEY: '0',
  BUDGET_ANONYMOUS: '0',
})

test('fifty editors at once for a minute: no lost update, no wrong count, no wrong neighbour, no deadlock', async () => {
  const end = Date.now() + 60_000
  const { answers, lines, looks } = await crowd(server, 50, () => Date.now() < end)
  console.log('answers by status', answers, 'lines', lines, 'looks', looks)
  expect(Object.keys(answers).filter((status) => Number(status) >= 500)).toEqual([])
})
