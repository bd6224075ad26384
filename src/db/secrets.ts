import { randomBytes } from 'node:crypto'
import type { Db } from './client.ts'
import { secrets } from './tables/access.ts'

/** @returns the secret that all instances on this database share; the first to ask makes it. */
export async function sharedSecret(db: Db): Promise<Buffer> {
  await db
    .insert(secrets)
    .values({ id: 1, value: randomBytes(32) })
    .onConflictDoNothing()
  const [row] = await db.select({ value: secrets.value }).from(secrets)
  if (!row) throw new Error('the secret could not be kept in the database')
  return row.value
}
