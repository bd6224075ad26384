import { randomBytes } from 'node:crypto'
import type { Db } from './client.ts'
import { secrets } from './tables/access.ts'

/** @returns the secret that all instances on this database share; the first to ask makes it. */
export async function sharedSecret(db: Db): Promise<Buffer> {
  const read = async () => (await db.select({ value: secrets.value }).from(secrets))[0]?.value
  // read first: a server may start on a database that can be read only
  const found = await read()
  if (found) return found
  await db
    .insert(secrets)
    .values({ id: 1, value: randomBytes(32) })
    .onConflictDoNothing()
  const kept = await read()
  if (!kept) throw new Error('the secret could not be kept in the database')
  return kept
}
