import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { SCOPES, type Scope, type Viewer } from '../domain/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { RemoteKeys } from '../lib/remote-keys.ts'
import type { Secrets } from '../lib/secrets.ts'

/** Whose tokens are believed, and how far. */
export interface IdentityProvider {
  issuer: string
  audience: string
  /** The claim that holds the scopes: text separated by blanks, or an array. */
  scopeClaim: string
  /** Scopes that a token gives at most. */
  scopes: readonly Scope[]
}

/** Signatures with a public key alone. With a shared secret the public key, which everybody has, would be the secret. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

/** Seconds by which the clock of the provider may differ from ours. */
const CLOCK_TOLERANCE = 5

/** Characters of a token; more are not even taken apart. */
const MAX_LENGTH = 8192

/** Text that may be stored and shown. */
const PLAIN = /^[^\p{Cc}\p{Cs}]{1,255}$/u
const EMAIL = /^[^\s@]+@[^\s@]+$/

export function tokensCore(secrets: Secrets, provider: IdentityProvider, keys: RemoteKeys) {
  const { issuer, audience } = provider
  const options: JWTVerifyOptions = {
    algorithms: ALGORITHMS,
    issuer,
    audience,
    clockTolerance: CLOCK_TOLERANCE,
    requiredClaims: ['exp', 'sub'],
  }

  /**
   * @returns the reader or editor that the provider says in this token.
   * @throws AUTHENTICATION_FAILED, the same for whatever is wrong with it; UNAVAILABLE where its key cannot be fetched.
   */
  async function authenticate(token: string): Promise<Viewer> {
    if (token.length > MAX_LENGTH) throw refusal()
    try {
      return viewerOf(await verify(token))
    } catch (error) {
      if (error instanceof AppError) throw error
      if (error instanceof errors.JOSEError) throw refusal(error)
      throw new AppError('UNAVAILABLE', { cause: error })
    }
  }

  async function verify(token: string): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, keys.find, options)).payload
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithAny(token, error)
      throw error
    }
  }

  /** A token that names no key, where several are of its kind. */
  async function verifyWithAny(token: string, keys: errors.JWKSMultipleMatchingKeys): Promise<JWTPayload> {
    for await (const key of keys) {
      try {
        return (await jwtVerify(token, key, options)).payload
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
      }
    }
    throw refusal()
  }

  function viewerOf(claims: JWTPayload): Viewer {
    const subject: unknown = claims.sub
    // taken to the letter: two subjects that differ in a blank are two people
    if (typeof subject !== 'string' || !PLAIN.test(subject)) throw refusal()
    return {
      kind: 'user',
      userId: secrets.sign('user', issuer, subject).toString('hex').slice(0, 32),
      subject,
      issuer,
      // not preferred_username, which is the e-mail address with some providers
      name: plain(claims['name']) ?? plain(claims['nickname']),
      verifiedEmail: verifiedEmail(claims),
      scopes: new Set(scopesIn(claims[provider.scopeClaim])),
    }
  }

  /** Those of ours among the scopes of a token; others are for other services. */
  function scopesIn(claim: unknown): Scope[] {
    const words: unknown[] =
      typeof claim === 'string' ? claim.split(/\s+/) : Array.isArray(claim) ? claim : []
    return SCOPES.filter((scope) => provider.scopes.includes(scope) && words.includes(scope))
  }

  return { authenticate }
}

const plain = (claim: unknown): string | null =>
  typeof claim === 'string' && PLAIN.test(claim.trim()) ? claim.trim() : null

/** Some providers send the word instead of the truth value. */
function verifiedEmail({ email, email_verified: verified }: JWTPayload): string | null {
  const address = verified === true || verified === 'true' ? plain(email) : null
  return address && EMAIL.test(address) ? address : null
}

const refusal = (cause?: unknown): AppError =>
  new AppError('AUTHENTICATION_FAILED', {
    detail: 'The token is not valid',
    headers: { 'www-authenticate': 'Bearer realm="broadsheet", error="invalid_token"' },
    cause,
  })
