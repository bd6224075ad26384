import type { PageInput, Slice } from '../core/paging.ts'
import { AppError, invalid } from '../lib/errors.ts'
import { MAX_LIMIT } from '../shapes/common.ts'

/** The paging arguments of Relay. */
export interface ConnectionArgs {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** @throws VALIDATION_FAILED for sizes out of range and for both directions at once. */
export function pageInput({ first, after, last, before }: ConnectionArgs): PageInput {
  const backward = isGiven(last) || (isGiven(before) && !isGiven(first))
  if (isGiven(first) && isGiven(last)) throw invalid('/last', 'cannot be combined with first')
  if (isGiven(before) && isGiven(first)) throw invalid('/before', 'goes with last')
  if (isGiven(after) && backward) throw invalid('/after', 'goes with first')
  const limit = backward ? last : first
  if (isGiven(limit) && (limit < 1 || limit > MAX_LIMIT)) {
    throw invalid(backward ? '/last' : '/first', `must be from 1 to ${MAX_LIMIT}`)
  }
  return {
    ...(isGiven(limit) && { limit }),
    ...(isGiven(after) && { after }),
    ...(isGiven(before) && { before }),
    ...(backward && { fromEnd: true }),
  }
}

/** A slice of a list as Relay sends it. */
export function connection<T>({ nodes, cursors, hasNext, hasPrevious }: Slice<T>) {
  return {
    nodes,
    edges: nodes.map((node, i) => ({ node, cursor: cursors[i] })),
    pageInfo: {
      hasNextPage: hasNext,
      hasPreviousPage: hasPrevious,
      startCursor: cursors[0] ?? null,
      endCursor: cursors.at(-1) ?? null,
    },
  }
}

export const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined

/** Runs a read of one thing; what does not exist is null, as the field says. */
export async function orNull<T>(code: AppError['code'], read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AppError && error.code === code) return null
    throw error
  }
}
