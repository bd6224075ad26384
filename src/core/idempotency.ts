import type { Db } from '../db/client.ts'
import {
  type IdempotencyRow,
  lockIdempotencyKey,
  readIdempotencyKey,
  writeIdempotencyKey,
} from '../db/idempotency.ts'
import { AppError } from '../lib/errors.ts'
import { equalBytes, sha256 } from '../lib/secrets.ts'

/** A request that may be sent again: its key, who sent it where, and what was in it. */
export interface IdempotentRequest {
  /** Caller and route; the same key means nothing to another caller. */
  scope: string
  key: string
  /** The whole request; another one under the same key is refused. */
  content: unknown
}

export interface Done {
  status: number
  subjectId: string
}

/**
 * Does `work` once for each key, in the transaction given, which also remembers it: either both are there
 * afterwards, or neither.
 * @returns what was done and whether that was earlier.
 * @throws IDEMPOTENCY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED.
 */
export async function once(
  tx: Db,
  request: IdempotentRequest | undefined,
  work: () => Promise<Done>,
): Promise<Done & { replayed: boolean }> {
  if (!request) return { ...(await work()), replayed: false }
  const { scope, key, content } = request
  if (!(await lockIdempotencyKey(tx, scope, key))) {
    throw new AppError('IDEMPOTENCY_IN_FLIGHT', { headers: { 'retry-after': '1' } })
  }
  const fingerprint = sha256(canonicalJson(content))
  const earlier = await readIdempotencyKey(tx, scope, key)
  if (earlier) return { ...sameRequest(earlier, fingerprint), replayed: true }
  const done = await work()
  await writeIdempotencyKey(tx, scope, key, { fingerprint, ...done })
  return { ...done, replayed: false }
}

function sameRequest({ fingerprint, status, subjectId }: IdempotencyRow, sent: Buffer): Done {
  if (!equalBytes(fingerprint, sent)) throw new AppError('IDEMPOTENCY_KEY_REUSED')
  return { status, subjectId }
}

/** JSON in which the order of properties does not matter. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}

/**
 * The `Idempotency-Key` header as a key: quoted (a structured-field string) or bare, 16 to 255 characters.
 * @throws IDEMPOTENCY_KEY_INVALID.
 */
export function readIdempotencyHeader(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : ''
  if (/^[\x21-\x7e]{16,255}$/.test(key)) return key
  throw new AppError('IDEMPOTENCY_KEY_INVALID', {
    detail: 'Idempotency-Key takes 16 to 255 visible ASCII characters',
  })
}
