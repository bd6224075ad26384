import type { Scope, Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'

/** How somebody looks at articles: who, at which moment, and with which preview link. */
export interface Look {
  viewer: Viewer
  /** Everything as it is then, as the public sees it; undefined for now. */
  asOf?: string
  /** The token of a preview link, whose article is seen whether it is public or not. */
  preview?: string
}

export const ANONYMOUS: Viewer = { kind: 'anonymous' }

/** What everybody sees now. */
export const ANYBODY: Look = { viewer: ANONYMOUS }

/** What a test key may do at most: it must not touch, nor see, what is real. */
export const SANDBOX_SCOPES: readonly Scope[] = ['comments:write']

/** Who holds these scopes holds those too: nobody can change what they may not see. */
const IMPLIED: Partial<Record<Scope, Scope>> = { 'content:read': 'content:write' }

/** A test key, for which what is real is not there. */
export const isSandbox = (viewer: Viewer): boolean => viewer.kind === 'key' && viewer.sandbox

/** True where the caller holds the scope, or one that holds it too; `admin` holds all. */
export function may(viewer: Viewer, scope: Scope): boolean {
  if (viewer.kind === 'anonymous') return false
  if (isSandbox(viewer) && !SANDBOX_SCOPES.includes(scope)) return false
  const wider = IMPLIED[scope]
  return (
    viewer.scopes.has(scope) ||
    viewer.scopes.has('admin') ||
    (wider !== undefined && viewer.scopes.has(wider))
  )
}

/** @throws AUTHENTICATION_FAILED for a caller without credentials, FORBIDDEN for one whose key or token lacks the scope. */
export function requireScope(viewer: Viewer, scope: Scope): void {
  if (may(viewer, scope)) return
  if (viewer.kind === 'anonymous') {
    throw new AppError('AUTHENTICATION_FAILED', {
      detail: `This needs an API key or a token with the scope ${scope}`,
      headers: { 'www-authenticate': 'Bearer realm="broadsheet"' },
    })
  }
  throw new AppError('FORBIDDEN', {
    detail: `The ${viewer.kind === 'key' ? 'key' : 'token'} lacks the scope ${scope}`,
  })
}

/** The caller as the change log names it: never a person. */
export function actorOf(viewer: Viewer): string {
  if (viewer.kind === 'anonymous') return 'anonymous'
  return viewer.kind === 'key' ? `key:${viewer.keyId}` : `user:${viewer.userId}`
}
