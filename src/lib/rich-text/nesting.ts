import { Parser } from 'htmlparser2'

/** Far more than the sanitiser keeps; the time of the parser grows with the square of the depth. */
const DEPTH_MAX = 250

/**
 * `html` in pieces, each of which opens at most 250 elements inside one another; together they are `html`. One piece for
 * whatever was written to be read.
 */
export function shallowPieces(html: string): string[] {
  const pieces: string[] = []
  let rest = html
  for (let at = tooDeep(rest); at > 0; at = tooDeep(rest)) {
    pieces.push(rest.slice(0, at))
    rest = rest.slice(at)
  }
  return [...pieces, rest]
}

/** Where the tag starts that goes too deep, or 0. */
function tooDeep(html: string): number {
  let depth = 0
  let at = 0
  const parser = new Parser({
    onopentagname: () => {
      if (++depth <= DEPTH_MAX) return
      at = parser.startIndex
      parser.pause()
    },
    onclosetag: () => {
      depth--
    },
  })
  parser.write(html)
  return at
}
