import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a derived key is for. Keys of different purposes tell nothing about one another. */
export type Purpose =
  | 'receipt'
  | 'author'
  | 'network'
  | 'user'
  | 'preview'
  | 'form'
  | 'altcha'
  | 'device'
  | 'ban'
  | 'person'

/**
 * All that is signed or keyed comes from here: one secret, one HKDF key a purpose. A previous secret still
 * verifies, so that a rotation revokes nothing.
 */
export interface Secrets {
  /** HMAC-SHA256 under the current key. */
  sign(purpose: Purpose, ...parts: (string | Buffer)[]): Buffer
  /** True when the current or the previous key made this signature of these parts. In constant time. */
  verify(purpose: Purpose, signature: Buffer, ...parts: (string | Buffer)[]): boolean
  /** What the current key makes of these parts, then what the previous one does: keys for a package that signs itself. */
  derive(purpose: Purpose, ...parts: (string | Buffer)[]): [current: Buffer, ...previous: Buffer[]]
}

export function createSecrets(current: Buffer, previous?: Buffer): Secrets {
  const generations = previous ? [current, previous] : [current]
  const keys = new Map<string, Buffer>()
  const key = (generation: number, purpose: Purpose): Buffer => {
    const name = `${generation}.${purpose}`
    let found = keys.get(name)
    if (!found) {
      const secret = generations[generation] as Buffer
      found = Buffer.from(hkdfSync('sha256', secret, 'broadsheet', purpose, 32))
      keys.set(name, found)
    }
    return found
  }
  const mac = (generation: number, purpose: Purpose, parts: (string | Buffer)[]) => {
    const hmac = createHmac('sha256', key(generation, purpose))
    // each part with its length, so that no two lists of parts run together into the same bytes
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part)
    return hmac.digest()
  }
  return {
    sign: (purpose, ...parts) => mac(0, purpose, parts),
    verify: (purpose, signature, ...parts) =>
      generations.some((_, generation) => equalBytes(mac(generation, purpose, parts), signature)),
    derive: (purpose, ...parts) => [
      mac(0, purpose, parts),
      ...generations.slice(1).map((_, older) => mac(older + 1, purpose, parts)),
    ],
  }
}

/** Compares in a time that does not depend on the content. */
export function equalBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

export function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}

/** @returns random text of the alphabet 0-9a-f, `length` bytes strong. */
export function randomToken(length: number): string {
  return randomBytes(length).toString('hex')
}
