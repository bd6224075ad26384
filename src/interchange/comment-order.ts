import type { ImportedComment, ImportFault } from '../domain/interchange.ts'
import { lossy, skipped } from './faults.ts'

type Ordered = ImportedComment | ImportFault

/**
 * Sorts the comments of one article so that each comes after the one it replies to, otherwise as they came.
 * A comment whose parent is missing, or is a reply to itself, becomes a root, with a fault; one with the id
 * of another is left out, with a fault.
 */
export function parentsFirst(comments: readonly ImportedComment[]): Ordered[] {
  const byId = new Map(comments.toReversed().map((comment) => [comment.externalId, comment]))
  const doubles = comments.filter((comment) => byId.get(comment.externalId) !== comment)
  const kept = comments.filter((comment) => byId.get(comment.externalId) === comment)
  const faults = doubles.map(({ where }) => skipped(where, 'another comment of the article has this id'))
  return [...faults, ...threaded(kept, byId)]
}

function* threaded(
  comments: readonly ImportedComment[],
  byId: ReadonlyMap<string, ImportedComment>,
): Generator<Ordered> {
  const replies = byParent(comments)
  const placed = new Set<ImportedComment>()
  for (const comment of comments) {
    const parent = comment.parentExternalId
    if (parent === null) yield* thread(comment, replies, placed)
    else if (!byId.has(parent)) yield* uprooted(comment, `comment ${parent}, its parent, is not there`)
  }
  // What hangs from no root hangs from itself.
  for (const comment of comments) {
    if (!placed.has(comment)) yield* uprooted(comment, 'it is a reply to itself')
  }

  function* uprooted(comment: ImportedComment, reason: string): Generator<Ordered> {
    yield lossy(comment.where, `${reason}: taken as no reply`)
    yield* thread({ ...comment, parentExternalId: null }, replies, placed.add(comment))
  }
}

/** Walks a list that grows meanwhile: a chain of replies may be longer than the call stack is deep. */
function* thread(
  root: ImportedComment,
  replies: ReadonlyMap<string, ImportedComment[]>,
  placed: Set<ImportedComment>,
): Generator<ImportedComment> {
  const waiting = [root]
  for (const comment of waiting) {
    placed.add(comment)
    yield comment
    for (const reply of replies.get(comment.externalId) ?? []) if (!placed.has(reply)) waiting.push(reply)
  }
}

function byParent(comments: readonly ImportedComment[]): Map<string, ImportedComment[]> {
  const replies = new Map<string, ImportedComment[]>()
  for (const comment of comments) {
    const parent = comment.parentExternalId
    if (parent === null) continue
    const siblings = replies.get(parent)
    if (siblings === undefined) replies.set(parent, [comment])
    else siblings.push(comment)
  }
  return replies
}
