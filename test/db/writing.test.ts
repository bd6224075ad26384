import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Target } from '../../src/core/article-writing.ts'
import { ANONYMOUS } from '../../src/core/viewer.ts'
import type { ArticleDocument } from '../../src/domain/document.ts'
import type { Difference } from '../../src/lib/json.ts'
import type { ArticlePatch } from '../../src/shapes/article-writing.ts'
import { startApp } from '../setup/app.ts'
import { article, category, tag } from '../setup/data.ts'
import { wrongCounts, wrongEntries } from './judge.ts'
import { EDITOR } from './viewers.ts'

const { deps, database } = await startApp()
const { sql } = database
const { articles, writing, revisions } = deps.core

const TAGS = await Promise.all([0, 1, 2, 3].map((n) => tag(sql, `tag-${n}`)))
const CATEGORIES = await Promise.all([0, 1, 2].map((n) => category(sql, `category-${n}`)))
const OTHERS = await Promise.all([0, 1].map((n) => article(sql, { slug: `other-${n}` })))

/** One thing that an editor does. */
type Step =
  | { do: 'title' | 'subtitle' | 'source'; text: string }
  | { do: 'tags' | 'categories'; places: number[] }
  | { do: 'seo'; name: 'title' | 'description'; text: string | null }
  | { do: 'cover'; alt: string | null }
  | { do: 'neighbour'; side: 'previous' | 'next'; place: number | null }
  | { do: 'slug'; place: number }
  | { do: 'go'; action: 'publish' | 'unpublish' | 'archive' | 'trash' | 'restore' }
  | { do: 'back'; place: number }
  | { do: 'late' }

const text = fc.constantFrom('a', 'b', 'c', '') as fc.Arbitrary<string>
const place = (below: number) => fc.nat(below - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('title' as const, 'subtitle' as const, 'source' as const), text }),
  fc.record({ do: fc.constant('tags' as const), places: fc.uniqueArray(place(4)) }),
  fc.record({ do: fc.constant('categories' as const), places: fc.uniqueArray(place(3)) }),
  fc.record({
    do: fc.constant('seo' as const),
    name: fc.constantFrom('title' as const, 'description' as const),
    text: fc.option(fc.constantFrom('a', 'b')),
  }),
  fc.record({ do: fc.constant('cover' as const), alt: fc.option(text) }),
  fc.record({
    do: fc.constant('neighbour' as const),
    side: fc.constantFrom('previous' as const, 'next' as const),
    place: fc.option(place(2)),
  }),
  fc.record({ do: fc.constant('slug' as const), place: place(3) }),
  fc.record({
    do: fc.constant('go' as const),
    action: fc.constantFrom(
      'publish' as const,
      'unpublish' as const,
      'archive' as const,
      'trash' as const,
      'restore' as const,
    ),
  }),
  fc.record({ do: fc.constant('back' as const), place: fc.nat(20) }),
  fc.constant({ do: 'late' as const }),
)

interface Version {
  document: ArticleDocument
  status: string
}

/** What should be there: every version whole, and each slug that ever was. */
class Model {
  readonly versions: Version[]
  readonly slugs = new Set<string>()
  private readonly name: string

  constructor(name: string, first: ArticleDocument) {
    this.name = name
    this.versions = [{ document: first, status: 'draft' }]
    this.slugs.add(first.slug)
  }

  get now(): Version {
    return this.versions.at(-1) as Version
  }

  slug = (n: number): string => `${this.name}-${'abc'[n]}`

  /** The patch of a step, and what the document is after it, each worked out by itself. */
  edit(taken: Step): { patch: ArticlePatch; document: ArticleDocument } | undefined {
    const d = structuredClone(this.now.document)
    switch (taken.do) {
      case 'title':
        if (taken.text === '') return undefined
        return { patch: { title: ` ${taken.text}` }, document: { ...d, title: taken.text } }
      case 'subtitle':
        return { patch: { subtitle: taken.text }, document: { ...d, subtitle: taken.text || null } }
      case 'source':
        return {
          patch: { body: { source: taken.text } },
          document: { ...d, body: { ...d.body, source: taken.text } },
        }
      case 'tags':
        return {
          patch: { tags: taken.places.map((n) => `tag-${n}`) },
          document: { ...d, tags: taken.places.map((n) => TAGS[n] as string) },
        }
      case 'categories':
        return {
          patch: { categories: taken.places.map((n) => `category-${n}`) },
          document: { ...d, categories: taken.places.map((n) => CATEGORIES[n] as string) },
        }
      case 'seo': {
        delete d.seo[taken.name]
        if (taken.text !== null) d.seo[taken.name] = taken.text
        return { patch: { seo: { [taken.name]: taken.text } }, document: d }
      }
      case 'cover': {
        const url = 'https://img.example/1.jpg'
        const cover = { url, alt: taken.alt ?? '', width: null, height: null, caption: '', credit: '' }
        if (taken.alt === null) return { patch: { cover: null }, document: { ...d, cover: null } }
        return { patch: { cover: { url, alt: taken.alt } }, document: { ...d, cover } }
      }
      case 'neighbour': {
        const site = { ...d.adjacent['site'] }
        delete site[taken.side]
        if (taken.place !== null) site[taken.side] = OTHERS[taken.place] as string
        const target = taken.place === null ? null : `other-${taken.place}`
        const adjacent: ArticleDocument['adjacent'] = Object.keys(site).length > 0 ? { site } : {}
        return { patch: { adjacent: { site: { [taken.side]: target } } }, document: { ...d, adjacent } }
      }
      case 'slug':
        return { patch: { slug: this.slug(taken.place) }, document: { ...d, slug: this.slug(taken.place) } }
      default:
        return undefined
    }
  }

