import leven from 'leven'
import type { BodyFormat } from '../domain/interchange.ts'
import { InputError } from './errors.ts'

export const OWN_FIELDS = [
  'id',
  'slug',
  'title',
  'subtitle',
  'excerpt',
  'body',
  'bodyFormat',
  'status',
  'publishedAt',
  'unpublishAt',
  'updatedAt',
  'authors',
  'categories',
  'tags',
  'cover',
  'locale',
  'featured',
  'commentPolicy',
] as const

export type OwnField = (typeof OWN_FIELDS)[number]

/** Where the value of a field comes from: a field of the row, or the same literal for every row. */
export type FieldSource = { field: string } | { literal: string }

/** Own fields that are not named here are read from the source field of the same name. */
export type FieldMap = ReadonlyMap<OwnField, FieldSource>

/**
 * Reads `publishedAt=date,categories=topics,bodyFormat=:html`: own field = field of the source, or `:` and a
 * literal for every row. An empty text is an empty map. Throws an InputError for what cannot be meant.
 */
export function parseFieldMap(written: string): FieldMap {
  const map = new Map<OwnField, FieldSource>()
  for (const pair of written.split(',').map((part) => part.trim())) {
    if (pair === '') continue
    const [own, source] = parsePair(pair)
    if (map.has(own)) throw new InputError(`The field map names "${own}" twice.`)
    map.set(own, source)
  }
  return map
}

/** The value of an own field in a row; undefined where the row has none. */
export function sourceValue(row: object, own: OwnField, map: FieldMap): unknown {
  const source = map.get(own) ?? { field: own }
  if ('literal' in source) return source.literal
  // A row may have a field named like a method of every object, and one without it must not seem to.
  return Object.hasOwn(row, source.field) ? Reflect.get(row, source.field) : undefined
}

function isBodyFormat(value: string): value is BodyFormat {
  return value === 'html' || value === 'markdown' || value === 'text'
}

function parsePair(pair: string): [OwnField, FieldSource] {
  const equals = pair.indexOf('=')
  const own = pair.slice(0, equals).trim()
  const source = pair.slice(equals + 1).trim()
  if (equals === -1 || own === '' || source === '' || source === ':') {
    throw new InputError(`The field map has "${pair}" where "field=source" or "field=:literal" is meant.`)
  }
  if (!isOwnField(own)) throw unknownField(own)
  return [own, source.startsWith(':') ? literalFor(own, source.slice(1)) : { field: source }]
}

function literalFor(own: OwnField, literal: string): FieldSource {
  if (own === 'id') throw new InputError('The field map gives every row the same "id"; name a field instead.')
  if (own === 'bodyFormat' && !isBodyFormat(literal)) {
    throw new InputError(`"${literal}" is no body format; use html, markdown or text.`)
  }
  return { literal }
}

function isOwnField(name: string): name is OwnField {
  return OWN_FIELDS.some((own) => own === name)
}

function unknownField(name: string): InputError {
  const distance = (own: string) => leven(own.toLowerCase(), name.toLowerCase())
  const nearest = OWN_FIELDS.toSorted((a, b) => distance(a) - distance(b))[0]
  return new InputError(`The field map names "${name}", which is no field; did you mean "${nearest}"?`)
}
