import { sql } from 'drizzle-orm'
import { statements } from './statement.ts'
import { clock } from './visible.ts'

export interface CategoryRow {
  id: string
  slug: string
  name: string
  description: string
  parentId: string | null
  /** From the root down to itself. */
  path: string[]
  articleCount: number
  articleCountWithSubtree: number
}

/** Visible articles of a series: the stored count, and what crossed a publish or unpublish moment since. */
const visibleCount = (series: ReturnType<typeof sql>) => sql`coalesce((
  select n.article_count + count_crossing(n.series_id, n.as_of, ${clock})
  from series_counts n where n.series_id = ${series}), 0)`

/** All categories in the order of the tree: siblings by position, then name, then id. */
export const allCategories = statements<'only', CategoryRow>(
  'all_categories',
  () => sql`
    select json_build_object(
      'id', c.id, 'slug', c.slug, 'name', c.name, 'description', c.description,
      'parentId', c.parent_id, 'path', c.path,
      'articleCount', ${visibleCount(sql`series_id('category-only', c.id::text)`)},
      'articleCountWithSubtree', ${visibleCount(sql`c.id`)}) as answer
    from categories c
    order by c.position, c.name collate "und-x-icu", c.id`,
)
