import type { FastifyInstance } from 'fastify'
import type { Core } from '../core/core.ts'
import { WrittenQuery } from '../shapes/article-writing.ts'
import { closed, Id, ref } from '../shapes/common.ts'
import {
  MadePreviewLink,
  NewPreviewLink,
  PreviewLinkPage,
  PreviewLinksQuery,
} from '../shapes/preview-links.ts'
import { noBody, orEmpty, READING, WRITING, type WriteRoute } from './article-writing.ts'
import { ArticleRef } from './articles.ts'
import { problems } from './openapi.ts'
import { linkPages, presentSlice } from './pages.ts'
import { idempotencyKeyOf, markReplayed, repeatable } from './request-headers.ts'

const tags = ['Previews']
const security = [{ key: [] }]

const Repeatable = repeatable('one key makes one link')

export function previewLinkRoutes(app: FastifyInstance, core: Core, publicUrl: string): void {
  app.post<WriteRoute & { Body: NewPreviewLink }>(
    '/articles/:ref/preview-links',
    {
      preValidation: orEmpty,
      config: WRITING,
      schema: {
        operationId: 'createPreviewLink',
        summary: 'Make a link that shows an article to whoever holds it',
        description:
          'Whatever the state of the article, until the link ends or is revoked. Pass its token as `preview=` where the article is read. Needs the scope `content:write`.',
        tags,
        security,
        params: ArticleRef,
        headers: Repeatable,
        querystring: WrittenQuery,
        body: NewPreviewLink,
        response: { 201: ref(MadePreviewLink), ...problems(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { link, replayed } = await core.previews.create(
        { ref: request.params.ref, locale: request.query.locale },
        request.body,
        {
          viewer: request.viewer,
          idempotencyKey: idempotencyKeyOf(request),
        },
      )
      markReplayed(reply, replayed)
      return reply.code(201).send(link)
    },
  )

  app.get<{ Params: { ref: string }; Querystring: PreviewLinksQuery }>(
    '/articles/:ref/preview-links',
    {
      config: READING,
      schema: {
        operationId: 'listPreviewLinks',
        summary: 'List the preview links of an article',
        description:
          'Newest first, those that are over or revoked too; never their tokens. Needs the scope `content:read`.',
        tags,
        security,
        params: ArticleRef,
        querystring: PreviewLinksQuery,
        response: { 200: ref(PreviewLinkPage), ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { locale, ...page } = request.query
      const slice = await core.previews.list({ ref: request.params.ref, locale }, page, request.viewer)
      const links = presentSlice(slice)
      linkPages(request, reply, links.page, publicUrl)
      return links
    },
  )

  app.delete<{ Params: { ref: string; id: string }; Querystring: WrittenQuery }>(
    '/articles/:ref/preview-links/:id',
    {
      preValidation: noBody,
      config: WRITING,
      schema: {
        operationId: 'revokePreviewLink',
        summary: 'Revoke a preview link',
        description: 'It shows nothing any more, at once. Needs the scope `content:write`.',
        tags,
        security,
        params: closed({ ...ArticleRef.properties, id: Id }),
        querystring: WrittenQuery,
        response: {
          204: { type: 'null', description: 'Revoked' },
          ...problems(400, 401, 403, 404, 413, 415),
        },
      },
    },
    async ({ params, query, viewer }, reply) => {
      await core.previews.revoke({ ref: params.ref, locale: query.locale }, params.id, viewer)
      return reply.code(204).send()
    },
  )
}
