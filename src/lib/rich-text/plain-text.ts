import { type Reader, walk } from './walk.ts'

/** One run of text between block boundaries, with what separates it from the run before. */
export type TextBlock = { kind: string; gap: string; text: string }

const LINES = new Set(['li', 'tr', 'dt', 'dd'])
const CELLS = new Set(['td', 'th'])
export const BLOCKS: ReadonlySet<string> = new Set([
  ...[...LINES, ...CELLS, 'p', 'div', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'pre', 'hr'],
  ...['ul', 'ol', 'dl', 'table', 'caption', 'figure', 'figcaption', 'details', 'summary'],
])
/** From weak to strong: where several boundaries meet, the strongest separates. */
const GAPS = ['', ' ', '\t', '\n', '\n\n']

/**
 * The plain text of sanitised HTML: blocks a blank line apart, list items and table rows on lines of their own, cells
 * a tab apart, <br> a line break, entities decoded, the contents of players and frames left out.
 */
export function plainText(html: string): string {
  const reader = new BlockReader()
  walk(html, [reader])
  return joinBlocks(reader.finish())
}

/** What `plainText` writes for blocks already read. */
export function joinBlocks(blocks: readonly TextBlock[]): string {
  return blocks.map(({ gap, text }) => gap + text).join('')
}

/** Reads the non-empty text blocks in reading order; `kind` is the innermost block element, or ''. */
export class BlockReader implements Reader {
  readonly #blocks: TextBlock[] = []
  readonly #open: string[] = []
  #buffer = ''
  /** Kept beside the buffer: looking into a string being built makes each addition copy it. */
  #last = ''
  #gap = ''

  open(tag: string): void {
    if (tag === 'br') this.#append('\n')
    if (!BLOCKS.has(tag)) return
    this.#flush()
    this.#widenGap(tag)
    this.#open.push(tag)
  }

  write(text: string): void {
    this.#append(this.#open.includes('pre') ? text : this.#folded(text))
  }

  close(tag: string): void {
    if (!BLOCKS.has(tag)) return
    this.#flush()
    this.#open.pop()
    this.#widenGap(tag)
  }

  finish(): TextBlock[] {
    this.#flush()
    return this.#blocks
  }

  /** White space with a line break or tab in it is layout of the source; a run of spaces somebody typed stays. */
  #folded(text: string): string {
    const folded = text.replace(/[ \t\n\f\r]+/g, (run) => (/[^ ]/.test(run) ? ' ' : run))
    const isAfterSpace = this.#last === ' ' || this.#last === '\n'
    return isAfterSpace ? folded.slice(leadingSpaces(folded)) : folded
  }

  #append(text: string): void {
    this.#buffer += text
    if (text !== '') this.#last = text.charAt(text.length - 1)
  }

  #flush(): void {
    const text = this.#open.includes('pre') ? trimNewlines(this.#buffer) : trimLines(this.#buffer)
    this.#buffer = ''
    this.#last = ''
    if (text === '') return
    this.#blocks.push({ kind: this.#open.at(-1) ?? '', gap: this.#blocks.length > 0 ? this.#gap : '', text })
    this.#gap = ''
  }

  #widenGap(tag: string): void {
    const gap = this.#gapAround(tag)
    if (GAPS.indexOf(gap) > GAPS.indexOf(this.#gap)) this.#gap = gap
  }

  #gapAround(tag: string): string {
    if (this.#open.includes('tr')) return CELLS.has(tag) ? '\t' : ' '
    return LINES.has(tag) || this.#open.some((outer) => LINES.has(outer)) ? '\n' : '\n\n'
  }
}

// Hand-written because / +$/ is quadratic on a long run of spaces, and trim() would take no-break spaces along.
function leadingSpaces(s: string): number {
  let count = 0
  while (s[count] === ' ') count++
  return count
}

function trimEdges(s: string, edge: string): string {
  let start = 0
  let end = s.length
  while (start < end && s[start] === edge) start++
  while (end > start && s[end - 1] === edge) end--
  return s.slice(start, end)
}

function trimNewlines(s: string): string {
  return trimEdges(s, '\n')
}

function trimLines(s: string): string {
  const lines = s.split('\n').map((line) => trimEdges(line, ' '))
  return trimNewlines(lines.join('\n'))
}
