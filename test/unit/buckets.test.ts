import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBuckets } from '../../src/lib/buckets.ts'

/** Buckets on a clock that the test moves. */
function bucketsAt(start: number, size = 100) {
  let time = start
  const buckets = createBuckets(size, () => time)
  return {
    buckets,
    pass: (ms: number) => {
      time += ms
      return time
    },
  }
}

const MINUTE = 60_000
const start = fc.integer({ min: 0, max: 1e12 })
const budget = fc.integer({ min: 1, max: 1_000_000_000 })
const smallBudget = fc.integer({ min: 1, max: 40 })
const requests = fc.array(
  fc.record({
    after: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 3000 }) },
      fc.constant(0),
      fc.integer({ min: 0, max: 3 * MINUTE }),
    ),
    points: fc.integer({ min: 1, max: 12 }),
  }),
  { minLength: 1, maxLength: 120 },
)

test('in no stretch of time is more admitted than the budget at once and what runs in meanwhile', () => {
  fc.assert(
    fc.property(start, smallBudget, requests, (from, points, asked) => {
      const { buckets, pass } = bucketsAt(from)
      const admitted: { at: number; points: number }[] = []
      for (const request of asked) {
        const at = pass(request.after)
        const cost = Math.min(request.points, points)
        if (buckets.take('a', points, request.points).admitted) admitted.push({ at, points: cost })
      }
      for (let first = 0; first < admitted.length; first++) {
        let sum = 0
        for (let last = first; last < admitted.length; last++) {
          sum += (admitted[last] as { points: number }).points
          const length = (admitted[last] as { at: number }).at - (admitted[first] as { at: number }).at
          // multiplied out, so that nothing is rounded
          expect(sum * MINUTE).toBeLessThanOrEqual(points * (MINUTE + length))
        }
      }
    }),
  )
})

test('a refusal tells to the millisecond when it would not be one, and takes nothing', () => {
  fc.assert(
    fc.property(start, smallBudget, requests, (from, points, asked) => {
      const { buckets, pass } = bucketsAt(from)
      for (const request of asked) {
        pass(request.after)
        const draw = buckets.take('a', points, request.points)
        expect(draw.wait > 0).toBe(!draw.admitted)
        expect(draw.wait).toBeLessThanOrEqual(MINUTE)
        if (draw.admitted) continue
        pass(draw.wait - 1)
        expect(buckets.take('a', points, request.points).admitted).toBe(false)
        pass(1)
        expect(buckets.take('a', points, request.points).admitted).toBe(true)
      }
    }),
  )
})

test('what is left is what is admitted still, point by point, and whole is when all of it is there again', () => {
  fc.assert(
    fc.property(start, smallBudget, requests, (from, points, asked) => {
      const { buckets, pass } = bucketsAt(from)
      let draw = { admitted: true, left: points, wait: 0, whole: 0 }
      for (const request of asked) {
        pass(request.after)
        draw = buckets.take('a', points, request.points)
      }
      for (let left = draw.left; left > 0; left--) expect(buckets.take('a', points, 1).admitted).toBe(true)
      expect(buckets.take('a', points, 1).admitted).toBe(false)
      pass(buckets.take('a', points, 1).whole)
      expect(buckets.take('a', points, points).admitted).toBe(true)
    }),
  )
})

test('a whole budget is admitted at once, however odd its size, and not a point more', () => {
  fc.assert(
    fc.property(start, budget, fc.integer({ min: 1, max: 50 }), (from, points, parts) => {
      const { buckets, pass } = bucketsAt(from)
      const part = Math.max(1, Math.floor(points / parts))
      for (let taken = part; taken <= points; taken += part)
        expect(buckets.take('a', points, part).admitted).toBe(true)
      for (let left = points % part; left > 0; left--)
        expect(buckets.take('a', points, 1).admitted).toBe(true)
      expect(buckets.take('a', points, 1)).toMatchObject({ admitted: false, left: 0 })
      pass(MINUTE)
      expect(buckets.take('a', points, points).admitted).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('names do not touch one another', () => {
  const { buckets } = bucketsAt(0)
  expect(buckets.take('a', 3, 3)).toMatchObject({ admitted: true, left: 0 })
  expect(buckets.take('a', 3, 1).admitted).toBe(false)
  expect(buckets.take('b', 3, 1)).toMatchObject({ admitted: true, left: 2 })
})

test('what costs more than the whole budget takes the whole', () => {
  const { buckets, pass } = bucketsAt(0)
  expect(buckets.take('a', 10, 1000)).toMatchObject({ admitted: true, left: 0 })
  pass(MINUTE - 1)
  expect(buckets.take('a', 10, 1000)).toMatchObject({ admitted: false, wait: 1 })
})

test('a look tells what would be answered, and takes nothing', () => {
  fc.assert(
    fc.property(start, smallBudget, requests, (from, points, asked) => {
      const { buckets, pass } = bucketsAt(from)
      for (const request of asked) {
        pass(request.after)
        const seen = [1, 2].map(() => buckets.look('a', points, request.points))
        const answer = buckets.take('a', points, request.points)
        expect(seen).toEqual([answer, answer])
      }
    }),
  )
})

test('a budget that is changed holds from the next request on', () => {
  const { buckets } = bucketsAt(0)
  buckets.take('a', 10, 10)
  expect(buckets.take('a', 20, 1)).toMatchObject({ admitted: true, left: 9 })
  expect(buckets.take('a', 5, 1)).toMatchObject({ admitted: false, left: 0 })
})

test('however many names come, no more than the size are remembered; those of before are forgotten', () => {
  const size = 1000
  const { buckets } = bucketsAt(0, size)
  const names = Array.from({ length: 50 * size }, (_, n) => `2001:db8:${n}::/56`)
  for (const name of names) expect(buckets.take(name, 5, 5).admitted).toBe(true)
  // from the newest back: who is refused is remembered
  const refused = names.toReversed().findIndex((name) => buckets.take(name, 5, 1).admitted)
  expect(refused).toBeGreaterThanOrEqual(size / 2)
  expect(refused).toBeLessThanOrEqual(size)
})

test('whoever keeps asking stays remembered, whatever comes between', () => {
  const size = 1000
  const { buckets } = bucketsAt(0, size)
  buckets.take('busy', 5, 5)
  for (let n = 0; n < 20 * size; n++) {
    buckets.take(`other ${n}`, 5, 1)
    if (n % (size / 2 - 1) === 0) expect(buckets.take('busy', 5, 1).admitted).toBe(false)
  }
})

test('among few names nothing is ever forgotten: each is answered as by a bucket of its own', () => {
  const asks = fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: MINUTE }),
      name: fc.constantFrom('a', 'b', 'c'),
      points: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 100 },
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), asks, (points, asked) => {
      const { buckets, pass } = bucketsAt(0)
      // full buckets into which points drip, the other way round than the code has it
      const full: Record<string, { level: number; at: number }> = {}
      for (const request of asked) {
        const at = pass(request.after)
        const own = full[request.name] ?? { level: points * MINUTE, at }
        const level = Math.min(points * MINUTE, own.level + (at - own.at) * points)
        const cost = Math.min(request.points, points) * MINUTE
        expect(buckets.take(request.name, points, request.points).admitted).toBe(level >= cost)
        full[request.name] = { level: level >= cost ? level - cost : level, at }
      }
    }),
  )
})
