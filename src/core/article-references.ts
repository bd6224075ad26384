import type { Db } from '../db/client.ts'
import {
  articlesElsewhere,
  holdSubjects,
  type NamedSubject,
  type SubjectKind,
  subjectsBySlug,
} from '../db/references.ts'
import type { ArticleDocument } from '../domain/document.ts'
import { invalid } from '../lib/errors.ts'
import { isId } from '../lib/ids.ts'
import { pointer } from '../lib/json.ts'
import type { ArticlePatch } from '../shapes/article-writing.ts'
import { Locale } from '../shapes/common.ts'
import { namesNothing } from './faults.ts'
import { readWithin } from './series.ts'

/** Where a patch is read: slugs of articles are those of a language, and an article does not name itself. */
interface Place {
  id: string
  locale: string
  current: ArticleDocument | undefined
}

interface Reference {
  path: string
  kind: SubjectKind
  /** As it was sent: an id or a slug. */
  text: string
}

/** What was named, by path: its id, or what to say of it. */
type Found = ReadonlyMap<string, Naming>
type Naming = { id: string } | { fault: string }

const TERMS = { authors: 'author', categories: 'category', tags: 'tag' } as const

/** Of the kinds of series that go by something that can be named by id. */
const SERIES_SUBJECTS: Partial<Record<string, SubjectKind>> = {
  category: 'category',
  'category-only': 'category',
  tag: 'tag',
  author: 'author',
  series: 'series',
}

const LOCALE = new RegExp(Locale.pattern as string)

/**
 * A patch with every reference by id. What it names cannot be deleted before the transaction ends.
 * @throws REFERENCE_NOT_FOUND with the path of each that names nothing; VALIDATION_FAILED for what is named twice, for an
 * article that names itself, and for text that names no series.
 */
export async function resolvePatch(tx: Db, patch: ArticlePatch, place: Place): Promise<ArticlePatch> {
  const found = await findAll(tx, referencesOf(patch), place)
  const faults = [...found].flatMap(([path, one]) => ('fault' in one ? [{ path, message: one.fault }] : []))
  if (faults.length > 0) throw namesNothing(faults)
  const resolved = withIds(patch, found)
  checkSelf(resolved, place.id)
  return resolved
}

/** What of a document could not be taken over, and what stood there. */
export interface Dropped {
  path: string
  value: string
}

/** A document without the references to what is gone, and those; what stays cannot be deleted meanwhile. */
export async function withoutGone(
  tx: Db,
  document: ArticleDocument,
  place: Place,
): Promise<{ document: ArticleDocument; dropped: Dropped[] }> {
  const references = referencesOf(document)
  const found = await findAll(tx, references, place)
  const isGone = ({ path }: Reference) => !('id' in (found.get(path) ?? {}))
  const gone = references.filter(isGone)
  return {
    document: withIds(document, found) as ArticleDocument,
    dropped: gone.map(({ path, text }) => ({ path, value: text })),
  }
}

function referencesOf(patch: ArticlePatch): Reference[] {
  const terms = Object.entries(TERMS).flatMap(([member, kind]) =>
    (patch[member as keyof typeof TERMS] ?? []).map((text, i) => ({ path: pointer(member, i), kind, text })),
  )
  const original = patch.translationOf
    ? [{ path: '/translationOf', kind: 'article' as const, text: patch.translationOf }]
    : []
  const overrides = Object.entries(patch.adjacent ?? {}).flatMap(([within, choice]) => [
    ...seriesReference(within),
    ...Object.entries(choice ?? {}).flatMap(([side, text]) =>
      text ? [{ path: pointer('adjacent', within, side), kind: 'article' as const, text }] : [],
    ),
  ])
  return [...terms, ...original, ...overrides]
}

function seriesReference(within: string): Reference[] {
  const path = pointer('adjacent', within)
  const { kind, key } = readWithin(within, path)
  const subject = SERIES_SUBJECTS[kind]
  if (kind === 'locale' && !LOCALE.test(key)) throw invalid(path, 'names no language')
  if (!subject && kind !== 'site' && kind !== 'locale') throw invalid(path, 'has no order of its own')
  return subject ? [{ path, kind: subject, text: key }] : []
}

async function findAll(tx: Db, references: Reference[], { locale, current }: Place): Promise<Found> {
  // the group of translations outlives its original
  const isKept = ({ path, text }: Reference) => path === '/translationOf' && text === current?.translationOf
  const named = await nameAll(tx, references, locale)
  const held = await holdAll(tx, references, named)
  return new Map(
    references.map((reference) => {
      const { path, kind } = reference
      const nothing = { fault: `names no ${kind}` }
      const one = named.get(path) ?? nothing
      const isThere = isKept(reference) || 'fault' in one || held.has(`${kind} ${one.id}`)
      return [path, isThere ? one : nothing]
    }),
  )
}

