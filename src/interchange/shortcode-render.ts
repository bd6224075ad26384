export interface Shortcode {
  name: string
  /** As written, between the name and the bracket. */
  attributes: string
  /** Null for one that encloses nothing. */
  inner: string | null
}

/** The HTML that stands for a shortcode, or null where its content is lost. */
export function render(shortcode: Shortcode): string | null {
  const { name, inner } = shortcode
  if (name === 'caption' || name === 'wp_caption') return inner === null ? null : figure(shortcode, inner)
  if (name === 'code' || name === 'sourcecode')
    return inner === null ? null : `<pre><code>${inner}</code></pre>`
  return linked(shortcode) ?? inner
}

const PICTURE = /^\s*((?:<a\b[^>]*>\s*)?<img\b[^>]*>(?:\s*<\/a>)?)/i
const CAPTION = /\bcaption\s*=\s*(?:"([^"]*)"|'([^']*)')/
const ADDRESS = /https?:\/\/[^\s"'<>[\]]+/
const MEDIA: ReadonlySet<string> = new Set(['gallery', 'playlist', 'contact-form'])

function figure({ attributes }: Shortcode, inner: string): string {
  const picture = PICTURE.exec(inner)
  if (picture === null) return inner
  const words = inner.slice(picture[0].length).trim() || captionAttribute(attributes)
  const caption = words === '' ? '' : `<figcaption>${words}</figcaption>`
  return `<figure>${picture[1]}${caption}</figure>`
}

/** Before WordPress 3.4 the caption was an attribute. */
function captionAttribute(attributes: string): string {
  const match = CAPTION.exec(attributes)
  return match?.[1] ?? match?.[2] ?? ''
}

/** A player or an embedded page becomes a link to what it showed. */
function linked({ name, attributes, inner }: Shortcode): string | null {
  if (MEDIA.has(name)) return null
  const address = ADDRESS.exec(attributes)?.[0] ?? (inner === null ? null : onlyAddress(inner))
  if (address === null) return null
  const rest = inner === null || inner.trim() === address ? '' : inner
  return `\n\n<p><a href="${address}">${address}</a></p>\n\n${rest}`
}

function onlyAddress(inner: string): string | null {
  const address = inner.trim()
  return ADDRESS.exec(address)?.[0] === address ? address : null
}
