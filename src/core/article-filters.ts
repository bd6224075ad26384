import {
  ARTICLE_STATES,
  type ArticleState,
  areDated,
  type Condition,
  type FilterVariant,
  keyOf,
} from '../db/article-filter.ts'
import { type Params, textArray, uuidArray } from '../db/statement.ts'
import { invalid } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import { readMoment } from '../lib/moments.ts'
import { nearest } from '../lib/text.ts'
import { seriesVariant, type Within, writeWithin } from './series.ts'

/** What `/v1/articles` takes as filters, as text; all of them must hold. */
export interface ArticleFilters {
  category?: string
  subtree?: boolean
  tag?: string
  author?: string
  series?: string
  locale?: string
  /** Up to 100, separated by commas. */
  ids?: string
  slugs?: string
  featured?: boolean
  publishedAfter?: string
  publishedBefore?: string
  updatedAfter?: string
  /** States separated by commas, or `any`; for editors. */
  status?: string
  q?: string
}

/** Filters, ready for a statement. */
export interface PreparedFilter {
  variant: FilterVariant
  params: Params
  /** As the variant has them. */
  series: [Within, ...Within[]]
  /** What names the list in a cursor. */
  name: Record<string, unknown>
}

const MAX_LIST = 100

/**
 * @param locale that slugs are looked up in, where the filters name none.
 * @param asOf the moment that is looked at; undefined for now.
 * @throws VALIDATION_FAILED with the filter at fault.
 */
export function prepareFilter(
  filters: ArticleFilters,
  locale: string,
  asOf: string | undefined,
): PreparedFilter {
  const series = readSeries(filters)
  const conditions = readConditions(filters, locale)
  const search = filters.q === undefined ? undefined : readQuery(filters.q)
  const states = readStates(filters.status)
  return {
    variant: {
      series: series.map(seriesVariant) as FilterVariant['series'],
      conditions: conditions.map(([name]) => name),
      search: search ? (filters.locale === undefined ? 'everywhere' : 'locale') : 'no',
      states,
      clock: asOf === undefined ? 'now' : 'asOf',
    },
    params: {
      ...Object.fromEntries(series.map(({ key }, i) => [keyOf(i), key])),
      ...Object.assign({}, ...conditions.map(([, params]) => params)),
      ...(search && { ...search, searchLocale: filters.locale ?? locale }),
      ...(asOf !== undefined && { asOf }),
    },
    series,
    name: {
      series: series.map(writeWithin).sort(),
      conditions: Object.fromEntries(conditions),
      search,
      states: states ?? undefined,
      asOf,
    },
  }
}

/** Narrowest first: the first one is walked. */
function readSeries({ series, tag, author, category, subtree, locale }: ArticleFilters) {
  if (subtree === false && category === undefined) throw invalid('/subtree', 'goes with category')
  const named: Within[] = []
  if (series !== undefined) named.push({ kind: 'series', key: series })
  if (tag !== undefined) named.push({ kind: 'tag', key: tag })
  if (author !== undefined) named.push({ kind: 'author', key: author })
  if (category !== undefined)
    named.push({ kind: subtree === false ? 'category-only' : 'category', key: category })
  if (locale !== undefined) named.push({ kind: 'locale', key: locale })
  const [first = SITE, ...others] = named
  return [first, ...others] as [Within, ...Within[]]
}

const SITE: Within = { kind: 'site', key: '' }

function readConditions(filters: ArticleFilters, locale: string): [Condition, Params][] {
  const conditions: [Condition, Params][] = []
  const { ids, slugs, featured } = filters
  if (ids !== undefined) conditions.push(['ids', { ids: uuidArray(readIds(ids)) }])
  if (slugs !== undefined) {
    const found = textArray(readList(slugs, '/slugs'))
    conditions.push(['slugs', { slugs: found, slugsLocale: filters.locale ?? locale }])
  }
  if (featured !== undefined) conditions.push(['featured', { featured }])
  for (const name of ['publishedAfter', 'publishedBefore', 'updatedAfter'] as const) {
    const moment = filters[name]
    if (moment !== undefined) conditions.push([name, { [name]: readMoment(moment, `/${name}`) }])
  }
  return conditions
}

