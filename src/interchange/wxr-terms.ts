import type { ImportedCategory, ImportRecord, TermReference } from '../domain/interchange.ts'
import { lossy, skipped } from './faults.ts'
import { uniqueTerms } from './row.ts'
import { plainText } from './text.ts'
import { childrenNamed, childText, type XmlElement } from './xml-units.ts'

interface Term {
  slug: string
  name: string
  description: string
}

export function readCategory(unit: XmlElement, where: string): ImportRecord[] {
  const term = termOf(unit, 'wp:category_nicename', 'wp:cat_name', 'wp:category_description')
  return category(term, childText(unit, 'wp:category_parent'), where)
}

export function readTag(unit: XmlElement, where: string): ImportRecord[] {
  return tag(termOf(unit, 'wp:tag_slug', 'wp:tag_name', 'wp:tag_description'), where)
}

/** A `wp:term` of any taxonomy; only those of categories and tags have a place here. */
export function readTerm(unit: XmlElement, where: string): ImportRecord[] {
  const taxonomy = childText(unit, 'wp:term_taxonomy')
  const term = termOf(unit, 'wp:term_slug', 'wp:term_name', 'wp:term_description')
  if (taxonomy === 'category') return category(term, childText(unit, 'wp:term_parent'), where)
  if (taxonomy === 'post_tag') return tag(term, where)
  return [skipped(where, `term "${term.name}" of taxonomy "${taxonomy}" is not imported`)]
}

/** The categories and tags of an item, and a fault for each term of another taxonomy. */
export function termsOf(item: XmlElement, where: string) {
  const elements = childrenNamed(item, 'category')
  const named = (...domains: string[]) => elements.filter((element) => domains.includes(domainOf(element)))
  const known = new Set(named('category', 'post_tag', 'tag'))
  const others = elements.filter((element) => !known.has(element))
  return {
    categories: withoutDoubles(named('category').map(reference)),
    tags: withoutDoubles(named('post_tag', 'tag').map(reference)),
    faults: others.map((other) => lossy(where, `${domainOf(other)} "${reference(other).name}" is left out`)),
  }
}

/** `%D0%BF` as WordPress keeps other scripts in slugs; what is no such code stays as written. */
export function percentDecoded(slug: string): string {
  try {
    return decodeURIComponent(slug)
  } catch {
    return slug
  }
}

function domainOf(element: XmlElement): string {
  return element.attributes['domain'] ?? 'category'
}

/** WXR 1.0 names each term twice, once without its slug. */
function withoutDoubles(terms: TermReference[]): TermReference[] {
  const slugged = new Set(terms.filter((term) => term.slug !== undefined).map((term) => term.name))
  return uniqueTerms(terms.filter((term) => term.slug !== undefined || !slugged.has(term.name)))
}

function reference(element: XmlElement): TermReference {
  const slug = percentDecoded(element.attributes['nicename'] ?? '')
  const name = plainText(element.text) || slug
  return slug === '' ? { name } : { slug, name }
}

function termOf(unit: XmlElement, slugName: string, nameName: string, descriptionName: string): Term {
  const slug = percentDecoded(childText(unit, slugName))
  const name = plainText(childText(unit, nameName)) || slug
  return { slug, name, description: plainText(childText(unit, descriptionName)) }
}

function category(term: Term, parent: string, where: string): ImportRecord[] {
  if (term.slug === '') return [skipped(where, 'a category without a slug')]
  const parentSlug: ImportedCategory['parentSlug'] = percentDecoded(parent) || null
  return [{ kind: 'category', where, ...term, parentSlug }]
}

function tag(term: Term, where: string): ImportRecord[] {
  if (term.slug === '') return [skipped(where, 'a tag without a slug')]
  return [{ kind: 'tag', where, ...term }]
}