const idOf = (one: Naming | undefined): string => (one && 'id' in one ? one.id : '')

/** By path, what the text of a reference names, whether it is there or not. */
async function nameAll(db: Db, references: Reference[], locale: string): Promise<Found> {
  const bySlug = references.filter(({ text }) => !isId(text))
  const subjects = await subjectsBySlug(
    db,
    bySlug.map(({ kind, text }) => ({ kind, locale: kind === 'article' ? locale : '', slug: text })),
  )
  const ids = new Map(subjects.map((one: NamedSubject) => [`${one.kind} ${one.slug}`, one.id]))
  const named = new Map<string, Naming>()
  for (const { path, kind, text } of references) {
    const id = isId(text) ? text.toLowerCase() : ids.get(`${kind} ${text}`)
    if (path === '/translationOf' && !isId(text)) named.set(path, await nameOriginal(db, locale, text))
    else if (id) named.set(path, { id })
  }
  return named
}

/** An original stands in another language than the article that translates it. */
async function nameOriginal(db: Db, locale: string, slug: string): Promise<Naming> {
  const [id, ...others] = await articlesElsewhere(db, locale, slug)
  if (others.length > 0) return { fault: 'is the slug of several articles in other languages: give the id' }
  return id ? { id } : { fault: 'names no article in another language' }
}

/** Kind and id of each that is there. */
async function holdAll(tx: Db, references: Reference[], named: Found): Promise<ReadonlySet<string>> {
  const held = new Set<string>()
  // one kind after the other, in one order for all writers
  for (const kind of ['article', 'author', 'category', 'tag', 'series'] as const) {
    const ids = references.filter((one) => one.kind === kind).map(({ path }) => idOf(named.get(path)))
    for (const id of await holdSubjects(
      tx,
      kind,
      ids.filter((id) => id !== ''),
    ))
      held.add(`${kind} ${id}`)
  }
  return held
}

/** The patch with ids in place of names, and without what was not found. */
function withIds(patch: ArticlePatch, found: Found): ArticlePatch {
  const idAt = (path: string): string[] => {
    const id = idOf(found.get(path))
    return id ? [id] : []
  }
  const terms = (Object.keys(TERMS) as (keyof typeof TERMS)[]).flatMap((member) => {
    const texts = patch[member]
    return texts
      ? [
          [
            member,
            eachOnce(
              member,
              texts.map((_, i) => idAt(pointer(member, i))),
            ),
          ],
        ]
      : []
  })
  return {
    ...patch,
    ...Object.fromEntries(terms),
    ...(patch.translationOf && { translationOf: idAt('/translationOf')[0] ?? null }),
    ...(patch.adjacent && { adjacent: overridesById(patch.adjacent, idAt) }),
  }
}

function eachOnce(member: string, ids: string[][]): string[] {
  const places = new Map<string, number>()
  for (const [i, [id]] of ids.entries()) {
    if (id === undefined) continue
    const first = places.get(id)
    if (first !== undefined) throw invalid(pointer(member, i), `is the same as ${pointer(member, first)}`)
    places.set(id, i)
  }
  return [...places.keys()]
}

function overridesById(
  adjacent: NonNullable<ArticlePatch['adjacent']>,
  idAt: (path: string) => string[],
): NonNullable<ArticlePatch['adjacent']> {
  const byId = new Map<string, (typeof adjacent)[string]>()
  const named = new Set<string>()
  for (const [within, choice] of Object.entries(adjacent)) {
    const path = pointer('adjacent', within)
    const { kind, key } = readWithin(within, path)
    const [id] = SERIES_SUBJECTS[kind] ? idAt(path) : [key]
    if (id === undefined) continue
    const name = kind === 'site' ? kind : `${kind}:${id}`
    if (named.has(name)) throw invalid(path, 'names the same series as another member')
    named.add(name)
    const sides = Object.entries(choice ?? {}).flatMap(([side, text]) =>
      text ? idAt(pointer('adjacent', within, side)).map((target) => [side, target]) : [[side, null]],
    )
    // where all that was chosen is gone, nothing is chosen
    if (choice === null || sides.length > 0) byId.set(name, choice && Object.fromEntries(sides))
  }
  return Object.fromEntries(byId)
}

function checkSelf({ translationOf, adjacent }: ArticlePatch, id: string): void {
  if (translationOf === id) throw invalid('/translationOf', 'is the article itself')
  for (const [within, choice] of Object.entries(adjacent ?? {})) {
    for (const [side, target] of Object.entries(choice ?? {})) {
      if (target === id) throw invalid(pointer('adjacent', within, side), 'is the article itself')
    }
  }
}
