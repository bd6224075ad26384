import { type Static, Type } from '@sinclair/typebox'
import type { Image } from '../domain/article.ts'
import { MAX_CATEGORIES, MAX_CATEGORY_DEPTH, MAX_MOVED, MAX_SERIES_ARTICLES } from '../domain/term.ts'
import {
  closed,
  countQuery,
  Id,
  Locale,
  Moment,
  nullable,
  oneOf,
  pageOf,
  pageQuery,
  ref,
  Slug,
} from './common.ts'

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

/** A member of a new thing, or of a patch, that may be left out; null empties it. */
const text = (maxLength: number) => Type.Optional(nullable(Type.String({ maxLength })))
const name = Type.String({ minLength: 1, maxLength: 200 })
const newSlug = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'Made from the name where there is none; a former one goes on to answer',
  }),
)

export const ImageInput = closed({
  url: Type.Optional(Type.String({ minLength: 1, maxLength: 2000, description: 'http or https; required' })),
  alt: text(500),
  width: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 100_000 }))),
  height: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 100_000 }))),
  caption: text(1000),
  credit: text(500),
})
export type ImageInput = Static<typeof ImageInput>
const imageInput = Type.Optional(nullable(ImageInput))

const categoryMembers = {
  slug: newSlug,
  description: text(5000),
  cover: imageInput,
  parentId: Type.Optional(nullable(Id)),
  position: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: 1_000_000 }))),
}
const tagMembers = { slug: newSlug, description: text(5000) }
const authorMembers = {
  slug: newSlug,
  bio: text(5000),
  avatar: imageInput,
  links: Type.Optional(
    nullable(
      Type.Array(
        closed({
          label: Type.String({ minLength: 1, maxLength: 100 }),
          url: Type.String({ minLength: 1, maxLength: 2000, description: 'http or https' }),
        }),
        { maxItems: 20 },
      ),
    ),
  ),
}

const CATEGORY_ID = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071'

export const NewCategory = closed(
  { name, ...categoryMembers },
  {
    $id: 'NewCategory',
    description: `There may be ${MAX_CATEGORIES} categories in ${MAX_CATEGORY_DEPTH} levels`,
    examples: [{ name: 'Harbour', parentId: CATEGORY_ID, position: 2 }],
  },
)
export const CategoryPatch = closed(
  { name: Type.Optional(name), ...categoryMembers },
  {
    $id: 'CategoryPatch',
    description: `JSON Merge Patch (RFC 7396). Another parent takes everything below along: ${MAX_MOVED} articles at most`,
    examples: [{ slug: 'port' }, { parentId: null, position: 1 }, { cover: { alt: 'The quay' } }],
  },
)
export const NewTag = closed({ name, ...tagMembers }, { $id: 'NewTag', examples: [{ name: 'Boats' }] })
export const TagPatch = closed(
  { name: Type.Optional(name), ...tagMembers },
  { $id: 'TagPatch', description: 'JSON Merge Patch (RFC 7396)', examples: [{ description: 'Afloat' }] },
)
export const NewAuthor = closed(
  { name, ...authorMembers },
  {
    $id: 'NewAuthor',
    examples: [
      { name: 'Ada Byron', bio: 'Writes.', links: [{ label: 'Home', url: 'https://ada.example/' }] },
    ],
  },
)
export const AuthorPatch = closed(
  { name: Type.Optional(name), ...authorMembers },
  {
    $id: 'AuthorPatch',
    description: 'JSON Merge Patch (RFC 7396)',
    examples: [{ avatar: { url: 'https://img.example/ada.jpg', alt: 'Ada' } }],
  },
)
export const NewSeries = closed(
  { title: name, ...tagMembers },
  { $id: 'NewSeries', examples: [{ title: 'The walls of the harbour' }] },
)
export const SeriesPatch = closed(
  { title: Type.Optional(name), ...tagMembers },
  { $id: 'SeriesPatch', description: 'JSON Merge Patch (RFC 7396)', examples: [{ description: null }] },
)

/** Id or current slug of another one of the same kind. */
const into = Type.String({ minLength: 1, maxLength: 200, description: 'Id or current slug of the other one' })
const partial = Type.Optional(
  Type.Boolean({
    default: false,
    description: `Of more than ${MAX_MOVED} articles, change so many: 202 tells how many remain; send it again`,
  }),
)

export const Merge = closed({ into, partial }, { $id: 'Merge', examples: [{ into: 'harbour' }] })
export type MergeInput = Static<typeof Merge>

export const Remaining = closed(
  { remaining: Type.Integer({ description: 'Articles that are left for the next request' }) },
  { $id: 'Remaining' },
)

const removal = {
  articles: Type.Optional(
    oneOf(['refuse', 'unlink', 'move'], {
      default: 'refuse',
      description:
        'What becomes of the articles in it: it is not deleted, they lose it, or they go `into` another one',
    }),
  ),
  into: Type.Optional(into),
  partial,
}
export const RemovalQuery = closed(removal)
export const CategoryRemovalQuery = closed({
  ...removal,
  children: Type.Optional(
    oneOf(['refuse', 'lift', 'move'], {
      default: 'refuse',
      description:
        'What becomes of the categories right below it: it is not deleted, they come to its parent, or they go `into` another one',
    }),
  ),
})
export type RemovalRule = Static<typeof CategoryRemovalQuery>

export const SeriesPlace = closed(
  {
    position: Type.Integer({ minimum: 1, description: 'From 1, without holes' }),
    id: Id,
    slug: Slug,
    locale: Locale,
    title: Type.String(),
    status: oneOf(['draft', 'scheduled', 'published', 'expired', 'archived', 'trashed']),
    publishedAt: nullable(Moment),
    unpublishAt: nullable(Moment),
  },
  { $id: 'SeriesPlace', description: 'An article in the order of a series, as an editor sees it' },
)
export type SeriesPlace = Static<typeof SeriesPlace>

export const SeriesOrder = closed(
  { data: Type.Array(ref(SeriesPlace)) },
  { $id: 'SeriesOrder', description: 'All articles of a series in their order, hidden ones included' },
)

const articleRef = Type.String({ minLength: 1, maxLength: 250, description: 'Id or slug of an article' })

/** Where slugs of articles are looked up. */
export const OrderingQuery = closed({ locale: Type.Optional(Locale) })
export type OrderingQuery = Static<typeof OrderingQuery>

export const NewOrder = closed(
  { articles: Type.Array(articleRef, { maxItems: MAX_SERIES_ARTICLES }) },
  { $id: 'NewOrder', examples: [{ articles: ['the-north-wall', CATEGORY_ID] }] },
)
export type NewOrder = Static<typeof NewOrder>

export const Placing = closed(
  {
    article: articleRef,
    position: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Beyond the end is the end' }),
    ),
    before: Type.Optional(articleRef),
    after: Type.Optional(articleRef),
  },
  {
    $id: 'Placing',
    description: 'At a position, before or after another article, or else at the end',
    examples: [{ article: 'the-north-wall' }, { article: 'the-north-wall', before: 'the-south-wall' }],
  },
)
export type Placing = Static<typeof Placing>
