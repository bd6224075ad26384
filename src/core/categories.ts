import { allCategories, type CategoryRow, findCategory } from '../db/categories.ts'
import type { Database, Db } from '../db/client.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { Category, CategoryDetail, CategoryNode } from '../shapes/terms.ts'
import { readClock } from './clock.ts'
import { termRemoval } from './term-removal.ts'
import { termWriting } from './term-writing.ts'
import { type FoundTerm, movedTo, readRef } from './terms.ts'
import { ANONYMOUS } from './viewer.ts'

export interface CategoriesInput {
  /** Only those with a visible article at or below them. */
  hideEmpty?: boolean
  asOf?: string
}

export function categoriesCore(db: Database['db']) {
  /**
   * All categories, parents before children, siblings by position and name. One statement.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN for `asOf` without the scope content:read.
   */
  async function flat(input: CategoriesInput = {}, viewer: Viewer = ANONYMOUS): Promise<Category[]> {
    return flatten(await tree(input, viewer)).map(({ children: _, ...category }) => category)
  }

  /** As `flat`, each category holding the ones below it. */
  async function tree(
    { hideEmpty = false, asOf }: CategoriesInput = {},
    viewer: Viewer = ANONYMOUS,
  ): Promise<CategoryNode[]> {
    const { clock, params } = readClock(asOf, viewer)
    const all = await allCategories.run(db, clock, params)
    return grow(hideEmpty ? all.filter((row) => row.articleCountWithSubtree > 0) : all)
  }

  /**
   * One category, by id, slug or old slug, with its ancestors from the root down and its children. One statement.
   * @throws CATEGORY_NOT_FOUND; AUTHENTICATION_FAILED, FORBIDDEN for `asOf` as `flat`.
   */
  async function find(
    ref: string,
    { asOf }: { asOf?: string } = {},
    viewer: Viewer = ANONYMOUS,
  ): Promise<FoundTerm<CategoryDetail>> {
    const { clock, params } = readClock(asOf, viewer)
    const { by, key } = readRef(ref)
    const [row] = await findCategory.run(db, { by, clock }, { ...params, ...key })
    if (!row) throw new AppError('CATEGORY_NOT_FOUND')
    return { term: row, moved: movedTo(row, ref) }
  }

  async function read(tx: Db, id: string): Promise<CategoryDetail> {
    const [row] = await findCategory.run(tx, { by: 'id', clock: 'now' }, { id })
    if (!row) throw new AppError('CATEGORY_NOT_FOUND')
    return row
  }

  return { flat, tree, find, ...termWriting(db, 'category', read), ...termRemoval(db, 'category', read) }
}

/** Rows as a tree, each row once looked at; siblings keep their order. */
function grow(rows: CategoryRow[]): CategoryNode[] {
  const below = new Map<string | null, CategoryRow[]>()
  for (const row of rows) {
    const siblings = below.get(row.parentId)
    if (siblings) siblings.push(row)
    else below.set(row.parentId, [row])
  }
  const nodes = (parentId: string | null): CategoryNode[] =>
    (below.get(parentId) ?? []).map((row) => ({ ...row, children: nodes(row.id) }))
  return nodes(null)
}

function flatten(nodes: CategoryNode[]): CategoryNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)])
}
