import { toInstant } from './instant.ts'
import type { PageContent } from './page.ts'
import { labelledHeadline, labelOf } from './page-labels.ts'
import { type HtmlRun, scanHtml } from './page-scan.ts'
import { readTrailer } from './page-trailer.ts'
import { oneLine } from './text.ts'

/**
 * Reads a page as HTML. The headline is its h1, or else what its head says; the paragraphs are those of
 * `article` or `main`, or else of the whole body without navigation, header, footer and asides.
 */
export function readHtmlPage(html: string): PageContent {
  const { runs, head, time } = scanHtml(html)
  const { previousTitle, nextTitle, commentsOpen } = readTrailer(runs.filter(mayAnnounce), ({ text }) => text)
  return {
    title: headline(runs) ?? head.get('og:title') ?? oneLine(head.get('title') ?? ''),
    paragraphs: paragraphs(runs, [previousTitle, nextTitle]),
    publishedAt: toInstant(head.get('article:published_time') ?? '') ?? toInstant(time ?? ''),
    previousTitle: linked(runs, 'prev') ?? head.get('link:prev') ?? previousTitle,
    nextTitle: linked(runs, 'next') ?? head.get('link:next') ?? nextTitle,
    commentsOpen,
    leftOut: [],
  }
}

/** The text of a link that says its relation is not announced by a label as well. */
function mayAnnounce(run: HtmlRun): boolean {
  return run.rel === null || labelOf(run.text) !== null
}

function headline(runs: readonly HtmlRun[]): string | undefined {
  const found = runs.filter((run) => run.block === 'h1')
  return (found.find((run) => run.inArticle) ?? found[0])?.text
}

/** A link may hold its label and the headline, in either order. */
function linked(runs: readonly HtmlRun[], rel: 'prev' | 'next'): string | undefined {
  const texts = runs.filter((run) => run.rel === rel && labelOf(run.text) === null).map((run) => run.text)
  const first = texts[0]
  return first === undefined ? undefined : (labelledHeadline(first)?.headline ?? first)
}

function paragraphs(runs: readonly HtmlRun[], neighbours: (string | null)[]): string[] {
  const all = runs.filter((run) => run.block === 'p' && !run.aside && run.rel === null)
  const own = all.filter((run) => run.inArticle)
  const texts = (own.length > 0 ? own : all).map((run) => run.text)
  return texts.filter(
    (text) => labelOf(text) === null && labelledHeadline(text) === null && !neighbours.includes(text),
  )
}
