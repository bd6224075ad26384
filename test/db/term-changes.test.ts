import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { Viewer } from '../../src/domain/viewer.ts'
import { AppError } from '../../src/lib/errors.ts'
import { startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { wrongCounts, wrongEntries, wrongPaths } from './judge.ts'

const { deps, database } = await startApp()
const { sql } = database
const { core } = deps
const EDITOR: Viewer = {
  kind: 'key',
  keyId: '00000000-0000-4000-8000-000000000001',
  name: 'desk',
  scopes: new Set(['content:read', 'content:write']),
  sandbox: false,
  budget: null,
}
const CREATION = { viewer: EDITOR, idempotencyKey: undefined }

const NOUNS = {
  categories: { kind: 'category', link: 'article_categories', column: 'category_id' },
  tags: { kind: 'tag', link: 'article_tags', column: 'tag_id' },
  authors: { kind: 'author', link: 'article_authors', column: 'author_id' },
  series: { kind: 'series', link: 'series_articles', column: 'series_id' },
} as const
type Noun = keyof typeof NOUNS
const EACH = Object.keys(NOUNS) as Noun[]

const PAST = '2026-01-01T00:00:00.000Z'
const FUTURE = '2998-01-01T00:00:00.000Z'
const MOMENTS = [
  '2025-06-01T00:00:00.000Z',
  PAST,
  '2026-06-01T00:00:00.000Z',
  FUTURE,
  '2999-01-01T00:00:00.000Z',
]
const ARTICLES = [
  { publishedAt: PAST },
  { publishedAt: FUTURE },
  { publishedAt: PAST, unpublishAt: '2026-03-01T00:00:00.000Z' },
  { publishedAt: PAST, status: 'draft' },
  { publishedAt: PAST, status: 'archived' },
  { publishedAt: '2026-02-01T00:00:00.000Z', unpublishAt: FUTURE },
]

/** What should be there, kept by the test alone. */
interface Model {
  articles: string[]
  /** By noun: ids in the order of making, and what each slug that was ever given names. */
  ids: Record<Noun, string[]>
  slugs: Record<Noun, Map<string, string>>
  current: Map<string, string>
  parents: Map<string, string | null>
  /** By noun and article, in order; of series by series. */
  links: Record<Noun, Map<string, string[]>>
}

interface Step {
  noun: Noun
  op: 'create' | 'rename' | 'move' | 'merge' | 'remove'
  a: number
  b: number
  rule: { articles: 'refuse' | 'unlink' | 'move'; children: 'refuse' | 'lift' | 'move' }
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    noun: fc.constantFrom<Noun>('categories', 'categories', 'categories', ...EACH),
    op: fc.constantFrom<Step['op']>('create', 'rename', 'move', 'merge', 'remove', 'remove'),
    a: fc.nat(99),
    b: fc.nat(99),
    rule: fc.record({
      articles: fc.constantFrom('refuse' as const, 'unlink' as const, 'move' as const, 'move' as const),
      children: fc.constantFrom('refuse' as const, 'lift' as const, 'lift' as const, 'move' as const),
    }),
  }),
  { minLength: 6, maxLength: 16 },
)

/** Which articles stand where at the beginning. */
const filings = fc.array(
  fc.record({
    noun: fc.constantFrom<Noun>('categories', 'categories', 'series', ...EACH),
    article: fc.nat(99),
    term: fc.nat(99),
  }),
  {
    minLength: 20,
    maxLength: 50,
  },
)

async function begin(filed: { noun: Noun; article: number; term: number }[]): Promise<Model> {
  for (const table of ['articles', ...EACH, 'series_counts']) await sql`delete from ${sql(table)}`
  const each = <T>(make: () => T) => Object.fromEntries(EACH.map((noun) => [noun, make()])) as Record<Noun, T>
  const model: Model = {
    articles: [],
    ids: each(() => []),
    slugs: each(() => new Map()),
    current: new Map(),
    parents: new Map(),
    links: each(() => new Map()),
  }
  for (const fields of ARTICLES) model.articles.push(await article(sql, fields))
  for (const noun of EACH)
    for (let i = 0; i < 5; i++)
      await apply(model, { noun, op: 'create', a: i + 1, b: 3 * i + 1, rule: REFUSE })
  for (const { noun, article: n, term } of filed) {
    const [articleId, termId] = [at(model.articles, n), at(model.ids[noun], term)]
    const [key, value] = noun === 'series' ? [termId, articleId] : [articleId, termId]
    const list = model.links[noun].get(key) ?? []
    if (list.includes(value)) continue
    const { link, column } = NOUNS[noun]
    const position = list.length + (noun === 'series' ? 1 : 0)
    await sql`insert into ${sql(link)} ${sql({ article_id: articleId, [column]: termId, position })}`
    model.links[noun].set(key, [...list, value])
  }
  return model
}

