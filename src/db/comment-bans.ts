import { eq, sql } from 'drizzle-orm'
import type { AuthorPolicy, BanKind } from '../domain/comment.ts'
import type { Db } from './client.ts'
import { type PageRow, page, type Side } from './keyset.ts'
import { param, statements, textArray, uuidArray } from './statement.ts'
import { authorPolicies, commentBans } from './tables/moderation.ts'

/** Moments as JSON from Postgres has them. The key stays inside. */
export interface BanRow {
  id: string
  kind: BanKind
  domain: string | null
  commentId: string | null
  until: string
  reason: string
  createdBy: string
  createdAt: string
  liftedAt: string | null
}

export interface NewBanRow {
  id: string
  kind: BanKind
  key: Buffer
  domain: string | null
  commentId: string | null
  until: string
  reason: string
  createdBy: string
}

const fields = sql`
  'id', b.id, 'kind', b.kind, 'domain', b.domain, 'commentId', b.comment_id, 'until', b.until, 'reason', b.reason,
  'createdBy', b.created_by, 'createdAt', b.created_at, 'liftedAt', b.lifted_at`

/** Bans, newest first, those that are over or lifted too. Params: limit, cursorKey, cursorId. */
export const listBans = statements<{ side: Side }, PageRow<BanRow>>('list_bans', ({ side }) => {
  const bans = page({
    table: sql`comment_bans`,
    alias: sql`b`,
    where: sql`true`,
    key: sql`b.created_at`,
    keyType: 'moment',
    id: sql`b.id`,
    order: 'descending',
    side,
    item: sql`json_build_object(${fields})`,
    params: { limit: 'limit', key: 'cursorKey', id: 'cursorId' },
  })
  return sql`select ${bans} as answer`
})

const someBans = statements<'only', BanRow>(
  'some_bans',
  () =>
    sql`select json_build_object(${fields}) as answer from comment_bans b where b.id = any(${param.uuids('ids')})`,
)

/** Those of the bans that are there. */
export const readBans = (db: Db, ids: readonly string[]): Promise<BanRow[]> =>
  someBans.run(db, 'only', { ids: uuidArray(ids) })

/** What somebody may be banned by. */
export interface BanKey {
  kind: BanKind
  key: Buffer
}

/** Bans in force of any of these keys. Params: kinds and keys (hex), of one length. */
export const bansInForce = statements<'only', BanRow>(
  'bans_in_force',
  () => sql`
    select json_build_object(${fields}) as answer
    from unnest(${param.texts('kinds')}, ${param.texts('keys')}) w (kind, key)
    join comment_bans b on b.kind = w.kind and b.key = decode(w.key, 'hex')
    where b.until > now() and b.lifted_at is null order by b.created_at desc, b.id`,
)

export const readBansInForce = (db: Db, keys: readonly BanKey[]): Promise<BanRow[]> =>
  bansInForce.run(db, 'only', {
    kinds: textArray(keys.map(({ kind }) => kind)),
    keys: textArray(keys.map(({ key }) => key.toString('hex'))),
  })

/** Writes a ban; one of the same key, in force or not, gives way. */
export async function writeBan(tx: Db, { key, kind, ...ban }: NewBanRow): Promise<void> {
  const { until, ...rest } = ban
  const values = { ...rest, until }
  await tx
    .insert(commentBans)
    .values({ kind, key, ...values })
    .onConflictDoUpdate({
      target: [commentBans.kind, commentBans.key],
      set: { ...values, createdAt: sql`now()`, liftedAt: null },
    })
}

/** Ends a ban; once more keeps the first moment. @returns false where there is none. */
export async function liftBan(tx: Db, id: string): Promise<boolean> {
  const rows = await tx
    .update(commentBans)
    .set({ liftedAt: sql`coalesce(${commentBans.liftedAt}, now())` })
    .where(eq(commentBans.id, id))
    .returning({ id: commentBans.id })
  return rows.length === 1
}

/** What is decided for all that an author writes; null takes it back. */
export async function writeAuthorPolicy(
  tx: Db,
  key: Buffer,
  policy: AuthorPolicy | null,
  setBy: string,
): Promise<void> {
  if (policy === null) return void (await tx.delete(authorPolicies).where(eq(authorPolicies.key, key)))
  await tx
    .insert(authorPolicies)
    .values({ key, policy, setBy })
    .onConflictDoUpdate({ target: authorPolicies.key, set: { policy, setBy, createdAt: sql`now()` } })
}
