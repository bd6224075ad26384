import { invalid } from '../lib/errors.ts'
import { nearest } from '../lib/text.ts'
import { INCLUDES, type Include } from '../shapes/articles.ts'

/** What `include=` names: parts, and below those that are cards, parts of the cards. */
export type Included = Partial<Record<Top, ReadonlySet<CardPart>>>

type Top = Exclude<Include, `${string}.${string}`>
export type CardPart = 'authors' | 'categories' | 'tags'

/**
 * @returns the parts that `include=` names; a part of a card brings the card.
 * @throws VALIDATION_FAILED for an unknown word, naming the nearest.
 */
export function readInclude(include: string | undefined): Included {
  const included: Partial<Record<Top, Set<CardPart>>> = {}
  for (const word of (include ?? '').split(',').filter((part) => part !== '')) {
    if (!INCLUDES.some((known) => known === word)) throw unknown(word)
    const [top, below] = word.split('.') as [Top, CardPart | undefined]
    included[top] ??= new Set()
    if (below) included[top].add(below)
  }
  return included
}

const CARD_PARTS: readonly CardPart[] = ['authors', 'categories', 'tags']

/** The same where the answer is made of cards. @throws VALIDATION_FAILED. */
export function readCardInclude(include: string | undefined): ReadonlySet<CardPart> {
  const words = (include ?? '').split(',').filter((part) => part !== '')
  return new Set(
    words.map((word) => CARD_PARTS.find((known) => known === word) ?? fail(unknown(word, CARD_PARTS))),
  )
}

const fail = (error: Error): never => {
  throw error
}

function unknown(word: string, known: readonly string[] = INCLUDES) {
  const near = nearest(word, known)
  return invalid(
    '/include',
    near
      ? `"${word.slice(0, 64)}" is not known; did you mean "${near}"?`
      : `takes any of: ${known.join(', ')}`,
  )
}
