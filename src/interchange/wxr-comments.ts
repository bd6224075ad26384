import type { ImportedArticle, ImportedComment, ImportRecord } from '../domain/interchange.ts'
import { withParagraphs } from './autop.ts'
import { parentsFirst } from './comment-order.ts'
import { lossy, skipped } from './faults.ts'
import { plainText } from './text.ts'
import { instantOf } from './wxr-fields.ts'
import { childrenNamed, childText, type XmlElement } from './xml-units.ts'

const STATUSES: ReadonlyMap<string, ImportedComment['status']> = new Map([
  ['1', 'approved'],
  ['approve', 'approved'],
  ['0', 'pending'],
  ['hold', 'pending'],
  ['spam', 'spam'],
  ['trash', 'deleted'],
  ['post-trashed', 'deleted'],
])

/** The comments of an item, each after the one it replies to, and a fault for whatever is no comment. */
export function readComments(item: XmlElement, article: ImportedArticle): ImportRecord[] {
  const records = childrenNamed(item, 'wp:comment').flatMap((unit) => readComment(unit, article))
  const faults = records.filter((record) => record.kind === 'fault')
  const comments = records.filter((record) => record.kind === 'comment')
  return [...faults, ...parentsFirst(comments)]
}

function readComment(unit: XmlElement, article: ImportedArticle): ImportRecord[] {
  const externalId = childText(unit, 'wp:comment_id')
  const where = `${article.where.split(',')[0]}, comment ${externalId || '(no id)'}, line ${unit.line}`
  const type = childText(unit, 'wp:comment_type') || 'comment'
  if (externalId === '') return [skipped(where, 'no wp:comment_id')]
  if (type !== 'comment') return [skipped(where, `comment type ${type} is not imported`)]
  const status = STATUSES.get(childText(unit, 'wp:comment_approved'))
  const written = instantOf(unit, 'wp:comment_date_gmt') ?? instantOf(unit, 'wp:comment_date')
  const createdAt = written ?? article.publishedAt
  if (createdAt === null) return [skipped(where, 'comment without a date')]
  const losses = [
    ...(status === undefined ? ['approval not understood: held as pending'] : []),
    ...(written === null ? ['no date: dated like its article'] : []),
  ]
  const parent = childText(unit, 'wp:comment_parent')
  const comment: ImportedComment = {
    kind: 'comment',
    where,
    externalId,
    articleExternalId: article.externalId,
    parentExternalId: parent === '' || parent === '0' ? null : parent,
    status: status ?? 'pending',
    authorName: plainText(childText(unit, 'wp:comment_author')) || 'Anonymous',
    authorEmail: email(childText(unit, 'wp:comment_author_email')),
    authorUrl: webAddress(childText(unit, 'wp:comment_author_url')),
    createdAt,
    body: { format: 'html', source: withParagraphs(childText(unit, 'wp:comment_content')) },
  }
  return [...losses.map((reason) => lossy(where, reason)), comment]
}

function email(written: string): string | null {
  return /^[^\s@]+@[^\s@]+$/.test(written) ? written : null
}

function webAddress(written: string): string | null {
  return /^https?:\/\//i.test(written) && URL.canParse(written) ? written : null
}
