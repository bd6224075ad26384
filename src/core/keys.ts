import type { Db } from '../db/client.ts'
import { findLiveKey, insertKey, type KeyRow, listKeys, revokeKey, touchKey } from '../db/keys.ts'
import type { Scope, Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { equalBytes, randomToken, sha256 } from '../lib/secrets.ts'

/** `bs_<id without dashes>_<secret>`: the id finds the row, the secret proves the right to it. */
const KEY = /^bs_([0-9a-f]{32})_([0-9a-f]{64})$/

export interface NewKey {
  name: string
  scopes: Scope[]
  /** RFC 3339; null for ever. */
  expiresAt: string | null
  sandbox: boolean
  /** Points a minute; 0 without limit, null or left out for the default of the site. */
  budget?: number | null
}

export function keysCore(db: Db) {
  /** @returns the new key, which is shown this once: only its hash is kept. */
  async function create({ budget = null, ...wanted }: NewKey): Promise<{ id: string; key: string }> {
    const id = newId()
    const secret = randomToken(32)
    await insertKey(db, { ...wanted, budget, id, secretHash: sha256(secret) })
    return { id, key: `bs_${id.replaceAll('-', '')}_${secret}` }
  }

  /** @returns who holds this key. @throws AUTHENTICATION_FAILED, the same for unknown, wrong, expired and revoked. */
  async function authenticate(key: string): Promise<Viewer> {
    const [, hexId, secret] = KEY.exec(key) ?? []
    const id = hexId?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    const row = id ? await findLiveKey(db, id) : undefined
    // compared even where there is no row, so that both take the same time
    const kept = Buffer.from(row?.secretHash ?? '00'.repeat(32), 'hex')
    const genuine = equalBytes(sha256(secret ?? ''), kept)
    if (!row || !genuine) {
      throw new AppError('AUTHENTICATION_FAILED', {
        detail: 'The API key is unknown, expired or revoked',
        headers: { 'www-authenticate': 'Bearer realm="broadsheet", error="invalid_token"' },
      })
    }
    if (row.stale) await touchKey(db, row.id)
    const { name, scopes, sandbox, budget } = row
    return { kind: 'key', keyId: row.id, name, scopes: new Set(scopes), sandbox, budget }
  }

  /** @returns all keys, newest first, without anything secret. */
  function list(): Promise<KeyRow[]> {
    return listKeys(db)
  }

  /** @returns false where there is no such key. */
  function revoke(id: string): Promise<boolean> {
    return revokeKey(db, id)
  }

  return { create, authenticate, list, revoke }
}
