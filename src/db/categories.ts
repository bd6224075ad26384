import { type SQL, sql } from 'drizzle-orm'
import { statements } from './statement.ts'
import { NOW } from './visible.ts'

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

/** How many articles of a series are visible. */
const visibleCount = (series: SQL): SQL => sql`visible_count(${series}, ${NOW})`

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
