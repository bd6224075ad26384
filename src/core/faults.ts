import type { NounKind } from '../db/term-writes.ts'
import { type AppError, atFault, type ErrorCode, type FieldError, findAppError } from '../lib/errors.ts'

export const NOT_FOUND: Record<NounKind, ErrorCode> = {
  category: 'CATEGORY_NOT_FOUND',
  tag: 'TAG_NOT_FOUND',
  author: 'AUTHOR_NOT_FOUND',
  series: 'SERIES_NOT_FOUND',
}

/** More faults than this are not listed: an answer must not grow with what was sent. */
const MAX_FAULTS = 20

/** @returns a REFERENCE_NOT_FOUND for places that name nothing. */
export const namesNothing = (errors: FieldError[]): AppError =>
  atFault('REFERENCE_NOT_FOUND', errors.slice(0, MAX_FAULTS))

/** Where in the input what the database refuses by a constraint is at fault. */
export type Faults = Partial<Record<ErrorCode, FieldError>>

/** Does a transaction; what it is refused comes with the place of the input that is at fault. */
export async function pointing<T>(work: Promise<T>, faults: Faults): Promise<T> {
  try {
    return await work
  } catch (error) {
    const refused = findAppError(error)
    const fault = refused && !refused.details.errors && faults[refused.code]
    if (!fault) throw error
    throw atFault(refused.code, [fault], refused.details)
  }
}
