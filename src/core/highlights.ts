import { MARKS, type Marked } from '../db/search.ts'
import type { Highlight } from '../shapes/articles.ts'

/** HTML in which the only tag is `<mark>`, around what was sought. */
export function presentHighlight({ title, excerpt }: { title: Marked; excerpt: Marked }): Highlight {
  return { title: toHtml(title), excerpt: toHtml(excerpt) }
}

const TAGS: Record<string, string> = { [MARKS.start]: '<mark>', [MARKS.stop]: '</mark>' }
const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** The marks of the one text around the letters of the other; blanks between letters that need none are taken out again. */
function toHtml({ marked, written }: Marked): string {
  const letters = [...(written ?? '')]
  let place = 0
  const html = [...marked].map((letter) => {
    const tag = TAGS[letter]
    if (tag) return tag
    const own = written === null ? letter : (letters[place++] ?? '')
    return ESCAPED[own] ?? own
  })
  const line = html.join('').replace(/\s+/g, ' ').trim()
  return written === null ? closeUp(line) : line
}

const CJK = '[\\u3040-\\u30ff\\u3400-\\u9fff]'

const closeUp = (html: string): string =>
  html
    .replace(new RegExp(`(${CJK}(?:</?mark>)?) +(?=(?:</?mark>)?)`, 'g'), '$1')
    .replace(new RegExp(` +(?=(?:</?mark>)?${CJK})`, 'g'), '')
