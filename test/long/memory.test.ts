import { describe, expect, test } from 'vitest'
import { growth } from '../import/stream.ts'
import { newSite } from '../import/support.ts'

describe('an import of 60,000 lines', () => {
  test('takes no more memory at its end than near its beginning, and brings in every line', async () => {
    const site = await newSite()
    // held, the lines would be more than 120 MB; ids in mind may take 10
    expect(await growth(site, 60_000, false)).toBeLessThan(24 * 1024 * 1024)
    expect((await site.sql`select count(*)::int as count from articles`)[0]).toEqual({ count: 60_000 })
  })
})
