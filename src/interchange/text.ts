import { Parser } from 'htmlparser2'

/** With the `u` flag this matches only surrogates that have lost their other half. */
const LONE_SURROGATE = /\p{Surrogate}/gu
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f]/g
const BARE_AMPERSAND = /&(?!(?:#\d+|#x[\da-f]+|[a-z][a-z\d]*);)/gi

/** Removes NUL, which no PostgreSQL text holds, and lone surrogates, which no UTF-8 does. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').replace(LONE_SURROGATE, '')
}

/** Removes the control characters (C0 and DEL) other than line feed and tab. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, '')
}

/** `AT&amp;T &lt;T>` → `AT&T <T>`; only references ended by a semicolon count, the rest is plain text. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return htmlText(text.replace(BARE_AMPERSAND, '&amp;').replaceAll('<', '&lt;'))
}

/** Runs of white space become one space each, none at the ends. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** The words of an HTML fragment on one line, without its tags, scripts and styles. */
export function plainText(html: string): string {
  return oneLine(withoutControls(htmlText(html)))
}

const WITHOUT_WORDS: ReadonlySet<string> = new Set(['script', 'style', 'template'])
const INLINE: ReadonlySet<string> = new Set(
  'a abbr b bdi bdo cite code del dfn em font i ins kbd mark q s samp small span strong sub sup u var'.split(
    ' ',
  ),
)

function htmlText(html: string): string {
  let text = ''
  let silent = 0
  const parser = new Parser({
    onopentagname(name) {
      if (WITHOUT_WORDS.has(name)) silent += 1
      if (!INLINE.has(name)) text += ' '
    },
    onclosetag(name) {
      if (WITHOUT_WORDS.has(name)) silent -= 1
      if (!INLINE.has(name)) text += ' '
    },
    ontext(data) {
      if (silent === 0) text += data
    },
  })
  parser.end(html)
  return text
}
