/** Any base will do: only the scheme of the result is looked at. */
const BASE = 'https://relative.invalid/'
export const WEB: readonly string[] = ['http:', 'https:']
/** A comma alone may be part of an address; a descriptor before it or a space behind it ends a candidate. */
const BETWEEN_CANDIDATES = /,\s+|(?<=\s[\d.]{1,8}[wx]),/
const CANDIDATE = /^([^\s,](?:\S*[^\s,])?)(?:\s+([1-9]\d{0,5}w|\d{1,3}(?:\.\d{1,3})?x))?$/

/**
 * An address as the author wrote it, if a browser would give it one of `schemes` (`['https:']`); relative ones stay
 * relative, `//host` becomes https. Undefined for every other. Decided by the WHATWG parser, as browsers do.
 */
export function safeUrl(value: string, schemes: readonly string[]): string | undefined {
  const written = asParsed(value)
  if (written === '' || !URL.canParse(written, BASE)) return undefined
  return schemes.includes(new URL(written, BASE).protocol) ? written : undefined
}

/** The candidates of a `srcset` with a sound address and descriptor, written one way; undefined where there is none. */
export function safeSrcset(value: string): string | undefined {
  const sound = value.split(BETWEEN_CANDIDATES).flatMap((candidate) => {
    const [, address = '', descriptor] = CANDIDATE.exec(candidate.trim()) ?? []
    const url = safeUrl(address, WEB)
    return url === undefined ? [] : [descriptor === undefined ? url : `${url} ${descriptor}`]
  })
  return sound.length > 0 ? sound.join(', ') : undefined
}

/** An absolute http(s) address without credentials, as the WHATWG parser writes it; else undefined. */
export function absoluteHttpUrl(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined
  const url = new URL(value)
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:'
  return isHttp && url.username === '' && url.password === '' ? url.href : undefined
}

/** A browser ignores tabs and newlines anywhere in an address, and controls and spaces around it. */
export function asParsed(value: string): string {
  const written = value.replace(/[\t\n\r]/g, '').replace(/^[\0- ]+/, '')
  const trimmed = written.slice(0, endOfUrl(written))
  return /^[\\/]{2}/.test(trimmed) ? `https:${trimmed}` : trimmed
}

function endOfUrl(s: string): number {
  let end = s.length
  while (end > 0 && s.charCodeAt(end - 1) <= 0x20) end--
  return end
}
