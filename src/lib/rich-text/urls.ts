/** Any base will do: only the scheme of the result is looked at. */
const BASE = 'https://relative.invalid/'
const EMBED_HOSTS = new Set([
  'www.youtube.com',
  'www.youtube-nocookie.com',
  'player.vimeo.com',
  'open.spotify.com',
  'w.soundcloud.com',
  'platform.twitter.com',
])

/**
 * An address as the author wrote it, if a browser would give it one of `schemes` (`['https:']`); relative ones stay
 * relative, `//host` becomes https. Undefined for every other. Decided by the WHATWG parser, as browsers do.
 */
export function safeUrl(value: string, schemes: readonly string[]): string | undefined {
  const written = asParsed(value)
  if (written === '' || !URL.canParse(written, BASE)) return undefined
  return schemes.includes(new URL(written, BASE).protocol) ? written : undefined
}

/** The address of a frame, over https, if its host is one of those we embed; else undefined. */
export function embedUrl(value: string): string | undefined {
  const written = asParsed(value)
  if (!URL.canParse(written)) return undefined
  const url = new URL(written)
  const isPlain = url.username === '' && url.password === '' && url.port === ''
  if (!isPlain || !EMBED_HOSTS.has(url.hostname)) return undefined
  // Old articles embed over http; all these hosts answer on https.
  if (url.protocol === 'http:') url.protocol = 'https:'
  return url.protocol === 'https:' ? url.href : undefined
}

/** An absolute http(s) address without credentials, as the WHATWG parser writes it; else undefined. */
export function absoluteHttpUrl(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined
  const url = new URL(value)
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:'
  return isHttp && url.username === '' && url.password === '' ? url.href : undefined
}

/** A browser ignores tabs and newlines anywhere in an address, and controls and spaces around it. */
function asParsed(value: string): string {
  const written = value.replace(/[\t\n\r]/g, '').replace(/^[\0- ]+/, '')
  const trimmed = written.slice(0, endOfUrl(written))
  return /^[\\/]{2}/.test(trimmed) ? `https:${trimmed}` : trimmed
}

function endOfUrl(s: string): number {
  let end = s.length
  while (end > 0 && s.charCodeAt(end - 1) <= 0x20) end--
  return end
}
