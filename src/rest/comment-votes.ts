import type { FastifyInstance } from 'fastify'
import { readPersonHeaders } from '../core/comment-persons.ts'
import type { Core } from '../core/core.ts'
import { CastVote, Device, NewVote } from '../shapes/comment-votes.ts'
import { closed, Id, ref } from '../shapes/common.ts'
import { noBody } from './article-writing.ts'
import { problems } from './openapi.ts'
import { SubjectHeaders } from './request-headers.ts'

const tags = ['Comments']
const security: Record<string, string[]>[] = [{ key: [] }, { device: [] }]
const CommentRef = closed({ id: Id })
const WHO =
  'The voter is the reader of a token, whom a key with `comments:write` names in `Comment-Subject`, or a device (`Comment-Device`), whose votes are shown and have no weight in `score`.'

const voting = {
  tags,
  security,
  params: CommentRef,
  querystring: closed({}),
  headers: SubjectHeaders,
}

export function commentVoteRoutes(app: FastifyInstance, core: Core): void {
  app.put<{ Params: { id: string }; Body: NewVote }>(
    '/comments/:id/vote',
    {
      schema: {
        operationId: 'voteOnComment',
        summary: 'Vote on a comment',
        description: `One vote a voter and comment: another one replaces it, the same one changes nothing. ${WHO}`,
        ...voting,
        body: NewVote,
        response: { 200: ref(CastVote), ...problems(400, 401, 403, 404, 413, 415) },
      },
    },
    async (request) =>
      core.votes.cast(
        request.params.id.toLowerCase(),
        request.body.value,
        request.viewer,
        readPersonHeaders(request.headers),
      ),
  )

  app.delete<{ Params: { id: string } }>(
    '/comments/:id/vote',
    {
      preValidation: noBody,
      schema: {
        operationId: 'withdrawVote',
        summary: 'Take your vote on a comment back',
        description: `Where there is none, nothing changes. ${WHO}`,
        ...voting,
        response: { 204: { type: 'null', description: 'No vote any more' }, ...problems(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      await core.votes.withdraw(
        request.params.id.toLowerCase(),
        request.viewer,
        readPersonHeaders(request.headers),
      )
      return reply.code(204).send()
    },
  )

  app.post(
    '/devices',
    {
      preValidation: noBody,
      schema: {
        operationId: 'createDevice',
        summary: 'Get a token for a device of a reader without an account',
        description: 'For the header `Comment-Device`. Nothing is stored here; keep it on the device.',
        tags,
        querystring: closed({}),
        response: { 201: ref(Device), ...problems(400, 413, 415) },
      },
    },
    async (_request, reply) => reply.code(201).send(core.votes.newDevice()),
  )
}
