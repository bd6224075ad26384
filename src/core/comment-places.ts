import type { ParentRow } from '../db/posting.ts'
import { AppError } from '../lib/errors.ts'

export interface Place {
  parentId: string | null
  rootId: string
  depth: number
  replyToId: string | null
}

/** Where a comment that somebody posts hangs, among those that its author can see. @throws PARENT_NOT_FOUND (absent, foreign and hidden are one), PARENT_NOT_REPLYABLE. */
export function placeOf(
  id: string,
  parent: ParentRow | null,
  parentId: string | null,
  deepest: number,
  sandbox: boolean,
): Place {
  if (parentId === null) return placeBelow(id, undefined, deepest)
  const path = '/parentId'
  if (parent?.status === 'deleted' && !parent.hiddenBy) {
    throw new AppError('PARENT_NOT_REPLYABLE', { errors: [{ path, message: 'takes no replies any more' }] })
  }
  if (parent?.status !== 'approved' || parent.hiddenBy || (parent.sandbox && !sandbox)) {
    throw new AppError('PARENT_NOT_FOUND', { errors: [{ path, message: 'is no comment of this article' }] })
  }
  return placeBelow(id, parent, deepest)
}

/** Past the depth limit a reply hangs beside the one that it answers, and remembers whom. A thread begins with no parent. */
export function placeBelow(
  id: string,
  parent: Pick<ParentRow, 'id' | 'parentId' | 'rootId' | 'depth'> | undefined,
  deepest: number,
): Place {
  if (!parent) return { parentId: null, rootId: id, depth: 0, replyToId: null }
  // a first comment always takes replies of its own, or there would be no thread
  return parent.depth < deepest || parent.depth === 0
    ? { parentId: parent.id, rootId: parent.rootId, depth: parent.depth + 1, replyToId: null }
    : { parentId: parent.parentId, rootId: parent.rootId, depth: parent.depth, replyToId: parent.id }
}
