import MarkdownIt from 'markdown-it'
import sanitizeHtml, { type Attributes, type IOptions, type Transformer } from 'sanitize-html'
import { DROPPED_WITH_CONTENT } from './article-rules.ts'
import { stripUnsafe } from './clean-text.ts'
import { plainText } from './plain-text.ts'
import { absoluteHttpUrl } from './urls.ts'

export type RenderedComment = { html: string; text: string; links: number }

/** The subset is what is enabled here; the preset knows paragraphs only. */
const markdown = new MarkdownIt('zero', { breaks: true, linkify: true }).enable([
  ...[
    'blockquote',
    'fence',
    'list',
    'linkify',
    'newline',
    'escape',
    'backticks',
    'emphasis',
    'link',
    'autolink',
  ],
  ...['balance_pairs', 'fragments_join', 'text_join'],
])
// Only what names its scheme is a link, so that bare host names bring a spammer nothing.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
markdown.validateLink = (url) => absoluteHttpUrl(url) !== undefined
// The default decodes `%E2%80%AE` for display, which would bring back directional controls already removed.
markdown.normalizeLinkText = (url) => url

const link: Transformer = (tagName, { href }) => {
  const url = absoluteHttpUrl(href ?? '')
  const attribs: Attributes = url === undefined ? {} : { href: url, rel: 'nofollow ugc noopener' }
  return { tagName, attribs }
}

const RULES: IOptions = {
  allowedTags: ['p', 'br', 'em', 'strong', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a'],
  allowedAttributes: { a: ['href', 'rel'], ol: ['start'] },
  allowedClasses: { code: [/^language-[\w+#.-]{1,40}$/] },
  allowedSchemes: ['http', 'https'],
  nonTextTags: DROPPED_WITH_CONTENT,
  nestingLimit: 40,
  transformTags: {
    a: link,
    b: 'strong',
    i: 'em',
    ...Object.fromEntries(['div', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((tag) => [tag, 'p'])),
  },
  // Entities in imported HTML can spell what `cleanBody` removed from the source.
  textFilter: stripUnsafe,
  exclusiveFilter: ({ tag, attribs }) =>
    tag === 'a' && attribs['href'] === undefined ? 'excludeTag' : false,
}

const BLOCK = /<(?:p|br|pre|blockquote|ul|ol|li)\b/

/** Not in the first pass: a frame's `text` lacks the text of tags excluded inside it. */
const FINAL_RULES: IOptions = {
  ...RULES,
  exclusiveFilter: ({ tag, text }) => tag === 'p' && text.trim() === '',
}

/**
 * A reader's comment, written in a small Markdown: paragraphs, line breaks, emphasis, code, quotes, lists, and links
 * to http(s). Everything else shows as typed; HTML too. `links` is the greater of the links rendered and the addresses
 * in the source, since an address in a code span is still an advertisement.
 * The caller cleans the source (`cleanBody`) and caps it at 20 KiB before this: parsing may be quadratic beyond.
 */
export function renderComment(source: string): RenderedComment {
  return described(sanitise(markdown.render(source)), source)
}

/**
 * A comment another system kept as HTML, through the same allowlist. Where it has no blocks its blank lines and line
 * breaks count, as several systems store them. Capped at 20 KiB by the caller, like a comment.
 */
export function renderImportedComment(html: string): RenderedComment {
  const clean = sanitise(html)
  const structured = BLOCK.test(clean) ? clean : sanitise(withParagraphs(clean))
  return described(structured, plainText(structured))
}

/**
 * Twice, for the same reason as an article: the nesting must be one a parser reads back as written. And once more, for
 * the words on both sides of an empty paragraph have become neighbours: a letter, say, and the accent after it.
 */
function sanitise(html: string): string {
  const nested = sanitizeHtml(sanitizeHtml(html, RULES), FINAL_RULES)
  return sanitizeHtml(nested, FINAL_RULES).trim()
}

function withParagraphs(html: string): string {
  const paragraphs = html.replace(/\r\n?/g, '\n').split(/\n(?:[ \t]*\n)+/)
  return paragraphs.map((lines) => `<p>${lines.trim().replaceAll('\n', '<br />')}</p>`).join('\n')
}

function described(html: string, raw: string): RenderedComment {
  return { html, text: plainText(html), links: Math.max(renderedLinks(html), writtenLinks(raw)) }
}

/** Counted in our own output, where `<` is only ever a tag. */
function renderedLinks(html: string): number {
  return html.split('<a ').length - 1
}

/** `https://www.` is one address, not two: a single link must stay below the limit of two. */
function writtenLinks(raw: string): number {
  return raw.match(/https?:\/\/(?:www\.)?|www\./gi)?.length ?? 0
}
