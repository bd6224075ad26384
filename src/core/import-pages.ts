import { articleByTitle, articlePlace, findSources, type SitePlace, siteNeighbours } from '../db/imports.ts'
import type { ImportedArticle, ImportedPage } from '../domain/interchange.ts'
import { sha256 } from '../lib/secrets.ts'
import type { ImportBatch } from './import.ts'
import { importArticles } from './import-articles.ts'

/**
 * A page knows its neighbours by headline only. Those that are here are matched; the others are made as stubs, just
 * before and just after, so that the page's own links come out of `adjacent`. A stub is filled when its own page
 * is imported: pages and stubs go by their headline.
 */
export async function importPage(page: ImportedPage, batch: ImportBatch): Promise<void> {
  const here = await find(page.title, batch)
  const previous = await find(page.previousTitle, batch)
  const next = await find(page.nextTitle, batch)
  const publishedAt = here?.publishedAt ?? (await momentFor(page, previous, next, batch))
  // stubs first and last: of equal moments, ids made in this order decide
  if (!previous && page.previousTitle)
    await writeStub(page, page.previousTitle, await before(here, publishedAt, batch), batch)
  await importArticles([pageArticle(page, iso(publishedAt))], batch)
  if (!next && page.nextTitle)
    await writeStub(page, page.nextTitle, await after(here, publishedAt, batch), batch)
  if (!batch.options.dryRun) await compare(page, batch)
}

/** Of the very words: slugs are cut, and leave out what may be all the difference. */
const keyOf = (title: string): string => sha256(title).toString('hex').slice(0, 16)

async function find(title: string | null, { tx, options }: ImportBatch): Promise<SitePlace | undefined> {
  if (title === null) return undefined
  const source = (await findSources(tx, options.source, 'article', [keyOf(title)])).get(keyOf(title))
  const own = source?.subjectId ? await articlePlace(tx, source.subjectId) : undefined
  return own ?? articleByTitle(tx, title)
}

/** When an article that is not here yet appeared: between the neighbours that are, else as the page says, else now. */
async function momentFor(
  page: ImportedPage,
  previous: SitePlace | undefined,
  next: SitePlace | undefined,
  { tx, fault }: ImportBatch & object,
): Promise<string> {
  const upper = next ?? (previous && (await siteNeighbours(tx, previous.id)).next)
  const lower = previous ?? (next && (await siteNeighbours(tx, next.id)).previous)
  if (!previous && !next) return page.publishedAt ?? new Date().toISOString()
  const moment = between(lower?.publishedAt, upper?.publishedAt)
  if (moment) return moment
  fault(page.where, 'there is no room between its neighbours: it stands at the moment of one of them', false)
  return (lower ?? upper)?.publishedAt as string
}

/** The moment of a stub just before: that of the page where both are new, for ids then decide. */
async function before(
  here: SitePlace | undefined,
  publishedAt: string,
  { tx }: ImportBatch,
): Promise<string> {
  if (!here) return publishedAt
  const { previous } = await siteNeighbours(tx, here.id)
  return between(previous?.publishedAt, publishedAt) ?? publishedAt
}

async function after(here: SitePlace | undefined, publishedAt: string, { tx }: ImportBatch): Promise<string> {
  if (!here) return publishedAt
  const { next } = await siteNeighbours(tx, here.id)
  return between(publishedAt, next?.publishedAt) ?? publishedAt
}

/** A millisecond strictly between two moments, of which one may be missing; undefined where there is none. */
function between(lower: string | undefined, upper: string | undefined): string | undefined {
  const from = lower === undefined ? undefined : new Date(lower).getTime()
  const to = upper === undefined ? undefined : new Date(upper).getTime()
  if (from === undefined && to === undefined) return undefined
  if (from === undefined) return new Date((to as number) - 1).toISOString()
  if (to === undefined) return new Date(from + 1).toISOString()
  return to - from < 2 ? undefined : new Date(Math.floor((from + to) / 2)).toISOString()
}

const iso = (moment: string): string => new Date(moment).toISOString()

function pageArticle(
  { where, title, paragraphs, commentsOpen }: ImportedPage,
  publishedAt: string,
): ImportedArticle {
  return {
    kind: 'article',
    where,
    externalId: keyOf(title),
    title,
    body: { format: 'text', source: paragraphs.join('\n\n') },
    status: 'published',
    publishedAt,
    authors: [],
    categories: [],
    tags: [],
    commentPolicy: commentsOpen ? null : 'closed',
  }
}

const writeStub = (
  page: ImportedPage,
  title: string,
  publishedAt: string,
  batch: ImportBatch,
): Promise<void> =>
  importArticles(
    [pageArticle({ ...page, title, paragraphs: [], commentsOpen: true }, iso(publishedAt))],
    batch,
  )

/** Says so where the neighbours in the database are not those of the page: another article stands between. */
async function compare(page: ImportedPage, { tx, options, fault }: ImportBatch): Promise<void> {
  const source = (await findSources(tx, options.source, 'article', [keyOf(page.title)])).get(
    keyOf(page.title),
  )
  if (!source?.subjectId) return
  const { previous, next } = await siteNeighbours(tx, source.subjectId)
  const sides = [
    ['previous', page.previousTitle, previous],
    ['next', page.nextTitle, next],
  ] as const
  for (const [side, title, found] of sides) {
    if (title !== null && found?.title !== title) {
      fault(
        page.where,
        `its ${side} article is "${title}", but here it is ${found ? `"${found.title}"` : 'none'}`,
        false,
      )
    }
  }
}
