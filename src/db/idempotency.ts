import { and, eq, gt, sql } from 'drizzle-orm'
import type { Db } from './client.ts'
import { idempotencyKeys } from './tables/access.ts'

export interface IdempotencyRow {
  fingerprint: Buffer
  status: number
  subjectId: string
}

/** How long a key is remembered. */
const LIFETIME = sql`interval '24 hours'`

/** @returns false while another transaction works under the same key. Held until this transaction ends. */
export async function lockIdempotencyKey(tx: Db, scope: string, key: string): Promise<boolean> {
  const [row] = await tx.execute<{ locked: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended(${`${scope}\n${key}`}, 0)) as locked`,
  )
  return row?.locked ?? false
}

/** @returns what was done under this key in the last 24 hours. Call after the lock, so that nothing is missed. */
export async function readIdempotencyKey(
  tx: Db,
  scope: string,
  key: string,
): Promise<IdempotencyRow | undefined> {
  const [row] = await tx
    .select({
      fingerprint: idempotencyKeys.fingerprint,
      status: idempotencyKeys.status,
      subjectId: idempotencyKeys.subjectId,
    })
    .from(idempotencyKeys)
    .where(
      and(
        eq(idempotencyKeys.scope, scope),
        eq(idempotencyKeys.key, key),
        gt(idempotencyKeys.createdAt, sql`now() - ${LIFETIME}`),
      ),
    )
  return row
}

/** Remembers what was done, in the transaction that did it; an outlived row of the same key gives way. */
export async function writeIdempotencyKey(
  tx: Db,
  scope: string,
  key: string,
  row: IdempotencyRow,
): Promise<void> {
  await tx
    .insert(idempotencyKeys)
    .values({ scope, key, ...row })
    .onConflictDoUpdate({
      target: [idempotencyKeys.scope, idempotencyKeys.key],
      set: { ...row, createdAt: sql`now()` },
    })
}
