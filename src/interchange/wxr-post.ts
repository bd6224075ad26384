import type { ImportedArticle, ImportRecord } from '../domain/interchange.ts'
import { lossy, NO_DATE } from './faults.ts'
import { titleFrom } from './paragraphs.ts'
import { plainText } from './text.ts'
import type { WxrAuthors } from './wxr-authors.ts'
import { cleanBody } from './wxr-body.ts'
import { readComments } from './wxr-comments.ts'
import { instantOf, metaOf } from './wxr-fields.ts'
import { percentDecoded, termsOf } from './wxr-terms.ts'
import { childText, type XmlElement } from './xml-units.ts'

/** Far more than a title takes. */
const OPENING = 4000

/** The losses, the article, then its comments, parents first. */
export function readPost(item: XmlElement, where: string, authors: WxrAuthors): ImportRecord[] {
  const body = cleanBody(childText(item, 'content:encoded'))
  const title = titleOf(item, body.html)
  const publication = publicationOf(item)
  const { categories, tags, faults } = termsOf(item, where)
  const login = childText(item, 'dc:creator')
  const article: ImportedArticle = {
    kind: 'article',
    where,
    externalId: childText(item, 'wp:post_id'),
    slug: percentDecoded(childText(item, 'wp:post_name')) || undefined,
    title: title.text,
    excerpt: plainText(childText(item, 'excerpt:encoded')) || undefined,
    body: { format: 'html', source: body.html },
    status: publication.status,
    publishedAt: publication.publishedAt,
    updatedAt: instantOf(item, 'wp:post_modified_gmt'),
    authors: login === '' ? [] : [authors.reference(login)],
    categories,
    tags,
    coverExternalId: /^[1-9]\d*$/.exec(metaOf(item, '_thumbnail_id'))?.[0],
    featured: childText(item, 'wp:is_sticky') === '1',
    commentPolicy: childText(item, 'wp:comment_status') === 'closed' ? 'closed' : null,
  }
  const losses = [...title.losses, ...publication.losses, ...body.losses].map((reason) =>
    lossy(where, reason),
  )
  return [...losses, ...faults, article, ...readComments(item, article)]
}

function titleOf(item: XmlElement, html: string): { text: string; losses: string[] } {
  const text = plainText(childText(item, 'title'))
  if (text !== '') return { text, losses: [] }
  const made = titleFrom(plainText(html.slice(0, OPENING)))
  return { text: made, losses: [`no title: "${made}" was made up`] }
}

type Publication = Pick<ImportedArticle, 'status' | 'publishedAt'> & { losses: string[] }

/** Whatever was not public there must not come out here. */
function publicationOf(item: XmlElement): Publication {
  const written = childText(item, 'wp:status')
  const publishedAt = instantOf(item, 'wp:post_date_gmt') ?? instantOf(item, 'pubDate')
  const draft = (...losses: string[]): Publication => ({ status: 'draft', publishedAt, losses })
  if (written === 'trash') return { status: 'trashed', publishedAt, losses: [] }
  if (childText(item, 'wp:post_password') !== '') {
    return draft('password-protected: kept as a draft, never public')
  }
  if (['draft', 'pending', 'auto-draft'].includes(written)) return draft()
  if (written === 'private') return draft('private: kept as a draft')
  if (written !== 'publish' && written !== 'future') return draft(`status "${written}": kept as a draft`)
  return publishedAt === null ? draft(NO_DATE) : { status: 'published', publishedAt, losses: [] }
}
