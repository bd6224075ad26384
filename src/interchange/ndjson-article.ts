import type { ImportedArticle, ImportFault, SourceBody } from '../domain/interchange.ts'
import { NO_DATE, skipped } from './faults.ts'
import { paragraphsOf, titleFrom } from './paragraphs.ts'
import type { Row } from './row.ts'
import { decodeEntities, oneLine, plainText, withoutControls } from './text.ts'

/** Far more than a title takes; a whole body need not be read for one. */
const OPENING = 4000
const POLICIES = ['open', 'known', 'held', 'closed'] as const

/** The article of a row, its losses noted in the row; or the fault for which the row is left out. */
export function articleOf(row: Row, where: string): ImportedArticle | ImportFault {
  const id = identify(row)
  if ('reason' in id) return skipped(where, id.reason)
  const body = bodyOf(row)
  if (body === null) return skipped(where, 'field "body" is not a string')
  return {
    kind: 'article',
    where,
    externalId: id.externalId,
    title: titleOf(row, body),
    body,
    ...publication(row),
    authors: row.terms('authors').map(({ name, ...rest }) => ({ ...rest, name: oneLine(name) })),
    categories: row.terms('categories'),
    tags: row.terms('tags'),
    slug: row.text('slug'),
    locale: row.text('locale'),
    subtitle: words(row.text('subtitle')),
    excerpt: words(row.text('excerpt')),
    unpublishAt: row.instant('unpublishAt'),
    updatedAt: row.instant('updatedAt'),
    featured: row.flag('featured'),
    commentPolicy: row.oneOf('commentPolicy', POLICIES),
    ...coverOf(row),
  }
}

function identify(row: Row): { externalId: string } | { reason: string } {
  const id = row.raw('id')
  if (id === undefined || id === null) return { reason: 'no id' }
  if (typeof id === 'number' && !Number.isSafeInteger(id)) {
    return { reason: 'field "id" is a number that is not read exactly; write it as a string' }
  }
  if (typeof id !== 'string' && typeof id !== 'number') return { reason: 'field "id" is not a string' }
  const externalId = row.clean('id', String(id)).trim()
  return externalId === '' ? { reason: 'no id' } : { externalId }
}

/** The format is never guessed: text, unless the row or the map says otherwise. */
function bodyOf(row: Row): SourceBody | null {
  const raw = row.raw('body') ?? ''
  if (typeof raw !== 'string') return null
  const format = row.oneOf('bodyFormat', ['html', 'markdown', 'text']) ?? 'text'
  const source = row.clean('body', raw)
  return { format, source: format === 'text' ? normalText(source) : source }
}

function normalText(source: string): string {
  return paragraphsOf(withoutControls(decodeEntities(source))).join('\n\n')
}

function titleOf(row: Row, body: SourceBody): string {
  const title = words(row.text('title'))
  if (title !== undefined) return title
  const made = titleFrom(opening(body))
  row.losses.push(`no title: "${made}" was made up`)
  return made
}

function opening({ format, source }: SourceBody): string {
  const start = source.slice(0, OPENING)
  if (format === 'html') return plainText(start)
  return oneLine(format === 'markdown' ? start.replace(/[#*_`>]/g, '') : start)
}

/** A published article without a date, or one whose status is not known, must not come out by accident. */
function publication(row: Row): Pick<ImportedArticle, 'status' | 'publishedAt'> {
  const publishedAt = row.instant('publishedAt') ?? null
  const status = statusOf(row)
  if (status !== 'published' || publishedAt !== null) return { status, publishedAt }
  row.losses.push(NO_DATE)
  return { status: 'draft', publishedAt }
}

function statusOf(row: Row): ImportedArticle['status'] {
  const written = row.raw('status')
  // Scheduled is what "published" with a date to come is called.
  if (written === undefined || written === null || written === 'scheduled') return 'published'
  return row.oneOf('status', ['draft', 'published', 'archived', 'trashed']) ?? 'draft'
}

/** An address, or `{ url, alt }`. */
function coverOf(row: Row): Pick<ImportedArticle, 'coverUrl' | 'coverAlt'> {
  const cover = row.raw('cover')
  const { url, alt }: { url?: unknown; alt?: unknown } =
    typeof cover === 'object' && cover !== null ? cover : {}
  if (typeof url !== 'string') return { coverUrl: row.text('cover') }
  return {
    coverUrl: row.clean('cover', url),
    coverAlt: typeof alt === 'string' ? row.clean('cover', alt) : undefined,
  }
}

function words(written: string | undefined): string | undefined {
  if (written === undefined) return undefined
  return oneLine(withoutControls(decodeEntities(written))) || undefined
}
