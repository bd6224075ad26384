import { type Static, Type } from '@sinclair/typebox'
import { closed, Id, nullable, Slug } from './common.ts'

export const TermReference = closed(
  { id: Id, slug: Slug, name: Type.String() },
  {
    $id: 'TermReference',
    description: 'An author, category or tag as an article names it',
    examples: [{ id: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071', slug: 'harbour', name: 'Harbour' }],
  },
)
export type TermReference = Static<typeof TermReference>

const category = {
  id: Id,
  slug: Slug,
  name: Type.String(),
  description: Type.String(),
  parentId: nullable(Id),
  articleCount: Type.Integer({ description: 'Visible articles right in this category' }),
  articleCountWithSubtree: Type.Integer({
    description: 'Visible articles in this category and everything below it',
  }),
}

/** A category with what is below it. GraphQL and REST answer the same. */
export type Category = Static<typeof CategoryFlat>
export interface CategoryNode extends Category {
  children: CategoryNode[]
}

export const CategoryFlat = closed(category, { $id: 'Category', description: 'A category' })

export const CategoryTree = closed(
  { ...category, children: Type.Array(Type.Unsafe<CategoryNode>(Type.Ref('CategoryNode'))) },
  { $id: 'CategoryNode', description: 'A category with the categories below it' },
)

export const CategoryDetail = closed(
  {
    ...category,
    ancestors: Type.Array(Type.Unsafe<TermReference>(Type.Ref('TermReference')), {
      description: 'From the root down',
    }),
    children: Type.Array(Type.Unsafe<Category>(Type.Ref('Category'))),
  },
  { $id: 'CategoryDetail', description: 'A category with its ancestors and children' },
)
export type CategoryDetail = Category & { ancestors: TermReference[]; children: Category[] }

export const CategoriesQuery = closed({
  shape: Type.Optional(
    Type.Unsafe<'tree' | 'flat'>({ type: 'string', enum: ['tree', 'flat'], default: 'tree' }),
  ),
  hideEmpty: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Leave out categories with no visible article at or below them',
    }),
  ),
})
export type CategoriesQuery = Static<typeof CategoriesQuery>
