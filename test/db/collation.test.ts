import { expect, test } from 'vitest'
import { allCategories } from '../../src/db/categories.ts'
import { openDatabase } from '../../src/db/client.ts'
import { category } from '../setup/data.ts'
import { cloneDatabase } from '../setup/database.ts'

/**
 * Names in the order in which every server puts them, whatever its version, its C library and the order that its
 * operator chose for the database. Written out, so that each run on another server proves the same. Left out is what
 * versions of ICU order differently: signs that Unicode added of late, and ideographs by reading.
 */
const IN_ORDER = [
  ' leading space',
  '-dash',
  '(brackets)',
  '#hash',
  '€uro',
  '10 downing street',
  '1000 ships',
  '2 guns',
  'a',
  'A',
  'á',
  'Á',
  'å',
  'ä',
  'Ä',
  'Aa',
  'Abend',
  'æon',
  'afar',
  'apple pie',
  'apple-pie',
  'applepie',
  'cote',
  'coté',
  'côte',
  'côté',
  'Lodz',
  'Łódź',
  'masse',
  'Masse',
  'maße',
  'nino',
  'niño',
  'nió',
  'ol',
  'öl',
  'ost',
  'z',
  'Z',
  'žluť',
  'þing',
  'αθήνα',
  'Αθήνα',
  'Ωμέγα',
  'арбуз',
  'Ёлка',
  'яблоко',
  'שלום',
  'カナ',
  '東京',
]

test('names have one order on every server, and what is equal goes by id', async () => {
  const clone = await cloneDatabase()
  const database = openDatabase({
    url: clone.url,
    connections: 1,
    acquireTimeout: 20_000,
    statementTimeout: 5000,
    prepare: true,
  })
  const { sql } = clone
  const names = [...IN_ORDER.toReversed(), 'same', 'same', 'same']
  for (const [i, name] of names.entries()) {
    const id = await category(sql, `category-${i}`)
    await sql`update categories set name = ${name} where id = ${id}`
  }
  const rows = await allCategories.run(database.db, 'only', {})
  expect(rows.map(({ name }) => name).filter((name) => name !== 'same')).toEqual(IN_ORDER)
  const same = rows.filter(({ name }) => name === 'same').map(({ id }) => id)
  expect(same).toEqual(same.toSorted())
  await database.close()
  await clone.drop()
})

test('the same order is that of Node, whose tables are of another version', () => {
  expect(IN_ORDER.toSorted(new Intl.Collator('und').compare)).toEqual(IN_ORDER)
})
