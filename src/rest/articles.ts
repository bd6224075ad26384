import { type TSchema, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cardParts, readAdjacent, readParts, refuseIdleFilters } from '../core/article-requests.ts'
import type { ArticlePartsView, Parts } from '../core/article-views.ts'
import type { FilterTerm, ListInput } from '../core/articles.ts'
import type { Core } from '../core/core.ts'
import { type Fields, pick } from '../core/fields.ts'
import { readCardInclude } from '../core/include.ts'
import type { Look } from '../core/viewer.ts'
import { cacheControl } from '../http/headers.ts'
import { defined } from '../lib/defined.ts'
import { AppError } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import {
  Adjacent,
  AdjacentQuery,
  ArticleCard,
  ArticlePage,
  ArticleQuery,
  ArticlesQuery,
  AuthorArticlesQuery,
  CategoryArticlesQuery,
  RelatedQuery,
  SentArticle,
  SeriesArticlesQuery,
  TagArticlesQuery,
} from '../shapes/articles.ts'
import { closed, ref } from '../shapes/common.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice, presentThreads } from './pages.ts'
import { MOVED, redirectToSlug } from './redirect.ts'
import { TermRef } from './terms.ts'

export const ArticleRef = closed({
  ref: Type.String({
    minLength: 1,
    maxLength: 250,
    description: 'Id, slug or old slug',
    examples: ['mackerel-with-rhubarb'],
  }),
})

const tags = ['Articles']

/** Lists below a term: the path and the words for it. */
const LISTS: {
  term: FilterTerm
  path: string
  query: TSchema
  tag: string
  summary: string
  description: string
}[] = [
  {
    term: 'category',
    path: 'categories',
    query: CategoryArticlesQuery,
    tag: 'Categories',
    summary: 'List the articles of a category',
    description: 'What stands in categories below it as well, unless `subtree=false`.',
  },
  {
    term: 'tag',
    path: 'tags',
    query: TagArticlesQuery,
    tag: 'Tags',
    summary: 'List the articles of a tag',
    description: 'As `GET /v1/articles?tag=`.',
  },
  {
    term: 'author',
    path: 'authors',
    query: AuthorArticlesQuery,
    tag: 'Authors',
    summary: 'List the articles of an author',
    description: 'As `GET /v1/articles?author=`.',
  },
  {
    term: 'series',
    path: 'series',
    query: SeriesArticlesQuery,
    tag: 'Series',
    summary: 'List the articles of a series',
    description: 'In the order that an editor gave them, unless `sort` says otherwise.',
  },
]

