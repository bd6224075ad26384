import { SERIES_KINDS, type SeriesKind, type SeriesVariant } from '../db/series.ts'
import { AppError, invalid } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import { nearest } from '../lib/text.ts'
import { NOT_FOUND } from './faults.ts'

/** A series of articles as a caller names it: `site`, `category:harbour`, `locale:en`… */
export interface Within {
  kind: SeriesKind
  /** Slug, id or locale; empty for the site. */
  key: string
}

/** @throws VALIDATION_FAILED for text that names no series. */
export function readWithin(text: string, path = '/within'): Within {
  const colon = text.indexOf(':')
  const word = colon < 0 ? text : text.slice(0, colon)
  const key = colon < 0 ? '' : text.slice(colon + 1)
  const kind = SERIES_KINDS.find((known) => known === word)
  if (!kind) {
    const near = nearest(word, [...SERIES_KINDS, 'list'])
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

/** How a statement names a series; slugs never have the shape of an id. */
export const seriesVariant = ({ kind, key }: Within): SeriesVariant => ({
  kind,
  by: kind !== 'locale' && isId(key) ? 'id' : 'slug',
})

/** @returns what to say of a filter that names nothing. */
export function unknownSeries(kind: SeriesKind): AppError {
  const noun = kind === 'category-only' ? 'category' : kind
  if (noun === 'site' || noun === 'locale') return new AppError('INTERNAL')
  return new AppError(NOT_FOUND[noun], { errors: [{ path: `/${noun}`, message: 'names nothing' }] })
}
