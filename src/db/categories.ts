import { type SQL, sql } from 'drizzle-orm'
import type { Image } from '../domain/article.ts'
import { param, statements } from './statement.ts'
import { bySlug, visibleCount } from './terms.ts'
import type { Clock } from './visible.ts'

export interface CategoryRow {
  id: string
  slug: string
  name: string
  description: string
  cover: Image | null
  parentId: string | null
  position: number
  articleCount: number
  articleCountWithSubtree: number
}

/** A category with what is right around it: the way down to it, and what lies one step below. */
export interface CategoryDetailRow extends CategoryRow {
  ancestors: { id: string; slug: string; name: string }[]
  children: CategoryRow[]
}

const categoryFields = (c: SQL, clock: Clock): SQL => sql`
  'id', ${c}.id, 'slug', ${c}.slug, 'name', ${c}.name, 'description', ${c}.description, 'cover', ${c}.cover,
  'parentId', ${c}.parent_id, 'position', ${c}.position,
  'articleCount', ${visibleCount(sql`series_id('category-only', ${c}.id::text)`, clock)},
  'articleCountWithSubtree', ${visibleCount(sql`${c}.id`, clock)}`

/** Siblings by position, then name, then id. */
const inOrder = (c: SQL): SQL => sql`order by ${c}.position, ${c}.name collate "und-x-icu", ${c}.id`

/** All categories, siblings in order. */
export const allCategories = statements<Clock, CategoryRow>(
  'all_categories',
  (clock) => sql`
    select json_build_object(${categoryFields(sql`c`, clock)}) as answer
    from categories c ${inOrder(sql`c`)}`,
)

interface FindVariant {
  by: 'id' | 'slug'
  clock: Clock
}

/** One category, by its id or by a slug that it has or had. */
export const findCategory = statements<FindVariant, CategoryDetailRow>(
  'find_category',
  ({ by, clock }) => sql`
    select json_build_object(
      ${categoryFields(sql`c`, clock)},
      'ancestors', (
        select coalesce(json_agg(json_build_object('id', a.id, 'slug', a.slug, 'name', a.name)
                                 order by cardinality(a.path)), '[]')
        from categories a where a.id = any(c.path) and a.id <> c.id),
      'children', (
        select coalesce(json_agg(json_build_object(${categoryFields(sql`k`, clock)}) ${inOrder(sql`k`)}), '[]')
        from categories k where k.parent_id = c.id)) as answer
    from categories c where c.id = ${by === 'id' ? param.uuid('id') : bySlug('category')}`,
)
