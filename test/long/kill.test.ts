import { test } from 'vitest'
import { killRounds } from '../e2e/kill.ts'

test('a server killed twenty times in the middle of posting loses and doubles no comment', {
  timeout: 10 * 60_000,
}, async () => {
  await killRounds(20)
})
