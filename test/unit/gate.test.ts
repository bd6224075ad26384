import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { Gate } from '../../src/db/gate.ts'

const OPTIONS = { queue: 100, wait: 1000, isReady: () => true, prepare: async () => {} }

const ticks = async (count: number) => {
  for (let i = 0; i < count; i++) await Promise.resolve()
}

test('no two users hold one thing, and of one thing each is served in the order of coming', async () => {
  const users = fc.array(fc.record({ comes: fc.nat(60), holds: fc.nat(20) }), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), users, async (size, all) => {
      const gate = new Gate(
        Array.from({ length: size }, (_, i) => i),
        OPTIONS,
      )
      const held = new Set<number>()
      const came: number[] = []
      const served: number[] = []
      await Promise.all(
        all.map(async ({ comes, holds }, user) => {
          await ticks(comes)
          came.push(user)
          await gate.use(async (item) => {
            expect(held.has(item)).toBe(false)
            held.add(item)
            served.push(user)
            await ticks(holds)
            held.delete(item)
          })
        }),
      )
      // of several things two may be granted in one turn, and whoever took a free one starts before who was woken
      if (size === 1) expect(served).toEqual(came)
      else expect([...served].sort()).toEqual([...came].sort())
    }),
  )
})

test('what fails gives back what it held', async () => {
  const gate = new Gate(['only'], OPTIONS)
  await expect(gate.use(async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await gate.use(async (item) => item)).toBe('only')
})

test('who waits too long is told so, and takes nothing from those behind', async () => {
  vi.useFakeTimers()
  try {
    const gate = new Gate(['only'], OPTIONS)
    let finish = () => {}
    const first = gate.use(() => new Promise<void>((resolve) => (finish = resolve)))
    const late = expect(gate.use(async () => 'late')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      headers: { 'retry-after': '1' },
    })
    await vi.advanceTimersByTimeAsync(OPTIONS.wait)
    await late
    const patient = gate.use(async () => 'served')
    finish()
    await first
    expect(await patient).toBe('served')
  } finally {
    vi.useRealTimers()
  }
})

test('beyond the queue nobody waits at all', async () => {
  const gate = new Gate(['only'], { ...OPTIONS, queue: 1 })
  let finish = () => {}
  const first = gate.use(() => new Promise<void>((resolve) => (finish = resolve)))
  const second = gate.use(async () => 'second')
  await expect(gate.use(async () => 'third')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  finish()
  await first
  expect(await second).toBe('second')
})

test('once it is closed, who waits is turned away, who comes is too, and nothing is prepared any more', async () => {
  let prepared = 0
  let ready = true
  const gate = new Gate(['only'], {
    ...OPTIONS,
    isReady: () => ready,
    prepare: async () => {
      prepared++
    },
  })
  let finish = () => {}
  const first = gate.use(() => new Promise<void>((resolve) => (finish = resolve)))
  const waits = expect(gate.use(async () => 'waits')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  gate.close()
  await waits
  ready = false
  finish()
  await first
  ready = true
  await expect(gate.use(async () => 'late')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(prepared).toBe(0)
})

test('what is prepared when its first user has left serves the next one', async () => {
  vi.useFakeTimers()
  try {
    let prepared = 0
    let finish = () => {}
    const gate = new Gate(['only'], {
      queue: 100,
      wait: 1000,
      isReady: () => prepared > 0,
      prepare: () =>
        new Promise((resolve) => {
          finish = () => {
            prepared++
            resolve()
          }
        }),
    })
    const first = expect(gate.use(async () => 'first')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await vi.advanceTimersByTimeAsync(1000)
    await first
    const second = gate.use(async () => 'second')
    finish()
    expect(await second).toBe('second')
    expect(prepared).toBe(1)
  } finally {
    vi.useRealTimers()
  }
})

test('who comes while an attempt is under way is not told of its failure, but gets one of his own', async () => {
  vi.useFakeTimers()
  try {
    const attempts: { resolve(): void; reject(error: Error): void }[] = []
    let ready = false
    const gate = new Gate(['only'], {
      ...OPTIONS,
      isReady: () => ready,
      prepare: () => new Promise((resolve, reject) => attempts.push({ resolve, reject })),
    })
    const early = expect(gate.use(async () => 'early')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await vi.advanceTimersByTimeAsync(OPTIONS.wait)
    await early
    const late = gate.use(async () => 'late')
    attempts[0]?.reject(new Error('away'))
    await ticks(5)
    ready = true
    attempts[1]?.resolve()
    expect(await late).toBe('late')
  } finally {
    vi.useRealTimers()
  }
})

test('whatever fails to be prepared, breaks in use or takes long: each user is answered, and nothing is lost', async () => {
  const fate = fc.record({ fails: fc.boolean(), takes: fc.nat(10), breaks: fc.boolean() })
  const users = fc.array(fc.record({ comes: fc.nat(60), holds: fc.nat(20) }), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      users,
      fc.array(fate, { minLength: 1 }),
      async (size, all, fates) => {
        let turn = 0
        let calm = false
        const next = () => fates[turn++ % fates.length] as { fails: boolean; takes: number; breaks: boolean }
        const ready = new Set<number>()
        const held = new Set<number>()
        const gate = new Gate(
          Array.from({ length: size }, (_, i) => i),
          {
            queue: 100,
            wait: 60_000,
            isReady: (item) => ready.has(item),
            prepare: async (item) => {
              expect(held.has(item)).toBe(false)
              const { fails, takes } = next()
              await ticks(takes)
              if (fails && !calm) throw new Error('not prepared')
              ready.add(item)
            },
          },
        )
        const use = (holds: number) =>
          gate.use(async (item) => {
            expect(ready.has(item)).toBe(true)
            expect(held.has(item)).toBe(false)
            held.add(item)
            await ticks(holds)
            held.delete(item)
            if (next().breaks) ready.delete(item)
          })
        await Promise.all(
          all.map(async ({ comes, holds }) => {
            await ticks(comes)
            await use(holds).catch((error: Error) => expect(error.message).toBe('not prepared'))
          }),
        )
        calm = true
        let together = 0
        const everybody = Promise.all(
          Array.from({ length: size }, () =>
            gate.use(async () => {
              together++
              while (together < size) await ticks(1)
            }),
          ),
        )
        await everybody
        expect(together).toBe(size)
      },
    ),
  )
})