export function articleRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.get<{ Querystring: ArticlesQuery }>(
    '/articles',
    {
      schema: {
        operationId: 'listArticles',
        summary: 'List articles',
        description: 'Visible articles, newest first. Several filters at once must all hold.',
        tags,
        querystring: ArticlesQuery,
        response: { 200: ref(ArticlePage), ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => (await sendList(request.query, {}, request, reply)).body,
  )

  for (const { term, path, query, tag, summary, description } of LISTS) {
    app.get<{ Params: { ref: string }; Querystring: ArticlesQuery }>(
      `/${path}/:ref/articles`,
      {
        schema: {
          operationId: `list${capital(term)}Articles`,
          summary,
          description,
          tags: [tag],
          params: TermRef,
          querystring: query,
          response: { 200: ref(ArticlePage), ...MOVED, ...problems(400, 401, 403, 404) },
        },
      },
      async (request, reply) => {
        const named = request.params.ref
        const { body, slugs } = await sendList(request.query, { [term]: named }, request, reply)
        const slug = slugs[term]
        // a cursor belongs to the list as it was named
        const goesOn = request.query.after !== undefined || request.query.before !== undefined
        if (slug && slug !== named && !isId(named) && !goesOn)
          return redirectToSlug(reply, request.url, { slug })
        return body
      },
    )
  }

  async function sendList(
    { include, fields: names, within, body, ...input }: ArticlesQuery,
    inPath: Partial<ListInput>,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const filters = { ...input, ...inPath }
    const { parts, fields } = readParts(
      { ...filters, ...defined({ include, fields: names, within, body }) },
      { body: 'none', include: [] },
      core.articles.locale,
    )
    const look = { viewer: request.viewer, ...defined({ asOf: input.asOf }) }
    const { slugs, ...list } = await core.articles.list(filters, parts, look)
    const { data, page } = presentSlice(list)
    linkPages(request, reply, page, publicUrl)
    keep(request, reply)
    return { body: { data: data.map((article) => present(article, parts, fields)), page }, slugs }
  }

  app.get<{ Params: { ref: string }; Querystring: ArticleQuery }>(
    '/articles/:ref',
    {
      schema: {
        operationId: 'getArticle',
        summary: 'Read an article',
        description:
          'With `include=adjacent,comments` everything that an article page shows, in one request. With `within=list` the filters are those of the list that the reader came from.',
        tags,
        params: ArticleRef,
        querystring: ArticleQuery,
        response: { 200: SentArticle, ...MOVED, ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { count, preview, ...query } = request.query
      refuseIdleFilters(query)
      const { parts, fields } = readParts(
        { ...query, ...defined({ window: count }) },
        { body: 'html', include: ['authors', 'categories', 'headings', 'images', 'tags'] },
        core.articles.locale,
      )
      const { article, moved } = await core.articles.find(
        request.params.ref,
        query.locale,
        parts,
        look(request, query.asOf, preview),
      )
      keep(request, reply, preview)
      if (moved) return redirectToSlug(reply, request.url, moved)
      return present(article, parts, fields)
    },
  )

  app.get<{ Params: { ref: string }; Querystring: AdjacentQuery }>(
    '/articles/:ref/adjacent',
    {
      schema: {
        operationId: 'getAdjacentArticles',
        summary: 'Read the neighbours of an article',
        description:
          'Previous is the older one, next the newer; in a manual series the one before and the one after. `within=list` takes the filters of `/v1/articles`.',
        tags,
        params: ArticleRef,
        querystring: AdjacentQuery,
        response: { 200: ref(Adjacent), ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { count, preview, include, ...query } = request.query
      refuseIdleFilters(query)
      const cards = readCardInclude(include)
      const parts: Parts = {
        adjacent: [readAdjacent({ ...query, ...defined({ window: count }) }, cards, core.articles.locale)],
      }
      const { article } = await core.articles.find(
        request.params.ref,
        query.locale,
        parts,
        look(request, query.asOf, preview),
      )
      keep(request, reply, preview)
      const [adjacent] = article.adjacents
      if (!adjacent)
        throw new AppError('NOT_IN_SERIES', {
          errors: [{ path: '/within', message: 'does not hold the article' }],
        })
      return adjacent
    },
  )

  app.get<{ Params: { ref: string }; Querystring: RelatedQuery }>(
    '/articles/:ref/related',
    {
      schema: {
        operationId: 'getRelatedArticles',
        summary: 'Read what is related to an article',
        description:
          'Articles in its language, most in common first: shared tags and categories, then words of its title. Of each tag and category, and of the language, the newest fifty are looked at.',
        tags,
        params: ArticleRef,
        querystring: RelatedQuery,
        response: {
          200: closed({ data: Type.Array(ref(ArticleCard)) }),
          ...problems(400, 401, 403, 404),
        },
      },
    },
    async (request, reply) => {
      const { count = 5, include, locale, asOf, preview } = request.query
      const parts: Parts = { related: { count, cards: cardParts(readCardInclude(include)) } }
      const { article } = await core.articles.find(
        request.params.ref,
        locale,
        parts,
        look(request, asOf, preview),
      )
      keep(request, reply, preview)
      return { data: article.related }
    },
  )
}

const look = (request: FastifyRequest, asOf: string | undefined, preview: string | undefined): Look => ({
  viewer: request.viewer,
  ...defined({ asOf, preview }),
})

/** What a preview link shows is kept by nobody and listed nowhere. */
function keep(request: FastifyRequest, reply: FastifyReply, preview?: string): void {
  reply.header(
    'cache-control',
    preview === undefined ? cacheControl(request.viewer.kind) : 'private, no-store',
  )
  if (preview !== undefined) reply.header('x-robots-tag', 'noindex')
}

/** On the wire an article has the one body and the one `adjacent` that were asked for, and no more than `fields` names. */
function present<T extends ArticlePartsView>(
  { bodies, adjacents, comments, ...article }: T,
  parts: Parts,
  fields: Fields | undefined,
) {
  const [form] = parts.bodies ?? []
  const whole = {
    ...article,
    ...(form && { body: bodies[form] ?? null }),
    ...(parts.adjacent && { adjacent: adjacents[0] ?? null }),
    ...(comments && { comments: presentThreads(comments) }),
  }
  return pick(whole, fields)
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
