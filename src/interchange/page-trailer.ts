import { type Label, labelledHeadline, labelOf } from './page-labels.ts'

export interface Trailer<Line> {
  previousTitle: string | null
  nextTitle: string | null
  commentsOpen: boolean
  /** The lines before the first label: the article itself. */
  before: Line[]
  /** The lines after it that are neither a label nor the headline that a label announces. */
  after: Line[]
}

/** Finds the neighbours and the invitation to comment among the lines of a page; none is empty. */
export function readTrailer<Line>(lines: readonly Line[], textOf: (line: Line) => string): Trailer<Line> {
  const found: Trailer<Line> = {
    previousTitle: null,
    nextTitle: null,
    commentsOpen: false,
    before: [],
    after: [],
  }
  let awaited: Label | null = null
  let started = false
  for (const line of lines) {
    const text = textOf(line)
    const label = labelOf(text)
    const announced = label === null ? labelledHeadline(text) : null
    started ||= label !== null || announced !== null
    if (label === 'comment') found.commentsOpen = true
    else if (announced !== null) setNeighbour(found, announced.label, announced.headline)
    else if (label === null && awaited !== null && awaited !== 'comment') setNeighbour(found, awaited, text)
    else if (label === null) (started ? found.after : found.before).push(line)
    awaited = label
  }
  return found
}

/** The first of two counts: menus and footers repeat. */
function setNeighbour(found: Trailer<unknown>, label: Label, headline: string): void {
  if (label === 'previous') found.previousTitle ??= headline
  else found.nextTitle ??= headline
}
