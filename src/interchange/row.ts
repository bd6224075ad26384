import type { TermReference } from '../domain/interchange.ts'
import { UNSTORABLE } from './faults.ts'
import { type FieldMap, type OwnField, sourceValue } from './field-map.ts'
import { toInstant } from './instant.ts'
import { storable } from './text.ts'

/**
 * One row of the source, read field by field. A value of the wrong type is left out, and `losses` names it;
 * null and empty strings are no values.
 */
export class Row {
  readonly losses: string[] = []
  readonly #values: object
  readonly #map: FieldMap

  constructor(values: object, map: FieldMap) {
    this.#values = values
    this.#map = map
  }

  raw(field: OwnField): unknown {
    const value = sourceValue(this.#values, field, this.#map)
    return value === '' ? null : value
  }

  text(field: OwnField): string | undefined {
    const value = this.raw(field)
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string') return this.clean(field, value)
    return this.#wrong(field, 'a string')
  }

  oneOf<const Word extends string>(field: OwnField, words: readonly Word[]): Word | undefined {
    const written = this.text(field)
    if (written === undefined) return undefined
    return words.find((word) => word === written) ?? this.#wrong(field, `one of ${words.join(', ')}`)
  }

  flag(field: OwnField): boolean | undefined {
    const value = this.raw(field)
    if (value === undefined || value === null) return undefined
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
    return this.#wrong(field, 'true or false')
  }

  instant(field: OwnField): string | undefined {
    const written = this.text(field)
    if (written === undefined) return undefined
    return toInstant(written) ?? this.#wrong(field, 'a date')
  }

  /** A name, a list of names, or a list of `{ name, slug }`. */
  terms(field: OwnField): TermReference[] {
    const value = this.raw(field)
    if (value === undefined || value === null) return []
    const terms = (Array.isArray(value) ? value : [value]).map((entry) => this.#term(field, entry))
    return uniqueTerms(terms.filter((term) => term !== null))
  }

  clean(field: OwnField, value: string): string {
    const kept = storable(value)
    if (kept !== value) this.losses.push(`field "${field}": ${UNSTORABLE}`)
    return kept
  }

  #term(field: OwnField, entry: unknown): TermReference | null {
    const { name, slug } = termParts(entry)
    if (typeof name !== 'string' || name.trim() === '') {
      this.#wrong(field, 'a name, a list of names or a list of { name, slug }')
      return null
    }
    const cleanName = this.clean(field, name).trim()
    if (typeof slug !== 'string' || slug === '') return { name: cleanName }
    return { slug: this.clean(field, slug), name: cleanName }
  }

  #wrong(field: OwnField, wanted: string): undefined {
    this.losses.push(`field "${field}" is left out: it is not ${wanted}`)
  }
}

/** Drops what is named again, by slug where there is one. */
export function uniqueTerms(terms: readonly TermReference[]): TermReference[] {
  const seen = new Map(terms.toReversed().map((term) => [term.slug ?? term.name, term]))
  return terms.filter((term) => seen.get(term.slug ?? term.name) === term)
}

function termParts(entry: unknown): { name?: unknown; slug?: unknown } {
  return typeof entry === 'object' && entry !== null ? entry : { name: entry }
}
