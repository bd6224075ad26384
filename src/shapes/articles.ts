import { type Static, Type } from '@sinclair/typebox'
import { COMMENT_POLICIES } from '../domain/comment.ts'
import { ThreadPage } from './comments.ts'
import { closed, Id, Locale, Moment, nullable, oneOf, pageOf, pageQuery, ref, Slug } from './common.ts'
import { TermReference } from './terms.ts'

export const Cover = closed(
  {
    url: Type.String(),
    alt: Type.String(),
    width: nullable(Type.Integer()),
    height: nullable(Type.Integer()),
    caption: Type.String(),
    credit: Type.String(),
  },
  { $id: 'Cover', description: 'The image of an article' },
)

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

export const ArticleCard = closed(card, { $id: 'ArticleCard', description: 'An article in short' })
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
  authors: Type.Optional(Type.Array(ref(TermReference))),
  categories: Type.Optional(Type.Array(ref(TermReference), { description: 'Primary first' })),
  tags: Type.Optional(Type.Array(ref(TermReference))),
  adjacent: Type.Optional(nullable(ref(Adjacent))),
  comments: Type.Optional(ref(ThreadPage)),
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

export const ArticlePage = pageOf(ref(Article), 'ArticlePage', 'Articles')

export const INCLUDES = ['adjacent', 'comments', 'categories', 'authors', 'tags'] as const
export type Include = (typeof INCLUDES)[number]

/** `include=a,b` of known parts; each at most once. The check of the words is core's, which names the nearest. */
const include = Type.Optional(
  Type.String({ maxLength: 200, description: `Any of ${INCLUDES.join(', ')}, separated by commas` }),
)
const within = Type.Optional(
  Type.String({
    maxLength: 250,
    default: 'site',
    description:
      'The series of `adjacent`: site, category:<slug>, category-only:<slug>, tag:<slug>, author:<slug> or locale:<tag>',
  }),
)
const count = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 10, default: 1, description: 'How many neighbours on each side' }),
)
const locale = Type.Optional(Locale)

export const ArticleQuery = closed({
  locale,
  include,
  within,
  body: Type.Optional(oneOf(BODY_CHOICES, { default: 'html' })),
})
export type ArticleQuery = Static<typeof ArticleQuery>

export const AdjacentQuery = closed({ locale, within, count })
export type AdjacentQuery = Static<typeof AdjacentQuery>

export const articleFilters = {
  category: Type.Optional(Slug),
  subtree: Type.Optional(
    Type.Boolean({ default: true, description: 'With `category`: what stands in categories below it too' }),
  ),
  tag: Type.Optional(Slug),
  author: Type.Optional(Slug),
  locale,
}

export const ArticlesQuery = closed({
  ...articleFilters,
  sort: Type.Optional(
    Type.String({ default: '-publishedAt', description: '`-publishedAt` (newest first) or `publishedAt`' }),
  ),
  include,
  within,
  body: Type.Optional(oneOf(BODY_CHOICES, { default: 'none' })),
  ...pageQuery,
})
export type ArticlesQuery = Static<typeof ArticlesQuery>

export const CategoryArticlesQuery = closed({
  subtree: articleFilters.subtree,
  tag: articleFilters.tag,
  author: articleFilters.author,
  locale,
  sort: ArticlesQuery.properties.sort,
  include,
  within,
  body: ArticlesQuery.properties.body,
  ...pageQuery,
})
