import { expect, test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { CORPUS } from './corpus.ts'
import { articleDoors, isPlain } from './doors.ts'
import { nothingRuns, PATIENCE } from './judging.ts'

const server = await startApp({ BUDGET_ANONYMOUS: '0', BUDGET_KEY: '0' })
const { app } = server

test.each(await articleDoors(server))('$name: nothing runs', { timeout: PATIENCE }, async (door) => {
  const { shown, refused } = await nothingRuns(door, server)
  expect(shown.length + refused.length).toBeGreaterThanOrEqual(door.corpus.length)
})

test('an answer that repeats what was asked for is never a page', async () => {
  for (const { text } of CORPUS) {
    const asked = encodeURIComponent(text.toWellFormed())
    for (const url of [
      `/${asked}`,
      `/v1/articles/${asked}`,
      `/v1/articles?include=${asked}`,
      `/v1?${asked}`,
    ]) {
      const response = await app.inject(url)
      expect([url, isPlain(response)]).toEqual([url, true])
      expect([400, 404, 414]).toContain(response.statusCode)
    }
  }
})