const REFUSE: Step['rule'] = { articles: 'refuse', children: 'refuse' }
const at = <T>(list: T[], n: number): T => list[n % list.length] as T

/** Does a step and tells the model; a refusal is the one that the model foresees, and changes nothing. */
async function apply(model: Model, step: Step): Promise<void> {
  const foreseen = foresee(model, step)
  const outcome = await attempt(model, step).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error
    return { code: error.code }
  })
  expect([JSON.stringify(step), 'code' in outcome ? outcome.code : 'done']).toEqual([
    JSON.stringify(step),
    foreseen,
  ])
  if (!('code' in outcome)) outcome.tell()
}

const below = (model: Model, id: string): string[] =>
  [...model.parents]
    .filter(([, parent]) => parent === id)
    .flatMap(([child]) => [child, ...below(model, child)])

const articlesIn = (model: Model, noun: Noun, id: string): string[] =>
  noun === 'series'
    ? (model.links.series.get(id) ?? [])
    : [...model.links[noun]].filter(([, terms]) => terms.includes(id)).map(([articleId]) => articleId)

function foresee(model: Model, { noun, op, a, b, rule }: Step): string {
  const ids = model.ids[noun]
  if (op === 'create' || ids.length === 0) return 'done'
  const [id, other] = [at(ids, a), at(ids, b)]
  const down = noun === 'categories' ? below(model, id) : []
  if (op === 'rename') {
    const owner = model.slugs[noun].get(`word-${b % 12}`)
    return owner && owner !== id ? 'SLUG_TAKEN' : 'done'
  }
  if (op === 'move')
    return noun === 'categories' && [id, ...down].includes(other) && b % 5 > 0 ? 'CATEGORY_CYCLE' : 'done'
  if (op === 'merge')
    return id === other ? 'VALIDATION_FAILED' : down.includes(other) ? 'CATEGORY_CYCLE' : 'done'
  const children = noun === 'categories' ? rule.children : 'refuse'
  if ((rule.articles === 'move' || children === 'move') && id === other) return 'VALIDATION_FAILED'
  const held =
    (rule.articles === 'refuse' && articlesIn(model, noun, id).length > 0) ||
    (children === 'refuse' && down.length > 0)
  if (held) return noun === 'categories' ? 'CATEGORY_NOT_EMPTY' : 'TERM_NOT_EMPTY'
  return children === 'move' && down.includes(other) ? 'CATEGORY_CYCLE' : 'done'
}

async function attempt(model: Model, { noun, op, a, b, rule }: Step): Promise<{ tell: () => void }> {
  const terms = core[noun]
  const { ids, slugs, current, parents } = model
  if (op === 'create') {
    const parentId =
      noun === 'categories' && b % 3 > 0 && ids.categories.length > 0 ? at(ids.categories, b) : null
    const label = noun === 'series' ? 'title' : 'name'
    const input = { [label]: `Word ${a % 4}`, ...(noun === 'categories' && { parentId }) }
    const { answer } = await terms.create(input, CREATION)
    return {
      tell: () => {
        ids[noun].push(answer.id)
        slugs[noun].set(answer.slug, answer.id)
        current.set(answer.id, answer.slug)
        if (noun === 'categories') parents.set(answer.id, parentId)
      },
    }
  }
  if (ids[noun].length === 0) return { tell: () => {} }
  const [id, other] = [at(ids[noun], a), at(ids[noun], b)]
  if (op === 'rename') {
    const slug = `word-${b % 12}`
    await terms.edit(id, { slug }, EDITOR)
    return {
      tell: () => {
        slugs[noun].set(slug, id)
        current.set(id, slug)
      },
    }
  }
  if (op === 'move') {
    if (noun !== 'categories') return { tell: () => {} }
    const parentId = b % 5 === 0 ? null : other
    await core.categories.edit(current.get(id) as string, { parentId }, EDITOR)
    return { tell: () => void parents.set(id, parentId) }
  }
  if (op === 'merge') await terms.merge(id, { into: current.get(other) as string }, EDITOR)
  else {
    const { children, ...others } = rule
    const moves = rule.articles === 'move' || (noun === 'categories' && children === 'move')
    await terms.remove(
      id,
      { ...others, ...(noun === 'categories' && { children }), ...(moves && { into: other }) },
      EDITOR,
    )
  }
  return { tell: () => gone(model, noun, id, other, op === 'merge' ? 'merge' : rule) }
}

