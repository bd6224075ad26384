import { solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import type { Challenge, Payload } from 'altcha-lib/types'
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { CHALLENGE_LIFETIME, createChallenges } from '../../src/core/challenges.ts'
import { createSecrets } from '../../src/lib/secrets.ts'

const ARTICLE = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071'
const OTHER = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6072'
const COST = { rounds: 2, tries: 20 }
const INVALID = { ok: false, fault: 'invalid' }
const EXPIRED = { ok: false, fault: 'expired' }

const challengesWith = (secret: string, previous?: string) =>
  createChallenges(
    createSecrets(Buffer.from(secret), previous === undefined ? undefined : Buffer.from(previous)),
    COST,
  )
const challenges = challengesWith('secret')

async function solve(challenge: Challenge): Promise<Payload> {
  // as it reaches the client
  const received = JSON.parse(JSON.stringify(challenge)) as Challenge
  const solution = await solveChallenge({ challenge: received, deriveKey })
  if (!solution) throw new Error('no solution')
  return { challenge: received, solution }
}

const encode = (payload: unknown): string => Buffer.from(JSON.stringify(payload)).toString('base64')

describe('a challenge', () => {
  it('is verified by its solution, with the same id each time', async () => {
    const now = Date.now()
    const payload = encode(await solve(await challenges.issue(ARTICLE, now)))
    const verified = await challenges.verify(payload, ARTICLE, now)
    expect(verified).toEqual({
      ok: true,
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      expiresAt: new Date(Math.floor((now + CHALLENGE_LIFETIME) / 1000) * 1000).toISOString(),
    })
    expect(await challenges.verify(payload, ARTICLE, now)).toEqual(verified)
    const another = encode(await solve(await challenges.issue(ARTICLE, now)))
    expect(await challenges.verify(another, ARTICLE, now)).not.toEqual(verified)
  })

  it('has the same id however its payload is written', async () => {
    const { challenge, solution } = await solve(await challenges.issue(ARTICLE))
    const reversed = Object.fromEntries(Object.entries(challenge.parameters).reverse())
    const variants = [
      { challenge, solution },
      {
        solution: { ...solution, time: 7, more: 1 },
        challenge: { ...challenge, codeChallenge: {}, id: 'x' },
        id: 'y',
      },
      { challenge: { ...challenge, parameters: reversed }, solution },
    ]
    const texts = [...variants.map(encode), `${encode(variants[0])}==\n`]
    const verified = await Promise.all(texts.map((text) => challenges.verify(text, ARTICLE)))
    expect(verified).toEqual(Array(4).fill(verified[0]))
    expect(verified[0]).toMatchObject({ ok: true })
  })

  it('takes half of the tries or more, each as dear as it was set', async () => {
    for (let n = 0; n < 30; n++) {
      const { challenge, solution } = await solve(await challenges.issue(ARTICLE))
      expect(challenge.parameters.cost).toBe(COST.rounds)
      expect(solution.counter).toBeGreaterThanOrEqual(COST.tries / 2)
      expect(solution.counter).toBeLessThanOrEqual(COST.tries)
    }
  })

  it('expires after ten minutes', async () => {
    const now = Date.now()
    const challenge = await challenges.issue(ARTICLE, now)
    const payload = encode(await solve(challenge))
    const expiry = Math.floor((now + CHALLENGE_LIFETIME) / 1000) * 1000
    expect(challenge.parameters.expiresAt).toBe(expiry / 1000)
    expect(await challenges.verify(payload, ARTICLE, expiry)).toMatchObject({ ok: true })
    expect(await challenges.verify(payload, ARTICLE, expiry + 1)).toEqual(EXPIRED)
    expect(await challenges.verify(payload, OTHER, expiry + 1)).toEqual(INVALID)
    vi.useFakeTimers({ now: expiry + 1, toFake: ['Date'] })
    try {
      expect(await challenges.verify(payload, ARTICLE)).toEqual(EXPIRED)
    } finally {
      vi.useRealTimers()
    }
  })

  it('is of one article', async () => {
    const payload = encode(await solve(await challenges.issue(ARTICLE)))
    expect(await challenges.verify(payload, OTHER)).toEqual(INVALID)
  })

  it('outlives a new secret for as long as the old one still verifies', async () => {
    const payload = encode(await solve(await challengesWith('old').issue(ARTICLE)))
    expect(await challengesWith('new', 'old').verify(payload, ARTICLE)).toMatchObject({ ok: true })
    expect(await challengesWith('new').verify(payload, ARTICLE)).toEqual(INVALID)
  })
})

describe('what solves nothing', () => {
  let solved: Payload
  beforeAll(async () => {
    solved = await solve(await challenges.issue(ARTICLE))
  })

  const refuse = async (text: string): Promise<void> => {
    expect(await challenges.verify(text, ARTICLE)).toMatchObject({ ok: false })
  }

  it('chooses no option of the verification', async () => {
    const forged = { ...solved, solution: { ...solved.solution, derivedKey: 'ab'.repeat(32) } }
    const options = {
      hmacAlgorithm: 'none',
      counterMode: 'none',
      deriveKey: null,
      hmacSignatureSecret: '',
      hmacKeySignatureSecret: 'x',
    }
    await refuse(encode({ ...forged, ...options }))
    for (const [name, value] of Object.entries(options)) {
      await refuse(encode({ ...forged, [name]: value }))
      expect(await challenges.verify(encode({ ...solved, [name]: value }), ARTICLE)).toMatchObject({
        ok: true,
      })
    }
  })

  it('is refused when one member was changed, added or left out', async () => {
    const { challenge, solution } = solved
    const parameters = challenge.parameters as unknown as Record<string, unknown>
    const names = fc.oneof(fc.constantFrom(...Object.keys(parameters), '__proto__', 'toJSON'), fc.string())
    await fc.assert(
      fc.asyncProperty(names, fc.oneof(fc.jsonValue(), fc.constant(undefined)), async (name, value) => {
        fc.pre(
          JSON.stringify(value) !==
            JSON.stringify(Object.hasOwn(parameters, name) ? parameters[name] : undefined),
        )
        const changed = Object.fromEntries([...Object.entries(parameters), [name, value]])
        await refuse(encode({ challenge: { ...challenge, parameters: changed }, solution }))
      }),
      { numRuns: 300 },
    )
  })

  it('is refused with another signature, counter or key', async () => {
    const { challenge, solution } = solved
    for (const signature of [
      '',
      challenge.signature?.toUpperCase(),
      'ab'.repeat(32),
      null,
      Array(64).fill('a'),
      7,
    ])
      await refuse(encode({ challenge: { ...challenge, signature }, solution }))
    for (const derivedKey of [
      '',
      challenge.parameters.keyPrefix,
      solution.derivedKey.slice(2),
      'zz',
      null,
      7,
    ])
      await refuse(encode({ challenge, solution: { ...solution, derivedKey } }))
    for (const counter of [-1, 0.5, 2 ** 32, '1', null])
      await refuse(encode({ challenge, solution: { ...solution, counter } }))
    const another = await solve(await challenges.issue(ARTICLE))
    await refuse(encode({ challenge, solution: another.solution }))
    await refuse(encode({ challenge: { ...challenge, parameters: another.challenge.parameters }, solution }))
  })

  it('is refused whatever text it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.base64String(),
          fc.json().map((json) => btoa(encodeURI(json))),
        ),
        refuse,
      ),
      { numRuns: 300 },
    )
  })

  it('is refused whatever JSON it is, also where the shape is nearly right', async () => {
    const json = fc.jsonValue()
    const part = fc.record(
      { parameters: json, signature: json, counter: json, derivedKey: json },
      { requiredKeys: [] },
    )
    const near = fc.record(
      { challenge: fc.oneof(part, json), solution: fc.oneof(part, json), verificationData: json },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(json, near), (value) => refuse(encode(value))),
      { numRuns: 500 },
    )
  })

  it('is refused unread when it is long, and when it is deep', async () => {
    await refuse(encode({ ...solved, more: 'x'.repeat(4096) }))
    const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    for (const depth of [400, 100_000])
      await refuse(
        Buffer.from(`{"challenge":{"signature":"a","parameters":${deep(depth)}},"solution":{}}`).toString(
          'base64',
        ),
      )
  })
})
