import postgres from 'postgres'
import { expect, onTestFinished, test } from 'vitest'
import { commentsCrowd } from '../e2e/comments/crowd.ts'
import { run } from '../e2e/support.ts'
import { startBed } from './bed.ts'
import { percentile } from './figures.ts'

test('64 clients on three instances that are killed at random, for a minute: no comment is lost or doubled, no limit exceeded, nothing hidden seen', {
  timeout: 20 * 60_000,
}, async () => {
  const bed = await startBed()
  onTestFinished(() => bed.stop())
  expect((await run(['migrate'], { DATABASE_URL: bed.url })).code).toBe(0)
  const sql = postgres(bed.url, { max: 4, onnotice: () => {}, connection: { TimeZone: 'UTC' } })
  onTestFinished(() => sql.end())

  const { wire, figures, judge } = await commentsCrowd(bed.url, sql, {
    seconds: 60,
    kills: 10,
    instances: 3,
    clients: 64,
    networks: 20,
    articles: 30,
    anonymous: 6,
    followers: 4,
  })

  console.log(figures)
  for (const [kind, answers] of [...wire.answers].sort()) {
    const took = wire.latencies.get(kind) ?? []
    const [median, worst] = [0.5, 1].map((share) => percentile(took, share).toFixed())
    const counts = [...answers].sort().map(([how, count]) => `${how}: ${count}`)
    console.log(`${kind}: ${median} ms, at most ${worst} ms; ${counts.join(', ')}`)
  }
  await judge()
  expect(figures.rulings).toBeGreaterThan(0)
  expect(wire.answers.get('post')?.get('429 COMMENTS_TOO_FAST')).toBeGreaterThan(0)
})