function gone(model: Model, noun: Noun, id: string, other: string, rule: Step['rule'] | 'merge'): void {
  const { ids, slugs, current, parents, links } = model
  const moves = rule === 'merge' || rule.articles === 'move'
  const heir = rule === 'merge' || rule.children === 'move' ? other : (parents.get(id) ?? null)
  if (noun === 'series') {
    const last = moves ? [...(links.series.get(other) ?? []), ...(links.series.get(id) ?? [])] : []
    links.series.delete(id)
    if (moves) links.series.set(other, [...new Set(last)])
  } else {
    for (const [articleId, terms] of links[noun])
      links[noun].set(
        articleId,
        moves
          ? [...new Set(terms.map((term) => (term === id ? other : term)))]
          : terms.filter((term) => term !== id),
      )
  }
  for (const [child, parent] of parents) if (parent === id) parents.set(child, heir)
  for (const [slug, owner] of slugs[noun]) {
    if (owner !== id) continue
    if (rule === 'merge') slugs[noun].set(slug, other)
    else slugs[noun].delete(slug)
  }
  ids[noun] = ids[noun].filter((one) => one !== id)
  parents.delete(id)
  current.delete(id)
}

/** The tables are as the model says. */
async function expectSame(model: Model): Promise<void> {
  for (const noun of EACH) {
    const { kind, link, column } = NOUNS[noun]
    const found = await sql`select slug, subject_id as id from slugs where kind = ${kind}`
    expect(new Map(found.map(({ slug, id }) => [slug, id]))).toEqual(model.slugs[noun])
    const [key, value] = noun === 'series' ? [column, 'article_id'] : ['article_id', column]
    const rows = await sql`
      select ${sql(key)} as key, array_agg(${sql(value)} order by position) as list from ${sql(link)} group by 1`
    const full = [...model.links[noun]].filter(([, list]) => list.length > 0)
    expect(new Map(rows.map((row) => [row['key'], row['list']]))).toEqual(new Map(full))
  }
  const parents = await sql`select id, parent_id from categories`
  expect(new Map(parents.map((row) => [row['id'], row['parent_id']]))).toEqual(model.parents)
}

/** Every slug that something alive has or had leads there, by the API. */
async function expectRedirects(model: Model): Promise<void> {
  for (const noun of EACH) {
    for (const [slug, id] of model.slugs[noun]) {
      const { term, moved } = await core[noun].find(slug, {}, EDITOR)
      const now = model.current.get(id)
      expect([slug, term.id, moved]).toEqual([slug, id, now === slug ? null : { slug: now }])
    }
  }
}

/** Visible articles of every term by plain SQL; the tree is walked by `parent_id`. */
async function expectCounts(moment: string | undefined): Promise<void> {
  const when = moment ?? null
  const rows = await sql`
    with recursive down as (
      select id as top, id from categories
      union all
      select d.top, c.id from down d join categories c on c.parent_id = d.id
    ),
    shown as (
      select id from articles where status = 'published'
        and published_at <= coalesce(${when}::timestamptz, now())
        and (unpublish_at is null or unpublish_at > coalesce(${when}::timestamptz, now()))
    ),
    links as (
      select category_id as term, article_id from article_categories
      union all select tag_id, article_id from article_tags
      union all select author_id, article_id from article_authors
      union all select series_id, article_id from series_articles
    )
    select term.id,
      (select count(*)::int from links join shown on shown.id = article_id where term = term.id) as own,
      (select count(distinct article_id)::int from down join links on term = down.id join shown on shown.id = article_id
       where down.top = term.id) as tree
    from (select id from categories union all select id from tags union all select id from authors
          union all select id from series) term`
  const right = new Map(rows.map((row) => [row['id'], row]))
  const asOf = moment ? { asOf: moment } : {}
  for (const { id, articleCount, articleCountWithSubtree } of await core.categories.flat(asOf, EDITOR))
    expect({ id, own: articleCount, tree: articleCountWithSubtree }).toEqual({ ...right.get(id) })
  for (const noun of ['tags', 'authors', 'series'] as const)
    for (const { id, articleCount } of (await core[noun].list(asOf, EDITOR)).nodes)
      expect([noun, id, articleCount]).toEqual([noun, id, right.get(id)?.['own']])
}

afterEach(async () => {
  expect(await wrongPaths(sql)).toEqual([])
  expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
  expect(await wrongCounts(sql)).toEqual([])
})

test('however terms are made, renamed, moved, merged and deleted, all is where it belongs and counted right', async () => {
  await fc.assert(
    fc.asyncProperty(filings, steps, fc.constantFrom(...MOMENTS), async (filed, all, moment) => {
      const model = await begin(filed)
      for (const step of all) await apply(model, step)
      await expectSame(model)
      await expectRedirects(model)
      expect(await wrongPaths(sql)).toEqual([])
      expect(await wrongEntries(sql)).toEqual({ missing: [], surplus: [] })
      expect(await wrongCounts(sql)).toEqual([])
      for (const when of [undefined, moment]) await expectCounts(when)
    }),
    { numRuns: 40, endOnFailure: true },
  )
}, 120_000)
