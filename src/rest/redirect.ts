import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'

/** For the response of a read by an old slug. */
export const MOVED = { 308: Type.Null({ description: 'It has another slug now' }) }

/** Where the reference stands in `/v1/<noun>/<ref>…`. */
const REF = 3

/** The same address with the current slug, and locale where that changed too, relative to where the client is. */
export function redirectToSlug(
  reply: FastifyReply,
  url: string,
  { slug, locale }: { slug: string; locale?: string },
): FastifyReply {
  const { pathname, search, searchParams } = new URL(url, 'http://any')
  if (locale) searchParams.set('locale', locale)
  const steps = pathname.split('/').with(REF, encodeURIComponent(slug))
  return reply
    .code(308)
    .header('location', `${steps.join('/')}${locale ? `?${searchParams}` : search}`)
    .send()
}
