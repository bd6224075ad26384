import { expect, test } from 'vitest'
import { importChain } from '../import/chain.ts'

test('a chain of 10,000 replies is imported by four times the work of a quarter of it', async () => {
  const quarter = await importChain(2500)
  const whole = await importChain(10_000)
  expect(whole / quarter).toBeLessThan(5)
})
