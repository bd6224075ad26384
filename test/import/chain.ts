import { pino } from 'pino'
import type postgres from 'postgres'
import { expect } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { createDeps } from '../../src/deps.ts'
import { sessionsOver } from '../db/concurrent.ts'
import { cloneDatabase } from '../setup/database.ts'
import { wxr } from './support.ts'
import { wxrPost, wxrText } from './wxr-text.ts'

/** A chain in which each comment answers the one before; the file tells the last one first. */
const chain = (length: number): string =>
  wxrText([
    wxrPost({
      id: 1,
      name: 'chain',
      comments: Array.from({ length }, (_, i) => ({ id: length - i, parent: length - i - 1 })),
    }),
  ])

/** Pages that the statements on this database looked at: its work, whatever machine it is on. */
async function pagesRead(sql: postgres.Sql): Promise<number> {
  const [row] =
    await sql`select blks_hit + blks_read as n from pg_stat_database where datname = current_database()`
  return Number(row?.['n'])
}

/** No vacuum comes by: what it looks at would count as well, and it would tell the planner how the tables grow. */
async function leaveAlone(sql: postgres.Sql): Promise<void> {
  const tables =
    await sql`select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`
  for (const { name } of tables) await sql`alter table ${sql(name)} set (autovacuum_enabled = false)`
}

/** Imports a chain of so many, sees that it came out right, and tells how many pages the import looked at. */
export async function importChain(length: number): Promise<number> {
  const database = await cloneDatabase()
  const { sql } = database
  await leaveAlone(sql)
  const before = await pagesRead(sql)
  const config = loadConfig({
    SECRET: 'a secret for tests, 32 characters',
    DATABASE_ACQUIRE_TIMEOUT: '20000',
    DATABASE_STATEMENT_TIMEOUT: '20000',
  })
  const deps = await createDeps(config, database.url, pino({ level: 'silent' }))
  const ignore = () => {}
  await deps.core.imports.run(wxr(chain(length)), {
    source: 'test',
    locale: 'en',
    dryRun: false,
    onFault: ignore,
    onProgress: ignore,
  })
  await deps.close()
  await sessionsOver(sql)
  const after = await pagesRead(sql)
  await expectFlattened(sql, length)
  await database.drop()
  return after - before
}

/** Six levels as they were, everything after beside the sixth, naming whom it answers. */
async function expectFlattened(sql: postgres.Sql, length: number): Promise<void> {
  const rows = await sql<
    {
      n: number
      depth: number
      parent: number | null
      repliesTo: number | null
      root: number
      below: number
    }[]
  >`
    select right(c.body_text, -8)::int as n, c.depth, right(p.body_text, -8)::int as parent,
      right(r.body_text, -8)::int as "repliesTo", right(f.body_text, -8)::int as root, c.reply_count as below
    from comments c join comments f on f.id = c.root_id left join comments p on p.id = c.parent_id
      left join comments r on r.id = c.reply_to_id
    order by n`
  const right = Array.from({ length }, (_, i) => ({
    n: i + 1,
    depth: Math.min(i, 5),
    parent: i === 0 ? null : Math.min(i, 5),
    repliesTo: i > 5 ? i : null,
    root: 1,
    below: i < 5 ? length - i - 1 : 0,
  }))
  expect([...rows]).toEqual(right)
  expect(await sql`select comment_count as n from articles`).toMatchObject([{ n: length }])
}
