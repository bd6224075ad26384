import type { Attributes, IOptions, Transformer } from 'sanitize-html'
import { embedUrl } from './embeds.ts'
import { safeSrcset, safeUrl, WEB } from './urls.ts'

const LINK = [...WEB, 'mailto:']
export const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']
const SECTIONS = ['section', 'article', 'header', 'footer', 'main', 'aside', 'nav', 'address', 'center']

/** The common ones first: the sanitiser looks through the list for each tag. */
const TAGS = [
  ...['p', 'a', 'td', 'li', 'br', 'em', 'strong', 'img', 'tr', 'code', 'b', 'i', 'span', 'div', 'th'],
  ...[...HEADINGS, 'ul', 'ol', 'dl', 'dt', 'dd', 'blockquote', 'pre', 'hr', 'wbr'],
  ...['figure', 'figcaption', 'picture', 'source', 'audio', 'video', 'iframe', 'details', 'summary'],
  ...['table', 'caption', 'colgroup', 'col', 'thead', 'tbody', 'tfoot'],
  ...['u', 's', 'sub', 'sup', 'small', 'mark', 'abbr', 'cite', 'q', 'del', 'ins'],
  ...['kbd', 'samp', 'var', 'time', 'ruby', 'rb', 'rt', 'rtc', 'rp'],
]

const ATTRIBUTES: IOptions['allowedAttributes'] = {
  '*': ['lang', 'dir'],
  a: ['href', 'title', 'hreflang', 'rel', { name: 'target', values: ['_blank'] }],
  abbr: ['title'],
  audio: ['src', 'controls', 'loop', 'muted', 'preload'],
  blockquote: ['cite'],
  col: ['span'],
  colgroup: ['span'],
  del: ['cite', 'datetime'],
  details: ['open'],
  iframe: ['src', 'width', 'height', 'title', 'allowfullscreen', 'loading', 'referrerpolicy', 'sandbox'],
  img: ['src', 'srcset', 'sizes', 'alt', 'title', 'width', 'height', 'loading'],
  ins: ['cite', 'datetime'],
  li: ['value'],
  ol: ['start', 'reversed', 'type'],
  q: ['cite'],
  source: ['src', 'srcset', 'sizes', 'media', 'type'],
  td: ['colspan', 'rowspan', 'align'],
  th: ['colspan', 'rowspan', 'scope', 'abbr', 'align'],
  time: ['datetime'],
  video: ['src', 'poster', 'width', 'height', 'controls', 'loop', 'muted', 'preload'],
  ...Object.fromEntries(HEADINGS.map((tag) => [tag, ['id']])),
}

const ALIGNMENTS = ['left', 'center', 'right']
/** What an author may say about a link; `noopener` is added to all of them. */
const REL = new Set(['nofollow', 'sponsored', 'ugc', 'noreferrer', 'license', 'author', 'tag'])

/** Content that is no prose, or that browsers and this parser read differently: gone with the tag. */
export const DROPPED_WITH_CONTENT = [
  ...['script', 'style', 'title', 'textarea', 'select', 'option', 'xmp', 'svg', 'math', 'object', 'template'],
  ...['noscript', 'noembed', 'noframes', 'plaintext'],
]
/** Deep enough for any prose, shallow enough for whoever walks the result recursively. */
export const NESTING_LIMIT = 60

/**
 * The allowlist of an article's HTML. `headingId` is asked once per heading, in order, for the only ids there are:
 * an id an author chose could shadow a global of the page it lands on (DOM clobbering). Links, images and frames whose
 * address is refused stay, without it: dropping them here would copy all that was written before, for each. Where they
 * have an address it is the first attribute.
 */
export function articleRules(headingId: () => string | undefined): IOptions {
  const heading: Transformer = (tagName, attribs) => {
    const { id: _, ...rest } = attribs
    const id = headingId()
    return { tagName, attribs: id === undefined ? rest : { ...rest, id } }
  }
  return {
    allowedTags: TAGS,
    allowedAttributes: ATTRIBUTES,
    allowedClasses: { code: [/^language-[\w+#.-]{1,40}$/] },
    allowedSchemes: ['http', 'https'],
    allowedSchemesByTag: { a: ['http', 'https', 'mailto'] },
    nonTextTags: DROPPED_WITH_CONTENT,
    nestingLimit: NESTING_LIMIT,
    selfClosing: ['img', 'br', 'wbr', 'hr', 'source', 'col'],
    // Transform only into allowed tags: after an element renamed to a disallowed one, sanitize-html closes
    // the next element of that depth under the wrong name.
    transformTags: {
      ...Object.fromEntries(HEADINGS.map((tag) => [tag, heading])),
      ...Object.fromEntries(SECTIONS.map((tag) => [tag, 'div'])),
      a: link,
      iframe,
      audio: media,
      video: media,
      img: media,
      source: media,
      td: cell,
      th: cell,
    },
  }
}

const link: Transformer = (tagName, { href, rel, ...rest }) => {
  const said = (rel ?? '').toLowerCase().split(/\s+/)
  const kept = new Set(said.filter((word) => REL.has(word)))
  return {
    tagName,
    attribs: { ...withUrl('href', href, LINK), ...rest, rel: [...kept, 'noopener'].join(' ') },
  }
}

const iframe: Transformer = (tagName, attribs) => {
  const src = embedUrl(attribs['src'] ?? '')
  const forced = {
    loading: 'lazy',
    referrerpolicy: 'strict-origin-when-cross-origin',
    sandbox: 'allow-scripts allow-same-origin allow-popups allow-presentation',
  }
  const { src: _, ...rest } = attribs
  return { tagName, attribs: { ...(src === undefined ? {} : { src }), ...rest, ...forced } }
}

const media: Transformer = (tagName, { src, srcset, poster, ...rest }) => {
  const isPlayer = tagName === 'audio' || tagName === 'video'
  const urls = { ...withUrl('src', src, WEB), ...withUrl('poster', poster, WEB), ...withSrcset(srcset) }
  return { tagName, attribs: { ...urls, ...rest, ...(isPlayer ? { controls: '' } : {}) } }
}

/** Markdown and most editors align a column by style. */
const cell: Transformer = (tagName, { style = '', align, ...rest }) => {
  const written = /(?:^|;)\s*text-align\s*:\s*([a-z]+)\s*(?:;|$)/i.exec(style)?.[1] ?? align ?? ''
  const known = ALIGNMENTS.find((name) => name === written.toLowerCase())
  return { tagName, attribs: known === undefined ? rest : { ...rest, align: known } }
}

function withUrl(name: string, value: string | undefined, schemes: readonly string[]): Attributes {
  const url = safeUrl(value ?? '', schemes)
  return url === undefined ? {} : { [name]: url }
}

/** Rewritten before the sanitiser reads it, which prints to the console what it cannot read. */
function withSrcset(value: string | undefined): Attributes {
  const srcset = value === undefined ? undefined : safeSrcset(value)
  return srcset === undefined ? {} : { srcset }
}
