import { statfs } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import postgres from 'postgres'
import { applyMigrations } from '../src/db/migrate.ts'
import { publication, type Size, type TableRows } from './publication.ts'

/** Bytes on disk a row, indexes and sorting included; found by looking, and generous. */
const BYTES = { article: 14_000, comment: 1_600 }

/**
 * A database with a publication of this size, made where there is none yet: one that was left half-made is made anew.
 * Rows come by COPY past the triggers; what those would have kept is worked out afterwards by one statement a table.
 * @param server its address, for a superuser.
 * @param dir its folder, of which the free space is asked first.
 * @returns the address of the database. @throws where the disk has no room.
 */
export async function provide(
  server: string,
  dir: string,
  size: Size,
  log: (line: string) => void,
): Promise<string> {
  const name = `bench_${size.articles}_${size.comments}`
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  const admin = postgres(server, { max: 1, onnotice: () => {} })
  try {
    const [known] =
      await admin`select shobj_description(oid, 'pg_database') as note from pg_database where datname = ${name}`
    if (known?.['note'] === 'complete') return url
    await checkRoom(dir, size)
    if (known) await admin.unsafe(`drop database ${name}`)
    await admin.unsafe(`create database ${name} template template0 encoding 'UTF8'`)
    await fill(url, size, log)
    await admin.unsafe(`comment on database ${name} is 'complete'`)
    return url
  } finally {
    await admin.end()
  }
}

async function checkRoom(dir: string, { articles, comments }: Size): Promise<void> {
  const { bavail, bsize } = await statfs(dir)
  const needed = articles * BYTES.article + comments * BYTES.comment
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`
  if (bavail * bsize < needed) {
    throw new Error(`This needs ${gigabytes(needed)} in ${dir}, where ${gigabytes(bavail * bsize)} are free`)
  }
}

async function fill(url: string, size: Size, log: (line: string) => void): Promise<void> {
  await applyMigrations(url)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    // triggers and foreign keys are for rows that nobody vouches for
    await sql`set session_replication_role = replica`
    await sql`set synchronous_commit = off`
    await sql`set maintenance_work_mem = '1GB'`
    await sql`set work_mem = '512MB'`
    const tables = publication(size)
    const indexes = await dropIndexes(sql, [...tables.map(({ table }) => table), ...DERIVED_TABLES])
    for (const rows of tables) await copy(sql, rows, log)
    for (const [what, text] of DERIVED) {
      log(`${what}…`)
      await sql.unsafe(text)
    }
    for (const [i, text] of indexes.entries()) {
      log(`index ${i + 1} of ${indexes.length}…`)
      await sql.unsafe(text)
    }
    log('vacuum and analyze…')
    await sql.unsafe('vacuum (freeze, analyze)')
  } finally {
    await sql.end()
  }
}

/** Those that are no constraint; made anew at the end they are made at once. @returns how. */
async function dropIndexes(sql: postgres.Sql, tables: string[]): Promise<string[]> {
  const rows = await sql<{ name: string; text: string }[]>`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as text
    from pg_index i join pg_class t on t.oid = i.indrelid
    where t.relname = any(${tables}) and t.relnamespace = 'public'::regnamespace
      and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`
  for (const { name } of rows) await sql.unsafe(`drop index ${name}`)
  return rows.map(({ text }) => text)
}

const CHUNK = 1 << 18

async function copy(
  sql: postgres.Sql,
  { table, columns, count, lines }: TableRows,
  log: (line: string) => void,
) {
  let done = 0
  let told = 0
  const chunks = function* () {
    let chunk = ''
    for (const line of lines()) {
      chunk += line
      done++
      if (chunk.length < CHUNK) continue
      yield chunk
      chunk = ''
      const percent = Math.min(99, Math.floor((100 * done) / count))
      if (percent < told + 10) continue
      told = percent
      log(`${table}: ${percent} %`)
    }
    if (chunk !== '') yield chunk
  }
  const into = await sql.unsafe(`copy ${table} (${columns.join(', ')}) from stdin`).writable()
  await pipeline(Readable.from(chunks()), into)
  log(`${table}: ${done} rows`)
}

const DERIVED_TABLES = ['slugs', 'series_entries', 'series_counts', 'article_search']

/** What triggers keep, worked out at once from the rows. */
export const DERIVED: [what: string, text: string][] = [
  [
    'slugs',
    `insert into slugs (kind, locale, slug, subject_id)
     select 'article', locale, slug, id from articles
     union all select 'category', '', slug, id from categories
     union all select 'tag', '', slug, id from tags
     union all select 'author', '', slug, id from authors
     union all select 'series', '', slug, id from series`,
  ],
  [
    'entries of series',
    `insert into series_entries (series_id, position, published_at, article_id, unpublish_at)
     select s.series_id, s.place, a.published_at, a.id, a.unpublish_at
     from (
       select id as article_id, series_id('site', '') as series_id, 0 as place from articles
       union all select id, series_id('locale', locale), 0 from articles
       union all select distinct l.article_id, ancestor, 0
         from article_categories l join categories c on c.id = l.category_id cross join unnest(c.path) ancestor
       union all select article_id, series_id('category-only', category_id::text), 0 from article_categories
       union all select article_id, tag_id, 0 from article_tags
       union all select article_id, author_id, 0 from article_authors
       union all select article_id, series_id, position from series_articles
     ) s join articles a on a.id = s.article_id
     where a.status = 'published'
     order by 1, 2, 3, 4`,
  ],
  [
    'counts',
    `insert into series_counts (series_id, article_count, as_of)
     select series_id, count(*) filter (where published_at <= now() and (unpublish_at is null or unpublish_at > now())),
       date_trunc('milliseconds', now())
     from series_entries group by series_id`,
  ],
  [
    'words to search',
    `insert into article_search (article_id, locale, words)
     select id, locale, search_words(locale, title, subtitle, body_text) from articles`,
  ],
]
