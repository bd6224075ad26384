import { randomBytes } from 'node:crypto'
import { bytesOfId, idOfBytes } from '../lib/ids.ts'
import { bytesOfMoment, MOMENT_BYTES, momentOfBytes } from '../lib/moments.ts'
import type { Secrets } from '../lib/secrets.ts'

/** Milliseconds for which a token counts. */
export const FORM_TOKEN_LIFETIME = 24 * 3_600_000

/** What a token says once it is read. */
export type FormToken =
  | {
      ok: true
      /** What is remembered of a token once it is used. */
      id: string
      /** Milliseconds since the form was handed out, never negative. */
      age: number
      /** Until when it must be remembered: UTC, with milliseconds. */
      expiresAt: string
    }
  | { ok: false; fault: 'invalid' | 'expired' }

/** Makes and reads `bsf_<id, moment of issue, and their signature>`, each for the form of one article. */
export interface FormTokens {
  /** @param now in milliseconds since 1970. */
  issue(articleId: string, now?: number): string
  /**
   * @param now in milliseconds since 1970.
   * @returns `invalid` for what was not issued by us for this article. How old is old enough, and that a token counts
   * once, is the caller's to see to.
   */
  read(token: string, articleId: string, now?: number): FormToken
}

const TOKEN = /^bsf_([\w-]{72})$/
const ID_BYTES = 16
const CLAIM_BYTES = ID_BYTES + MOMENT_BYTES

export function createFormTokens(secrets: Secrets): FormTokens {
  return {
    issue: (articleId, now = Date.now()) => {
      const claim = Buffer.concat([randomBytes(ID_BYTES), bytesOfMoment(now)])
      const signature = secrets.sign('form', claim, bytesOfId(articleId))
      return `bsf_${Buffer.concat([claim, signature]).toString('base64url')}`
    },
    read: (token, articleId, now = Date.now()) => {
      const [, signed = ''] = TOKEN.exec(token) ?? []
      const bytes = Buffer.from(signed, 'base64url')
      const claim = bytes.subarray(0, CLAIM_BYTES)
      const isOurs = secrets.verify('form', bytes.subarray(CLAIM_BYTES), claim, bytesOfId(articleId))
      return isOurs ? readClaim(claim, now) : { ok: false, fault: 'invalid' }
    },
  }
}

function readClaim(claim: Buffer, now: number): FormToken {
  const issuedAt = momentOfBytes(claim, ID_BYTES)
  const expiry = issuedAt + FORM_TOKEN_LIFETIME
  if (now > expiry) return { ok: false, fault: 'expired' }
  // another instance may have issued it by a clock that runs ahead of ours
  const age = Math.max(0, now - issuedAt)
  return {
    ok: true,
    id: idOfBytes(claim.subarray(0, ID_BYTES)),
    age,
    expiresAt: new Date(expiry).toISOString(),
  }
}
