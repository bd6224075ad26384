import { type TSchema, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { cacheControl } from '../http/headers.ts'
import { closed, ref } from '../shapes/common.ts'
import {
  Author,
  AuthorPage,
  Series,
  SeriesPage,
  Tag,
  TagPage,
  TermQuery,
  TermsQuery,
} from '../shapes/terms.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice } from './pages.ts'
import { MOVED, redirectToSlug } from './redirect.ts'

/** A category, tag, author or series as a path names it. */
export const TermRef = closed({
  ref: Type.String({
    minLength: 1,
    maxLength: 250,
    description: 'Id, slug or old slug',
    examples: ['harbour'],
  }),
})

/** What tells the three nouns apart; their routes are alike. */
interface Noun {
  path: 'tags' | 'authors' | 'series'
  /** In summaries. */
  one: string
  many: string
  /** In the ids of operations. */
  id: string
  ids: string
  shape: TSchema
  page: TSchema
}

const NOUNS: Noun[] = [
  { path: 'tags', one: 'a tag', many: 'tags', id: 'Tag', ids: 'Tags', shape: Tag, page: TagPage },
  {
    path: 'authors',
    one: 'an author',
    many: 'authors',
    id: 'Author',
    ids: 'Authors',
    shape: Author,
    page: AuthorPage,
  },
  {
    path: 'series',
    one: 'a series',
    many: 'series',
    id: 'Series',
    ids: 'AllSeries',
    shape: Series,
    page: SeriesPage,
  },
]

/** Tags, authors and series. */
export function termRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  for (const noun of NOUNS) readRoutes(app, core, publicUrl, noun)
}

function readRoutes(app: FastifyInstance, core: Core, publicUrl: string, noun: Noun): void {
  const tags = [noun.path === 'series' ? 'Series' : noun.ids]
  const terms = core[noun.path]

  app.get<{ Querystring: TermsQuery }>(
    `/${noun.path}`,
    {
      schema: {
        operationId: `list${noun.ids}`,
        summary: `List the ${noun.many}`,
        description: `By ${noun.path === 'series' ? 'title' : 'name'}, each with the number of its visible articles.`,
        tags,
        querystring: TermsQuery,
        response: { 200: ref(noun.page), ...problems(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const slice = presentSlice<object>(await terms.list(request.query, request.viewer))
      linkPages(request, reply, slice.page, publicUrl)
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return slice
    },
  )

  app.get<{ Params: { ref: string }; Querystring: TermQuery }>(
    `/${noun.path}/:ref`,
    {
      schema: {
        operationId: `get${noun.id}`,
        summary: `Read ${noun.one}`,
        tags,
        params: TermRef,
        querystring: TermQuery,
        response: { 200: ref(noun.shape), ...MOVED, ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { term, moved } = await terms.find(request.params.ref, request.query, request.viewer)
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return moved ? redirectToSlug(reply, request.url, moved) : term
    },
  )
}
