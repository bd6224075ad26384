import { Type } from '@sinclair/typebox'
import type { FieldNode, GraphQLResolveInfo } from 'graphql'
import type { AdjacentInput, ArticlePartsView, BodyForm, Parts } from '../core/article-views.ts'
import { readWithin, type Within, writeWithin } from '../core/series.ts'
import { DEFAULT_REPLIES, type ThreadsInput } from '../core/threads.ts'
import { invalid } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import { validator } from '../lib/validate.ts'
import { AdjacentQuery, ArticlesQuery } from '../shapes/articles.ts'
import type { CommentSort } from '../shapes/comments.ts'
import { closed } from '../shapes/common.ts'
import { type ConnectionArgs, connection, isGiven, orNull, pageInput } from './connection.ts'
import type { Context } from './context.ts'
import { fieldsBelow, type Selected, selectedFields } from './selection.ts'

interface ArticlesArgs extends ConnectionArgs {
  category?: string | null
  subtree?: boolean | null
  tag?: string | null
  author?: string | null
  locale?: string | null
  sort?: 'NEWEST' | 'OLDEST' | null
}

interface AdjacentArgs {
  within?: string | null
  count?: number | null
}

export interface CommentsArgs extends ConnectionArgs {
  sort?: Uppercase<CommentSort> | null
}

/** An article on its way through the resolvers: what core answered, and which parts it was asked for. */
type Source = ArticlePartsView & { id: string; asked: Asked }

type Asked = Omit<Parts, 'adjacent'> & { adjacent?: SeriesInput[] }

const { category, subtree, tag, author, locale } = ArticlesQuery.properties
const checkFilters = validator(closed({ category, subtree, tag, author, locale }))
const checkAdjacent = validator(
  closed({ within: AdjacentQuery.properties.within, count: AdjacentQuery.properties.count }),
)
export const checkRef = validator(closed({ locale, ref: Type.String({ minLength: 1, maxLength: 250 }) }))

export const articleResolvers = {
  Query: {
    article: async (
      _: unknown,
      args: { id?: string | null; slug?: string | null; locale?: string | null },
      context: Context,
      info: GraphQLResolveInfo,
    ) => {
      const ref = args.id ?? args.slug
      if (!isGiven(ref) || (isGiven(args.id) && isGiven(args.slug)))
        throw invalid('/id', 'give either id or slug')
      checkRef(given({ ref, locale: args.locale }))
      if (isGiven(args.id) && !isId(args.id)) throw invalid('/id', 'must be an id')
      const asked = partsOf(info, selectedFields(info))
      return orNull('ARTICLE_NOT_FOUND', async () => {
        const { article } = await context.core.articles.find(ref, args.locale ?? undefined, asked, {
          viewer: context.viewer,
        })
        return { ...article, asked }
      })
    },

    articles: async (_: unknown, args: ArticlesArgs, context: Context, info: GraphQLResolveInfo) => {
      const { first, after, last, before, sort, ...filters } = args
      const input = {
        ...checkFilters(given(filters)),
        ...pageInput({ first, after, last, before } as ConnectionArgs),
      }
      const asked = partsOf(info, nodesOf(info))
      const slice = await context.core.articles.list(
        { ...input, sort: sort === 'OLDEST' ? 'publishedAt' : '-publishedAt' },
        asked,
        { viewer: context.viewer },
      )
      return connection({ ...slice, nodes: slice.nodes.map((article) => ({ ...article, asked })) })
    },
  },

  Article: {
    status: ({ status }: { status: string }) => status.toUpperCase(),
    commentPolicy: ({ commentPolicy }: { commentPolicy: string | null }) =>
      commentPolicy?.toUpperCase() ?? null,

    body: async (article: Source, { format }: { format?: string | null }, context: Context) => {
      const form = bodyForm(format)
      const found =
        form in article.bodies ? article : await context.articlePart({ bodies: [form] }).load(article.id)
      return found.bodies[form] ?? null
    },
    authors: async (article: Source, _: unknown, context: Context) =>
      article.authors ?? (await context.articlePart({ authors: true }).load(article.id)).authors,
    categories: async (article: Source, _: unknown, context: Context) =>
      article.categories ?? (await context.articlePart({ categories: true }).load(article.id)).categories,
    tags: async (article: Source, _: unknown, context: Context) =>
      article.tags ?? (await context.articlePart({ tags: true }).load(article.id)).tags,

    headings: async (article: Source, _: unknown, context: Context) =>
      article.headings ?? (await context.articlePart({ headings: true }).load(article.id)).headings,
    images: async (article: Source, _: unknown, context: Context) =>
      article.images ?? (await context.articlePart({ images: true }).load(article.id)).images,

    adjacent: async (article: Source, args: AdjacentArgs, context: Context) => {
      const input = adjacentInput(args)
      const n = (article.asked.adjacent ?? []).findIndex((asked) => sameSeries(asked, input))
      if (n >= 0) return article.adjacents[n]
      return (await context.articlePart({ adjacent: [input] }).load(article.id)).adjacents[0]
    },

    comments: async (article: Source, args: CommentsArgs, context: Context, info: GraphQLResolveInfo) => {
      const input = threadsInput(args, info, info.fieldNodes)
      const asked = JSON.stringify(article.asked.comments) === JSON.stringify(input)
      const found = asked ? article : await context.articlePart({ comments: input }).load(article.id)
      return found.comments && connection(found.comments)
    },
  },
}

