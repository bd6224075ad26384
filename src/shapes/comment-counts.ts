import { type Static, Type } from '@sinclair/typebox'
import { ArticleQuery } from './articles.ts'
import { closed, ref } from './common.ts'

/** Articles that one request may ask for. */
export const COUNTED_ARTICLES = 100

export const CommentCountsQuery = closed({
  articles: Type.String({
    minLength: 1,
    description: `Ids or slugs of up to ${COUNTED_ARTICLES} articles, separated by commas`,
    examples: ['old-harbour-wall,spring-tides'],
  }),
  locale: ArticleQuery.properties.locale,
})
export type CommentCountsQuery = Static<typeof CommentCountsQuery>

export const CommentCount = closed(
  {
    article: Type.String({ description: 'As it was asked for' }),
    count: Type.Integer({ minimum: 0, description: 'Of comments that everybody sees, replies included' }),
  },
  { $id: 'CommentCount' },
)
export type CommentCount = Static<typeof CommentCount>

export const CommentCounts = closed(
  { data: Type.Array(ref(CommentCount)) },
  { $id: 'CommentCounts', description: 'In the order asked for' },
)
