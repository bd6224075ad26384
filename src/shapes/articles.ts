import { type Static, type TProperties, type TSchema, Type } from '@sinclair/typebox'
import { COMMENT_POLICIES } from '../domain/comment.ts'
import { Comment, CommentAuthor, Thread, ThreadPage, Votes } from './comments.ts'
import {
  COUNT_MODES,
  closed,
  Id,
  Locale,
  Moment,
  nullable,
  oneOf,
  Page,
  pageOf,
  pageQuery,
  ref,
  Slug,
} from './common.ts'
import { TermReference } from './terms.ts'

const image = {
  url: Type.String(),
  alt: Type.String(),
  width: nullable(Type.Integer()),
  height: nullable(Type.Integer()),
  caption: Type.String(),
  credit: Type.String(),
}

export const Cover = closed(image, { $id: 'Cover', description: 'The image of an article' })
export const Image = closed(image, { $id: 'Image', description: 'An image in the body' })

export const Heading = closed(
  { level: Type.Integer({ minimum: 1, maximum: 6 }), id: Type.String(), text: Type.String() },
  { $id: 'Heading', description: 'A heading of the body; `id` is its anchor there' },
)

export const Highlight = closed(
  { title: Type.String(), excerpt: Type.String() },
  {
    $id: 'Highlight',
    description:
      'HTML with `<mark>` around what `q` sought and no other tag: the title, and a part of the body',
  },
)
export type Highlight = Static<typeof Highlight>

export const Seo = closed(
  {
    title: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    canonicalUrl: Type.Optional(Type.String()),
    image: Type.Optional(Type.String()),
    noindex: Type.Optional(Type.Boolean()),
  },
  { $id: 'Seo', description: 'For search engines' },
)

const card = {
  id: Id,
  slug: Slug,
  locale: Locale,
  title: Type.String(),
  subtitle: nullable(Type.String()),
  excerpt: Type.String(),
  cover: nullable(ref(Cover)),
  publishedAt: nullable(Moment),
  url: Type.String({ format: 'uri' }),
}

const terms = {
  authors: Type.Optional(Type.Array(ref(TermReference))),
  categories: Type.Optional(Type.Array(ref(TermReference), { description: 'Primary first' })),
  tags: Type.Optional(Type.Array(ref(TermReference))),
}

export const ArticleCard = closed(
  { ...card, ...terms },
  { $id: 'ArticleCard', description: 'An article in short' },
)
export type ArticleCard = Static<typeof ArticleCard>

export const Adjacent = closed(
  {
    within: Type.String({ examples: ['site', 'category:harbour'] }),
    previous: nullable(ref(ArticleCard)),
    next: nullable(ref(ArticleCard)),
    older: Type.Array(ref(ArticleCard), { description: 'Up to `count` before the article, nearest first' }),
    newer: Type.Array(ref(ArticleCard), { description: 'Up to `count` after the article, nearest first' }),
  },
  {
    $id: 'Adjacent',
    description: 'The neighbours of an article in a series: previous is the older one, next the newer',
  },
)
export type Adjacent = Static<typeof Adjacent>

export const BODY_CHOICES = ['html', 'markdown', 'text', 'none'] as const
export type BodyChoice = (typeof BODY_CHOICES)[number]

/** Parts that come on request; an article alone always has its categories, authors and tags. */
const parts = {
  body: Type.Optional(
    nullable(
      Type.String({
        description:
          'In the form that `body=` asks for; null where Markdown is asked for and HTML was written',
      }),
    ),
  ),
  headings: Type.Optional(Type.Array(ref(Heading))),
  images: Type.Optional(Type.Array(ref(Image))),
  ...terms,
  adjacent: Type.Optional(nullable(ref(Adjacent))),
  comments: Type.Optional(ref(ThreadPage)),
  related: Type.Optional(Type.Array(ref(ArticleCard), { description: 'Most in common first' })),
  translations: Type.Optional(Type.Array(ref(ArticleCard), { description: 'The same in other languages' })),
  highlight: Type.Optional(ref(Highlight)),
}

