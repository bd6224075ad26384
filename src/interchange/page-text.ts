import type { PageContent } from './page.ts'
import { readTrailer } from './page-trailer.ts'

/** Reads a page as text: its first line is the headline, every further line a paragraph. */
export function readTextPage(text: string): PageContent {
  const lines = text.split(/\r\n?|\n/).map((line) => line.trim())
  const [title = '', ...rest] = lines.filter((line) => line !== '')
  const { before, after, ...neighbours } = readTrailer(rest, (line) => line)
  return { title, paragraphs: before, leftOut: after, publishedAt: null, ...neighbours }
}
