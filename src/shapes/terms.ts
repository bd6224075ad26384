import { type Static, Type } from '@sinclair/typebox'
import type { Image } from '../domain/article.ts'
import { closed, countQuery, Id, Moment, nullable, pageOf, pageQuery, ref, Slug } from './common.ts'

export const TermReference = closed(
  { id: Id, slug: Slug, name: Type.String() },
  {
    $id: 'TermReference',
    description: 'An author, category or tag as an article names it',
    examples: [{ id: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071', slug: 'harbour', name: 'Harbour' }],
  },
)
export type TermReference = Static<typeof TermReference>

/** By its name: articles, whose shape it is, name terms in turn. */
const image = nullable(Type.Unsafe<Image>(Type.Ref('Cover')))

const category = {
  id: Id,
  slug: Slug,
  name: Type.String(),
  description: Type.String(),
  cover: image,
  parentId: nullable(Id),
  position: Type.Integer({ description: 'Among its siblings, the lower the earlier; equal ones go by name' }),
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

const articleCount = Type.Integer({ description: 'Visible articles' })

export const Tag = closed(
  { id: Id, slug: Slug, name: Type.String(), description: Type.String(), articleCount },
  { $id: 'Tag', description: 'A tag' },
)
export type Tag = Static<typeof Tag>

export const Author = closed(
  {
    id: Id,
    slug: Slug,
    name: Type.String(),
    bio: Type.String(),
    avatar: image,
    links: Type.Array(closed({ label: Type.String(), url: Type.String() }), {
      description: 'Where else the author is to be found',
    }),
    articleCount,
  },
  { $id: 'Author', description: 'An author' },
)
export type Author = Static<typeof Author>

export const Series = closed(
  { id: Id, slug: Slug, title: Type.String(), description: Type.String(), articleCount },
  { $id: 'Series', description: 'Articles in an order made by hand' },
)
export type Series = Static<typeof Series>

export const TagPage = pageOf(ref(Tag), 'TagPage', 'Tags')
export const AuthorPage = pageOf(ref(Author), 'AuthorPage', 'Authors')
export const SeriesPage = pageOf(ref(Series), 'SeriesPage', 'Series')

/** The moment at which things are counted. */
const asOf = Type.Optional({
  ...Moment,
  description: 'Count as at this moment; needs the scope `content:read`, for what is scheduled shows',
})

export const TermQuery = closed({ asOf })
export type TermQuery = Static<typeof TermQuery>

export const TermsQuery = closed({
  hideEmpty: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Leave out what has no visible article. A page may then hold fewer than `limit`, even none, and go on',
    }),
  ),
  ...countQuery,
  asOf,
  ...pageQuery,
})
export type TermsQuery = Static<typeof TermsQuery>

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
  asOf,
})
export type CategoriesQuery = Static<typeof CategoriesQuery>
