import type { SortKey } from '../db/articles.ts'
import { AppError } from '../lib/errors.ts'
import { isDated, type PreparedFilter } from './article-filters.ts'

export interface Sort {
  key: SortKey
  order: 'ascending' | 'descending'
}

export const SORTS = {
  '-publishedAt': { key: 'publishedAt', order: 'descending' },
  publishedAt: { key: 'publishedAt', order: 'ascending' },
  position: { key: 'position', order: 'ascending' },
  '-position': { key: 'position', order: 'descending' },
  '-updatedAt': { key: 'updatedAt', order: 'descending' },
  title: { key: 'title', order: 'ascending' },
  '-commentCount': { key: 'commentCount', order: 'descending' },
  relevance: { key: 'relevance', order: 'descending' },
} as const satisfies Record<string, Sort>
export type SortName = keyof typeof SORTS

/**
 * The order of a list; each is a walk along an index, so that not every list has every order.
 * @returns what `sort` names, or else the order that the list has by itself: of hits the best first, of a manual series its
 * own, of drafts the last changed first, of all others the newest first.
 * @throws SORT_UNSUPPORTED, naming those that this list has.
 */
export function readSort(sort: string | undefined, filter: PreparedFilter): SortName {
  const supported = sortsOf(filter)
  const wanted = sort ?? supported[0]
  const known = supported.find((name) => name === wanted)
  if (known) return known
  const message = `takes one of: ${supported.join(', ')}`
  throw new AppError('SORT_UNSUPPORTED', {
    detail: `With these filters, sort ${message}`,
    errors: [{ path: '/sort', message }],
  })
}

/** The one that the list has by itself comes first. */
function sortsOf(filter: PreparedFilter): [SortName, ...SortName[]] {
  const kinds = filter.series.map(({ kind }) => kind)
  const whole = kinds.every((kind) => kind === 'site' || kind === 'locale')
  const others: SortName[] = whole ? ['-updatedAt', 'title', '-commentCount'] : []
  // drafts stand in no series
  if (!isDated(filter)) return ['-updatedAt', 'title', '-commentCount']
  if (filter.variant.search !== 'no') return ['relevance', '-publishedAt', 'publishedAt', ...others]
  if (kinds[0] === 'series') return ['position', '-position', '-publishedAt', 'publishedAt']
  return ['-publishedAt', 'publishedAt', ...others]
}
