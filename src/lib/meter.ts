import { AsyncLocalStorage } from 'node:async_hooks'

/** What one request cost in the database; the request log prints it, tests count with it. */
export interface Meter {
  statements: number
  databaseMs: number
}

const current = new AsyncLocalStorage<Meter>()

/** Runs `work` and everything that it starts under a meter of its own. */
export function metered<T>(meter: Meter, work: () => T): T {
  return current.run(meter, work)
}

/** Runs `work`, which many requests share, under no meter: it would be counted for the one that came first. */
export function unmetered<T>(work: () => T): T {
  return current.exit(work)
}

export function countStatement(): void {
  const meter = current.getStore()
  if (meter) meter.statements++
}

export async function timeDatabase<T>(work: () => Promise<T>): Promise<T> {
  const meter = current.getStore()
  if (!meter) return work()
  const start = performance.now()
  try {
    return await work()
  } finally {
    meter.databaseMs += performance.now() - start
  }
}
