import type postgres from 'postgres'
import type { Core } from '../src/core/core.ts'
import type { Within } from '../src/core/series.ts'
import { ANYBODY } from '../src/core/viewer.ts'
import { TERMS } from './publication.ts'

/** What is asked of publications of every size. A question is asked of ever other subjects, chosen by `n`. */
export interface Question {
  name: string
  ask(n: number): Promise<unknown>
}

/** What stands in one series: some of its articles, and places deep in its list. */
interface Subjects {
  within: Within
  slugs: string[]
  /** Cursors from a third of the list to two thirds of it. */
  deep: string[]
}

const LIMIT = 20
const SAMPLES = 60

const KINDS: Record<string, (n: number) => Within> = {
  site: () => ({ kind: 'site', key: '' }),
  locale: () => ({ kind: 'locale', key: 'en' }),
  'category with subtree': (n) => ({ kind: 'category', key: `category-${n % TERMS.roots}` }),
  'category alone': (n) => ({ kind: 'category-only', key: `category-${n % TERMS.categories}` }),
  tag: (n) => ({ kind: 'tag', key: `tag-${n % TERMS.tags}` }),
  author: (n) => ({ kind: 'author', key: `author-${n % TERMS.authors}` }),
  'manual series': (n) => ({ kind: 'series', key: `series-${n % TERMS.series}` }),
}

const filtersOf = ({ kind, key }: Within) => {
  if (kind === 'site') return {}
  return kind === 'category-only' ? { category: key, subtree: false } : { [kind]: key }
}

const of = <T>(items: readonly T[], n: number): T => items[n % items.length] as T

/** @returns the questions, with subjects found in this database. */
export async function questions(core: Core, sql: postgres.Sql): Promise<Question[]> {
  const bySeries: [name: string, series: Subjects[]][] = []
  for (const [name, withinOf] of Object.entries(KINDS)) {
    const count = name === 'site' || name === 'locale' ? 1 : 6
    const series: Subjects[] = []
    for (let n = 0; n < count; n++) series.push(await subjectsOf(core, sql, withinOf(n)))
    bySeries.push([name, series])
  }
  const [, [site]] = bySeries[0] as [string, [Subjects]]
  const list = ({ within }: Subjects, page: object = {}) =>
    core.articles.list({ ...filtersOf(within), limit: LIMIT, ...page }, {}, ANYBODY)
  const neighbours = ({ within }: Subjects, slug: string) =>
    core.articles.find(slug, localeOf(slug), { adjacent: [{ within, count: 1 }] }, ANYBODY)
  return [
    {
      name: 'article page',
      ask: (n) =>
        core.articles.find(
          of(site.slugs, n),
          localeOf(of(site.slugs, n)),
          {
            bodies: ['html'],
            authors: true,
            categories: true,
            tags: true,
            adjacent: [{ within: site.within, count: 1 }],
            comments: {},
          },
          ANYBODY,
        ),
    },
    ...bySeries.map(([name, series]) => ({
      name: `first page: ${name}`,
      ask: (n: number) => list(of(series, n)),
    })),
    ...bySeries.map(([name, series]) => ({
      name: `deep page: ${name}`,
      ask: (n: number) => list(of(series, n), { after: of(of(series, n).deep, n) }),
    })),
    ...bySeries.map(([name, series]) => ({
      name: `neighbours: ${name}`,
      ask: (n: number) => neighbours(of(series, n), of(of(series, n).slugs, n)),
    })),
    {
      name: 'comments',
      ask: (n) => core.comments.threads(of(site.slugs, n), localeOf(of(site.slugs, n)), { limit: LIMIT }),
    },
  ]
}

/** Every tenth article of the publication is in German: see there. */
const localeOf = (slug: string): string => (Number(slug.split('-')[1]) % 10 === 9 ? 'de' : 'en')

async function subjectsOf(core: Core, sql: postgres.Sql, within: Within): Promise<Subjects> {
  const [series] = await sql<{ id: string }[]>`
    select case ${within.kind}
      when 'site' then md5('site:')::uuid when 'locale' then md5('locale:' || ${within.key})::uuid
      when 'category-only' then md5('category-only:' || s.subject_id)::uuid else s.subject_id end as id
    from (values (1)) one
    left join slugs s on s.kind = ${within.kind.replace('-only', '')} and s.locale = '' and s.slug = ${within.key}`
  const visible = sql`
    select a.slug, e.position, iso_moment(e.published_at) as published, e.article_id as id,
      row_number() over (order by e.position, e.published_at, e.article_id) as place, count(*) over () as all
    from series_entries e join articles a on a.id = e.article_id
    where e.series_id = ${series?.id ?? null} and e.published_at <= now() and coalesce(e.unpublish_at > now(), true)`
  const rows = await sql<
    { slug: string; position: number; published: string; id: string; middle: boolean }[]
  >`
    select *, place between "all" / 3 and 2 * "all" / 3 as middle from (${visible}) v order by md5(slug) limit ${SAMPLES * 4}`
  const first = await core.articles.list({ ...filtersOf(within), limit: 1 }, {}, ANYBODY)
  const [hash] = JSON.parse(Buffer.from(first.cursors[0] ?? '', 'base64url').toString()) as [string]
  // a cursor is the place that a row has: one deep in the list is made, for walking there would take all day
  const cursorOf = ({ position, published, id }: { position: number; published: string; id: string }) =>
    Buffer.from(JSON.stringify([hash, within.kind === 'series' ? position : published, id])).toString(
      'base64url',
    )
  return {
    within,
    slugs: rows.map(({ slug }) => slug).slice(0, SAMPLES),
    deep: rows
      .filter(({ middle }) => middle)
      .map(cursorOf)
      .slice(0, SAMPLES),
  }
}