/** The articles selected below a connection: through `nodes` and through `edges { node }`. */
function nodesOf(info: GraphQLResolveInfo): Selected[] {
  const below = selectedFields(info)
  const nodes = below.filter(({ name }) => name === 'nodes').map(({ node }) => node)
  const edges = below.filter(({ name }) => name === 'edges').map(({ node }) => node)
  const inEdges = fieldsBelow(info, edges, 'ArticleEdge').filter(({ name }) => name === 'node')
  return fieldsBelow(info, [...nodes, ...inEdges.map(({ node }) => node)], 'Article')
}

/** Looks ahead: what a query selects of an article, so that it rides in the statement that reads the article. */
function partsOf(info: GraphQLResolveInfo, selected: Selected[]): Asked {
  const named = (name: string) => selected.filter((field) => field.name === name)
  const bodies = new Set(named('body').map(({ args }) => bodyForm(args['format'])))
  const adjacent: SeriesInput[] = []
  for (const { args } of named('adjacent')) {
    const input = adjacentInput(args)
    if (!adjacent.some((asked) => sameSeries(asked, input))) adjacent.push(input)
  }
  const [comments] = named('comments')
  return {
    bodies: [...bodies].sort(),
    headings: named('headings').length > 0,
    images: named('images').length > 0,
    authors: named('authors').length > 0,
    categories: named('categories').length > 0,
    tags: named('tags').length > 0,
    adjacent: adjacent.slice(0, MAX_ADJACENT),
    ...(comments && { comments: threadsInput(comments.args, info, [comments.node]) }),
  }
}

/** Every combination of kinds is a statement of its own; what goes beyond is loaded apart. */
const MAX_ADJACENT = 3

const bodyForm = (format: unknown): BodyForm =>
  typeof format === 'string' ? (format.toLowerCase() as BodyForm) : 'html'

function adjacentInput(args: AdjacentArgs | Record<string, unknown>): SeriesInput {
  const { within = 'site', count = 1 } = checkAdjacent(given(args))
  return { within: readWithin(within), count }
}

/** Of GraphQL, neighbours are always those in a series. */
type SeriesInput = AdjacentInput & { within: Within }

const sameSeries = (a: SeriesInput, b: SeriesInput) =>
  a.count === b.count && writeWithin(a.within) === writeWithin(b.within)

/** The order of comments that a field asks for, as core names it. */
export const commentSort = ({ sort }: CommentsArgs): CommentSort =>
  (sort ?? 'OLDEST').toLowerCase() as CommentSort

function threadsInput(
  args: CommentsArgs | Record<string, unknown>,
  info: GraphQLResolveInfo,
  nodes: readonly FieldNode[],
): ThreadsInput {
  return {
    ...pageInput(args as ConnectionArgs),
    sort: commentSort(args as CommentsArgs),
    replies: repliesBelow(info, nodes),
  }
}

/** How many replies a query selects under each thread, where it is a plain number. */
function repliesBelow(info: GraphQLResolveInfo, comments: readonly FieldNode[]): number {
  const below = fieldsBelow(info, comments, 'CommentConnection')
  const edges = below.filter(({ name }) => name === 'edges').map(({ node }) => node)
  const threads = [
    ...below.filter(({ name }) => name === 'nodes'),
    ...fieldsBelow(info, edges, 'CommentEdge').filter(({ name }) => name === 'node'),
  ].map(({ node }) => node)
  const [replies] = fieldsBelow(info, threads, 'Comment').filter(({ name }) => name === 'replies')
  // those in another order come through the loader
  if (!replies || commentSort(replies.args) !== 'oldest') return 0
  const { first } = replies.args
  return typeof first === 'number' && first >= 1 && first <= 20 ? first : DEFAULT_REPLIES
}

/** Arguments as the shapes of REST know them: what is null is not given. */
export function given(args: object): object {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => isGiven(value)))
}
