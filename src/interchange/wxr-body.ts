import { withParagraphs } from './autop.ts'
import { type CleanBody, resolveShortcodes } from './shortcodes.ts'

const BLOCK = /<!--\s*wp:/
/** A block that closes itself has no content but what WordPress would have made on the spot. */
const SELF_MADE_BLOCK = /^<!--\s*wp:([a-z][\w/-]*)[\s\S]*\/-->$/
const WRAPPED_ADDRESS = /(<div class="wp-block-embed__wrapper">)\s*(https?:\/\/[^\s<>"]+)\s*(<\/div>)/g

/** Turns a body as WordPress keeps it into plain HTML: no block markers, no shortcodes, real paragraphs. */
export function cleanBody(source: string): CleanBody {
  const comments = withoutComments(source)
  const shortcodes = resolveShortcodes(comments.html)
  const html = BLOCK.test(source) ? linkAddresses(shortcodes.html) : withParagraphs(shortcodes.html)
  return { html, losses: [...comments.losses, ...shortcodes.losses] }
}

/**
 * Removes HTML comments, among them the block markers, `<!--more-->` and `<!--nextpage-->`. Walks by indexOf:
 * a pattern would look for the missing end again at every beginning.
 */
function withoutComments(source: string): CleanBody {
  const losses = new Set<string>()
  let html = ''
  let at = 0
  for (let start = source.indexOf('<!--'); start !== -1; start = source.indexOf('<!--', at)) {
    const end = source.indexOf('-->', start)
    if (end === -1) break
    html += source.slice(at, start)
    at = end + 3
    const block = SELF_MADE_BLOCK.exec(source.slice(start, at))?.[1]
    if (block !== undefined) losses.add(`block "${block}" has no content of its own and is left out`)
  }
  return { html: (html + source.slice(at)).replace(/\n{3,}/g, '\n\n').trim(), losses: [...losses] }
}

/** An embedded page is a bare address, which WordPress would have replaced. */
function linkAddresses(html: string): string {
  return html.replace(WRAPPED_ADDRESS, '$1<a href="$2">$2</a>$3')
}