  save(next: Version): void {
    this.slugs.add(next.document.slug)
    if (JSON.stringify(sorted(next)) !== JSON.stringify(sorted(this.now))) this.versions.push(next)
  }
}

/** With the members in one order, all the way down. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(sorted)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}

const AFTER: Record<string, Record<string, string>> = {
  publish: { draft: 'published', published: 'published', archived: 'published' },
  unpublish: { draft: 'draft', published: 'draft', archived: 'draft' },
  archive: { draft: 'archived', published: 'archived', archived: 'archived' },
  trash: { draft: 'trashed', published: 'trashed', archived: 'trashed', trashed: 'trashed' },
  restore: { trashed: 'draft' },
}

async function take(id: string, model: Model, taken: Step): Promise<void> {
  const version = model.versions.length
  const at = (n: number): Target => ({ ref: id, locale: undefined, wanted: [n], viewer: EDITOR })
  if (taken.do === 'late') {
    const late = writing.patch(at(version - 1), { title: 'too late' })
    return expect(late).rejects.toMatchObject({ code: 'VERSION_STALE', details: { extra: { version } } })
  }
  if (taken.do === 'back') {
    const n = taken.place % version
    const { dropped } = await revisions.restore(at(version), n + 1)
    expect(dropped).toEqual([])
    return model.save({ ...model.now, document: (model.versions[n] as Version).document })
  }
  if (taken.do === 'go') {
    const status = AFTER[taken.action]?.[model.now.status]
    const moved = writing.transition(at(version), taken.action)
    if (!status) return expect(moved).rejects.toMatchObject({ code: 'INVALID_TRANSITION' })
    await moved
    return model.save({ ...model.now, status })
  }
  const edit = model.edit(taken)
  if (!edit) return
  const { article: saved } = await writing.patch(at(version), edit.patch)
  model.save({ ...model.now, document: edit.document })
  expect(saved.version).toBe(model.versions.length)
}

/** Applies a diff as its description says, by hand. */
function applied(document: unknown, changes: Difference[]): unknown {
  const result = structuredClone(document) as Record<string, unknown>
  for (const change of changes) {
    const names = change.path
      .split('/')
      .slice(1)
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = names.pop() as string
    let parent = result
    for (const name of names) parent = parent[name] as Record<string, unknown>
    if ('after' in change) parent[last] = change.after
    else delete parent[last]
  }
  return result
}

test('whatever editors do, every version is what it was, the last one is what is there, and old slugs lead to it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 14 }),
      fc.nat(),
      fc.nat(),
      async (steps, a, b) => {
        const name = `run-${randomUUID().slice(0, 8)}`
        const created = await writing.create(
          { title: 'First', slug: `${name}-a`, body: { format: 'text', source: '' } },
          { viewer: EDITOR, idempotencyKey: undefined },
        )
        const { id } = created.article
        const model = new Model(name, created.document)
        for (const taken of steps) {
          await take(id, model, taken)
          const row = await writing.document(id, undefined, EDITOR)
          expect([row.document, row.status, row.version]).toEqual([
            model.now.document,
            model.now.status,
            model.versions.length,
          ])
        }
        const kept = await sql`select document, state ->> 'status' as status from article_revisions
        where article_id = ${id} order by version`
        expect(kept.map(({ document, status }) => ({ document, status }))).toEqual(model.versions)
        const [from, to] = [a % model.versions.length, b % model.versions.length]
        const { changes } = await revisions.diff(id, undefined, { from: from + 1, to: to + 1 }, EDITOR)
        expect(applied(model.versions[from]?.document, changes)).toEqual(model.versions[to]?.document)
        for (const slug of model.slugs) {
          const found = await articles.find(slug, undefined, {}, { viewer: EDITOR })
          expect([found.article.id, found.article.slug]).toEqual([id, model.now.document.slug])
          const shown = articles.find(slug, undefined, {}, { viewer: ANONYMOUS })
          if (model.now.status === 'published') expect((await shown).article.id).toBe(id)
          else await expect(shown).rejects.toMatchObject({ code: 'ARTICLE_NOT_FOUND' })
        }
      },
    ),
    { numRuns: 40 },
  )
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  expect(await wrongCounts(sql)).toEqual([])
})
