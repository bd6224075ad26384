/** Characters that leave no trace on screen, so that they cannot hide a word: zero-width ones, soft hyphens, controls. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]|(?!\s)\p{Cc}/gu
/** Marks of no script of their own that no letter took up: strokes through a word and other ornaments. */
const ORNAMENT = /(?=\p{M})\p{sc=Inherited}/gu
const APOSTROPHE = /[\u2018\u2019]/g
const DASH = /\p{Pd}/gu

/**
 * The beginning of a letter of the scripts that write without spaces. Marks count by their script proper: by extension,
 * marks that Latin letters bear too would belong to Thai, and end a word in its middle.
 */
const UNSPACED =
  '(?:(?=[\\p{L}\\p{N}])[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Khmer}\\p{scx=Lao}\\p{scx=Myanmar}]' +
  '|(?=\\p{M})[\\p{sc=Thai}\\p{sc=Khmer}\\p{sc=Lao}\\p{sc=Myanmar}])'
/** A word, as far as its letters, digits and marks go; of a script without spaces, one letter. */
const WORD = `${UNSPACED}\\p{M}*|(?:(?!${UNSPACED})[\\p{L}\\p{N}\\p{M}])+`
const WORDS = new RegExp(WORD, 'gu')
const WORDS_AND_SIGNS = new RegExp(`${WORD}|\\S`, 'gu')

export interface WordList {
  /** @returns the first entry, as it was given, that stands in a plain text; those with signs in them come last. */
  find(text: string): string | undefined
}

interface Node {
  next: Map<string, Node>
  entry?: string
}

/**
 * An entry of a word list as texts are compared with it: compatible forms as one (NFKC), without case, without what
 * cannot be seen, each run of white space one space. Entries that are equal here find the same; '' finds nothing.
 */
export function normaliseEntry(entry: string): string {
  return fold(entry).replace(/\s+/g, ' ').trim()
}

/**
 * A list of words and phrases, each taken literally. A word is found as a whole, never within a longer one; in scripts
 * that write without spaces, wherever its letters stand. Between the words of a phrase anything but letters and digits
 * may stand, unless the entry has signs of its own (`a$$`, `example.com`): then it is found with just these.
 * Linear in the text for any list: a text is looked up from each of its words for no longer than the longest entry.
 */
export function compileWordList(entries: Iterable<string>): WordList {
  const phrases: Node = { next: new Map() }
  const literals: Node = { next: new Map() }
  for (const entry of entries) {
    const folded = fold(entry)
    const parts = split(folded, WORDS_AND_SIGNS)
    const hasSigns = parts.length > split(folded, WORDS).length
    add(hasSigns ? literals : phrases, parts, entry)
  }
  return {
    find: (text) => {
      const folded = fold(text)
      return first(phrases, folded, WORDS) ?? first(literals, folded, WORDS_AND_SIGNS)
    },
  }
}

function fold(text: string): string {
  const visible = text.normalize('NFKC').replace(INVISIBLE, '')
  // by way of upper case, which makes ss of ß (but not of ẞ); a sigma looks different at the end of a word
  const caseless = visible.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
  // what stood apart before, or was taken apart by the change of case, is one letter again
  const composed = caseless.normalize('NFKC').replace(ORNAMENT, '')
  return composed.replace(APOSTROPHE, "'").replace(DASH, '-')
}

const split = (folded: string, parts: RegExp): string[] => folded.match(parts) ?? []

function add(root: Node, parts: string[], entry: string): void {
  if (parts.length === 0) return
  let node = root
  for (const part of parts) {
    const next = node.next.get(part) ?? { next: new Map() }
    node.next.set(part, next)
    node = next
  }
  node.entry ??= entry
}

function first(root: Node, folded: string, pattern: RegExp): string | undefined {
  if (root.next.size === 0) return undefined
  const parts = split(folded, pattern)
  for (let start = 0; start < parts.length; start++) {
    const entry = entryAt(root, parts, start)
    if (entry !== undefined) return entry
  }
  return undefined
}

/** The shortest entry that begins with the part at `start`. */
function entryAt(root: Node, parts: string[], start: number): string | undefined {
  let node: Node | undefined = root
  for (let at = start; node && at <= parts.length; at++) {
    if (node.entry !== undefined) return node.entry
    node = node.next.get(parts[at] ?? '')
  }
  return undefined
}
