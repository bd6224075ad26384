import { invalid } from '../lib/errors.ts'
import { ARTICLE_SHAPES, Article, type BodyChoice } from '../shapes/articles.ts'
import { type ArticleFilters, prepareFilter } from './article-filters.ts'
import type { AdjacentInput, CardParts, Parts } from './article-views.ts'
import type { Fields } from './fields.ts'
import { readFields } from './fields.ts'
import { type CardPart, type Included, readInclude } from './include.ts'
import { readWithin } from './series.ts'

/** What an address says of the articles in the answer: which parts they have, and which members of all that. */
export interface PartsQuery extends ArticleFilters {
  include?: string
  fields?: string
  within?: string
  /** Neighbours on each side. */
  window?: number
  body?: BodyChoice
  asOf?: string
}

/** What an answer has where the address does not say. */
export interface PartsDefaults {
  body: BodyChoice
  include: readonly (keyof Included)[]
}

const RELATED = 5

/**
 * @returns the parts that core shall read, and the members that shall be sent; undefined for all.
 * @throws VALIDATION_FAILED for names that are not known, and for filters of a list that is not asked for.
 */
export function readParts(
  query: PartsQuery,
  defaults: PartsDefaults,
  locale: string,
): { parts: Parts; fields: Fields | undefined } {
  const named = readFields(query.fields, Article, ARTICLE_SHAPES)
  const included = withNamed(readInclude(query.include), named, named ? [] : defaults.include)
  const body = query.body ?? (named ? (named.has('body') ? 'html' : 'none') : defaults.body)
  const { adjacent, related, translations } = included
  // read even where no neighbours are asked for: what is wrong is told
  const near = readAdjacent(query, adjacent ?? new Set(), locale)
  const parts: Parts = {
    ...(body !== 'none' && { bodies: [body] }),
    headings: Boolean(included.headings),
    images: Boolean(included.images),
    authors: Boolean(included.authors),
    categories: Boolean(included.categories),
    tags: Boolean(included.tags),
    ...(adjacent && { adjacent: [near] }),
    ...(included.comments && { comments: {} }),
    ...(related && { related: { count: RELATED, cards: cardParts(related) } }),
    ...(translations && { translations: cardParts(translations) }),
  }
  return { parts, fields: named && wanted(named, included, query.body) }
}

/** @throws VALIDATION_FAILED. */
export function readAdjacent(query: PartsQuery, cards: ReadonlySet<CardPart>, locale: string): AdjacentInput {
  const { within = 'site', window = 1 } = query
  if (within !== 'list') return { within: readWithin(within), count: window, cards: cardParts(cards) }
  // what an editor lists beyond the public has no neighbours
  const { status: _, ...filters } = query
  const list = prepareFilter(filters, locale, query.asOf)
  return { within: list, count: window, cards: cardParts(cards) }
}

export const cardParts = (cards: ReadonlySet<CardPart>): CardParts => ({
  authors: cards.has('authors'),
  categories: cards.has('categories'),
  tags: cards.has('tags'),
})

const LIST_ONLY = [
  ...([
    'category',
    'subtree',
    'tag',
    'author',
    'series',
    'ids',
    'slugs',
    'featured',
    'publishedAfter',
  ] as const),
  ...(['publishedBefore', 'updatedAfter', 'q'] as const),
] satisfies (keyof ArticleFilters)[]

/** Of one article filters only mean something as the list that it is read in. @throws VALIDATION_FAILED. */
export function refuseIdleFilters(query: PartsQuery): void {
  if (query.within === 'list') return
  const idle = LIST_ONLY.find((name) => query[name] !== undefined)
  if (idle) throw invalid(`/${idle}`, 'goes with within=list, as the list whose neighbours are asked for')
}

/** Naming a part, or something below it, includes it. */
function withNamed(
  included: Included,
  named: Fields | undefined,
  others: readonly (keyof Included)[],
): Included {
  const all: Included = { ...Object.fromEntries(others.map((name) => [name, new Set()])), ...included }
  for (const [name, below] of named ?? []) {
    if (!isPart(name)) continue
    all[name] = new Set([...(all[name] ?? []), ...namesBelow(below).filter(isCardPart)])
  }
  return all
}

const PARTS: Record<keyof Included, true> = {
  adjacent: true,
  authors: true,
  categories: true,
  comments: true,
  headings: true,
  images: true,
  related: true,
  tags: true,
  translations: true,
}
const isPart = (name: string): name is keyof Included => Object.hasOwn(PARTS, name)
const isCardPart = (name: string): name is CardPart =>
  name === 'authors' || name === 'categories' || name === 'tags'

const namesBelow = (fields: Fields | null): string[] =>
  [...(fields ?? [])].flatMap(([name, below]) => [name, ...namesBelow(below)])

/** What `include` and `body` ask for is sent whole, unless `fields` says what of it. */
function wanted(named: Fields, included: Included, body: BodyChoice | undefined): Fields {
  const fields: Fields = new Map(named)
  for (const name of Object.keys(included)) if (!fields.has(name)) fields.set(name, null)
  if (body !== undefined && body !== 'none') fields.set('body', null)
  return fields
}
