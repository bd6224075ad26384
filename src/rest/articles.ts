import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ArticlePartsView, Parts } from '../core/article-views.ts'
import { type ListInput, readInclude } from '../core/articles.ts'
import type { Core } from '../core/core.ts'
import { readWithin } from '../core/series.ts'
import { cacheControl } from '../http/headers.ts'
import { AppError } from '../lib/errors.ts'
import {
  Adjacent,
  AdjacentQuery,
  Article,
  ArticlePage,
  ArticleQuery,
  ArticlesQuery,
  type BodyChoice,
  CategoryArticlesQuery,
} from '../shapes/articles.ts'
import { closed, ref } from '../shapes/common.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice, presentThreads } from './pages.ts'

/** A category as a path names it. */
export const CategoryRef = closed({
  slug: Type.String({ minLength: 1, maxLength: 200, examples: ['harbour'] }),
})

export const ArticleRef = closed({
  ref: Type.String({
    minLength: 1,
    maxLength: 250,
    description: 'Id, slug or old slug',
    examples: ['mackerel-with-rhubarb'],
  }),
})

const tags = ['Articles']

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
        response: { 200: ref(ArticlePage), ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { include, within, body = 'none', ...input } = request.query
      return sendList(input, partsOf(include, within, body), request, reply)
    },
  )

  app.get<{ Params: { slug: string }; Querystring: ArticlesQuery }>(
    '/categories/:slug/articles',
    {
      schema: {
        operationId: 'listCategoryArticles',
        summary: 'List the articles of a category',
        description: 'What stands in categories below it as well, unless `subtree=false`.',
        tags: ['Categories'],
        params: CategoryRef,
        querystring: CategoryArticlesQuery,
        response: { 200: ref(ArticlePage), ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { include, within, body = 'none', ...input } = request.query
      const parts = partsOf(include, within, body)
      return sendList({ ...input, category: request.params.slug }, parts, request, reply)
    },
  )

  async function sendList(
    input: ListInput,
    parts: Parts,
    request: Parameters<typeof linkPages>[0],
    reply: FastifyReply,
  ) {
    const { data, page } = presentSlice(await core.articles.list(input, parts))
    linkPages(request, reply, page, publicUrl)
    reply.header('cache-control', cacheControl(request.viewer.kind))
    return { data: data.map((article) => present(article, parts)), page }
  }

  app.get<{ Params: { ref: string }; Querystring: ArticleQuery }>(
    '/articles/:ref',
    {
      schema: {
        operationId: 'getArticle',
        summary: 'Read an article',
        description:
          'With `include=adjacent,comments` everything that an article page shows, in one request.',
        tags,
        params: ArticleRef,
        querystring: ArticleQuery,
        response: {
          200: ref(Article),
          308: Type.Null({ description: 'The article has another slug now' }),
          ...problems(400, 404),
        },
      },
    },
    async (request, reply) => {
      const { include, within, body = 'html', locale } = request.query
      const parts = { ...partsOf(include, within, body), authors: true, categories: true, tags: true }
      const { article, moved } = await core.articles.find(request.params.ref, locale, parts, request.viewer)
      reply.header('cache-control', cacheControl(request.viewer.kind))
      if (moved) return redirect(reply, request.url, moved)
      return present(article, parts)
    },
  )

  app.get<{ Params: { ref: string }; Querystring: AdjacentQuery }>(
    '/articles/:ref/adjacent',
    {
      schema: {
        operationId: 'getAdjacentArticles',
        summary: 'Read the neighbours of an article',
        tags,
        params: ArticleRef,
        querystring: AdjacentQuery,
        response: { 200: ref(Adjacent), ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      const { within = 'site', count = 1, locale } = request.query
      const parts: Parts = { adjacent: [{ within: readWithin(within), count }] }
      const { article } = await core.articles.find(request.params.ref, locale, parts, request.viewer)
      reply.header('cache-control', cacheControl(request.viewer.kind))
      const [adjacent] = article.adjacents
      if (!adjacent)
        throw new AppError('NOT_IN_SERIES', {
          errors: [{ path: '/within', message: 'does not hold the article' }],
        })
      return adjacent
    },
  )
}

function partsOf(include: string | undefined, within: string | undefined, body: BodyChoice): Parts {
  const words = readInclude(include)
  const series = readWithin(within ?? 'site')
  return {
    ...(body !== 'none' && { bodies: [body] }),
    authors: words.has('authors'),
    categories: words.has('categories'),
    tags: words.has('tags'),
    ...(words.has('adjacent') && { adjacent: [{ within: series, count: 1 }] }),
    ...(words.has('comments') && { comments: {} }),
  }
}

/** On the wire an article has the one body and the one `adjacent` that were asked for. */
function present<T extends ArticlePartsView>({ bodies, adjacents, comments, ...article }: T, parts: Parts) {
  const [form] = parts.bodies ?? []
  return {
    ...article,
    ...(form && { body: bodies[form] ?? null }),
    ...(parts.adjacent && { adjacent: adjacents[0] ?? null }),
    ...(comments && { comments: presentThreads(comments) }),
  }
}

/** The same address with the current slug, and locale where it changed too, relative to where the client is. */
function redirect(
  reply: FastifyReply,
  url: string,
  { slug, locale }: { slug: string; locale?: string },
): FastifyReply {
  const { pathname, search, searchParams } = new URL(url, 'http://any')
  if (locale) searchParams.set('locale', locale)
  const query = locale ? `?${searchParams}` : search
  const base = pathname.slice(0, pathname.lastIndexOf('/') + 1)
  return reply
    .code(308)
    .header('location', `${base}${encodeURIComponent(slug)}${query}`)
    .send()
}
