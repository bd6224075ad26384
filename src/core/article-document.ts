import { isDeepStrictEqual } from 'node:util'
import type { Cover, Seo } from '../domain/article.ts'
import type { ArticleDocument } from '../domain/document.ts'
import { invalid } from '../lib/errors.ts'
import { mergePatch } from '../lib/json.ts'
import { stripUnsafe } from '../lib/rich-text/clean-text.ts'
import { absoluteHttpUrl } from '../lib/rich-text/urls.ts'
import { slugify } from '../lib/text.ts'
import { validator } from '../lib/validate.ts'
import { ArticleMembers, type ArticlePatch, BODY_BYTES, type NewArticle } from '../shapes/article-writing.ts'
import { readName } from './comment-words.ts'

export type Member = keyof ArticleDocument

/** A document whose slug may still have to be made. */
export type Draft = Omit<ArticleDocument, 'slug'> & { slug: string | undefined }

/** What a member is where nobody says otherwise. A new article has its title from whoever writes it. */
const defaultsIn = (locale: string) => ({
  locale,
  slug: undefined,
  title: undefined,
  subtitle: null,
  excerpt: null,
  body: { format: 'markdown', source: '' },
  cover: null,
  seo: {},
  featured: false,
  commentPolicy: null,
  commentsCloseAt: null,
  translationOf: null,
  authors: [],
  categories: [],
  tags: [],
  adjacent: {},
})

/**
 * Merges a patch, references by id, into a document, or into nothing for a new article.
 *
 * Only members that come out different are checked: what an import brought may be longer than an editor could write,
 * and must not stand in the way of a change elsewhere.
 * @param locale of an article that names none.
 * @throws VALIDATION_FAILED.
 */
export function applyPatch(current: ArticleDocument | undefined, patch: ArticlePatch, locale: string): Draft {
  const merged = mergePatch(current ?? {}, patch) as Partial<ArticleDocument>
  const whole = { ...defaultsIn(locale), ...merged } as Draft
  const touched = membersThatDiffer(current, whole)
  if (whole.title === undefined) throw invalid('/title', 'is required')
  const checked = checkMembers(Object.fromEntries(touched.map((name) => [name, whole[name]])))
  return { ...whole, ...readMembers(checked) }
}

/** @returns the members of a document that are not what they were. */
export function membersThatDiffer(current: ArticleDocument | undefined, next: Draft): Member[] {
  return (Object.keys(next) as Member[]).filter((name) => !isDeepStrictEqual(current?.[name], next[name]))
}

const checkShape = validator(ArticleMembers)

/** The shape knows a member that is not there as left out. */
function checkMembers(members: Partial<Draft>): Partial<NewArticle> {
  return checkShape(Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)))
}

/** What was sent, in the one form in which it is kept. */
function readMembers(members: Partial<NewArticle>): object {
  const read = <M extends keyof NewArticle & Member>(
    name: M,
    reader: (value: Exclude<NewArticle[M], undefined>) => ArticleDocument[M],
  ) => {
    const value = members[name] as Exclude<NewArticle[M], undefined> | undefined
    return value === undefined ? {} : { [name]: reader(value) }
  }
  return {
    ...members,
    ...read('slug', readSlug),
    ...read('title', readTitle),
    ...read('subtitle', (text) => (text && oneLine(text)) || null),
    ...read('excerpt', (text) => text?.trim() || null),
    ...read('body', readBody),
    ...read('cover', (cover) => cover && readCover(cover)),
    ...read('seo', readSeo),
    ...read('commentsCloseAt', (moment) => moment && readMoment(moment, '/commentsCloseAt')),
    ...read('adjacent', readAdjacent),
  }
}

const oneLine = (text: string): string => stripUnsafe(text).replace(/\s+/g, ' ').trim()

/** A slug as `slugify` makes them, or told how it would be. Never the shape of an id, by which articles are named too. */
function readSlug(text: string): string {
  const slug = slugify(text)
  if (slug === text) return text
  throw invalid(
    '/slug',
    slug === '' ? 'has no letter or digit to make a slug of' : `is not in slug form; it would be "${slug}"`,
  )
}

function readTitle(text: string): string {
  return readName(text, '/title')
}

function readBody({ format = 'markdown', source }: NonNullable<NewArticle['body']>): ArticleDocument['body'] {
  const bytes = Buffer.byteLength(source)
  // before a parser sees it: what it costs at worst is bounded by size
  if (bytes > BODY_BYTES)
    throw invalid('/body/source', `may have ${BODY_BYTES} bytes of UTF-8, and has ${bytes}`)
  return { format, source }
}

function readCover({
  url,
  alt = '',
  width = null,
  height = null,
  caption = '',
  credit = '',
}: NonNullable<NewArticle['cover']>): Cover {
  return { url: readUrl(url, '/cover/url'), alt, width, height, caption, credit }
}

/** Text that is blank is text that is not there. */
function readSeo({ title, description, canonicalUrl, image, noindex }: NonNullable<NewArticle['seo']>): Seo {
  return {
    ...(title?.trim() && { title: oneLine(title) }),
    ...(description?.trim() && { description: oneLine(description) }),
    ...(canonicalUrl && { canonicalUrl: readUrl(canonicalUrl, '/seo/canonicalUrl') }),
    ...(image && { image: readUrl(image, '/seo/image') }),
    ...(noindex !== undefined && { noindex }),
  }
}

function readUrl(text: string, path: string): string {
  const url = absoluteHttpUrl(text)
  if (url && url.length <= 2048) return url
  throw invalid(path, 'must be an absolute http or https address without a password')
}

/**
 * A moment as every moment leaves here: UTC, to the millisecond.
 * @throws VALIDATION_FAILED for what no calendar has, and for years that RFC 3339 cannot write.
 */
export function readMoment(text: string, path: string): string {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw invalid(path, 'is no moment')
  const moment = date.toISOString()
  if (/^\d/.test(moment) && !moment.startsWith('0000')) return moment
  throw invalid(path, 'lies outside the years 1 to 9999')
}

function readAdjacent(adjacent: NonNullable<NewArticle['adjacent']>): ArticleDocument['adjacent'] {
  const chosen = Object.entries(adjacent).map(([within, { previous, next }]) => {
    const choice = { ...(previous && { previous }), ...(next && { next }) }
    return [within, choice] as const
  })
  return Object.fromEntries(chosen.filter(([, choice]) => Object.keys(choice).length > 0))
}
