import { expect, test } from 'vitest'
import { importChain } from './chain.ts'

test('a chain of replies is flattened below the sixth, and four times as long a one is four times the work', async () => {
  const quarter = await importChain(300)
  const whole = await importChain(1200)
  expect(whole / quarter).toBeLessThan(5)
})
