import { Parser } from 'htmlparser2'

/** The text between two block tags. */
export interface HtmlRun {
  text: string
  /** The innermost block element around it. */
  block: string
  inArticle: boolean
  /** In navigation, an aside, a header or a footer. */
  aside: boolean
  /** What the link around it says it leads to. */
  rel: 'prev' | 'next' | null
}

export interface HtmlScan {
  runs: HtmlRun[]
  /** `title`, the `property` or `name` of each meta, and `link:prev`, `link:next`. */
  head: Map<string, string>
  /** The first `time[datetime]`. */
  time: string | null
}

const INLINE: ReadonlySet<string> = new Set(
  'a abbr b bdi bdo br cite code del dfn em font i img ins kbd mark q s samp small strong sub sup time u var wbr'.split(
    ' ',
  ),
)
const SILENT: ReadonlySet<string> = new Set(['script', 'style', 'template', 'noscript', 'svg', 'title'])
const ASIDE: ReadonlySet<string> = new Set(['nav', 'aside', 'header', 'footer'])
const ARTICLE: ReadonlySet<string> = new Set(['article', 'main'])

/** Reads HTML, however broken, in one pass from first to last. */
export function scanHtml(html: string): HtmlScan {
  const scanner = new Scanner()
  const parser = new Parser({
    onopentag: (name, attributes) => scanner.open(name, attributes),
    onclosetag: (name) => scanner.close(name),
    ontext: (text) => scanner.text(text),
    onend: () => scanner.endRun(),
  })
  parser.end(html)
  return scanner
}

class Scanner implements HtmlScan {
  readonly runs: HtmlRun[] = []
  readonly head = new Map<string, string>()
  time: string | null = null
  readonly #depths = new Map<string, number>()
  readonly #blocks: string[] = []
  #rel: HtmlRun['rel'] = null
  #written = ''

  open(name: string, attributes: Record<string, string>): void {
    this.#noteHead(name, attributes)
    if (name === 'time') this.time ??= attributes['datetime'] ?? null
    if (name === 'br') this.#written += ' '
    const rel = name === 'a' ? relation(attributes) : null
    if (rel !== null || !isPart(name, this.#rel)) this.endRun()
    if (rel !== null) this.#rel = rel
    if (!INLINE.has(name) && name !== 'span') this.#blocks.push(name)
    this.#count(name, 1)
  }

  close(name: string): void {
    if (!isPart(name, this.#rel) || (name === 'a' && this.#rel !== null)) this.endRun()
    if (name === 'a') this.#rel = null
    if (this.#blocks.at(-1) === name) this.#blocks.pop()
    this.#count(name, -1)
  }

  text(text: string): void {
    if (this.#inside('title') && !this.#inside('svg')) this.#addToHead('title', text)
    if (!this.#insideAny(SILENT)) this.#written += text
  }

  endRun(): void {
    const text = this.#written.replace(/[ \t\r\n\f]+/g, ' ').trim()
    this.#written = ''
    if (text === '') return
    const inArticle = this.#insideAny(ARTICLE)
    const block = this.#blocks.at(-1) ?? ''
    this.runs.push({ text, block, inArticle, aside: this.#insideAny(ASIDE), rel: this.#rel })
  }

  #noteHead(name: string, attributes: Record<string, string>): void {
    const key = attributes['property'] ?? attributes['name']
    if (name === 'meta' && key !== undefined) this.#noteOnce(key, attributes['content'])
    const rel = name === 'link' ? relation(attributes) : null
    if (rel !== null) this.#noteOnce(`link:${rel}`, attributes['title'])
  }

  #noteOnce(key: string, value: string | undefined): void {
    const text = value?.trim() ?? ''
    if (text !== '' && !this.head.has(key)) this.head.set(key, text)
  }

  #addToHead(key: string, text: string): void {
    this.head.set(key, `${this.head.get(key) ?? ''}${text}`)
  }

  #count(name: string, by: number): void {
    this.#depths.set(name, this.#inside(name) + by)
  }

  #inside(name: string): number {
    return this.#depths.get(name) ?? 0
  }

  #insideAny(names: ReadonlySet<string>): boolean {
    for (const name of names) if (this.#inside(name) > 0) return true
    return false
  }
}

/** In a link to a neighbour, a span may part the label from the headline. */
function isPart(name: string, rel: HtmlRun['rel']): boolean {
  return INLINE.has(name) || (name === 'span' && rel === null)
}

function relation(attributes: Record<string, string>): HtmlRun['rel'] {
  const rels = (attributes['rel'] ?? '').toLowerCase().split(/\s+/)
  if (rels.includes('prev') || rels.includes('previous')) return 'prev'
  return rels.includes('next') ? 'next' : null
}
