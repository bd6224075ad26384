import { NAMES, PREFIXES } from './shortcode-names.ts'
import { render, type Shortcode } from './shortcode-render.ts'

export interface CleanBody {
  html: string
  /** What the body had and the clean one has not. */
  losses: string[]
}

/** One shortcode that is open, with what has been read inside it. */
interface Frame {
  name: string
  attributes: string
  html: string
}

/** Attributes hold no brackets, so that a bracket without an end is given up at the next one. */
const TAG = new RegExp(
  `\\[(\\[?)(/?)(${[...NAMES, ...PREFIXES.map((prefix) => `${prefix}\\w+`)].map(escapeDots).join('|')})` +
    '(?![\\w.-])([^\\[\\]]*)\\](\\]?)',
  'g',
)
/** A caption in a column in a row is three; each level is copied once more. */
const DEEPEST = 20
/** These words stand for nothing else, so they need no attributes to be told from text. */
const UNMISTAKABLE = /[_\d-]|^(?:gallery|playlist)$/

/**
 * Replaces the known shortcodes by HTML, or drops them and keeps what they enclose; `[[gallery]]` becomes
 * `[gallery]`, and other text in brackets stays as it is. A shortcode whose content is lost is a loss.
 */
export function resolveShortcodes(source: string): CleanBody {
  const resolver = new Resolver(source)
  return resolver.resolve()
}

class Resolver {
  readonly #source: string
  readonly #frames: Frame[] = [{ name: '', attributes: '', html: '' }]
  readonly #losses = new Set<string>()
  /** How many closing tags of each name are still to come. */
  readonly #closing = new Map<string, number>()
  readonly #open = new Map<string, number>()

  constructor(source: string) {
    this.#source = source
  }

  resolve(): CleanBody {
    const tags = [...this.#source.matchAll(TAG)]
    for (const tag of tags) if (tag[2] === '/') change(this.#closing, tag[3] ?? '', 1)
    let at = 0
    for (const tag of tags) {
      this.#append(this.#source.slice(at, tag.index))
      at = tag.index + tag[0].length
      this.#tag(tag)
    }
    this.#append(this.#source.slice(at))
    while (this.#frames.length > 1) this.#leave(false)
    return { html: this.#top().html, losses: [...this.#losses] }
  }

  #tag([whole, before = '', slash = '', name = '', attributes = '', after = '']: RegExpExecArray): void {
    if (before !== '' && after !== '') {
      this.#append(whole.slice(1, -1))
      return
    }
    this.#append(before)
    if (slash === '/') this.#close(name)
    else this.#begin(name, attributes)
    this.#append(after)
  }

  #begin(name: string, attributes: string): void {
    const encloses = !attributes.endsWith('/') && (this.#closing.get(name) ?? 0) > 0
    if (encloses && this.#frames.length <= DEEPEST) {
      change(this.#open, name, 1)
      this.#frames.push({ name, attributes, html: '' })
    } else if (attributes.trim() === '' && !UNMISTAKABLE.test(name)) {
      this.#append(`[${name}]`)
    } else {
      this.#render({ name, attributes, inner: null })
    }
  }

  #close(name: string): void {
    change(this.#closing, name, -1)
    if ((this.#open.get(name) ?? 0) === 0) return
    while (this.#top().name !== name) this.#leave(false)
    this.#leave(true)
  }

  /** Ends the innermost shortcode; one that was never closed encloses nothing of what came after it. */
  #leave(closed: boolean): void {
    const frame = this.#frames.pop()
    if (frame === undefined) return
    change(this.#open, frame.name, -1)
    this.#render({ ...frame, inner: closed ? frame.html : null })
    if (!closed) this.#append(frame.html)
  }

  #render(shortcode: Shortcode): void {
    const html = render(shortcode)
    if (html === null) this.#losses.add(`shortcode [${shortcode.name}${shortcode.attributes}] is left out`)
    this.#append(html ?? '')
  }

  #append(html: string): void {
    this.#top().html += html
  }

  #top(): Frame {
    const top = this.#frames.at(-1)
    if (top === undefined) throw new Error('the outermost frame is never left')
    return top
  }
}

function change(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by)
}

function escapeDots(name: string): string {
  return name.replaceAll('.', '\\.')
}
