import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { cacheControl } from '../http/headers.ts'
import { closed, ref } from '../shapes/common.ts'
import {
  CategoriesQuery,
  CategoryDetail,
  CategoryFlat,
  CategoryPatch,
  CategoryRemovalQuery,
  CategoryTree,
  NewCategory,
  TermQuery,
} from '../shapes/terms.ts'
import { problems } from './openapi.ts'
import { MOVED, redirectToSlug } from './redirect.ts'
import { TermRef, writeRoutes } from './terms.ts'

const tags = ['Categories']

export function categoryRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.get<{ Querystring: CategoriesQuery }>(
    '/categories',
    {
      schema: {
        operationId: 'listCategories',
        summary: 'List the categories',
        description: 'As a tree or flat, parents before children. All of them: the list has no pages.',
        tags,
        querystring: CategoriesQuery,
        response: {
          200: Type.Union([
            closed({ data: Type.Array(ref(CategoryTree)) }),
            closed({ data: Type.Array(ref(CategoryFlat)) }),
          ]),
          ...problems(400, 401, 403),
        },
      },
    },
    async (request, reply) => {
      const { shape = 'tree', ...input } = request.query
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return { data: await core.categories[shape](input, request.viewer) }
    },
  )

  app.get<{ Params: { ref: string }; Querystring: TermQuery }>(
    '/categories/:ref',
    {
      schema: {
        operationId: 'getCategory',
        summary: 'Read a category with its ancestors and children',
        tags,
        params: TermRef,
        querystring: TermQuery,
        response: { 200: ref(CategoryDetail), ...MOVED, ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { term, moved } = await core.categories.find(request.params.ref, request.query, request.viewer)
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return moved ? redirectToSlug(reply, request.url, moved) : term
    },
  )

  writeRoutes(app, core.categories, publicUrl, {
    path: 'categories',
    one: 'a category',
    id: 'Category',
    tag: 'Categories',
    shape: CategoryDetail,
    created: NewCategory,
    patch: CategoryPatch,
    removal: CategoryRemovalQuery,
  })
}
