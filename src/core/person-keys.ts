import type { Viewer } from '../domain/viewer.ts'
import type { Secrets } from '../lib/secrets.ts'
import { isSandbox } from './viewer.ts'

/** How somebody is proven: by an account, by a trusted server's name for its reader, by an address that it vouches for. */
export type PersonKind = 'user' | 'subject' | 'email'

/**
 * The keyed hash by which a person is known wherever something of theirs is kept.
 * @param viewer who says so: the readers of a test key are nobody's real readers, whatever it calls them.
 */
export function personKey(secrets: Secrets, kind: PersonKind, id: string, viewer?: Viewer): Buffer {
  return secrets.sign('person', viewer && isSandbox(viewer) ? `sandbox ${kind}` : kind, id)
}

/** The same of a real person by each secret: what was written before a rotation is theirs too. */
export const personKeys = (secrets: Secrets, kind: PersonKind, id: string): Buffer[] =>
  secrets.derive('person', kind, id)

/** The account of a token. */
export const accountKey = (secrets: Secrets, viewer: Viewer): Buffer | undefined =>
  viewer.kind === 'user' ? personKey(secrets, 'user', viewer.userId) : undefined

/** The network of a comment for limits, on the day of a moment: old ones cannot be linked with new ones. */
export const networkKey = (secrets: Secrets, network: string, time: number): Buffer =>
  secrets.sign('network', new Date(time).toISOString().slice(0, 10), network)
