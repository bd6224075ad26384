import { toInstant } from './instant.ts'
import { childrenNamed, childText, type XmlElement } from './xml-units.ts'

/** A date of an item or a comment. WordPress writes zeros for one that is not set, which gives null. */
export function instantOf(element: XmlElement, name: string): string | null {
  return toInstant(childText(element, name))
}

/** The value of the last `wp:postmeta` of that key; empty where there is none. */
export function metaOf(item: XmlElement, key: string): string {
  const metas = childrenNamed(item, 'wp:postmeta')
  const meta = metas.findLast((candidate) => childText(candidate, 'wp:meta_key') === key)
  return meta === undefined ? '' : childText(meta, 'wp:meta_value')
}
