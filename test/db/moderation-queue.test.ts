import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { QueueInput } from '../../src/core/moderation-queue.ts'
import { createSecrets } from '../../src/lib/secrets.ts'
import { startApp } from '../setup/app.ts'
import { article, comment } from '../setup/data.ts'
import { MODERATOR } from './viewers.ts'

const SECRET = 'a secret for the queue, 32 characters'
const { deps, database } = await startApp({ SECRET })
const { sql } = database
const { moderation } = deps.core
const secrets = createSecrets(Buffer.from(SECRET))

const STATUSES = ['pending', 'approved', 'rejected', 'spam', 'deleted', 'erased'] as const
const REASONS = ['links', 'policy', 'accepted'] as const
const NETWORKS = ['203.0.113.0/24', '198.51.100.0/24']
const DAYS = Array.from({ length: 8 }, (_, n) => new Date(Date.UTC(2026, 1, n + 1)).toISOString())
const today = Date.now()
const dayBefore = (n: number) => new Date(today - n * 86_400_000).toISOString().slice(0, 10)

const articles = [await article(sql, { slug: 'one' }), await article(sql, { slug: 'two' })]
const ids: string[] = []
for (let n = 0; n < 90; n++) {
  const id = await comment(sql, articles[n % 2] as string, {
    status: STATUSES[n % 7 === 0 ? 0 : n % 6],
    createdAt: DAYS[n % 8],
  })
  const network = NETWORKS[n % 3] ?? null
  await sql`update comments set status_reason = ${REASONS[n % 3] as string}, report_count = ${n % 4 === 0 ? 2 : 0},
    reasons = ${n % 5 === 0 ? ['suspect_word', 'links'] : []}, sandbox = ${n % 30 === 29} where id = ${id}`
  await sql`update comment_private set author_key = ${n % 11 === 10 ? null : Buffer.alloc(32, n % 10)},
    identity_key = ${n % 4 === 3 ? Buffer.alloc(32, 100 + (n % 3)) : null}, ip_prefix = ${network},
    ip_hmac = ${network && secrets.sign('network', dayBefore(n % 5), network)} where comment_id = ${id}`
  ids.push(id)
}

interface Wish {
  status?: QueueInput['status']
  reason?: (typeof REASONS)[number] | 'suspect_word'
  article?: string
  author?: number
  network?: number
  after?: string
  before?: string
  reported?: true
  sort?: 'oldest' | 'newest'
}
/** Now and then: all filters together leave nothing. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
const wishes = fc.record({
  status: fc.constantFrom(...STATUSES, ...Array.from({ length: 8 }, () => 'any' as const)),
  reason: maybe(fc.constantFrom(...REASONS, 'suspect_word' as const)),
  article: maybe(fc.constantFrom('one', 'two', 'none', articles[0] as string)),
  author: maybe(fc.nat(89)),
  network: maybe(fc.nat(89)),
  after: maybe(fc.constantFrom(...DAYS)),
  before: maybe(fc.constantFrom(...DAYS)),
  reported: maybe(fc.constant(true as const)),
  sort: maybe(fc.constantFrom('oldest' as const, 'newest' as const)),
  limit: fc.integer({ min: 1, max: 7 }),
})

/** The whole list, by plain SQL without a common word with the queue. */
async function expected(wish: Wish): Promise<string[]> {
  const status = wish.status ?? 'pending'
  const rows = await sql`
    select c.id from comments c join comment_private p on p.comment_id = c.id
    left join articles a on a.id = c.article_id
    left join comment_private o on o.comment_id = ${ids[wish.author ?? 0] as string}
    left join comment_private w on w.comment_id = ${ids[wish.network ?? 0] as string}
    where not c.sandbox
      and (${status} = 'any' or c.status = ${status})
      and (${wish.reason ?? null}::text is null or array_append(c.reasons, c.status_reason) @> array[${wish.reason ?? null}]::text[])
      and (${wish.article ?? null}::text is null or ${wish.article ?? null} in (a.slug, a.id::text))
      and (${wish.author === undefined} or p.author_key = o.author_key or p.identity_key = o.identity_key)
      and (${wish.network === undefined} or p.ip_prefix = w.ip_prefix)
      and (${wish.after ?? null}::timestamptz is null or c.created_at > ${wish.after ?? null}::timestamptz)
      and (${wish.before ?? null}::timestamptz is null or c.created_at < ${wish.before ?? null}::timestamptz)
      and (${!wish.reported} or c.report_count > 0)
    order by c.created_at, c.id`
  const found = rows.map((row) => String(row['id']))
  return wish.sort === 'newest' ? found.reverse() : found
}

async function walk(input: QueueInput, forward: boolean): Promise<string[]> {
  const seen: string[] = []
  let cursor: string | undefined
  for (;;) {
    const place =
      cursor === undefined ? { fromEnd: !forward } : forward ? { after: cursor } : { before: cursor }
    const slice = await moderation.list({ ...input, ...place }, MODERATOR)
    const page = slice.nodes.map(({ id }) => id)
    seen.splice(forward ? seen.length : 0, 0, ...page)
    if (!(forward ? slice.hasNext : slice.hasPrevious)) return seen
    cursor = forward ? (slice.ends?.last ?? slice.cursors.at(-1)) : (slice.ends?.first ?? slice.cursors[0])
  }
}

test('the queue holds what all its filters name, in order, in both directions', async () => {
  await fc.assert(
    fc.asyncProperty(wishes, fc.boolean(), async ({ limit, ...wish }, forward) => {
      const input: QueueInput = {
        limit,
        ...(wish.status && { status: wish.status }),
        ...(wish.reason && { reason: wish.reason }),
        ...(wish.article && { article: wish.article }),
        ...(wish.author !== undefined && { sameAuthorAs: String(ids[wish.author]).toUpperCase() }),
        ...(wish.network !== undefined && { sameNetworkAs: String(ids[wish.network]) }),
        ...(wish.after && { createdAfter: wish.after }),
        ...(wish.before && { createdBefore: wish.before }),
        ...(wish.reported && { reported: true }),
        ...(wish.sort && { sort: wish.sort }),
      }
      const walked = () => walk(input, forward)
      const [private_] = await sql`
        select (select author_key is null and identity_key is null from comment_private where comment_id = ${ids[wish.author ?? 0] as string}) as a,
          (select ip_prefix is null from comment_private where comment_id = ${ids[wish.network ?? 0] as string}) as n`
      const unknown =
        (wish.author !== undefined && private_?.['a']) || (wish.network !== undefined && private_?.['n'])
      if (unknown) await expect(walked()).rejects.toMatchObject({ code: 'REFERENCE_NOT_FOUND' })
      else expect(await walked()).toEqual(await expected(wish as Wish))
    }),
    { numRuns: 250 },
  )
})

test('a cursor of another filter is refused', async () => {
  const { cursors } = await moderation.list({ status: 'any', limit: 1 }, MODERATOR)
  const after = cursors[0] as string
  for (const other of [
    {},
    { status: 'any', reported: true },
    { status: 'any', sort: 'newest' },
  ] as QueueInput[])
    await expect(moderation.list({ ...other, after }, MODERATOR)).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
    })
})
