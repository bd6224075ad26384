import { afterAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/client.ts'
import { sharedSecret } from '../../src/db/secrets.ts'
import { cloneDatabase } from '../setup/database.ts'

const clone = await cloneDatabase()
const open = () => {
  const database = openDatabase({
    url: clone.url,
    connections: 4,
    acquireTimeout: 20_000,
    statementTimeout: 5000,
    prepare: true,
  })
  afterAll(() => database.close())
  return database.db
}
afterAll(() => clone.drop())

test('all who ask at once have the same secret', async () => {
  const db = open()
  const found = await Promise.all(Array.from({ length: 8 }, () => sharedSecret(db)))
  expect(new Set(found.map((secret) => secret.toString('hex'))).size).toBe(1)
  expect(found[0]).toHaveLength(32)
})

test('a secret that is there is found in a database that can be read only', async () => {
  const secret = await sharedSecret(open())
  const name = new URL(clone.url).pathname.slice(1)
  await clone.sql.unsafe(`alter database ${name} set default_transaction_read_only = on`)
  expect(await sharedSecret(open())).toEqual(secret)
})
