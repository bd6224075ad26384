import { randomInt } from 'node:crypto'
import { createChallenge, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import type { Challenge, ChallengeParameters, Payload } from 'altcha-lib/types'
import { idOfBytes } from '../lib/ids.ts'
import { isObject } from '../lib/json.ts'
import type { Secrets } from '../lib/secrets.ts'

/** Milliseconds for which a challenge counts. */
export const CHALLENGE_LIFETIME = 600_000

/** How dear a solution is: what a client computes is about three quarters of the product. */
export interface ChallengeCost {
  /** Rounds of PBKDF2 for each try. What it takes here to issue a challenge, too. */
  rounds: number
  /** Tries at most, at least 2; a client needs half of them or more. */
  tries: number
}

/** About a second for one core of a desktop computer; widgets use several. */
export const DEFAULT_COST: ChallengeCost = { rounds: 5000, tries: 1000 }

/** What a solution proves once it is verified. */
export type SolvedChallenge =
  | {
      ok: true
      /** What is remembered of a challenge once it is spent. */
      id: string
      /** Until when it must be remembered: UTC. */
      expiresAt: string
    }
  | { ok: false; fault: 'invalid' | 'expired' }

/** Proof of work by the protocol of ALTCHA, version 2; each challenge is for the form of one article. */
export interface Challenges {
  /**
   * @param now in milliseconds since 1970.
   * @returns what a widget of ALTCHA takes as its challenge.
   */
  issue(articleId: string, now?: number): Promise<Challenge>
  /**
   * @param text what the widget hands to its form: base64 of JSON.
   * @param now in milliseconds since 1970.
   * @returns `invalid` for what solves no challenge that we issued for this article, whatever it is. That each counts once
   * is the caller's to see to.
   */
  verify(text: string, articleId: string, now?: number): Promise<SolvedChallenge>
}

const ALGORITHM = 'PBKDF2/SHA-256'
/** Several times what a payload needs: how much is parsed and signed before the signature is known. */
const PAYLOAD_MAX = 4096
const INVALID = { ok: false, fault: 'invalid' } as const
const EXPIRED = { ok: false, fault: 'expired' } as const

export function createChallenges(secrets: Secrets, cost: ChallengeCost = DEFAULT_COST): Challenges {
  const keys = secrets.derive('altcha', 'key')
  return {
    issue: (articleId, now = Date.now()) =>
      createChallenge({
        algorithm: ALGORITHM,
        deriveKey,
        cost: cost.rounds,
        // known to us beforehand, so that the work varies little and is not repeated to verify it
        counter: randomInt(Math.ceil(cost.tries / 2), cost.tries + 1),
        data: { articleId },
        expiresAt: Math.floor((now + CHALLENGE_LIFETIME) / 1000),
        ...halves(keys[0]),
      }),
    verify: async (text, articleId, now = Date.now()) => {
      const payload = readPayload(text)
      if (!payload) return INVALID
      for (const key of keys) {
        const { verified, expired } = await verifySolution({ ...payload, deriveKey, ...halves(key) })
        if (expired) return EXPIRED
        if (verified) return readParameters(payload.challenge.parameters, articleId, now)
      }
      return INVALID
    },
  }
}

/** One key signs the challenge, the other its solution, which goes out with it. */
const halves = (key: Buffer) => ({
  hmacSignatureSecret: key.toString('hex', 0, 16),
  hmacKeySignatureSecret: key.toString('hex', 16),
})

/** What has the shape that the package relies on; anything else makes it throw. */
function readPayload(text: string): Payload | undefined {
  const payload = text.length <= PAYLOAD_MAX ? parse(Buffer.from(text, 'base64').toString()) : undefined
  if (!isObject(payload)) return undefined
  const { challenge, solution } = payload
  if (!isObject(challenge) || !isObject(solution)) return undefined
  const isWhole = isObject(challenge['parameters']) && typeof challenge['signature'] === 'string'
  // nothing else of it: the package takes its options from the same object
  return isWhole ? ({ challenge, solution } as unknown as Payload) : undefined
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Reads what was signed, and is therefore as it was issued. */
function readParameters({ data, nonce, expiresAt = 0 }: ChallengeParameters, articleId: string, now: number) {
  if (data?.['articleId'] !== articleId) return INVALID
  const expiry = expiresAt * 1000
  if (now > expiry) return EXPIRED
  return {
    ok: true,
    id: idOfBytes(Buffer.from(nonce, 'hex')),
    expiresAt: new Date(expiry).toISOString(),
  } as const
}
