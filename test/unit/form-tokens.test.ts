import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFormTokens, FORM_TOKEN_LIFETIME } from '../../src/core/form-tokens.ts'
import { createSecrets } from '../../src/lib/secrets.ts'

const ARTICLE = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071'
const OTHER = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6072'
const NOW = Date.parse('2026-03-04T05:06:07.089Z')
const INVALID = { ok: false, fault: 'invalid' }

const tokensWith = (secret: string, previous?: string) =>
  createFormTokens(
    createSecrets(Buffer.from(secret), previous === undefined ? undefined : Buffer.from(previous)),
  )
const tokens = tokensWith('secret')

describe('the token of a form', () => {
  it('tells its age until it expires', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(2 * FORM_TOKEN_LIFETIME), (articleId, age) => {
        const read = tokens.read(tokens.issue(articleId, NOW), articleId, NOW + age)
        if (age > FORM_TOKEN_LIFETIME) expect(read).toEqual({ ok: false, fault: 'expired' })
        else
          expect(read).toEqual({
            ok: true,
            id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
            age,
            expiresAt: '2026-03-05T05:06:07.089Z',
          })
      }),
    )
  })

  it('counts to the last millisecond, and is never younger than new', () => {
    const token = tokens.issue(ARTICLE, NOW)
    expect(tokens.read(token, ARTICLE, NOW + FORM_TOKEN_LIFETIME)).toMatchObject({ age: FORM_TOKEN_LIFETIME })
    expect(tokens.read(token, ARTICLE, NOW + FORM_TOKEN_LIFETIME + 1)).toMatchObject({ fault: 'expired' })
    expect(tokens.read(token, ARTICLE, NOW - 5000)).toMatchObject({ ok: true, age: 0 })
  })

  it('has an id of its own, which stays', () => {
    const [one, two] = [tokens.issue(ARTICLE), tokens.issue(ARTICLE)]
    const idOf = (token: string) => {
      const read = tokens.read(token, ARTICLE)
      return read.ok ? read.id : undefined
    }
    expect(idOf(one)).toBe(idOf(one))
    expect(idOf(one)).not.toBe(idOf(two))
  })

  it('is of one article, in any case of its id', () => {
    const token = tokens.issue(ARTICLE, NOW)
    expect(tokens.read(token, OTHER, NOW)).toEqual(INVALID)
    expect(tokens.read(token, ARTICLE.toUpperCase(), NOW)).toMatchObject({ ok: true })
  })

  it('outlives a new secret for as long as the old one still verifies', () => {
    const token = tokensWith('old').issue(ARTICLE, NOW)
    expect(tokensWith('new', 'old').read(token, ARTICLE, NOW)).toMatchObject({ ok: true })
    expect(tokensWith('new').read(token, ARTICLE, NOW)).toEqual(INVALID)
  })

  it('is nothing when it was changed, cut, or made up', () => {
    const token = tokens.issue(ARTICLE, NOW)
    const changed = fc
      .tuple(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_=+ '))
      .map(([at, char]) => {
        const text = token.slice(0, at) + char + token.slice(at + 1)
        return text === token ? `${token}A` : text
      })
    const forged = fc.oneof(
      changed,
      fc.nat(token.length - 1).map((length) => token.slice(0, length)),
      fc.string({ unit: 'binary' }).map((more) => `${token}${more || '\n'}`),
      fc
        .uint8Array({ minLength: 54, maxLength: 54 })
        .map((bytes) => `bsf_${Buffer.from(bytes).toString('base64url')}`),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(forged, (text) => {
        expect(tokens.read(text, ARTICLE, NOW)).toEqual(INVALID)
      }),
      { numRuns: 500 },
    )
  })
})
