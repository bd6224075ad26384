import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { createBuckets, monotonic } from './buckets.ts'
import { AppError } from './errors.ts'

/** Milliseconds that a fetch may take. */
const TIMEOUT = 3_000
/** Milliseconds after which the keys are fetched anew beside the requests, so that withdrawn ones are forgotten. */
const REFRESH = 600_000
/** Milliseconds for which a key that was not in the set just fetched is taken for one that does not exist. */
const ABSENT = 30_000
/** Milliseconds of rest after a fetch that failed. */
const REST = 5_000
/** Fetches a minute at most: anybody can make up the name of a key. */
const FETCHES = 12

type Header = Parameters<JWTVerifyGetKey>[0]
type Token = Parameters<JWTVerifyGetKey>[1]

/**
 * The public keys of an issuer of tokens, from a JWKS address. Fetched when they are first needed, when a token names a
 * key that is not among them, and now and then. Once they are known they stay known while the address cannot be
 * reached; whatever cannot be looked up then is UNAVAILABLE, and never taken for wrong.
 */
export class RemoteKeys {
  private readonly set: ReturnType<typeof createRemoteJWKSet>
  private readonly now: () => number
  private readonly tell: (failure: unknown) => void
  private readonly fetches
  private pending: Promise<void> | undefined
  private reachable = true
  private fetchedAt = Number.NEGATIVE_INFINITY
  private retryAt = Number.NEGATIVE_INFINITY
  /** What was asked for and is not in the set. */
  private readonly absent = new Set<string>()

  /**
   * @param tell is told of a failure when the address cannot be reached any more, and of undefined when it can again.
   * @param now a clock in milliseconds that never goes back.
   */
  constructor(url: string, tell: (failure: unknown) => void, now: () => number = monotonic) {
    // when to fetch is decided here: left to itself, the set would forget its keys with age, reachable or not, and would
    // fetch for each unknown key as long as fetching fails
    const never = Number.POSITIVE_INFINITY
    this.set = createRemoteJWKSet(new URL(url), {
      timeoutDuration: TIMEOUT,
      cooldownDuration: never,
      cacheMaxAge: never,
    })
    this.tell = tell
    this.now = now
    this.fetches = createBuckets(2, now)
  }

  /** The key of a token, as `jwtVerify` asks for it. @throws UNAVAILABLE, or what the set says of a key it has not. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (!this.isKnown()) return this.findAnew(header, token)
    if (this.now() - this.fetchedAt >= REFRESH) this.fetch().catch(() => {})
    try {
      return await this.findKnown(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return this.findAnew(header, token)
      throw error
    }
  }

  /** @returns how many keys there are now. @throws UNAVAILABLE. */
  async count(): Promise<number> {
    await this.fetch()
    return this.set.jwks()?.keys.length ?? 0
  }

  private isKnown(): boolean {
    return this.fetchedAt > Number.NEGATIVE_INFINITY
  }

  private async findKnown(header: Header, token: Token) {
    try {
      return await this.set(header, token)
    } catch (error) {
      const { JWKSNoMatchingKey, JWKSMultipleMatchingKeys } = errors
      if (error instanceof JWKSNoMatchingKey || error instanceof JWKSMultipleMatchingKeys) throw error
      // a key that is there and cannot be used is no fault of the token
      throw new AppError('UNAVAILABLE', { cause: error })
    }
  }

  private async findAnew(header: Header, token: Token) {
    const name = `${header.alg} ${header.kid}`
    if (this.absent.has(name) && this.now() - this.fetchedAt < ABSENT) throw new errors.JWKSNoMatchingKey()
    await this.fetch()
    try {
      return await this.findKnown(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) this.absent.add(name)
      throw error
    }
  }

  /** One at a time, for all who ask meanwhile. */
  private fetch(): Promise<void> {
    this.pending ??= this.fetchOnce().finally(() => {
      this.pending = undefined
    })
    return this.pending
  }

  private async fetchOnce(): Promise<void> {
    const rest = this.retryAt - this.now()
    if (rest > 0) throw unavailable(rest)
    const { wait } = this.fetches.take('', FETCHES, 1)
    if (wait > 0) throw unavailable(wait)
    try {
      await this.set.reload()
    } catch (failure) {
      this.retryAt = this.now() + REST
      if (this.reachable) this.tell(failure)
      this.reachable = false
      throw unavailable(REST, failure)
    }
    this.fetchedAt = this.now()
    this.absent.clear()
    if (!this.reachable) this.tell(undefined)
    this.reachable = true
  }
}

const unavailable = (ms: number, cause?: unknown): AppError =>
  new AppError('UNAVAILABLE', {
    detail: 'The keys of the identity provider cannot be fetched just now',
    headers: { 'retry-after': String(Math.ceil(ms / 1000)) },
    cause,
  })
