import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { InputError } from './errors.ts'

export interface XmlElement {
  /** With the prefix as written: exports of every age write `wp:`, whatever namespace it stands for. */
  name: string
  /** Where its start tag ends, from 1. */
  line: number
  attributes: Readonly<Record<string, string>>
  text: string
  children: XmlElement[]
}

/** Elements below this depth are in no export; only an attack goes on. */
const DEEPEST = 32
/** Characters between the ends of two units; an item with all of its comments stays far below. */
export const LARGEST_UNIT = 64 * 1024 * 1024
const UNIT_DEPTH = 3
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML allows none of them, old exports hold them
const NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g

/**
 * Parses `<rss><channel>` and yields each child of the channel when it is complete; no more than one is held.
 * Entities that the document declares are never expanded. Characters that XML does not allow are dropped and
 * counted in `dropped`. Throws an InputError, after the units before it, where the XML is not well-formed.
 */
export class XmlUnits {
  dropped = 0
  readonly #parser = new SaxesParser()
  readonly #open: XmlElement[] = []
  readonly #complete: XmlElement[] = []
  #sinceUnit = 0

  constructor() {
    this.#parser.on('opentag', (tag) => this.#begin(tag))
    this.#parser.on('closetag', () => this.#end())
    this.#parser.on('text', (text) => this.#addText(text))
    this.#parser.on('cdata', (text) => this.#addText(text))
  }

  async *read(chunks: AsyncIterable<string>): AsyncGenerator<XmlElement> {
    for await (const chunk of chunks) {
      const allowed = chunk.replace(NOT_XML, '')
      this.dropped += chunk.length - allowed.length
      yield* this.#feed(() => this.#write(allowed))
    }
    yield* this.#feed(() => this.#parser.close())
  }

  *#feed(step: () => void): Generator<XmlElement> {
    const failure = this.#attempt(step)
    yield* this.#complete.splice(0)
    if (failure !== null) throw failure
  }

  #write(chunk: string): void {
    this.#sinceUnit += chunk.length
    this.#parser.write(chunk)
    if (this.#sinceUnit > LARGEST_UNIT) {
      throw new InputError(`Line ${this.#parser.line}: an element is larger than ${LARGEST_UNIT} characters.`)
    }
  }

  #attempt(step: () => void): Error | null {
    try {
      step()
      return null
    } catch (error) {
      if (error instanceof InputError || !(error instanceof Error)) return asError(error)
      const reason = error.message.replace(/^\d+:\d+: /, '').replace(/\.?$/, '')
      return new InputError(`Line ${this.#parser.line}: not well-formed XML (${reason}).`)
    }
  }

  #begin({ name, attributes }: SaxesTagPlain): void {
    const line = this.#parser.line
    const depth = this.#open.length + 1
    if (depth > DEEPEST) throw new InputError(`Line ${line}: the elements are nested too deeply.`)
    if (depth < UNIT_DEPTH && name !== ['rss', 'channel'][depth - 1]) throw notAnExport()
    this.#open.push({ name, line, attributes, text: '', children: [] })
  }

  #end(): void {
    const element = this.#open.pop()
    if (element === undefined) return
    const depth = this.#open.length + 1
    if (depth > UNIT_DEPTH) this.#open.at(-1)?.children.push(element)
    if (depth !== UNIT_DEPTH) return
    this.#complete.push(element)
    this.#sinceUnit = 0
  }

  #addText(text: string): void {
    const element = this.#open.at(-1)
    if (element !== undefined && this.#open.length >= UNIT_DEPTH) element.text += text
  }
}

export function notAnExport(): InputError {
  return new InputError('The input is not a WordPress export: it has no rss, channel and wp:wxr_version.')
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** The text of the first child of that name, trimmed; empty where there is none. */
export function childText(element: XmlElement, name: string): string {
  return element.children.find((child) => child.name === name)?.text.trim() ?? ''
}

export function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name)
}
