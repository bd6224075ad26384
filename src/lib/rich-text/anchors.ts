import { Parser } from 'htmlparser2'
import { slugify } from '../text.ts'
import { HEADINGS } from './article-rules.ts'

/**
 * The id of each heading of sanitised HTML in order of its opening tag: `h-` and the slug of its text, numbered from
 * the second of the same on; undefined for a heading without text. The prefix keeps ids off the names pages use.
 */
export function headingAnchors(html: string): (string | undefined)[] {
  const used = new Set<string>()
  const repeats = new Map<string, number>()
  return headingTexts(html).map((text) => {
    const slug = slugify(text)
    return slug === '' ? undefined : unique(`h-${slug}`, used, repeats)
  })
}

function unique(base: string, used: Set<string>, repeats: Map<string, number>): string {
  let anchor = base
  for (let n = repeats.get(base) ?? 2; used.has(anchor); n++) {
    anchor = `${base}-${n}`
    repeats.set(base, n + 1)
  }
  used.add(anchor)
  return anchor
}

function headingTexts(html: string): string[] {
  const texts: string[] = []
  const open: number[] = []
  const parser = new Parser({
    onopentagname: (tag) => {
      if (HEADINGS.includes(tag)) open.push(texts.push('') - 1)
    },
    ontext: (text) => {
      const at = open.at(-1)
      if (at !== undefined) texts[at] += text
    },
    onclosetag: (tag) => {
      if (HEADINGS.includes(tag)) open.pop()
    },
  })
  parser.end(html)
  return texts
}
