import { expect, test } from 'vitest'
import { growth } from './stream.ts'
import { newSite } from './support.ts'

test('memory does not grow with the input', async () => {
  const site = await newSite()
  // held, the lines would be more than 20 MB
  expect(await growth(site, 10_000, true)).toBeLessThan(8 * 1024 * 1024)
})
