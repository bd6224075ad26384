import baseSlugify from '@sindresorhus/slugify'
import { closestMatch } from 'leven'

const SLUG_MAX = 80
const UUID_SHAPE = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/
const URL_MAX = 200
const WORDS_PER_MINUTE = 230
/** Letters of the scripts that write without spaces between words; the lookahead leaves out their punctuation. */
const UNSPACED_LETTER = /(?=\p{L})[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]/gu
const WORD = /[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|['’-](?=[\p{L}\p{N}]))*/gu

/**
 * The slug of a title, in any script: transliterated to ASCII where that is possible, otherwise the title's own
 * letters (`東京` stays `東京`). At most 80 code points, cut between words; '' when nothing can be kept.
 * Never shaped like a UUID, because a reference in a path is an id or a slug.
 */
export function slugify(title: string): string {
  const compatible = title.normalize('NFKC')
  // some letters are known to the transliteration in lower case only, such as those of Georgian
  const ascii = asciiSlug(title) || asciiSlug(compatible) || asciiSlug(compatible.toLowerCase())
  const slug = cutSlug(ascii || ownScriptSlug(compatible))
  return UUID_SHAPE.test(slug) ? `a-${slug}` : slug
}

/** '' also when only digits are left, or `第3回` would be `3`. */
function asciiSlug(title: string): string {
  // Titles are prose: splitting camel case would turn `McDonald` into `mc-donald`.
  const slug = baseSlugify(title, { decamelize: false })
  return /[a-z]/.test(slug) ? slug : ''
}

function ownScriptSlug(title: string): string {
  const visible = title.replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  // Marks stay: in Devanagari or Thai they are the vowels.
  const words = visible.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? []
  return words.join('-').normalize('NFC')
}

function cutSlug(slug: string): string {
  const head = takeCodePoints(slug, SLUG_MAX)
  if (head.length === slug.length || slug[head.length] === '-') return head
  const lastDash = head.lastIndexOf('-')
  return lastDash > 0 ? head.slice(0, lastDash) : head
}

/** The n-th slug of the same words, from 1: `harbour`, `harbour-2`…; no longer than any slug. */
export function numberedSlug(slug: string, n: number): string {
  if (n === 1) return slug
  const suffix = `-${n}`
  return `${takeCodePoints(slug, SLUG_MAX - suffix.length).replace(/-+$/, '')}${suffix}`
}

/**
 * `s` when it has at most `max` code points, otherwise its beginning with `…`, `max` code points in all.
 * Cut between words, unless the last space is so early that more than half would be lost.
 */
export function truncateAtWord(s: string, max: number): string {
  if (takeCodePoints(s, max).length === s.length) return s
  const room = takeCodePoints(s, max - 1)
  const endsWord = /\s/.test(s.charAt(room.length))
  const words = endsWord ? room : (/^(.*)\s/su.exec(room)?.[1] ?? '')
  const kept = words.length * 2 >= room.length ? words : room
  return `${kept.replace(/[\s,;:.–—-]+$/u, '')}…`
}

function takeCodePoints(s: string, max: number): string {
  let end = 0
  let count = 0
  for (const char of s) {
    if (count++ === max) break
    end += char.length
  }
  return s.slice(0, end)
}

/**
 * The words of a plain text. Chinese and Japanese count by the letter, as word processors do; a hyphenated word
 * or a contraction is one. Scripts without spaces other than these (Thai, Khmer) come out too low.
 */
export function wordCount(text: string): number {
  const letters = text.match(UNSPACED_LETTER)?.length ?? 0
  const spaced = letters > 0 ? text.replace(UNSPACED_LETTER, ' ') : text
  return letters + (spaced.match(WORD)?.length ?? 0)
}

/**
 * Whole minutes to read `words`, rounded up, 0 only for no words. 230 a minute is silent reading of English prose;
 * Chinese read by the character is close to it, which is why `wordCount` may count either.
 */
export function readingMinutes(words: number): number {
  return Math.ceil(words / WORDS_PER_MINUTE)
}

/**
 * The candidate somebody who typed `name` probably meant, or undefined. At most two edits, or a third of a long
 * name, and always fewer than its length: else every two-letter name would resemble every other.
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const maxDistance = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1)
  return maxDistance > 0 ? closestMatch(name, candidates, { maxDistance }) : undefined
}

/**
 * A web address as a WHATWG parser writes it, or undefined when it is not http(s), carries credentials
 * (`https://bank.example@evil.example`), or is longer than `max` characters once written out.
 */
export function cleanHttpUrl(s: string, max = URL_MAX): string | undefined {
  if (!URL.canParse(s)) return undefined
  const url = new URL(s)
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:'
  if (!isHttp || url.username !== '' || url.password !== '' || url.href.length > max) return undefined
  return url.href
}
