import { invalid } from '../lib/errors.ts'
import { nearest } from '../lib/text.ts'
import type { Shape } from '../shapes/common.ts'

/** Which members of an answer are wanted, by name; null where a member is wanted whole. */
export type Fields = Map<string, Fields | null>

const MAX_FIELDS = 100

/**
 * @param fields as `title,cover.url`: names of members, with a dot before those of a member. Lists are looked through.
 * @param shapes those that the shape refers to, by `$id`.
 * @returns undefined where nothing is named: everything is wanted.
 * @throws VALIDATION_FAILED for a name that the shape does not have, naming the nearest.
 */
export function readFields(
  fields: string | undefined,
  shape: Shape,
  shapes: Record<string, Shape>,
): Fields | undefined {
  if (fields === undefined) return undefined
  const paths = fields.split(',')
  if (paths.length > MAX_FIELDS) throw invalid('/fields', `takes at most ${MAX_FIELDS} names`)
  const read: Fields = new Map()
  for (const path of paths) add(read, path.split('.'), known(shape, shapes), shapes)
  return read
}

function add(
  fields: Fields,
  [name = '', ...below]: string[],
  members: Members,
  shapes: Record<string, Shape>,
): void {
  const member = Object.hasOwn(members, name) ? members[name] : undefined
  if (!member) throw unknown(name, Object.keys(members))
  if (below.length === 0) return void fields.set(name, null)
  const wanted = fields.get(name)
  const deeper: Fields = wanted ?? new Map()
  add(deeper, below, known(member, shapes), shapes)
  // where the whole of it is wanted already, a part adds nothing
  if (wanted !== null) fields.set(name, deeper)
}

type Members = Record<string, Shape>

/** The members of a shape, through references, lists and alternatives. */
function known(shape: Shape, shapes: Record<string, Shape>): Members {
  const target = typeof shape['$ref'] === 'string' ? shapes[shape['$ref']] : undefined
  if (target) return known(target, shapes)
  if (shape['items']) return known(shape['items'] as Shape, shapes)
  const alternatives = (shape['anyOf'] ?? []) as Shape[]
  return Object.assign({}, shape['properties'], ...alternatives.map((one) => known(one, shapes)))
}

function unknown(name: string, names: string[]) {
  const near = nearest(name, names)
  const hint = near
    ? `did you mean "${near}"?`
    : names.length > 0
      ? `known are: ${names.join(', ')}`
      : 'nothing is below it'
  return invalid('/fields', `"${name.slice(0, 64)}" is not known; ${hint}`)
}

/** @returns a copy with the wanted members only, in the order of the value. */
export function pick(value: unknown, fields: Fields | null | undefined): unknown {
  if (!fields || value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((item) => pick(item, fields))
  const members = Object.entries(value).filter(([name]) => fields.has(name))
  return Object.fromEntries(members.map(([name, member]) => [name, pick(member, fields.get(name))]))
}
