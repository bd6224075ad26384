import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Viewer } from '../domain/viewer.ts'
import { type Buckets, createBuckets, type Draw } from '../lib/buckets.ts'
import { AppError } from '../lib/errors.ts'
import { clientNetwork } from '../lib/network.ts'
import { turnedAwayReporter } from './turned-away.ts'
import './types.ts'

/** Points a minute; 0 for no limit. */
export interface BudgetLimits {
  /** Of all who show no credentials, for each address. */
  anonymous: number
  /** Of a reader or editor of the identity provider. */
  user: number
  /** Of a key that has no budget of its own. */
  key: number
}

/** How a budget stands, as the `RateLimit` fields tell it. */
export interface Quota {
  policy: 'default' | 'authentication'
  /** Points a minute. */
  budget: number
  left: number
  /** After a refusal until there is enough again, otherwise until the budget is whole. */
  seconds: number
}

/** Whose budget it is, and how large. */
interface Account {
  buckets: Buckets
  name: string
  policy: Quota['policy']
  /** Points a minute; 0 for no limit. */
  budget: number
}

/** How many addresses, and how many callers, an instance remembers at most. */
const REMEMBERED = 100_000

/**
 * Budgets of callers in the memory of this instance, one for both faces: docs/adr/0010. A request costs a point, or
 * what its route says: `{ config: { cost: 5 } }`. A handler that learns of a higher price before it does the work says so
 * by `request.charge(points)`, which refuses with RATE_LIMITED as well.
 * @param now for tests, as in `createBuckets`.
 * @returns what `registerAuth` needs.
 */
export function registerBudgets(app: FastifyInstance, limits: BudgetLimits, now?: () => number): Budgets {
  const report = turnedAwayReporter((count) =>
    app.log.warn({ turnedAway: count }, 'turned away: over budget'),
  )
  const budgets = new Budgets(limits, report, now)
  app.decorateRequest('quota')
  app.decorateRequest('charged', 0)
  app.decorateRequest('charge', function (this: FastifyRequest, points: number) {
    budgets.charge(this, points)
  })
  // after the hook that marks what nobody may store
  app.addHook('onSend', (request, reply, payload, done) => {
    // an answer that is stored for everybody says nothing of one
    const unstored = String(reply.getHeader('cache-control')).includes('no-store')
    if (request.quota && unstored) reply.headers(fieldsOf(request.quota))
    done(null, payload)
  })
  return budgets
}

export class Budgets {
  // apart from one another: whoever has many addresses makes nobody forget what a key has used
  private readonly addresses: Buckets
  private readonly attempts: Buckets
  private readonly callers: Buckets
  private readonly limits: BudgetLimits
  private readonly report: () => void

  constructor(limits: BudgetLimits, report: () => void, now?: () => number) {
    this.addresses = createBuckets(REMEMBERED, now)
    this.attempts = createBuckets(REMEMBERED, now)
    this.callers = createBuckets(REMEMBERED, now)
    this.limits = limits
    this.report = report
  }

  /** Charges the caller of a request, whose `viewer` is known, with what it costs in all. @throws RATE_LIMITED. */
  charge(request: FastifyRequest, points: number): void {
    const account = this.callerOf(request)
    // at most the whole budget in all: what costs more than that is dear, and not impossible
    const more = Math.min(points, account.budget) - request.charged
    if (more <= 0) return
    this.take(request, account, more)
    request.charged += more
  }

  /**
   * Counts failed authentications against the address: in a budget of their own, so that nobody who reads a lot locks
   * the keys of the network out, and in that of its anonymous readers. What is right, or could not be checked, is free.
   * @throws RATE_LIMITED, mostly before anything is looked up, and what `authenticate` throws.
   */
  async attempt(request: FastifyRequest, authenticate: () => Promise<Viewer>): Promise<Viewer> {
    const address = this.addressOf(request)
    const attempts: Account = { ...address, buckets: this.attempts, policy: 'authentication' }
    this.requireOne(request, attempts)
    try {
      return await authenticate()
    } catch (error) {
      if (error instanceof AppError && error.code === 'AUTHENTICATION_FAILED') {
        if (address.budget > 0) address.buckets.take(address.name, address.budget, 1)
        // of many at once, which all found something left, no more are answered than there was
        this.take(request, attempts, 1)
      }
      throw error
    }
  }

  private addressOf({ ip }: FastifyRequest): Account {
    const { anonymous } = this.limits
    return { buckets: this.addresses, name: clientNetwork(ip), policy: 'default', budget: anonymous }
  }

  private callerOf(request: FastifyRequest): Account {
    const { viewer } = request
    if (viewer.kind === 'anonymous') return this.addressOf(request)
    const own =
      viewer.kind === 'key'
        ? { name: viewer.keyId, budget: viewer.budget ?? this.limits.key }
        : { name: viewer.userId, budget: this.limits.user }
    return { buckets: this.callers, policy: 'default', ...own }
  }

  private take(request: FastifyRequest, account: Account, points: number): void {
    const { buckets, name, budget } = account
    if (budget > 0) this.settle(request, account, buckets.take(name, budget, points))
  }

  /** Refuses where no point is left, and takes none. */
  private requireOne(request: FastifyRequest, account: Account): void {
    const { buckets, name, budget } = account
    const draw = budget > 0 ? buckets.look(name, budget, 1) : undefined
    if (draw && !draw.admitted) this.settle(request, account, draw)
  }

  private settle(request: FastifyRequest, { policy, budget }: Account, draw: Draw): void {
    const { admitted, left, wait, whole } = draw
    const seconds = Math.ceil((admitted ? whole : wait) / 1000)
    request.quota = { policy, budget, left, seconds }
    if (admitted) return
    request.turnedAway = true
    this.report()
    throw new AppError('RATE_LIMITED', {
      detail: `The budget is ${budget} points a minute; there is enough again in ${seconds} s`,
      headers: { 'retry-after': String(seconds) },
    })
  }
}

/** Structured fields of draft-ietf-httpapi-ratelimit-headers-10. */
const fieldsOf = ({ policy, budget, left, seconds }: Quota): Record<string, string> => ({
  'ratelimit-policy': `"${policy}";q=${budget};w=60`,
  ratelimit: `"${policy}";r=${left};t=${seconds}`,
})
