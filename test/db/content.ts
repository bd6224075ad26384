import fc from 'fast-check'
import postgres from 'postgres'

type Session = postgres.ISql

const DAY = 86_400_000
const BASE = Date.now()
const at = (milliseconds: number): string => new Date(BASE + milliseconds).toISOString()

/** Few, so that many articles share one; none so near to now that a test could see it pass. */
const PUBLISHED = [-30 * DAY, -30 * DAY + 1, -20 * DAY, -10 * DAY, -10 * DAY, DAY, 5 * DAY]
const STAYS = [null, null, null, 6 * 3_600_000, 12 * DAY, 40 * DAY]
const STATUSES = ['published', 'published', 'published', 'draft', 'archived', 'trashed']
export const LOCALES = ['en', 'de', 'fr']

const LINKS = [
  { table: 'article_categories', column: 'category_id', terms: 'categories' },
  { table: 'article_tags', column: 'tag_id', terms: 'tags' },
  { table: 'article_authors', column: 'author_id', terms: 'authors' },
  { table: 'series_articles', column: 'series_id', terms: 'series' },
] as const

const of = <T>(items: readonly T[], n: number): T => items[n % items.length] as T

function dates(n: number): { publishedAt: string; unpublishAt: string | null } {
  const published = of(PUBLISHED, n)
  const stays = of(STAYS, Math.floor(n / PUBLISHED.length))
  return { publishedAt: at(published), unpublishAt: stays === null ? null : at(published + stays) }
}

/** A slug that sorts as it was made, so that a counterexample shrinks to the same rows. */
async function nextSlug(sql: Session, table: string, prefix: string): Promise<string> {
  const [row] = await sql`select count(*)::int as n, coalesce(max(slug), '') as last from ${sql(table)}`
  const last = Number(/\d+$/.exec(row?.['last'])?.[0] ?? 0)
  return `${prefix}-${String(last + 1).padStart(4, '0')}`
}

async function pick(sql: Session, table: string, n: number): Promise<string | undefined> {
  const [row] = await sql`
    select id from ${sql(table)} order by slug
    offset (${n}::int % greatest(1, (select count(*)::int from ${sql(table)}))) limit 1`
  return row?.['id']
}

/** Ids that grow as the numbers do, and some that do not: order by id must not follow order of making. */
const idOf = (n: number, serial: string): string =>
  `${((n * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')}-0000-4000-8000-${serial.padStart(12, '0')}`

/** One write of an editor, an import or psql: a kind and three numbers that say on what. */
export interface Write {
  kind: keyof typeof WRITES
  a: number
  b: number
  c: number
}

type Apply = (sql: Session, write: Write) => Promise<unknown>

