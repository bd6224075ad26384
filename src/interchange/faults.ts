import type { ImportFault } from '../domain/interchange.ts'

/** A fault for an item that is left out whole. */
export function skipped(where: string, reason: string): ImportFault {
  return { kind: 'fault', where, reason, skipped: true }
}

/** A fault for an item that is taken with the named loss. */
export function lossy(where: string, reason: string): ImportFault {
  return { kind: 'fault', where, reason, skipped: false }
}

export const UNSTORABLE = 'characters that no text may hold (NUL or half a surrogate pair) were removed'
export const NO_DATE = 'no date: kept as a draft'
