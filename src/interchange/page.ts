import type { ImportedPage, ImportRecord } from '../domain/interchange.ts'
import { lossy, skipped, UNSTORABLE } from './faults.ts'
import { readHtmlPage } from './page-html.ts'
import { readTextPage } from './page-text.ts'
import { storable } from './text.ts'

/** What a page says, before it is known where it comes from. */
export type PageContent = Omit<ImportedPage, 'kind' | 'where' | 'externalId'> & {
  /** Lines after the article that are none of its parts. */
  leftOut: string[]
}

/**
 * Reads one article page, as HTML or as the text that a reader's tool extracts: the headline, the paragraphs
 * (kept to the letter), then "Previous Article" and its headline, "Next Article" and its headline, and the
 * invitation to comment, any of which may be missing. A page without a headline gives a fault only.
 */
export function readPage(text: string, source: { where: string; externalId: string }): ImportRecord[] {
  const { where, externalId } = source
  const kept = storable(text.replace(/^\ufeff/, ''))
  const { leftOut, ...content } = isHtml(kept) ? readHtmlPage(kept) : readTextPage(kept)
  if (content.title === '') return [skipped(where, 'the page has no headline')]
  const losses = [
    ...(kept.length < text.replace(/^\ufeff/, '').length ? [UNSTORABLE] : []),
    ...(content.paragraphs.length === 0 ? ['the page has no paragraphs'] : []),
    ...leftOut.map((line) => `"${line}" stands after the article and is left out`),
  ]
  return [...losses.map((reason) => lossy(where, reason)), { kind: 'page', where, externalId, ...content }]
}

function isHtml(text: string): boolean {
  return /^\s*<(?:!doctype|!--|\?xml|[a-z])/i.test(text)
}
