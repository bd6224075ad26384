/** Newswires and typewriters break lines far before this; a text with a longer line was not broken by hand. */
const LONGEST_HARD_LINE = 100
const TITLE_LENGTH = 70

/**
 * The paragraphs of a plain text. A blank line ends one and an indented line begins one; within, the lines
 * are joined. In a text with long lines every line is a paragraph of its own.
 */
export function paragraphsOf(text: string): string[] {
  const lines = text.split(/\r\n?|\n/)
  const hardBroken = lines.every((line) => line.length <= LONGEST_HARD_LINE)
  const found: string[][] = [[]]
  for (const line of lines) {
    if (!hardBroken || beginsParagraph(line)) found.push([])
    const words = line.trim()
    if (words !== '') found.at(-1)?.push(words)
  }
  return found.filter((paragraph) => paragraph.length > 0).map((paragraph) => paragraph.join(' '))
}

function beginsParagraph(line: string): boolean {
  return line.trim() === '' || /^(?: {2}|\t)/.test(line)
}

/** A title for an article that has none: the first words of its text on one line, or `Untitled`. */
export function titleFrom(words: string): string {
  if (words === '') return 'Untitled'
  if (words.length <= TITLE_LENGTH) return words
  const start = Array.from(words.slice(0, TITLE_LENGTH)).slice(0, -1).join('')
  const lastSpace = start.lastIndexOf(' ')
  return `${lastSpace > 0 ? start.slice(0, lastSpace) : start}…`
}
