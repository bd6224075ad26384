import type { Clock } from '../db/visible.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import { readMoment } from '../lib/moments.ts'
import { requireScope } from './viewer.ts'

/** The moment at which a statement looks, and its parameter. */
export interface Moment {
  clock: Clock
  params: { asOf?: string }
}

/**
 * Now, or the moment that `asOf` names: what is scheduled shows there, so that only those may ask who see it anyway.
 * @throws AUTHENTICATION_FAILED, FORBIDDEN without the scope content:read; VALIDATION_FAILED for what is no moment.
 */
export function readClock(asOf: string | undefined, viewer: Viewer): Moment {
  if (asOf === undefined) return { clock: 'now', params: {} }
  requireScopeAt('/asOf', viewer)
  return { clock: 'asOf', params: { asOf: readMoment(asOf, '/asOf') } }
}

function requireScopeAt(path: string, viewer: Viewer): void {
  try {
    requireScope(viewer, 'content:read')
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const errors = [{ path, message: 'needs the scope content:read' }]
    throw new AppError(error.code, { ...error.details, errors })
  }
}
