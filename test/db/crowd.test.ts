import { expect, test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { crowd } from './crowd.ts'

const server = await startApp({
  DATABASE_CONNECTIONS: '12',
  MAX_IN_FLIGHT: '200',
  BUDGET_KEY: '0',
  BUDGET_ANONYMOUS: '0',
})

test('ten editors who write one article and publish others lose nothing, and none is shown a deadlock', async () => {
  const { answers, lines, looks } = await crowd(server, 10, (step) => step < 12)
  expect(Object.keys(answers).filter((status) => Number(status) >= 500)).toEqual([])
  expect(lines).toBe(30)
  expect(looks).toBeGreaterThan(0)
})
