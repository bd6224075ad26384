/** In sanitised HTML a `<` is always a tag and a `>` always its end, in attributes too. */
const TAG = /(<\/?(?:a|img|iframe)(?: [^>]*)?>)/
/** Only at its place, which is the first: other attributes may say anything. */
const ADDRESS = /^<[a-z]+ (?:href|src)="/

/**
 * Sanitised HTML without images and frames that have no address, without what stands inside frames, and with the words
 * of links that lead nowhere in place of the links.
 */
export function pruned(html: string): string {
  const links: boolean[] = []
  const frames: boolean[] = []
  const isKept = (tag: string): boolean => {
    if (tag === '</a>') return links.pop() === true
    if (tag === '</iframe>') return frames.pop() === true
    const leadsSomewhere = frames.length === 0 && ADDRESS.test(tag)
    if (!tag.startsWith('<img')) (tag.startsWith('<a') ? links : frames).push(leadsSomewhere)
    return leadsSomewhere
  }
  const pieces = html.split(TAG)
  // split puts what the pattern captured at the odd places
  return pieces.filter((piece, at) => (at % 2 === 1 ? isKept(piece) : frames.length === 0)).join('')
}
