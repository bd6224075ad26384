import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterEach, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/client.ts'
import { applyMigrations, schemaState } from '../../src/db/migrate.ts'
import { withDatabase } from '../setup/template.ts'

const serverUrl = inject('serverUrl')
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

interface Fresh {
  url: string
  sql: postgres.Sql
  db: Database['db']
}

/** A database in which nothing is yet. */
async function freshDatabase(): Promise<Fresh> {
  const name = `${inject('template')}_empty_${randomUUID().slice(0, 8)}`
  const admin = postgres(serverUrl, { max: 1, onnotice: () => {} })
  await admin`create database ${admin(name)}`
  const url = withDatabase(serverUrl, name)
  const sql = postgres(url, { max: 2, onnotice: () => {} })
  const database = openDatabase({
    url,
    connections: 2,
    acquireTimeout: 20_000,
    statementTimeout: 5000,
    prepare: true,
  })
  cleanups.push(async () => {
    await sql.end({ timeout: 1 })
    await database.close()
    await admin`drop database ${admin(name)} with (force)`
    await admin.end()
  })
  return { url, sql, db: database.db }
}

/** What a schema is made of, as the catalogue tells it. */
async function schemaOf(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`
    select 'column ' || concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) as line
    from information_schema.columns where table_schema = 'public'
    union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
    union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      from pg_constraint where connamespace = 'public'::regnamespace
    union all select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all select 'function ' || proname || ' ' || md5(prosrc) from pg_proc where pronamespace = 'public'::regnamespace
    order by line`
  return rows.map((row) => row['line'])
}

test('migrations are applied once; applying them again changes nothing', async () => {
  const { url, sql, db } = await freshDatabase()
  expect(await schemaState(db)).toBe('empty')
  const applied = await applyMigrations(url)
  expect(applied).toBeGreaterThan(0)
  expect(await schemaState(db)).toBe('current')
  const schema = await schemaOf(sql)
  await sql`insert into tags (id, slug, name) values (gen_random_uuid(), 'kept', 'Kept')`
  expect(await applyMigrations(url)).toBe(0)
  expect(await schemaOf(sql)).toEqual(schema)
  expect(await sql`select from tags`).toHaveLength(1)
  expect(await schemaState(db)).toBe('current')
})

test('five instances that migrate at once all succeed, and each migration is applied once', async () => {
  const { url, sql, db } = await freshDatabase()
  const applied = await Promise.all(Array.from({ length: 5 }, () => applyMigrations(url)))
  const [row] = await sql`select count(*)::int as n from drizzle.__drizzle_migrations`
  expect(applied.filter((n) => n > 0)).toEqual([row?.['n']])
  expect(await schemaState(db)).toBe('current')
})

test('a database that lacks the last migration is older, and one that has a later one is newer', async () => {
  const { url, sql, db } = await freshDatabase()
  await applyMigrations(url)
  const [last] = await sql`
    delete from drizzle.__drizzle_migrations where created_at = (select max(created_at) from drizzle.__drizzle_migrations)
    returning hash, created_at::text as stamp`
  expect(await schemaState(db)).toBe('older')
  const record = (stamp: string) =>
    sql`insert into drizzle.__drizzle_migrations (hash, created_at) values (${last?.['hash']}, ${stamp}::text::bigint)`
  await record(last?.['stamp'])
  expect(await schemaState(db)).toBe('current')
  await record(String(Number(last?.['stamp']) + 1))
  expect(await schemaState(db)).toBe('newer')
  await sql`delete from drizzle.__drizzle_migrations`
  expect(await schemaState(db)).toBe('empty')
})

test('a migration that fails leaves nothing behind, says why, and lets the next attempt in', async () => {
  const { url, sql, db } = await freshDatabase()
  await sql`create table tags (id int)`
  await expect(applyMigrations(url)).rejects.toThrow()
  expect(await schemaState(db)).toBe('empty')
  expect(await sql`select from pg_tables where schemaname = 'public'`).toHaveLength(1)
  await sql`drop table tags`
  expect(await applyMigrations(url)).toBeGreaterThan(0)
  expect(await schemaState(db)).toBe('current')
})

test('a server that is not there is an error, not a wait', async () => {
  await expect(applyMigrations('postgres://nobody@127.0.0.1:1/none')).rejects.toThrow()
})
