import MarkdownIt, { type StateBlock, type StateCore, type StateInline, type Token } from 'markdown-it'

/**
 * What one document may cost: tokens of blocks and steps within lines together. Dense prose of 512 KiB takes 130,000 of
 * them at most. What comes after they are spent is shown as typed.
 */
const WORK_MAX = 150_000
/** A link costs as much as ten other steps. Beyond these, which is one in 26 characters, they are words. */
const LINKS_MAX = 20_000
/** Six lists inside one another, or twice as many quotes. Each line may be tried at each level. */
const NESTING_MAX = 16
/** Beyond its own limit markdown-it drops what it finds, and a list opens two levels at once. */
const VERBATIM_LEVEL = NESTING_MAX - 2
/** As in cmark: short documents may still repeat a long address. */
const REFERENCE_ROOM = 100_000

type BlockRule = (state: StateBlock, startLine: number, endLine: number, silent: boolean) => boolean

/** Raw HTML may pass: everything is sanitised afterwards. */
const markdown = new MarkdownIt({ html: true, linkify: true, typographer: false, maxNesting: NESTING_MAX })
// Without a scheme it is no link: `README.md` is a file here, not a site in Moldova.
markdown.linkify.set({ fuzzyLink: false }).add('//', null)

let linksLeft = 0
const { validateLink } = markdown
markdown.validateLink = (url) => linksLeft-- > 0 && validateLink(url)

const [table, list] = [blockRule('table'), blockRule('list')]
markdown.block.ruler.at('table', boundedTable, { alt: ['paragraph', 'reference'] })
markdown.block.ruler.at('list', boundedList, { alt: ['paragraph', 'reference', 'blockquote'] })
markdown.block.ruler.before('table', 'as_typed', blocksAsTyped)
markdown.core.ruler.before('inline', 'budget', startBudget)
markdown.inline.ruler.before('text', 'as_typed', wordsAsTyped)
markdown.core.ruler.after('inline', 'figures', makeFigures)

/**
 * CommonMark with tables, strikethrough and bare addresses with a scheme as links, into HTML that is not safe yet. An
 * image with a title that is alone in its paragraph becomes a figure with the title as its caption. What is nested too
 * deep, and what comes when all work is spent, stands there as it was typed; nothing is dropped.
 * The time taken and the length of what comes out grow with the length of `source`, whatever is in it.
 */
export function renderMarkdown(source: string): string {
  // one for all, because nothing comes between the start and the end of a rendering
  linksLeft = LINKS_MAX
  return markdown.render(source)
}

/** A rule as markdown-it brings it along; it hands out rules without their names. */
function blockRule(name: string): BlockRule {
  const { ruler } = new MarkdownIt().block
  ruler.enableOnly([name])
  const [rule] = ruler.getRules('')
  if (!rule) throw new Error(`markdown-it has no rule ${name}`)
  return rule
}

/** Cuts a table where the work runs out: cells that a row lacks are made up to the width of the head. */
function boundedTable(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if (startLine + 1 >= endLine) return false
  const columns = rawLines(state, startLine + 1, startLine + 2).split('|').length
  return table(state, startLine, lastLine(state, startLine, endLine, 3 * columns + 2), silent)
}

/** Cuts a list where the work runs out: items without words never come to `blocksAsTyped`. */
function boundedList(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  // given no line the rule gets nowhere, at which markdown-it throws
  const last = Math.max(startLine + 1, lastLine(state, startLine, endLine, 2))
  return list(state, startLine, last, silent)
}

function lastLine(state: StateBlock, startLine: number, endLine: number, tokensPerLine: number): number {
  return Math.min(endLine, startLine + Math.floor((WORK_MAX - state.tokens.length) / tokensPerLine))
}

/** Takes the rest where the work is spent, and what is in the container where that lies too deep. */
function blocksAsTyped(state: StateBlock, startLine: number, endLine: number): boolean {
  const isSpent = state.tokens.length >= WORK_MAX
  if (!isSpent && state.level < VERBATIM_LEVEL) return false
  const isInside = (line: number) => state.isEmpty(line) || (state.sCount[line] ?? 0) >= state.blkIndent
  let line = startLine + 1
  while (line < endLine && (isSpent || isInside(line))) line++
  state.push('code_block', 'code', 0).content = rawLines(state, startLine, line)
  state.line = line
  return true
}

function rawLines(state: StateBlock, begin: number, end: number): string {
  return state.getLines(begin, end, state.blkIndent, false)
}

type Budget = { left: number }

function startBudget({ env, src, tokens }: StateCore): void {
  const budget: Budget = { left: WORK_MAX - tokens.length }
  env['budget'] = budget
  if (env.references) env.references = metered(env.references, Math.max(src.length, REFERENCE_ROOM))
}

/** One definition can be used a hundred thousand times: beyond `room` characters in all, uses are no links. */
function metered<Reference extends { href: string; title: string }>(
  references: Record<string, Reference>,
  room: number,
): Record<string, Reference> {
  let left = room
  return new Proxy(references, {
    get: (all, label: string) => {
      const found = all[label]
      if (!found || linksLeft-- <= 0) return undefined
      left -= found.href.length + found.title.length
      return left < 0 ? undefined : found
    },
  })
}

/** Called before every other rule for a line, and so once for each step. */
function wordsAsTyped(state: StateInline, silent: boolean): boolean {
  const budget = state.env['budget'] as Budget
  if (budget.left-- > 0) return false
  if (!silent) state.pending += state.src.slice(state.pos, state.posMax)
  state.pos = state.posMax
  return true
}

function makeFigures({ tokens, Token }: StateCore): void {
  for (const [at, { children }] of tokens.entries()) {
    const image = onlyImage(children ?? [])
    const title = image?.attrGet('title')
    const [opening, closing] = [tokens[at - 1], tokens[at + 1]]
    if (!image || !title || opening?.type !== 'paragraph_open' || !closing) continue
    image.attrs = image.attrs?.filter(([name]) => name !== 'title') ?? null
    children?.push(...captionTokens(String(title), Token))
    // The paragraphs of a tight list are hidden.
    for (const token of [opening, closing]) Object.assign(token, { tag: 'figure', hidden: false })
  }
}

/** The image where there is nothing else but, at most, a link around it. */
function onlyImage(children: readonly Token[]): Token | undefined {
  const [first, ...others] = children.filter(({ type }) => type !== 'link_open' && type !== 'link_close')
  return first?.type === 'image' && others.length === 0 ? first : undefined
}

function captionTokens(title: string, TokenClass: StateCore['Token']): Token[] {
  const caption = new TokenClass('text', '', 0)
  caption.content = title
  return [
    new TokenClass('figcaption_open', 'figcaption', 1),
    caption,
    new TokenClass('figcaption_close', 'figcaption', -1),
  ]
}