export const Article = closed(
  {
    ...card,
    featured: Type.Boolean(),
    wordCount: Type.Integer(),
    readingMinutes: Type.Integer(),
    commentCount: Type.Integer(),
    commentsOpen: Type.Boolean({ description: 'May a comment be written now?' }),
    updatedAt: Moment,
    status: oneOf(['draft', 'scheduled', 'published', 'expired', 'archived', 'trashed']),
    commentPolicy: nullable(oneOf(COMMENT_POLICIES, { description: 'Null: as the site' })),
    unpublishAt: nullable(Moment),
    firstPublishedAt: nullable(Moment),
    createdAt: Moment,
    version: Type.Integer(),
    seo: ref(Seo),
    ...parts,
  },
  {
    $id: 'Article',
    description:
      'An article. Body, authors, categories, tags, neighbours and comments come where they are asked for',
  },
)
export type Article = Static<typeof Article>

/** What `fields` may name: the shapes that an article refers to. */
export const ARTICLE_SHAPES = {
  Cover,
  Image,
  Heading,
  Highlight,
  Seo,
  ArticleCard,
  Adjacent,
  TermReference,
  ThreadPage,
  Thread,
  Comment,
  CommentAuthor,
  Votes,
  Page,
}

/** The same shape with every member left to choice, at any depth. */
function sparse(shape: TSchema): TSchema {
  const { $ref, $id: _, required: __, ...rest } = shape
  if (typeof $ref === 'string') return sparse(ARTICLE_SHAPES[$ref as keyof typeof ARTICLE_SHAPES])
  const { items, anyOf, properties } = rest as {
    items?: TSchema
    anyOf?: TSchema[]
    properties?: TProperties
  }
  const members = Object.entries(properties ?? {}).map(([name, member]) => [name, sparse(member)])
  return Type.Unsafe({
    ...rest,
    ...(items && { items: sparse(items) }),
    ...(anyOf && { anyOf: anyOf.map(sparse) }),
    ...(properties && { properties: Object.fromEntries(members) }),
  })
}

export const SparseArticle = Type.Unsafe<Partial<Article>>({
  ...sparse(Article),
  $id: 'SparseArticle',
  description: 'An article with the members that `fields` names, and no others',
})

/** An article as it is sent: whole, or what `fields` names of it. */
export const SentArticle = Type.Union([ref(Article), ref(SparseArticle)])

export const ArticlePage = pageOf(SentArticle, 'ArticlePage', 'Articles')

export const INCLUDES = [
  'adjacent',
  'adjacent.authors',
  'adjacent.categories',
  'adjacent.tags',
  'authors',
  'categories',
  'comments',
  'headings',
  'images',
  'related',
  'related.authors',
  'related.categories',
  'related.tags',
  'tags',
  'translations',
  'translations.authors',
  'translations.categories',
  'translations.tags',
] as const
export type Include = (typeof INCLUDES)[number]

/** Lists of words separated by commas. The check of the words is core's, which names the nearest. */
const include = Type.Optional(
  Type.String({ maxLength: 500, description: `Any of ${INCLUDES.join(', ')}, separated by commas` }),
)
const fields = Type.Optional(
  Type.String({
    maxLength: 2000,
    description:
      'Only these members, separated by commas, with a dot before those of a member: `title,slug,cover.url`. Naming a part includes it',
    examples: ['title,slug,cover.url'],
  }),
)
const within = Type.Optional(
  Type.String({
    maxLength: 250,
    default: 'site',
    description:
      'The series of `adjacent`: site, category:<slug>, category-only:<slug>, tag:<slug>, author:<slug>, series:<slug>, locale:<tag>; or list, for the filters in the same address, by date; there `locale` is a filter too, so that an article in another language is named by its id',
  }),
)
const window = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 10, default: 1, description: 'How many neighbours on each side' }),
)
const locale = Type.Optional(Locale)
const asOf = Type.Optional(
  Type.String({
    format: 'date-time',
    description: 'Everything as it will be at this moment. Needs the scope `content:read`',
  }),
)