function readIds(text: string): string[] {
  const ids = readList(text, '/ids')
  const wrong = ids.findIndex((id) => !isId(id))
  if (wrong >= 0) throw invalid('/ids', `has no id at place ${wrong + 1}`)
  return ids.map((id) => id.toLowerCase())
}

function readList(text: string, path: string): string[] {
  const words = text.split(',').map((word) => word.trim())
  if (words.length > MAX_LIST) throw invalid(path, `takes at most ${MAX_LIST}`)
  if (words.some((word) => word === '')) throw invalid(path, 'has an empty place')
  return words
}

function readStates(text: string | undefined): ArticleState[] | null {
  if (text === undefined) return null
  if (text === 'any') return ARTICLE_STATES.filter((state) => state !== 'trashed')
  const words = new Set(readList(text, '/status'))
  for (const word of words) {
    if (ARTICLE_STATES.some((state) => state === word)) continue
    const near = nearest(word, [...ARTICLE_STATES, 'any'])
    const hint = near ? `did you mean "${near}"?` : `known are: ${ARTICLE_STATES.join(', ')} and any`
    throw invalid('/status', `"${word.slice(0, 64)}" is not known; ${hint}`)
  }
  return ARTICLE_STATES.filter((state) => words.has(state))
}

/**
 * What is sought. Words that end in `*` are beginnings of words; of the rest Postgres reads "phrases", or, and -without.
 * Letters of scripts without blanks are indexed one by one, so that a run of them is a phrase.
 */
function readQuery(text: string): { phrase: string; prefixes: string } {
  if (!/[\p{L}\p{N}]/u.test(text)) throw invalid('/q', 'holds no word')
  if ((text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) > MAX_WORDS)
    throw invalid('/q', `takes at most ${MAX_WORDS} words`)
  const prefixes = new Set<string>()
  const readWords = (words: string) =>
    words
      .replace(PREFIX, (_, prefix: string) => {
        prefixes.add(prefix.toLowerCase())
        return ' '
      })
      .replace(UNSPACED, '"$&"')
  // every second part stands between quotation marks
  const parts = text.normalize('NFC').split('"')
  const phrase = parts.map((part, i) => (i % 2 === 0 ? readWords(part) : `"${part}"`)).join('')
  checkPrefixes(prefixes, phrase)
  return { phrase: phrase.trim(), prefixes: textArray([...prefixes]) }
}

const MAX_WORDS = 16
/** Each beginning may stand for thousands of words. */
const MAX_PREFIXES = 3
const MIN_PREFIX = 2

/** @throws VALIDATION_FAILED for beginnings of words where only whole ones have a meaning: nothing is dropped in silence. */
function checkPrefixes(prefixes: ReadonlySet<string>, phrase: string): void {
  const short = [...prefixes].some(
    (prefix) => [...prefix].length < MIN_PREFIX && !/[\u3040-\u9fff]/.test(prefix),
  )
  if (short) throw invalid('/q', `takes beginnings of words of ${MIN_PREFIX} letters or more`)
  if (prefixes.size > MAX_PREFIXES) throw invalid('/q', `takes at most ${MAX_PREFIXES} beginnings of words`)
  const misplaced =
    /[\p{L}\p{M}\p{N}]\*/u.test(phrase) || (prefixes.size > 0 && /(^|\s)or(\s|$)/i.test(phrase))
  if (misplaced)
    throw invalid('/q', 'takes no beginning of a word between quotation marks, after a hyphen or beside or')
}

const PREFIX = /(?<![\p{L}\p{M}\p{N}-])([\p{L}\p{M}\p{N}]+)\*/gu
/** As `search_text` of the migrations has them. */
const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff]+/g

/** Whether all articles of a filter stand in series, with a date. */
export const isDated = ({ variant }: PreparedFilter): boolean =>
  variant.states === null || areDated(variant.states)
