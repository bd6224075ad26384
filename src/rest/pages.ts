import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Slice } from '../core/paging.ts'
import type { ThreadView } from '../core/threads.ts'
import type { Thread } from '../shapes/comments.ts'
import type { Page, Paged } from '../shapes/common.ts'

/** A slice of a list as REST sends it. */
export function presentSlice<T>(slice: Slice<T>): Paged<T> {
  const { nodes, cursors, ends, hasNext, hasPrevious, count } = slice
  return {
    data: nodes,
    page: {
      next: hasNext ? (ends?.last ?? cursors.at(-1) ?? null) : null,
      previous: hasPrevious ? (ends?.first ?? cursors[0] ?? null) : null,
      hasNext,
      hasPrevious,
      ...(count !== undefined && { count }),
    },
  }
}

export function presentThreads(threads: Slice<ThreadView>): Paged<Thread> {
  const { data, page } = presentSlice(threads)
  return { data: data.map((thread) => ({ ...thread, replies: presentSlice(thread.replies) })), page }
}

/** RFC 8288 links to the pages around a list: the same address with another cursor. */
export function linkPages(request: FastifyRequest, reply: FastifyReply, page: Page, publicUrl: string): void {
  const links = [link(request, publicUrl, 'first', {})]
  if (page.next) links.push(link(request, publicUrl, 'next', { after: page.next }))
  if (page.previous) links.push(link(request, publicUrl, 'prev', { before: page.previous }))
  reply.header('link', links.join(', '))
}

function link(
  request: FastifyRequest,
  publicUrl: string,
  rel: string,
  cursor: Record<string, string>,
): string {
  const url = new URL(request.url, publicUrl)
  url.searchParams.delete('after')
  url.searchParams.delete('before')
  for (const [name, value] of Object.entries(cursor)) url.searchParams.set(name, value)
  return `<${publicUrl}${url.pathname}${url.search}>; rel="${rel}"`
}
