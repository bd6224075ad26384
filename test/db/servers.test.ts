import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { categoriesCore } from '../../src/core/categories.ts'
import { type Database, openDatabase } from '../../src/db/client.ts'
import { insertKey, listKeys } from '../../src/db/keys.ts'
import { applyMigrations } from '../../src/db/migrate.ts'
import { withDatabase } from '../setup/template.ts'

/** What differs between servers and must not show: run on other majors by `npm run test:pg`. */

/**
 * Names in the order of ICU's root collation. The same from ICU 60 (the npm packages of Postgres) to ICU 72 (Debian
 * 12): what was encoded after Unicode 10 is left out, for an older ICU puts it at the very end (new emoji, signs of
 * currencies, Georgian capitals), and so are some rare ideographs and Arabic letters that moved since.
 */
const NAMES = [
  // space and signs first, the same signs beside each other, then currency
  [' leading space', '_underscore', '-dash', '!bang', '¡ay!', '¿qué?', '...', '…', '"quoted"', '“quoted”'],
  ['«quoted»', '(brackets)', '§', '&', '#1', '©', '→', '∞', '☀', '★', '❤', '🎉', '😀', '$5', '€5'],
  // digits are not numbers
  ['01', '1', '1 May', '½', '10', '2', '²', '2nd', '٣'],
  // letters before accents, accents before case, small before capital
  [
    'a',
    'A',
    'á',
    'Á',
    'à',
    'â',
    'å',
    'Å',
    'ä',
    'Ä',
    'ā',
    'a b',
    'a\u00a0b',
    'a_b',
    'a-b',
    'a,b',
    'a;b',
    'a:b',
  ],
  ['a.b', "a'b", 'aa', 'ab', 'Ab', 'AB', 'ÅB', 'æ', 'Æ', 'ay', 'az'],
  // the two in the middle are equal to ICU: then bytes decide, before ids
  ['cafe', 'cafe\u0301', 'caf\u00e9', 'caffe'],
  ['co op', 'co-op', 'Co-op', 'CO-OP', 'coop', 'coöp', 'cote', 'Cote', 'coté', 'côte', 'côté'],
  ['d', 'đ', 'Đ', 'ð', "d'or", 'dor', 'dz', 'fin', 'ij', 'istanbul', 'Istanbul', 'İstanbul', 'ıstanbul'],
  ['k', 'K', 'ł', "L'Aquila", 'L’Aquila', 'Laquila', 'Lodz', 'Łódź', 'lz'],
  ['n', 'ñ', 'naive', 'naïve', 'nandu', 'Ñandú', 'nz', 'Őr', 'ore', 'Ore', 'öre', 'Öre', 'Øre', 'que'],
  ['resume', 'Resume', 'résumé', 'Résumé'],
  ['ss', 'ß', 'st', 'strasse', 'Strasse', 'STRASSE', 'straße', 'STRAẞE', 'thing', 'tz'],
  // a space without width is nothing to ICU
  ['zebra', 'Zebra', 'zoo', 'Zoo', 'Zo\u200bo', 'þing', 'Þing'],
  ['αθήνα', 'Αθήνα', 'Άθως', 'μ', '\u00b5', 'σ', 'Σ', 'ς', 'Ψ', 'ψυχή', 'ωμέγα'],
  ['анна', 'Анна', 'г', 'ґ', 'д', 'еж', 'ёж', 'Елка', 'Ёлка', 'Ижевск', 'Їжак', 'Яблоко'],
  ['ქართული', 'Երևան', 'שלום', 'عربي', 'हिन्दी', 'กา', 'เกม', 'ไทย', '가', '각', '한국'],
  // ideographs by radical and stroke, not by any reading
  ['あ', 'ア', 'か', 'カ', 'が', 'ガ', '一', '丁', '𠀀', '北京', '日本', '漢', '龍'],
].flat()

const cleanups: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const clean of cleanups) await clean()
})

/** Databases as their operators may have made them: whose default order is by bytes, and by Swedish. */
const DEFAULTS = [
  ['as the server makes them', ''],
  ['libc, C', `locale_provider libc locale 'C'`],
  ['ICU, Swedish', `locale_provider icu icu_locale 'sv' locale 'C'`],
] as const

describe.each(DEFAULTS)('in a database with the defaults %s', async (_, options) => {
  const { sql, db } = await freshDatabase(options && `template template0 encoding 'UTF8' ${options}`)

  test('categories beside each other are in one order of names, that of ICU', async () => {
    await sql`insert into categories ${sql(NAMES.toReversed().map((name) => ({ id: randomUUID(), slug: randomUUID(), name })))}`
    const found = await categoriesCore(db).flat()
    expect(found.map(({ name }) => name)).toEqual(NAMES)
    const plain = await sql`
      select array_agg(name order by name collate "und-x-icu") as names from unnest(${NAMES.toReversed()}::text[]) name`
    expect(plain[0]?.['names']).toEqual(NAMES)
  })

  test('categories of the very same name are in the order of their ids', async () => {
    const [parent, ...ids] = Array.from(
      { length: 41 },
      (_, n) => `00000000-0000-4000-8000-0000000000${10 + n}`,
    )
    const row = (id = '', parentId: string | null = null) => ({
      id,
      slug: id,
      name: 'Same',
      parent_id: parentId,
    })
    await sql`insert into categories ${sql([row(parent)])}`
    const shuffled = ids.map((_, n) => ids[(n * 17) % ids.length])
    await sql`insert into categories ${sql(shuffled.map((id) => row(id, parent)))}`
    const found = await categoriesCore(db).flat()
    expect(found.filter(({ parentId }) => parentId === parent).map(({ id }) => id)).toEqual(ids)
  })

  test('the change log names columns in one order', async () => {
    const [row] = await sql`select changed_columns('{}', '{"b": 1, "B": 1, "z": 1, "å": 1, "_": 1}') as names`
    expect(row?.['names']).toEqual(['B', '_', 'b', 'z', 'å'])
  })
})

test('moments are the same whatever style of dates the server has', async () => {
  const { url, sql, db } = await freshDatabase('')
  await insertKey(db, {
    id: randomUUID(),
    name: 'desk',
    secretHash: Buffer.alloc(32),
    scopes: [],
    sandbox: false,
    expiresAt: '2031-02-03T04:05:06.789Z',
  })
  await sql.unsafe(`alter database ${new URL(url).pathname.slice(1)} set datestyle = 'German'`)
  const [key] = await listKeys(open(url).db)
  expect(new Date(key?.expiresAt ?? '').toJSON()).toBe('2031-02-03T04:05:06.789Z')
})

interface Fresh {
  url: string
  sql: postgres.Sql
  db: Database['db']
}

/** A migrated database, made with these options; dropped with the template's other clones at the end of the run. */
async function freshDatabase(options: string): Promise<Fresh> {
  const name = `${inject('template')}_made_${randomUUID().slice(0, 8)}`
  const url = withDatabase(inject('serverUrl'), name)
  const admin = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
  await admin.unsafe(`create database ${name} ${options}`)
  await admin.end()
  await applyMigrations(url)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  cleanups.push(() => sql.end())
  return { url, sql, db: open(url).db }
}

function open(url: string): Database {
  const database = openDatabase({
    url,
    connections: 2,
    acquireTimeout: 20_000,
    statementTimeout: 5000,
    prepare: true,
  })
  cleanups.push(() => database.close())
  return database
}
