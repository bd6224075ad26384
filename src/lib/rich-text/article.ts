import sanitizeHtml from 'sanitize-html'
import { readingMinutes, truncateAtWord, wordCount } from '../text.ts'
import { articleRules, HEADINGS } from './article-rules.ts'
import { type Heading, HeadingReader, hasId, headingAnchors } from './headings.ts'
import { type BodyImage, ImageReader } from './images.ts'
import { renderMarkdown } from './markdown.ts'
import { shallowPieces } from './nesting.ts'
import { BlockReader, joinBlocks, type TextBlock } from './plain-text.ts'
import { pruned } from './pruning.ts'
import { walk } from './walk.ts'

export type ArticleFormat = 'html' | 'markdown' | 'text'
export type ArticleSource = { format: ArticleFormat; source: string }
export type RenderedArticle = {
  html: string
  text: string
  wordCount: number
  readingMinutes: number
  excerpt: string
  headings: Heading[]
  images: BodyImage[]
}

/** The most that `renderArticle` may be given, in bytes of UTF-8: 512 KiB, ten times the length of a long read. */
export const BODY_MAX_BYTES = 512 * 1024

const EXCERPT_MAX = 200
const NOT_PROSE = new Set([...HEADINGS, 'figcaption', 'caption', 'pre', 'th'])

/**
 * The body of an article as it is served: sanitised HTML with an id on every heading, its plain text, the counts, an
 * excerpt of at most 200 code points from its first paragraphs, and in the order of the HTML all headings with an id
 * (`headings`) and all images (`images`). Rendering the returned HTML again changes nothing.
 * A plain text of trimmed paragraphs a blank line apart comes back as `text` byte for byte.
 * The caller refuses a `source` of more than `BODY_MAX_BYTES` bytes of UTF-8 first: up to there no source, however
 * hostile, takes more than a few times what prose of that length does, and nothing returned is out of proportion to it.
 */
export function renderArticle({ format, source }: ArticleSource): RenderedArticle {
  const html = sanitise(toHtml[format](source))
  const { blocks, headings, images } = read(html)
  const text = joinBlocks(blocks)
  const words = wordCount(text)
  const counts = { wordCount: words, readingMinutes: readingMinutes(words) }
  return { html, text, ...counts, excerpt: excerptOf(blocks), headings: headings.filter(hasId), images }
}

const toHtml: Record<ArticleFormat, (source: string) => string> = {
  html: (source) => source,
  markdown: renderMarkdown,
  text: paragraphsOf,
}

/**
 * Twice: dropping a tag can leave `<p>` inside `<p>`, which no parser reads back as written. After the second pass the
 * nesting is what a parser makes of it, and the headings carry the ids computed from the first.
 */
function sanitise(html: string): string {
  const first = articleRules(() => undefined)
  const pieces = shallowPieces(html).map((piece) => sanitizeHtml(piece, first))
  const once = pruned(pieces.join(''))
  const anchors = headingAnchors(once).values()
  return sanitizeHtml(
    once,
    articleRules(() => anchors.next().value),
  ).trim()
}

function read(html: string) {
  const blocks = new BlockReader()
  const headings = new HeadingReader()
  const images = new ImageReader()
  walk(html, [blocks, headings, images])
  return { blocks: blocks.finish(), headings: headings.finish(), images: images.finish() }
}

/** Split line by line, not by a pattern: a pattern for blank lines backtracks on long runs of white space. */
function paragraphsOf(source: string): string {
  const paragraphs: string[][] = [[]]
  for (const line of source.split(/\r\n?|\n/)) {
    if (line.trim() === '') paragraphs.push([])
    else paragraphs.at(-1)?.push(escapeHtml(line))
  }
  const filled = paragraphs.filter((lines) => lines.length > 0)
  return filled.map((lines) => `<p>${lines.join('<br />')}</p>`).join('\n')
}

function escapeHtml(s: string): string {
  return s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function excerptOf(blocks: readonly TextBlock[]): string {
  const paragraphs = blocks.filter(({ kind }) => kind === 'p')
  const prose = paragraphs.length > 0 ? paragraphs : blocks.filter(({ kind }) => !NOT_PROSE.has(kind))
  return truncateAtWord(prose.map(({ text }) => text.replaceAll('\n', ' ')).join(' '), EXCERPT_MAX)
}
