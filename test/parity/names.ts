import type { Adjacent, Article, ArticleCard } from '../../src/shapes/articles.ts'
import type { Comment, OwnComment, Thread } from '../../src/shapes/comments.ts'
import type { Paged } from '../../src/shapes/common.ts'

/** The answers of REST as GraphQL names them; and what to ask GraphQL for to get all that REST sends. */

export const CARD = `id slug locale title subtitle excerpt url publishedAt
  cover{url alt width height caption credit}`

export const ADJACENT = `within previous{${CARD}} next{${CARD}} older{${CARD}} newer{${CARD}}`

const WORDS =
  'id articleId parentId rootId replyToId depth placeholder deleted author{name url verified} html text createdAt editedAt replyCount votes{up down score}'

export const COMMENTS = `nodes{${WORDS}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}`

export const THREADS = `nodes{${WORDS} replies(first: 3){${COMMENTS}}} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}`

export const OWN = `${WORDS} status editableUntil source`

export const ARTICLE = `${CARD} status unpublishAt firstPublishedAt createdAt updatedAt version featured wordCount readingMinutes
  commentCount commentPolicy commentsOpen seo{title description canonicalUrl image noindex}`

export const TERMS =
  'authors{id slug name} categories{id slug name} tags{id slug name} headings{level id text} images{url alt width height caption credit}'

interface Connection {
  nodes: object[]
  pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
}

export const comment = (rest: Comment): object => ({
  ...rest,
  placeholder: rest.placeholder?.toUpperCase() ?? null,
})

export const own = (rest: OwnComment): object => ({ ...comment(rest), status: rest.status.toUpperCase() })

/** REST names a cursor only where there is more; GraphQL always. `compared` leaves out what only GraphQL says. */
export const page = <T>({ data, page }: Paged<T>, present: (item: T) => object): Connection => ({
  nodes: data.map(present),
  pageInfo: {
    hasNextPage: page.hasNext,
    hasPreviousPage: page.hasPrevious,
    startCursor: page.previous,
    endCursor: page.next,
  },
})

export const thread = ({ replies, ...rest }: Thread): object => ({
  ...comment(rest),
  replies: page(replies, comment),
})

export const threads = (rest: Paged<Thread>): Connection => page(rest, thread)

export const adjacent = (rest: Adjacent): object => rest

export const card = (rest: ArticleCard): object => rest

export function article({ status, commentPolicy, seo, comments, ...rest }: Article): object {
  return {
    ...rest,
    status: status.toUpperCase(),
    commentPolicy: commentPolicy?.toUpperCase() ?? null,
    seo: { title: null, description: null, canonicalUrl: null, image: null, noindex: null, ...seo },
    ...(comments && { comments: threads(comments) }),
  }
}

/** Takes out of an answer of GraphQL the cursors that lead nowhere, which REST leaves out. */
export function compared(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compared)
  if (value === null || typeof value !== 'object') return value
  const copy = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, compared(item)]))
  if ('hasNextPage' in copy && !copy['hasNextPage']) copy['endCursor'] = null
  if ('hasPreviousPage' in copy && !copy['hasPreviousPage']) copy['startCursor'] = null
  return copy
}
