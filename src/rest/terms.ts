import { type TSchema, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import type { NounInput } from '../core/term-input.ts'
import { cacheControl } from '../http/headers.ts'
import { MERGE_PATCH, registerMergePatch } from '../http/json.ts'
import { closed, ref } from '../shapes/common.ts'
import {
  Author,
  AuthorPage,
  AuthorPatch,
  Merge,
  type MergeInput,
  NewAuthor,
  NewSeries,
  NewTag,
  Remaining,
  RemovalQuery,
  type RemovalRule,
  Series,
  SeriesPage,
  SeriesPatch,
  Tag,
  TagPage,
  TagPatch,
  TermQuery,
  TermsQuery,
} from '../shapes/terms.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice } from './pages.ts'
import { MOVED, redirectToSlug } from './redirect.ts'
import { idempotencyKeyOf, markReplayed, repeatable } from './request-headers.ts'

/** A category, tag, author or series as a path names it. */
export const TermRef = closed({
  ref: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'Id, slug or old slug',
    examples: ['harbour'],
  }),
})

/** The same for who writes: an old slug may by now mean something else than the caller thinks. */
export const WrittenRef = closed({ ref: { ...TermRef.properties.ref, description: 'Id or current slug' } })

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
  created: TSchema
  patch: TSchema
}

const NOUNS: Noun[] = [
  {
    path: 'tags',
    one: 'a tag',
    many: 'tags',
    id: 'Tag',
    ids: 'Tags',
    shape: Tag,
    page: TagPage,
    created: NewTag,
    patch: TagPatch,
  },
  {
    path: 'authors',
    one: 'an author',
    many: 'authors',
    id: 'Author',
    ids: 'Authors',
    shape: Author,
    page: AuthorPage,
    created: NewAuthor,
    patch: AuthorPatch,
  },
  {
    path: 'series',
    one: 'a series',
    many: 'series',
    id: 'Series',
    ids: 'AllSeries',
    shape: Series,
    page: SeriesPage,
    created: NewSeries,
    patch: SeriesPatch,
  },
]

/** Tags, authors and series. */
export function termRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  for (const noun of NOUNS) {
    readRoutes(app, core, publicUrl, noun)
    writeRoutes(app, core[noun.path], publicUrl, { ...noun, tag: tagOf(noun), removal: RemovalQuery })
  }
}

function readRoutes(app: FastifyInstance, core: Core, publicUrl: string, noun: Noun): void {
  const tags = [tagOf(noun)]
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

const tagOf = ({ path, ids }: Noun): string => (path === 'series' ? 'Series' : ids)

const Repeatable = repeatable('one key makes one thing')

/** What the write routes of a noun are made of; categories have the same ones. */
export interface WrittenNoun {
  path: string
  one: string
  id: string
  tag: string
  shape: TSchema
  created: TSchema
  patch: TSchema
  removal: TSchema
}

/** The part of core that every noun has. */
type Writing = Pick<
  Core['categories' | 'tags' | 'authors' | 'series'],
  'create' | 'edit' | 'merge' | 'remove'
>

export function writeRoutes(
  app: FastifyInstance,
  terms: Writing,
  publicUrl: string,
  { path, one, id, tag, shape, created, patch, removal }: WrittenNoun,
): void {
  const common = { tags: [tag], security: [{ key: [] }] }

  app.post<{ Body: NounInput }>(
    `/${path}`,
    {
      schema: {
        ...common,
        operationId: `create${id}`,
        summary: `Make ${one}`,
        description: 'Needs the scope `content:write`.',
        querystring: closed({}),
        headers: Repeatable,
        body: created,
        response: { 201: ref(shape), ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { answer, replayed } = await terms.create(request.body, {
        viewer: request.viewer,
        idempotencyKey: idempotencyKeyOf(request),
      })
      markReplayed(reply, replayed)
      return reply.code(201).header('location', `${publicUrl}/v1/${path}/${answer.id}`).send(answer)
    },
  )

  void app.register(async (patching) => {
    registerMergePatch(patching)
    patching.patch<{ Params: { ref: string }; Body: NounInput }>(
      `/${path}/:ref`,
      {
        schema: {
          ...common,
          operationId: `edit${id}`,
          summary: `Change ${one}`,
          description:
            'What is not named stays, null empties. A former slug goes on to answer. Needs the scope `content:write`.',
          consumes: [MERGE_PATCH, 'application/json'],
          params: WrittenRef,
          querystring: closed({}),
          body: patch,
          response: { 200: ref(shape), ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
        },
      },
      async (request) => terms.edit(request.params.ref, request.body, request.viewer),
    )
  })

  app.post<{ Params: { ref: string }; Body: MergeInput }>(
    `/${path}/:ref/merge`,
    {
      schema: {
        ...common,
        operationId: `merge${id}`,
        summary: `Merge ${one} into another one`,
        description:
          'Articles and what is below go to the other one, and so do all slugs: they redirect. Needs the scope `content:write`.',
        params: WrittenRef,
        querystring: closed({}),
        body: Merge,
        response: {
          200: ref(shape),
          202: ref(Remaining),
          ...problems(400, 401, 403, 404, 409, 413, 415, 422),
        },
      },
    },
    async (request, reply) => {
      const outcome = await terms.merge(request.params.ref, request.body, request.viewer)
      return outcome.done ? outcome.answer : reply.code(202).send({ remaining: outcome.remaining })
    },
  )

  app.delete<{ Params: { ref: string }; Querystring: RemovalRule }>(
    `/${path}/:ref`,
    {
      schema: {
        ...common,
        operationId: `delete${id}`,
        summary: `Delete ${one}`,
        description:
          'Only where nothing is in it, unless a rule says what shall become of that. Its slugs are free again. Needs the scope `content:write`.',
        params: WrittenRef,
        querystring: removal,
        response: {
          202: ref(Remaining),
          204: Type.Null({ description: 'Deleted' }),
          ...problems(400, 401, 403, 404, 409, 422),
        },
      },
    },
    async (request, reply) => {
      const outcome = await terms.remove(request.params.ref, request.query, request.viewer)
      return outcome.done ? reply.code(204).send() : reply.code(202).send({ remaining: outcome.remaining })
    },
  )
}
