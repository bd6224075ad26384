import { allCategories, type CategoryRow } from '../db/categories.ts'
import type { Db } from '../db/client.ts'
import { AppError } from '../lib/errors.ts'
import type { Category, CategoryDetail, CategoryNode } from '../shapes/terms.ts'

export function categoriesCore(db: Db) {
  /**
   * All categories, parents before children, siblings by position and name. With `hideEmpty`, only those with a
   * visible article at or below them. One statement.
   */
  async function flat(hideEmpty: boolean): Promise<Category[]> {
    return flatten(grow(await rows(hideEmpty), null)).map(({ children: _, ...category }) => category)
  }

  /** As `flat`, each category holding the ones below it. */
  async function tree(hideEmpty: boolean): Promise<CategoryNode[]> {
    return grow(await rows(hideEmpty), null)
  }

  /** @throws CATEGORY_NOT_FOUND. One statement. */
  async function bySlug(slug: string): Promise<CategoryDetail> {
    const all = await allCategories.run(db, 'only', {})
    const row = all.find((candidate) => candidate.slug === slug)
    if (!row) throw new AppError('CATEGORY_NOT_FOUND')
    const byId = new Map(all.map((candidate) => [candidate.id, candidate]))
    const ancestors = row.path.slice(0, -1).flatMap((id) => byId.get(id) ?? [])
    return {
      ...present(row),
      ancestors: ancestors.map(({ id, slug, name }) => ({ id, slug, name })),
      children: all.filter(({ parentId }) => parentId === row.id).map(present),
    }
  }

  async function rows(hideEmpty: boolean): Promise<CategoryRow[]> {
    const all = await allCategories.run(db, 'only', {})
    return hideEmpty ? all.filter((row) => row.articleCountWithSubtree > 0) : all
  }

  return { flat, tree, bySlug }
}

function grow(rows: CategoryRow[], parentId: string | null): CategoryNode[] {
  return rows
    .filter((row) => row.parentId === parentId)
    .map((row) => ({ ...present(row), children: grow(rows, row.id) }))
}

function flatten(nodes: CategoryNode[]): CategoryNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)])
}

function present({ path: _, ...category }: CategoryRow): Category {
  return category
}
