import { expect, onTestFinished, test } from 'vitest'
import { cloneDatabase } from '../setup/database.ts'
import { commentsCrowd } from './comments/crowd.ts'

test('a crowd on two instances that are killed at random: no comment is lost or doubled, no limit exceeded, nothing hidden seen', async () => {
  const database = await cloneDatabase()
  onTestFinished(() => database.drop())
  const { figures, judge } = await commentsCrowd(database.url, database.sql, {
    seconds: 10,
    kills: 2,
    instances: 2,
    clients: 16,
    networks: 8,
    articles: 6,
    anonymous: 3,
    followers: 2,
  })
  await judge()
  expect(figures.rulings).toBeGreaterThan(0)
})
