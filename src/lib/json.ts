import { isDeepStrictEqual } from 'node:util'

/** What two JSON values differ in at one place; `before` or `after` is left out where nothing stands there. */
export interface Difference {
  /** JSON Pointer (RFC 6901). */
  path: string
  before?: unknown
  after?: unknown
}

type JsonObject = Record<string, unknown>

export const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** A JSON Pointer to a member, by the names on the way to it. */
export const pointer = (...names: (string | number)[]): string =>
  names.map((name) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** JSON Merge Patch (RFC 7396): objects are merged, null removes a member, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name), value))
  }
  return Object.fromEntries(merged)
}

/**
 * Where two values differ, each place once, in the order of the members of `before`. Objects are compared member by
 * member, arrays and everything else as a whole: applied to `before`, the list gives `after`.
 */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isDeepStrictEqual(before, after)) return []
  if (!isObject(before) || !isObject(after)) {
    return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }]
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => differences(before[name], after[name], path + pointer(name)))
}
