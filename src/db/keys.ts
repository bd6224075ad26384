import { desc, eq, sql } from 'drizzle-orm'
import type { Scope } from '../domain/viewer.ts'
import type { Db } from './client.ts'
import { param, statements } from './statement.ts'
import { apiKeys } from './tables/access.ts'

export interface KeyRow {
  id: string
  name: string
  scopes: Scope[]
  sandbox: boolean
  budget: number | null
  createdAt: string
  expiresAt: string | null
  revokedAt: string | null
  lastUsedAt: string | null
}

export interface LiveKeyRow {
  id: string
  name: string
  /** Hex. */
  secretHash: string
  scopes: Scope[]
  sandbox: boolean
  budget: number | null
  /** Its use has not been noted for a minute. */
  stale: boolean
}

export const liveKey = statements<'only', LiveKeyRow>(
  'live_key',
  () => sql`
    select json_build_object('id', k.id, 'name', k.name, 'secretHash', encode(k.secret_hash, 'hex'), 'scopes', k.scopes,
      'sandbox', k.sandbox, 'budget', k.budget,
      'stale', k.last_used_at is null or k.last_used_at < now() - interval '1 minute') as answer
    from api_keys k
    where k.id = ${param.uuid('id')} and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
)

/** @returns the key of this id, unless it is revoked or expired. */
export async function findLiveKey(db: Db, id: string): Promise<LiveKeyRow | undefined> {
  const [row] = await liveKey.run(db, 'only', { id })
  return row
}

export async function touchKey(db: Db, id: string): Promise<void> {
  await db.update(apiKeys).set({ lastUsedAt: sql`now()` }).where(eq(apiKeys.id, id))
}

export interface NewKeyRow {
  id: string
  name: string
  secretHash: Buffer
  scopes: Scope[]
  sandbox: boolean
  budget?: number | null
  expiresAt: string | null
}

export async function insertKey(db: Db, row: NewKeyRow): Promise<void> {
  await db.insert(apiKeys).values(row)
}

/** @returns all keys, newest first, without anything secret. */
export async function listKeys(db: Db): Promise<KeyRow[]> {
  const { id, name, scopes, sandbox, budget, createdAt, expiresAt, revokedAt, lastUsedAt } = apiKeys
  return db
    .select({ id, name, scopes, sandbox, budget, createdAt, expiresAt, revokedAt, lastUsedAt })
    .from(apiKeys)
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
}

/** @returns false where there is no such key. Revoking twice keeps the first time. */
export async function revokeKey(db: Db, id: string): Promise<boolean> {
  const rows = await db
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, now())` })
    .where(eq(apiKeys.id, id))
    .returning({ id: apiKeys.id })
  return rows.length === 1
}
