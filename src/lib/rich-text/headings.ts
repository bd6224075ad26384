import { slugify } from '../text.ts'
import { HEADINGS } from './article-rules.ts'
import { BLOCKS } from './plain-text.ts'
import { onOneLine, type Reader, walk } from './walk.ts'

export type Heading = { level: number; id: string; text: string }

/** More than any table of contents has entries; slugs are not cheap. */
const ANCHORS_MAX = 5_000

/**
 * The id of each heading of sanitised HTML in order of its opening tag: `h-` and the slug of its text, numbered from
 * the second of the same on; undefined for a heading without text and from the 5,001st on. The prefix keeps ids off the
 * names pages use.
 */
export function headingAnchors(html: string): (string | undefined)[] {
  const reader = new HeadingReader()
  walk(html, [reader])
  const used = new Set<string>()
  const repeats = new Map<string, number>()
  return reader.finish().map(({ text }, at) => {
    const slug = text === '' || at >= ANCHORS_MAX ? '' : slugify(text)
    return slug === '' ? undefined : unique(`h-${slug}`, used, repeats)
  })
}

export const hasId = (heading: Found): heading is Heading => heading.id !== undefined

function unique(base: string, used: Set<string>, repeats: Map<string, number>): string {
  let anchor = base
  for (let n = repeats.get(base) ?? 2; used.has(anchor); n++) {
    anchor = `${base}-${n}`
    repeats.set(base, n + 1)
  }
  used.add(anchor)
  return anchor
}

export type Found = Omit<Heading, 'id'> & { id: string | undefined }

/** Reads all headings in order of their opening tags; words belong to the innermost one that they stand in. */
export class HeadingReader implements Reader {
  readonly #found: Found[] = []
  readonly #open: Found[] = []

  open(tag: string, { id }: Record<string, string>): void {
    this.#separate(tag)
    if (!HEADINGS.includes(tag)) return
    const heading = { level: Number(tag.slice(1)), id, text: '' }
    this.#found.push(heading)
    this.#open.push(heading)
  }

  write(text: string): void {
    const heading = this.#open.at(-1)
    if (heading) heading.text += text
  }

  close(tag: string): void {
    if (HEADINGS.includes(tag)) this.#open.pop()
    this.#separate(tag)
  }

  finish(): Found[] {
    return this.#found.map(({ text, ...heading }) => ({ ...heading, text: onOneLine(text) }))
  }

  #separate(tag: string): void {
    if (tag === 'br' || BLOCKS.has(tag)) this.write(' ')
  }
}
