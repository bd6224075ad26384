/**
 * WordPress keeps classic texts without paragraphs and makes them on display ("wpautop"): a blank line
 * separates paragraphs, a single line end is a break. Inside some elements either is left alone.
 */

/** Always hold paragraphs. */
const PARAGRAPHED: ReadonlySet<string> = new Set(['', 'blockquote'])
/** Hold paragraphs when there is more than one. */
const FLOW: ReadonlySet<string> = new Set(
  'address article aside center dd details div fieldset footer form header li main nav section td th'.split(
    ' ',
  ),
)
/** Hold lines. */
const LINES: ReadonlySet<string> = new Set(
  'caption dt figcaption h1 h2 h3 h4 h5 h6 legend p summary'.split(' '),
)
/** Whatever they hold is not for paragraphs: lists and tables hold only elements, and figures their own. */
const OTHER = 'colgroup dl figure hr math ol picture table tbody tfoot thead tr ul'.split(' ')
/** Nothing inside is touched up to the end of the element itself. */
const VERBATIM: ReadonlySet<string> = new Set(['pre', 'script', 'style', 'svg', 'textarea'])

const BLOCK_NAMES = [...FLOW, ...LINES, ...OTHER, ...VERBATIM, 'blockquote'].join('|')
const BLOCK_TAG = new RegExp(`<(/?)(${BLOCK_NAMES})(?![\\w-])[^<>]*>`, 'gi')
const TAG_OVER_LINES = /<[a-z/][^<>]*>/gi
const MEDIA = /<(?:img|iframe|embed|object|video|audio|br|input)\b/i
const ADDRESS = /^https?:\/\/[^\s<>"]+$/
/** Deeper elements are taken as text of this one, so that no closing tag is sought for long. */
const DEEPEST = 100

/** Comes in as HTML with significant line ends, goes out as HTML without; with `<p>` throughout it stays. */
export function withParagraphs(source: string): string {
  const text = source.replace(/\r\n?/g, '\n')
  const open: string[] = []
  let html = ''
  let at = 0
  for (const tag of text.matchAll(BLOCK_TAG)) {
    const [whole, slash, written = ''] = tag
    const name = written.toLowerCase()
    const top = open.at(-1) ?? ''
    if (VERBATIM.has(top) && !(slash === '/' && name === top)) continue
    html += piece(text.slice(at, tag.index), top) + whole
    at = tag.index + whole.length
    if (slash === '/') leave(open, name)
    else enter(open, name, whole)
  }
  return (html + piece(text.slice(at), open.at(-1) ?? '')).trim()
}

function enter(open: string[], name: string, tag: string): void {
  // Any block ends a paragraph that was left open.
  if (open.at(-1) === 'p') open.pop()
  if (name === 'hr' || tag.endsWith('/>') || open.length >= DEEPEST) return
  open.push(name)
}

function leave(open: string[], name: string): void {
  const at = open.lastIndexOf(name)
  if (at !== -1) open.splice(at)
}

/** The text between two block tags, inside the element `holder`. */
function piece(text: string, holder: string): string {
  if (VERBATIM.has(holder)) return text
  if (text.trim() === '') return text === '' ? '' : '\n'
  const found = paragraphs(text)
  if (PARAGRAPHED.has(holder)) return found.map(wrapped).join('\n')
  if (FLOW.has(holder)) return found.length > 1 ? found.map(wrapped).join('\n') : found.join('')
  if (holder === 'p') return found.join('</p>\n<p>')
  return LINES.has(holder) ? found.join('<br />\n<br />\n') : text
}

function paragraphs(text: string): string[] {
  const unbroken = text.replace(TAG_OVER_LINES, (tag) => tag.replace(/\n/g, ' '))
  const found = unbroken.split(/\n[^\S\n]*\n/).map((paragraph) => paragraph.trim())
  return found.filter((paragraph) => paragraph !== '').map(withBreaks)
}

function withBreaks(paragraph: string): string {
  return paragraph
    .split('\n')
    .map((line) => line.trim())
    .map((line) => (ADDRESS.test(line) ? `<a href="${line}">${line}</a>` : line))
    .join('<br />\n')
    .replace(/(<br\s*\/?>)<br \/>\n/gi, '$1\n')
}

/** Tags alone, such as a link around a block, make no paragraph. */
function wrapped(paragraph: string): string {
  const hasContent = MEDIA.test(paragraph) || paragraph.replace(TAG_OVER_LINES, '').trim() !== ''
  return hasContent ? `<p>${paragraph}</p>` : paragraph
}
