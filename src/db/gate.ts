import { AppError } from '../lib/errors.ts'

export interface GateOptions {
  /** How many may wait at once. */
  queue: number
  /** Milliseconds that one may wait. */
  wait: number
}

interface Waiting<T> {
  resolve(item: T): void
  reject(error: unknown): void
  timer: NodeJS.Timeout
}

/**
 * Hands out a fixed number of things, one user each, first come first served. Whoever cannot be served soon is told
 * so soon: behind a database that is slow or away, a queue without bounds only makes everybody late.
 */
export class Gate<T> {
  private readonly free: T[]
  private readonly waiting: Waiting<T>[] = []
  private readonly options: GateOptions

  constructor(items: T[], options: GateOptions) {
    this.free = [...items]
    this.options = options
  }

  /** Runs `work` with one of the things. @throws UNAVAILABLE where none comes free in time, or too many wait. */
  async use<R>(work: (item: T) => Promise<R>): Promise<R> {
    // the one given back last: its connection is open, and its caches are warm
    const item = this.free.pop() ?? (await this.queueUp())
    try {
      return await work(item)
    } finally {
      this.giveBack(item)
    }
  }

  private queueUp(): Promise<T> {
    if (this.waiting.length >= this.options.queue) throw busy()
    return new Promise((resolve, reject) => {
      const waiting: Waiting<T> = {
        resolve,
        reject,
        timer: setTimeout(() => {
          this.waiting.splice(this.waiting.indexOf(waiting), 1)
          reject(busy())
        }, this.options.wait),
      }
      this.waiting.push(waiting)
    })
  }

  private giveBack(item: T): void {
    const next = this.waiting.shift()
    if (!next) {
      this.free.push(item)
      return
    }
    clearTimeout(next.timer)
    next.resolve(item)
  }
}

const busy = () => new AppError('UNAVAILABLE', { headers: { 'retry-after': '1' } })
