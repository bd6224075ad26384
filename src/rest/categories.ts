import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { cacheControl } from '../http/headers.ts'
import { closed, ref } from '../shapes/common.ts'
import { CategoriesQuery, CategoryDetail, CategoryFlat, CategoryTree } from '../shapes/terms.ts'
import { TermRef } from './articles.ts'
import { problems } from './openapi.ts'

const tags = ['Categories']

export function categoryRoutes(app: FastifyInstance, core: Core): void {
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
          ...problems(400),
        },
      },
    },
    async (request, reply) => {
      const { shape = 'tree', hideEmpty = false } = request.query
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return {
        data:
          shape === 'tree' ? await core.categories.tree(hideEmpty) : await core.categories.flat(hideEmpty),
      }
    },
  )

  app.get<{ Params: { ref: string } }>(
    '/categories/:ref',
    {
      schema: {
        operationId: 'getCategory',
        summary: 'Read a category with its ancestors and children',
        tags,
        params: TermRef,
        querystring: closed({}),
        response: { 200: ref(CategoryDetail), ...problems(400, 404) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', cacheControl(request.viewer.kind))
      return core.categories.bySlug(request.params.ref)
    },
  )
}