const moment = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))
/** A category, tag, author or series by id, slug or old slug. */
const term = Type.Optional(Slug)

export const articleFilters = {
  category: term,
  subtree: Type.Optional(
    Type.Boolean({ default: true, description: 'With `category`: what stands in categories below it too' }),
  ),
  tag: term,
  author: term,
  series: term,
  locale,
  ids: Type.Optional(Type.String({ maxLength: 3700, description: 'Up to 100 ids, separated by commas' })),
  slugs: Type.Optional(
    Type.String({
      maxLength: 10_000,
      description: 'Up to 100 slugs, current or old, of `locale` or the language of the site',
    }),
  ),
  featured: Type.Optional(Type.Boolean()),
  publishedAfter: moment('Published later than this'),
  publishedBefore: moment('Published earlier than this'),
  updatedAfter: moment('Changed later than this'),
  status: Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        'Any of draft, scheduled, published, expired, archived, trashed, separated by commas; or any, which is all but trashed. Needs the scope `content:read`',
    }),
  ),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description:
        'Words to search for: `harbour wall`, `"harbour wall"`, `harbour or quay`, `harbour -wall`, `harb*`',
    }),
  ),
}

const { locale: _, status: __, ...listFilters } = articleFilters

const preview = Type.Optional(
  Type.String({
    maxLength: 200,
    description: 'The token of a preview link: shows its article, public or not',
  }),
)

/** The filters belong to `within=list`. */
export const ArticleQuery = closed({
  locale,
  include,
  fields,
  within,
  count: window,
  body: Type.Optional(oneOf(BODY_CHOICES, { default: 'html' })),
  asOf,
  preview,
  ...listFilters,
})
export type ArticleQuery = Static<typeof ArticleQuery>

export const AdjacentQuery = closed({ locale, within, count: window, include, asOf, preview, ...listFilters })
export type AdjacentQuery = Static<typeof AdjacentQuery>

export const RelatedQuery = closed({
  locale,
  count: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 20, default: 5, description: 'How many at most' }),
  ),
  include,
  asOf,
  preview,
})
export type RelatedQuery = Static<typeof RelatedQuery>

const listQuery = {
  sort: Type.Optional(
    Type.String({
      description:
        '`-publishedAt` (newest first) or `publishedAt`; of the whole site or a locale also `-updatedAt`, `title`, `-commentCount`; with `q` also `relevance`, with `series` also `position` and `-position`, which are then the default',
    }),
  ),
  include,
  fields,
  within,
  body: Type.Optional(oneOf(BODY_CHOICES, { default: 'none' })),
  count: Type.Optional(
    oneOf(COUNT_MODES, {
      default: 'none',
      description: '`page.count`: `estimated` is exact up to a thousand, `exact` always; both cost time',
    }),
  ),
  asOf,
  ...pageQuery,
}

export const ArticlesQuery = closed({ ...articleFilters, ...listQuery })
export type ArticlesQuery = Static<typeof ArticlesQuery>

/** The articles of a category, tag, author or series: that filter stands in the path. */
const { category, tag, author, series, subtree, ...filters } = articleFilters
export const CategoryArticlesQuery = closed({ subtree, tag, author, series, ...filters, ...listQuery })
export const TagArticlesQuery = closed({ category, subtree, author, series, ...filters, ...listQuery })
export const AuthorArticlesQuery = closed({ category, subtree, tag, series, ...filters, ...listQuery })
export const SeriesArticlesQuery = closed({ category, subtree, tag, author, ...filters, ...listQuery })
