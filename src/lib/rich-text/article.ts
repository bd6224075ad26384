import MarkdownIt from 'markdown-it'
import sanitizeHtml from 'sanitize-html'
import { readingMinutes, truncateAtWord, wordCount } from '../text.ts'
import { headingAnchors } from './anchors.ts'
import { articleRules, HEADINGS } from './article-rules.ts'
import { joinBlocks, type TextBlock, textBlocks } from './plain-text.ts'

export type ArticleFormat = 'html' | 'markdown' | 'text'
export type ArticleSource = { format: ArticleFormat; source: string }
export type RenderedArticle = {
  html: string
  text: string
  wordCount: number
  readingMinutes: number
  excerpt: string
}

const EXCERPT_MAX = 200
const NOT_PROSE = new Set([...HEADINGS, 'figcaption', 'caption', 'pre', 'th'])

/** Raw HTML may pass: everything is sanitised afterwards. */
const markdown = new MarkdownIt({ html: true, linkify: true, typographer: false })
// Without a scheme it is no link: `README.md` is a file here, not a site in Moldova.
markdown.linkify.set({ fuzzyLink: false })

/**
 * The body of an article as it is served: sanitised HTML with an id on every heading, its plain text, the counts, and
 * an excerpt of at most 200 code points from its first paragraphs. Rendering the returned HTML again changes nothing.
 * A plain text of trimmed paragraphs a blank line apart comes back as `text` byte for byte.
 * The time taken is linear for prose but not for hostile nesting: the caller caps the size of `source` first.
 */
export function renderArticle({ format, source }: ArticleSource): RenderedArticle {
  const html = sanitise(toHtml[format](source))
  const blocks = textBlocks(html)
  const text = joinBlocks(blocks)
  const words = wordCount(text)
  return { html, text, wordCount: words, readingMinutes: readingMinutes(words), excerpt: excerptOf(blocks) }
}

const toHtml: Record<ArticleFormat, (source: string) => string> = {
  html: (source) => source,
  markdown: (source) => markdown.render(source),
  text: paragraphsOf,
}

/**
 * Twice: dropping a tag can leave `<p>` inside `<p>`, which no parser reads back as written. After the second pass the
 * nesting is what a parser makes of it, and the headings carry the ids computed from the first.
 */
function sanitise(html: string): string {
  const once = sanitizeHtml(
    html,
    articleRules(() => undefined),
  )
  const anchors = headingAnchors(once).values()
  return sanitizeHtml(
    once,
    articleRules(() => anchors.next().value),
  ).trim()
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
