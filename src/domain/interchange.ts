/**
 * What an import is made of: every format is read into a stream of these, and one importer writes them.
 * `where` names the place in the input ("line 12", "item 7") for the report.
 */

export type BodyFormat = 'html' | 'markdown' | 'text'

export interface SourceBody {
  format: BodyFormat
  source: string
}

/** A term named by an article; `slug` is made from `name` where the source has none. */
export interface TermReference {
  slug?: string
  name: string
}

export interface ImportedCategory {
  kind: 'category'
  where: string
  slug: string
  name: string
  description: string
  /** May be read before the parent itself is. */
  parentSlug: string | null
}

export interface ImportedTag {
  kind: 'tag'
  where: string
  slug: string
  name: string
  description: string
}

export interface ImportedAuthor {
  kind: 'author'
  where: string
  slug: string
  name: string
  bio: string
}

/** An image known to the source by its own id, so that articles may name it as their cover in any order. */
export interface ImportedImage {
  kind: 'image'
  where: string
  externalId: string
  url: string
  alt: string
  caption: string
  credit: string
  width: number | null
  height: number | null
}

export interface ImportedArticle {
  kind: 'article'
  where: string
  /** Unique in its source; running the import again finds the article by it. */
  externalId: string
  locale?: string
  slug?: string
  title: string
  subtitle?: string
  /** As written by an editor; left out, the excerpt is made from the body. */
  excerpt?: string
  body: SourceBody
  status: 'draft' | 'published' | 'archived' | 'trashed'
  /** RFC 3339 with an offset. A `published` article without one is dated by the importer. */
  publishedAt: string | null
  unpublishAt?: string | null
  updatedAt?: string | null
  authors: TermReference[]
  /** Primary first. */
  categories: TermReference[]
  tags: TermReference[]
  coverUrl?: string
  coverAlt?: string
  /** `externalId` of an image of the same source. */
  coverExternalId?: string
  featured?: boolean
  commentPolicy?: 'open' | 'known' | 'held' | 'closed' | null
}

export interface ImportedComment {
  kind: 'comment'
  where: string
  externalId: string
  articleExternalId: string
  /** Always read before its replies. */
  parentExternalId: string | null
  status: 'approved' | 'pending' | 'spam' | 'rejected' | 'deleted'
  authorName: string
  authorEmail: string | null
  authorUrl: string | null
  createdAt: string
  body: SourceBody
}

/**
 * An article page read as a reader sees it: the neighbours are known by headline only. The importer matches
 * them with articles that it has, or makes stubs placed just before and just after.
 */
export interface ImportedPage {
  kind: 'page'
  where: string
  externalId: string
  title: string
  /** One entry a paragraph, plain text. */
  paragraphs: string[]
  publishedAt: string | null
  previousTitle: string | null
  nextTitle: string | null
  /** True when the page invites a comment. */
  commentsOpen: boolean
}

/** Something of the input that was not taken over as it stands; never dropped in silence. */
export interface ImportFault {
  kind: 'fault'
  where: string
  reason: string
  /** True when the whole item is left out; false when it is taken with the named loss. */
  skipped: boolean
}

export type ImportRecord =
  | ImportedCategory
  | ImportedTag
  | ImportedAuthor
  | ImportedImage
  | ImportedArticle
  | ImportedComment
  | ImportedPage
  | ImportFault
