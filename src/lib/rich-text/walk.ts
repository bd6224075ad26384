import { Parser } from 'htmlparser2'

/** What wants to know of the tags and words of a document, in their order. */
export type Reader = {
  open?(tag: string, attributes: Record<string, string>): void
  write?(text: string): void
  close?(tag: string): void
}

/** What a browser shows instead of the words in these is no text. */
const MUTED = new Set(['iframe', 'audio', 'video'])

/** Reads sanitised HTML once for all readers: each element opened and closed, entities decoded. */
export function walk(html: string, readers: readonly Reader[]): void {
  let muted = 0
  const parser = new Parser({
    onopentag: (tag, attributes) => {
      if (MUTED.has(tag)) muted++
      for (const reader of readers) reader.open?.(tag, attributes)
    },
    ontext: (text) => {
      if (muted === 0) for (const reader of readers) reader.write?.(text)
    },
    onclosetag: (tag) => {
      if (MUTED.has(tag)) muted--
      for (const reader of readers) reader.close?.(tag)
    },
  })
  parser.end(html)
}

/** `text` as it shows on one line. No-break spaces between words stay. */
export function onOneLine(text: string): string {
  return text.replace(/[ \t\n\f\r]+/g, ' ').trim()
}
