import {
  type ArticleColumns,
  type EditedRow,
  hasTranslations,
  insertArticle,
  joinTranslations,
  type LinkKind,
  lockSlugChoice,
  setLinks,
  setOverrides,
  updateArticle,
} from '../db/article-writes.ts'
import type { Db } from '../db/client.ts'
import { slugOwners } from '../db/imports.ts'
import type { ArticleDocument } from '../domain/document.ts'
import { AppError, atFault } from '../lib/errors.ts'
import { type RenderedArticle, renderArticle } from '../lib/rich-text/article.ts'
import { numberedSlug, slugify } from '../lib/text.ts'
import { type Draft, type Member, membersThatDiffer } from './article-document.ts'

export type Render = (body: ArticleDocument['body']) => RenderedArticle

/**
 * Renders, and remembers the last body: what is rendered before a lock is taken is not rendered again under it, nor
 * when the transaction runs again.
 */
export function rememberingRender(): Render {
  let last: { body: ArticleDocument['body']; rendered: RenderedArticle } | undefined
  return (body) => {
    if (!last || last.body.format !== body.format || last.body.source !== body.source) {
      last = { body, rendered: renderArticle(body) }
    }
    return last.rendered
  }
}

/** Writes a new article, a draft, with its terms. @throws SLUG_TAKEN, TRANSLATION_EXISTS. */
export async function insertDraft(tx: Db, id: string, draft: Draft, render: Render): Promise<void> {
  const rendered = render(draft.body)
  await insertArticle(tx, {
    id,
    locale: draft.locale,
    slug: draft.slug ?? (await freeSlug(tx, id, draft)),
    title: draft.title,
    subtitle: draft.subtitle,
    customExcerpt: draft.excerpt,
    excerpt: draft.excerpt ?? rendered.excerpt,
    ...bodyColumns(draft.body, rendered),
    cover: draft.cover,
    seo: draft.seo,
    featured: draft.featured,
    commentPolicy: draft.commentPolicy,
    commentsCloseAt: draft.commentsCloseAt,
    translationGroup: draft.translationOf && (await translationGroup(tx, draft.translationOf)),
  })
  await writeRelations(tx, id, draft, (member) => Object.keys(draft[member]).length > 0)
}

/**
 * Writes what has changed of a locked article as its next version; nothing, where nothing has.
 * @throws SLUG_TAKEN, TRANSLATION_EXISTS, CONFLICT for an article that others translate and that shall translate one.
 */
export async function saveDraft(
  tx: Db,
  { id, document }: EditedRow,
  draft: Draft,
  render: Render,
): Promise<void> {
  const next = { ...draft, slug: draft.slug ?? (await freeSlug(tx, id, draft)) }
  const changed: ReadonlySet<Member> = new Set(membersThatDiffer(document, next))
  if (changed.size === 0) return
  // first the article, then what hangs on it: one order of locks for all writers
  await updateArticle(tx, id, await columnsOf(tx, id, next, changed, render))
  await writeRelations(tx, id, next, (member) => changed.has(member))
}

/** Members that are columns as they are. */
const PLAIN = [
  'locale',
  'slug',
  'title',
  'subtitle',
  'cover',
  'seo',
  'featured',
  'commentPolicy',
  'commentsCloseAt',
] as const satisfies Member[]

async function columnsOf(
  tx: Db,
  id: string,
  next: ArticleDocument,
  changed: ReadonlySet<Member>,
  render: Render,
): Promise<ArticleColumns> {
  const followsBody = changed.has('body') && next.excerpt === null
  return {
    ...Object.fromEntries(PLAIN.filter((name) => changed.has(name)).map((name) => [name, next[name]])),
    ...(changed.has('body') && bodyColumns(next.body, render(next.body))),
    ...((changed.has('excerpt') || followsBody) && {
      customExcerpt: next.excerpt,
      excerpt: next.excerpt ?? render(next.body).excerpt,
    }),
    ...(changed.has('translationOf') && { translationGroup: await newGroup(tx, id, next) }),
  }
}

function bodyColumns({ format, source }: ArticleDocument['body'], rendered: RenderedArticle) {
  return {
    bodyFormat: format,
    bodySource: source,
    bodyHtml: rendered.html,
    bodyText: rendered.text,
    wordCount: rendered.wordCount,
    readingMinutes: rendered.readingMinutes,
    headings: rendered.headings,
    images: rendered.images,
  }
}

async function newGroup(tx: Db, id: string, { translationOf }: Draft): Promise<string | null> {
  if (translationOf === null) return null
  if (await hasTranslations(tx, id)) {
    const message = 'others are translations of this article; it cannot be one itself'
    throw atFault('CONFLICT', [{ path: '/translationOf', message }])
  }
  return translationGroup(tx, translationOf)
}

/** A translation of a translation has the same original. */
async function translationGroup(tx: Db, originalId: string): Promise<string> {
  const group = await joinTranslations(tx, originalId)
  // it was held when its name was resolved
  if (group === undefined) throw new AppError('INTERNAL')
  return group
}

type Relation = LinkKind | 'adjacent'

async function writeRelations(
  tx: Db,
  id: string,
  draft: Draft,
  isWanted: (member: Relation) => boolean,
): Promise<void> {
  for (const kind of ['authors', 'categories', 'tags'] as const) {
    if (isWanted(kind)) await setLinks(tx, kind, id, draft[kind])
  }
  if (!isWanted('adjacent')) return
  const rows = Object.entries(draft.adjacent).flatMap(([within, { previous, next }]) => [
    ...(previous ? [{ within, side: 'previous' as const, target: previous }] : []),
    ...(next ? [{ within, side: 'next' as const, target: next }] : []),
  ])
  await setOverrides(tx, id, rows)
}

/** Numbers that are looked up at once. */
const NUMBERS = 50

/**
 * The first slug of these words that is nobody else's. Two who want the same take turns; who took it otherwise in the
 * same moment makes the write fail with SLUG_TAKEN, and a new transaction chooses anew.
 */
async function freeSlug(tx: Db, id: string, { title, locale }: Draft): Promise<string> {
  // as the importer does for a title without letters
  const base = slugify(title) || 'article'
  await lockSlugChoice(tx, locale, base)
  for (let from = 1; ; from += NUMBERS) {
    const slugs = Array.from({ length: NUMBERS }, (_, i) => numberedSlug(base, from + i))
    const owners = await slugOwners(tx, 'article', slugs, locale)
    const free = slugs.find((slug) => (owners.get(slug) ?? id) === id)
    if (free) return free
  }
}
