import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import type postgres from 'postgres'
import { onTestFinished } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import type { Core } from '../../src/core/core.ts'
import type { ImportOptions, ImportReport } from '../../src/core/import.ts'
import { createDeps } from '../../src/deps.ts'
import type { ImportFault, ImportRecord } from '../../src/domain/interchange.ts'
import { parseFieldMap } from '../../src/interchange/field-map.ts'
import { readNdjson } from '../../src/interchange/ndjson.ts'
import { readPage } from '../../src/interchange/page.ts'
import { readWxr } from '../../src/interchange/wxr.ts'
import { cloneDatabase } from '../setup/database.ts'

export interface Site {
  core: Core
  app: FastifyInstance
  sql: postgres.Sql
}

/** The whole server on an empty database of its own, put away when the test has ended. */
export async function newSite(): Promise<Site> {
  const database = await cloneDatabase()
  const config = loadConfig({
    DATABASE_ACQUIRE_TIMEOUT: '20000',
    PUBLIC_URL: 'http://broadsheet.test',
    SECRET: 'a secret for tests, 32 characters',
  })
  const deps = await createDeps(config, database.url, pino({ level: 'silent' }))
  const app = await buildApp(deps)
  onTestFinished(async () => {
    await app.close()
    await deps.close()
    await database.drop()
  })
  return { core: deps.core, app, sql: database.sql }
}

export type Records = AsyncIterable<ImportRecord> | Iterable<ImportRecord>

/** Runs an import and keeps the faults that it tells. */
export async function importRecords(
  { core }: Site,
  records: Records,
  options: Partial<ImportOptions> = {},
): Promise<ImportReport & { told: ImportFault[] }> {
  const told: ImportFault[] = []
  const onFault = (fault: ImportFault) => void told.push(fault)
  const onProgress = () => {}
  const all = { source: 'test', locale: 'en', dryRun: false, onFault, onProgress, ...options }
  return { ...(await core.imports.run(records, all)), told }
}

/** In chunks of an odd size, as a file comes in. */
async function* chunks(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += 997) yield text.slice(at, at + 997)
}

/** Rows as the reader of NDJSON gives them. */
export function ndjson(rows: object[], map = ''): AsyncIterable<ImportRecord> {
  return readNdjson(chunks(rows.map((row) => `${JSON.stringify(row)}\n`).join('')), parseFieldMap(map))
}

export function wxr(text: string): AsyncIterable<ImportRecord> {
  return readWxr(chunks(text))
}

/** Pages as files of text, each by a name. */
export function pages(...texts: string[]): ImportRecord[] {
  return texts.flatMap((text, i) => readPage(text, { where: `page ${i}`, externalId: `page-${i}.txt` }))
}

/** Yields so many records, then fails as a torn connection does. */
export async function* tornAfter(records: Records, count: number): AsyncGenerator<ImportRecord> {
  let left = count
  for await (const record of records) {
    if (left-- === 0) throw new Error('torn')
    yield record
  }
}

export const TABLES = [
  'articles',
  'article_authors',
  'article_categories',
  'article_tags',
  'authors',
  'categories',
  'tags',
  'slugs',
  'series_entries',
  'series_counts',
  'comments',
  'comment_private',
  'changes',
  'import_sources',
  'idempotency_keys',
] as const

/** Every row of every table, with the transaction that wrote it: equal only where nothing was written. */
export async function everyRow({ sql }: Pick<Site, 'sql'>): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const table of TABLES) {
    const rows = await sql`select t.xmin::text || ' ' || t::text as row from ${sql(table)} t order by 1`
    found[table] = rows.map(({ row }) => row as string)
  }
  return found
}

/** What a site holds, told by slugs and words, so that two sites with ids of their own may be compared. */
export async function contents({ sql }: Site): Promise<object> {
  const articles = await sql`
    select a.locale, a.slug, a.status, a.title, a.body_html, a.cover, a.featured, a.published_at, a.version,
      a.comment_count, (select array_agg(x.slug order by l.position) from article_authors l
        join authors x on x.id = l.author_id where l.article_id = a.id) as authors,
      (select array_agg(x.slug order by l.position) from article_categories l
        join categories x on x.id = l.category_id where l.article_id = a.id) as categories,
      (select array_agg(x.slug order by l.position) from article_tags l
        join tags x on x.id = l.tag_id where l.article_id = a.id) as tags
    from articles a order by a.locale, a.slug`
  const order = await sql`
    select a.slug from series_entries e join articles a on a.id = e.article_id
    where e.series_id = series_id('site', '') order by e.published_at, e.article_id`
  const comments = await sql`
    select c.body, p.body as parent, c.depth, c.status, c.reply_count, h.body as hider
    from comments c left join comments p on p.id = c.parent_id left join comments h on h.id = c.hidden_by
    order by c.body`
  const terms = await sql`
    select c.slug, c.name, p.slug as parent from categories c left join categories p on p.id = c.parent_id
    union all select slug, name, 'tag' from tags union all select slug, name, 'author' from authors order by 1`
  return { articles: [...articles], order: [...order], comments: [...comments], terms: [...terms] }
}

export async function get<T>({ app }: Site, url: string): Promise<T> {
  const response = await app.inject({ url })
  if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode} ${response.body}`)
  return response.json<T>()
}

export async function statusOf({ app }: Site, url: string): Promise<number> {
  return (await app.inject({ url })).statusCode
}
