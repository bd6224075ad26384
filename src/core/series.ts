import { SERIES_KINDS, type SeriesKind } from '../db/series.ts'
import { invalid } from '../lib/errors.ts'
import { nearest } from '../lib/text.ts'

/** A series of articles as a caller names it: `site`, `category:harbour`, `locale:en`… */
export interface Within {
  kind: SeriesKind
  /** Slug or locale; empty for the site. */
  key: string
}

/** @throws VALIDATION_FAILED for text that names no series. */
export function readWithin(text: string, path = '/within'): Within {
  const colon = text.indexOf(':')
  const word = colon < 0 ? text : text.slice(0, colon)
  const key = colon < 0 ? '' : text.slice(colon + 1)
  const kind = SERIES_KINDS.find((known) => known === word)
  if (!kind) {
    const near = nearest(word, SERIES_KINDS)
    throw invalid(
      path,
      near
        ? `names no series; did you mean "${near}"?`
        : `must start with one of: ${SERIES_KINDS.join(', ')}`,
    )
  }
  if ((kind === 'site') !== (key === '')) {
    throw invalid(path, kind === 'site' ? 'site takes no name' : `${kind} needs a name, as in ${kind}:name`)
  }
  return { kind, key }
}

export const writeWithin = ({ kind, key }: Within): string => (kind === 'site' ? kind : `${kind}:${key}`)