const WRITES = {
  addArticle: async (sql, { a, b, c }) => {
    const slug = await nextSlug(sql, 'articles', 'article')
    const { publishedAt, unpublishAt } = dates(a)
    await sql`
      insert into articles (id, locale, slug, status, title, excerpt, body_format, body_source, body_html, body_text,
        word_count, reading_minutes, published_at, unpublish_at)
      values (${idOf(c, slug.slice(-4))}, ${of(LOCALES, b)}, ${slug}, ${of(STATUSES, c)}, ${slug}, '', 'text', '', '', '',
        0, 0, ${publishedAt}, ${unpublishAt})`
  },
  addCategory: async (sql, { a, b }) => {
    const slug = await nextSlug(sql, 'categories', 'category')
    const parent = a % 3 === 0 ? undefined : await pick(sql, 'categories', b)
    await sql`insert into categories (id, slug, name, parent_id)
              values (gen_random_uuid(), ${slug}, ${slug}, ${parent ?? null})`
  },
  addTag: async (sql) => {
    const slug = await nextSlug(sql, 'tags', 'tag')
    await sql`insert into tags (id, slug, name) values (gen_random_uuid(), ${slug}, ${slug})`
  },
  addAuthor: async (sql) => {
    const slug = await nextSlug(sql, 'authors', 'author')
    await sql`insert into authors (id, slug, name) values (gen_random_uuid(), ${slug}, ${slug})`
  },
  addSeries: async (sql) => {
    const slug = await nextSlug(sql, 'series', 'series')
    await sql`insert into series (id, slug, title) values (gen_random_uuid(), ${slug}, ${slug})`
  },
  link: async (sql, { a, b, c }) => {
    const { table, column, terms } = of(LINKS, a)
    const article = await pick(sql, 'articles', b)
    const term = await pick(sql, terms, c)
    if (!article || !term) return
    // of a manual series a place that is taken is refused
    await sql`
      insert into ${sql(table)} ${sql({ article_id: article, [column]: term, position: 1 + (a % 13) })}
      on conflict do nothing`
  },
  linkMany: async (sql, { a, b, c }) => {
    const { table, column, terms } = of(LINKS, a)
    const term = await pick(sql, terms, b)
    if (!term) return
    await sql`
      insert into ${sql(table)} (article_id, ${sql(column)}, position)
      select id, ${term}, 20 + row_number() over (order by md5(id::text)) from articles
      where status = ${of(STATUSES, c)} on conflict do nothing`
  },
  moveLinks: async (sql, { a, b, c }) => {
    const { table, column, terms } = of(LINKS, a)
    const [from, to] = [await pick(sql, terms, b), await pick(sql, terms, c)]
    if (!from || !to) return
    await sql`
      update ${sql(table)} l set ${sql(column)} = ${to}, position = position + 1
      where ${sql(column)} = ${from} and not exists (
        select from ${sql(table)} o where o.article_id = l.article_id and o.${sql(column)} = ${to})`
  },
  moveLinksToArticle: async (sql, { a, b, c }) => {
    const { table, column } = of(LINKS, a)
    const [from, to] = [await pick(sql, 'articles', b), await pick(sql, 'articles', c)]
    if (!from || !to) return
    await sql`
      update ${sql(table)} l set article_id = ${to}
      where article_id = ${from} and not exists (
        select from ${sql(table)} o where o.article_id = ${to} and o.${sql(column)} = l.${sql(column)})`
  },
  unlink: async (sql, { a, b }) => {
    const { table } = of(LINKS, a)
    const article = await pick(sql, 'articles', b)
    if (article) await sql`delete from ${sql(table)} where article_id = ${article}`
  },
  unlinkAll: async (sql, { a, b }) => {
    const { table, column, terms } = of(LINKS, a)
    const term = await pick(sql, terms, b)
    if (term) await sql`delete from ${sql(table)} where ${sql(column)} = ${term}`
  },
  setStatus: async (sql, { a, b }) => {
    const article = await pick(sql, 'articles', a)
    if (article) await sql`update articles set status = ${of(STATUSES, b)} where id = ${article}`
  },
  setDates: async (sql, { a, b }) => {
    const article = await pick(sql, 'articles', a)
    const { publishedAt, unpublishAt } = dates(b)
    if (article)
      await sql`update articles set published_at = ${publishedAt}, unpublish_at = ${unpublishAt} where id = ${article}`
  },
  setLocale: async (sql, { a, b }) => {
    const article = await pick(sql, 'articles', a)
    if (article) await sql`update articles set locale = ${of(LOCALES, b)} where id = ${article}`
  },
  setMany: async (sql, { a, b, c }) => {
    const { publishedAt, unpublishAt } = dates(b)
    await sql`
      update articles set status = ${of(STATUSES, a)}, published_at = ${publishedAt}, unpublish_at = ${unpublishAt}
      where locale = ${of(LOCALES, c)}`
  },
  moveCategory: async (sql, { a, b, c }) => {
    const [moved, to] = [await pick(sql, 'categories', a), await pick(sql, 'categories', b)]
    if (moved)
      await sql`update categories set parent_id = ${c % 3 === 0 ? null : (to ?? null)} where id = ${moved}`
  },
  moveTwoCategories: async (sql, { a, b, c }) => {
    const moved = [await pick(sql, 'categories', a), await pick(sql, 'categories', a + 1)]
    const to = [await pick(sql, 'categories', b), await pick(sql, 'categories', c)]
    if (!moved[0] || moved[0] === moved[1]) return
    await sql`
      update categories set parent_id = case id when ${moved[0]}::uuid then ${to[0] ?? null}::uuid else ${to[1] ?? null}::uuid end
      where id in (${moved[0]}, ${moved[1] ?? null})`
  },
  deleteArticle: async (sql, { a }) => {
    const article = await pick(sql, 'articles', a)
    if (article) await sql`delete from articles where id = ${article}`
  },
  deleteArticles: async (sql, { a, b }) => {
    const { publishedAt } = dates(a)
    await sql`delete from articles where published_at = ${publishedAt} and locale = ${of(LOCALES, b)}`
  },
  deleteCategory: async (sql, { a }) => {
    const category = await pick(sql, 'categories', a)
    if (category) await sql`delete from categories where id = ${category}`
  },
  deleteSeries: async (sql, { a }) => {
    const series = await pick(sql, 'series', a)
    if (series) await sql`delete from series where id = ${series}`
  },
} satisfies Record<string, Apply>

const n = fc.nat({ max: 10_000 })
const writeOf = (kinds: (keyof typeof WRITES)[]): fc.Arbitrary<Write> =>
  fc.record({ kind: fc.constantFrom(...kinds), a: n, b: n, c: n })

/** Terms, then articles, then links: enough for every kind of series. */
export const contents: fc.Arbitrary<Write[]> = fc
  .tuple(
    fc.array(writeOf(['addCategory']), { minLength: 3, maxLength: 6 }),
    fc.array(writeOf(['addTag', 'addAuthor', 'addSeries']), { minLength: 3, maxLength: 8 }),
    fc.array(writeOf(['addArticle']), { minLength: 8, maxLength: 24 }),
    fc.array(writeOf(['link', 'link', 'link', 'linkMany']), { minLength: 8, maxLength: 30 }),
  )
  .map((parts) => parts.flat())

/** Writes of every kind; those that touch several rows, tables or levels more often. */
export const changes: fc.Arbitrary<Write[]> = fc.array(
  writeOf([
    ...(Object.keys(WRITES) as (keyof typeof WRITES)[]),
    'moveLinks',
    'moveLinksToArticle',
    'moveLinksToArticle',
    'moveCategory',
    'moveTwoCategories',
    'setMany',
    'linkMany',
  ]),
  { minLength: 2, maxLength: 9 },
)

/** check, foreign key, unique: the database says no, and that is right; the write then did not happen. */
const REFUSALS = new Set(['23514', '23503', '23505', '23001'])

/** Does some writes, in one transaction or each in its own. */
export async function applyAll(
  sql: postgres.Sql,
  writes: readonly Write[],
  together: boolean,
): Promise<void> {
  const refused = (error: unknown) => {
    if (!(error instanceof postgres.PostgresError) || !REFUSALS.has(error.code)) throw error
  }
  if (!together) {
    for (const write of writes) await WRITES[write.kind](sql, write).catch(refused)
    return
  }
  await sql.begin(async (tx) => {
    for (const write of writes) await tx.savepoint((point) => WRITES[write.kind](point, write)).catch(refused)
  })
}

export async function empty(sql: postgres.Sql): Promise<void> {
  for (const table of ['articles', 'categories', 'tags', 'authors', 'series', 'series_counts', 'changes'])
    await sql`delete from ${sql(table)}`
}
