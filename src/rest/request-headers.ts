import { type TObject, type TOptional, type TString, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Proof } from '../core/comment-ownership.ts'
import { readPersonHeaders } from '../core/comment-persons.ts'
import { readIdempotencyHeader } from '../core/idempotency.ts'

/*
 * What more than one noun reads in the header of a request: described here, and handed on to core, which alone says what it
 * must look like.
 */

type OptionalText<Name extends string> = TObject<Record<Name, TOptional<TString>>>

/** Of a request that may be sent twice. @param oneKey what a key makes: "one key makes one comment". */
export const repeatable = (oneKey: string): OptionalText<'idempotency-key'> =>
  Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({ description: `Of your own, 16 to 255 characters: ${oneKey}` }),
    ),
  })

export const idempotencyKeyOf = ({ headers }: FastifyRequest): string | undefined =>
  readIdempotencyHeader(headers['idempotency-key'])

/** Says that an answer is that of an earlier request with the same key. */
export function markReplayed(reply: FastifyReply, replayed: boolean): void {
  if (replayed) reply.header('idempotent-replayed', 'true')
}

/** Of a request that asks who the reader is. */
export const SubjectHeaders = Type.Object({
  'comment-subject': Type.Optional(
    Type.String({
      description:
        'Of a key with `comments:write`: its reader, 1 to 255 characters of UTF-8, percent-encoded, always the same for the same reader',
    }),
  ),
})

/** What came along to show whose a comment is, or who asks. */
export const proofOf = (request: FastifyRequest): Proof => ({
  viewer: request.viewer,
  receipt: receiptOf(request),
  subject: readPersonHeaders(request.headers).subject,
})

/** The receipt of an earlier comment. */
export function receiptOf({ headers }: FastifyRequest): string | undefined {
  const receipt = headers['comment-receipt']
  return typeof receipt === 'string' ? receipt : undefined
}
