import { expect, test } from 'vitest'
import { derive, staleFiles } from '../../scripts/derive.ts'
import { prettySql } from '../../scripts/pretty-sql.ts'
import { findArticles } from '../../src/db/articles.ts'

test('no derived file is stale: `npm run derive` would change nothing', async () => {
  expect(await staleFiles(await derive())).toEqual([])
})

test('what is derived does not differ from one time to the next', async () => {
  expect(await derive()).toEqual(await derive())
})

test('the listing of a statement differs from the statement in white space alone', () => {
  const terms = { authors: true, categories: true, tags: true }
  const text = findArticles.text({
    by: 'slug',
    hidden: 'none',
    parts: {
      ...terms,
      clock: 'now',
      bodies: ['html', 'text'],
      outline: true,
      adjacent: [{ within: { series: { kind: 'site', by: 'slug' } }, cards: terms }],
      wouldBe: false,
      comments: { order: 'newest', side: 'before' },
      related: terms,
      translations: terms,
      highlight: false,
    },
  })
  const bare = (sql: string) => sql.replace(/\s+/g, '')
  expect(bare(prettySql(text))).toBe(bare(text))
})
